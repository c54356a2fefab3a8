package activity

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"folderfront/app/state"
)

func open(t testing.TB, path string) *Log {
	t.Helper()
	l, err := Open(t.Context(), path, byTheClock, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// row is the nth thing that happened, a second after the one before.
func row(n int) state.Activity {
	return state.Activity{
		Time: time.Now().Add(-time.Hour).Add(time.Duration(n) * time.Second), Person: "Mara Vogel", Verb: "downloaded", ID: fmt.Sprintf("id%d", n),
		Title: fmt.Sprintf("Überblick %d.pdf", n), Folder: "Brand", Status: 200, Bytes: int64(n), Took: time.Duration(n) * time.Millisecond,
	}
}

func page(t testing.TB, l *Log, q state.Activities) state.ActivityPage {
	t.Helper()
	p, err := l.Page(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func titles(rows []state.Activity) string {
	all := ""
	for _, r := range rows {
		all += r.ID + " "
	}
	return all
}

func TestWhatWasNotedIsThereAfterARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "activity.db")
	l := open(t, path)
	for n := range 60 {
		l.Add(row(n))
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = open(t, path)
	recent := l.Recent()
	if len(recent) != keptRecent || recent[0].ID != "id59" {
		t.Fatalf("%d recent rows, the first %+v", len(recent), recent[0])
	}
	want := row(59)
	if got := recent[0]; !got.Time.Round(time.Minute).Equal(want.Time.Round(time.Minute)) || got.Took != want.Took || got.Bytes != 59 || got.Status != 200 || got.Title != want.Title {
		t.Errorf("%+v came back as %+v", want, got)
	}
	if p := page(t, l, state.Activities{Limit: 2, Offset: 1}); p.Total != 60 || titles(p.Rows) != "id58 id57 " {
		t.Errorf("total %d, rows %s", p.Total, titles(p.Rows))
	}
}

func TestAFilterWantsEveryWordInAnyCase(t *testing.T) {
	l := open(t, filepath.Join(t.TempDir(), "activity.db"))
	l.Add(row(1))
	l.Add(state.Activity{Time: time.Now(), Person: "Jonas", Verb: "uploaded", Title: "100% _sure_.txt", Folder: "Scans"})
	for text, want := range map[string]int{
		"": 2, "vogel": 1, "ÜBERBLICK": 1, "brand mara": 1, "brand jonas": 0, "loaded": 2, "100%": 1, "%": 1, "_": 1,
		"200": 0, `"`: 0, "'; DROP TABLE event": 0, "\x00": 0, "   ": 2,
	} {
		if p := page(t, l, state.Activities{Text: text, Limit: 10}); p.Total != want || len(p.Rows) != want {
			t.Errorf("%q finds %d (%d rows), want %d", text, p.Total, len(p.Rows), want)
		}
	}
}

func TestLaterRowsDontShiftAnAnchoredList(t *testing.T) {
	l := open(t, filepath.Join(t.TempDir(), "activity.db"))
	for n := range 10 {
		l.Add(row(n))
	}
	first := page(t, l, state.Activities{Limit: 5})
	l.Add(row(10))
	rest := page(t, l, state.Activities{Anchor: first.Anchor, Limit: 100, Offset: 5})
	if rest.Total != 10 || titles(first.Rows)+titles(rest.Rows) != "id9 id8 id7 id6 id5 id4 id3 id2 id1 id0 " {
		t.Errorf("total %d: %s then %s", rest.Total, titles(first.Rows), titles(rest.Rows))
	}
	for _, odd := range []state.Activities{{Limit: -1}, {Limit: 5, Offset: 1 << 40}, {Anchor: -3, Limit: 5}} {
		if p := page(t, l, odd); len(p.Rows) != 0 {
			t.Errorf("%+v answers %d rows", odd, len(p.Rows))
		}
	}
	if p := page(t, l, state.Activities{Offset: -7, Limit: 1 << 30}); len(p.Rows) != 11 {
		t.Errorf("%d rows", len(p.Rows))
	}
}

func TestTheLogIsBoundedInNumberAndAge(t *testing.T) {
	l := open(t, filepath.Join(t.TempDir(), "activity.db"))
	began := time.Now()
	batch := make([]state.Activity, 105)
	for n := range batch {
		batch[n] = state.Activity{Time: began.Add(time.Duration(n) * time.Second), ID: fmt.Sprint(n)}
	}
	if err := l.insert(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		rows, first, total int
	}{{100, 0, 100}, {1000, 50, 55}, {1000, 50, 55}, {1000, 200, 0}, {1000, 200, 0}} {
		if err := l.tidy(t.Context(), test.rows, began.Add(time.Duration(test.first)*time.Second)); err != nil {
			t.Fatal(err)
		}
		p := page(t, l, state.Activities{Limit: 200})
		if p.Total != test.total || p.Total > 0 && p.Rows[0].ID != "104" {
			t.Errorf("%d rows with the bounds %d and %d, want %d", p.Total, test.rows, test.first, test.total)
		}
	}
}

// byTheClock is a DaysAgo that believes it.
func byTheClock(_ context.Context, n int) (time.Time, error) {
	return time.Now().AddDate(0, 0, -n), nil
}

// How old rows are is not for the clock alone to tell: where that is not known, none goes.
func TestAClockThatJumpsTakesNoRow(t *testing.T) {
	l := open(t, filepath.Join(t.TempDir(), "activity.db"))
	ages := map[string]DaysAgo{
		"nothing known yet": func(context.Context, int) (time.Time, error) { return time.Time{}, nil },
		"not to be read":    func(context.Context, int) (time.Time, error) { return time.Time{}, errors.New("closed") },
		"by the clock":      byTheClock,
	}
	for i, name := range []string{"nothing known yet", "not to be read", "by the clock"} {
		l.daysAgo, l.tidied = ages[name], time.Time{}
		l.Add(state.Activity{Time: time.Now().AddDate(-1, 0, 0), ID: name})
		if err := l.flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := i + 1
		if name == "by the clock" {
			want = 0
		}
		if p := page(t, l, state.Activities{Limit: 10}); p.Total != want {
			t.Errorf("%s: %d rows are left, want %d", name, p.Total, want)
		}
	}
}

func TestWhatCannotBeWrittenWaitsWithinBounds(t *testing.T) {
	l := open(t, filepath.Join(t.TempDir(), "activity.db"))
	for n := range maxPending + 10 {
		l.Add(state.Activity{Bytes: int64(n)})
	}
	if len(l.pending) > maxPending || l.pending[len(l.pending)-1].Bytes != maxPending+9 {
		t.Errorf("%d wait, the last is %d", len(l.pending), l.pending[len(l.pending)-1].Bytes)
	}
	l.db.Close()
	if err := l.flush(t.Context()); err == nil || len(l.pending) == 0 {
		t.Errorf("after a failure (%v) %d wait", err, len(l.pending))
	}
}

func TestClearForgetsEverything(t *testing.T) {
	path := filepath.Join(t.TempDir(), "activity.db")
	l := open(t, path)
	l.Add(state.Activity{Time: time.Now(), Title: "confidential-merger.docx"})
	page(t, l, state.Activities{Limit: 1})
	l.Add(row(2))
	if err := l.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p := page(t, l, state.Activities{Limit: 9}); p.Total != 0 || len(l.Recent()) != 0 {
		t.Errorf("%d rows and %d recent ones are left", p.Total, len(l.Recent()))
	}
	l.Close()
	for _, file := range []string{path, path + "-wal"} {
		if data, err := os.ReadFile(file); err == nil && bytes.Contains(data, []byte("confidential-merger")) {
			t.Errorf("%s still holds the title", filepath.Base(file))
		}
	}
}

func TestADamagedFileIsPutAside(t *testing.T) {
	path := filepath.Join(t.TempDir(), "activity.db")
	if err := os.WriteFile(path, []byte("this is no database, it only has its name and some length"), 0o600); err != nil {
		t.Fatal(err)
	}
	l := open(t, path)
	l.Add(row(1))
	if p := page(t, l, state.Activities{Limit: 1}); p.Total != 1 {
		t.Errorf("%d rows", p.Total)
	}
	if aside, _ := filepath.Glob(path + ".damaged-*"); len(aside) != 1 {
		t.Errorf("put aside: %v", aside)
	}
}

func TestRowsAreWrittenWhileItRunsAndManyMayAdd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "activity.db")
	l := open(t, path)
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	defer all.Wait()
	defer cancel()
	all.Go(func() { l.Run(ctx) })
	for person := range 4 {
		all.Go(func() {
			for n := range 50 {
				l.Add(row(100*person + n))
				l.Recent()
			}
		})
	}
	other := open(t, path)
	for deadline := time.Now().Add(30 * time.Second); page(t, other, state.Activities{Limit: 1}).Total != 200; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("what was added is not in the file")
		}
	}
}

func BenchmarkAdd(b *testing.B) {
	l := open(b, filepath.Join(b.TempDir(), "activity.db"))
	for n := 0; b.Loop(); n++ {
		l.Add(row(n))
	}
}

// BenchmarkPage reads the middle of 100,000 rows, plainly and with a filter
// that few rows pass.
func BenchmarkPage(b *testing.B) {
	l := open(b, filepath.Join(b.TempDir(), "activity.db"))
	batch := make([]state.Activity, maxRows)
	for n := range batch {
		batch[n] = row(n)
	}
	if err := l.insert(b.Context(), batch); err != nil {
		b.Fatal(err)
	}
	for _, q := range []state.Activities{{Limit: 100, Offset: maxRows / 2}, {Limit: 100, Text: "überblick 777"}} {
		b.Run(q.Text, func(b *testing.B) {
			for b.Loop() {
				page(b, l, q)
			}
		})
	}
}
