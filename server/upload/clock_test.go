package upload

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"folderfront/server/catalogue"
)

const year = 365 * day

// wrong sets the room's clock wrong by some time, on one of the days on which the program runs. Each
// date that a wrong clock shows is one more of them.
func (r *room) wrong(by time.Duration, ran int64) {
	now := time.Now().Add(by)
	r.now = func() time.Time { return now }
	r.daysRun = func(context.Context) (int64, error) { return ran, nil }
}

// Whatever the clock said meanwhile, the versions that stay are the last ones: what was overwritten
// just now is never taken for the oldest.
func TestVersionsStayInOrderWhenTheClockJumps(t *testing.T) {
	for name, jump := range map[string]time.Duration{"ahead": year, "back": -6 * year} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t)
			r.SetConfig(Config{Logger: quiet, MinimumFree: 1, Retention: Retention{Versions: 2}})
			r.wrong(0, 1)
			id := r.upload("a.txt", "0")
			for i, by := range []time.Duration{0, 0, jump, jump, jump, 0, 0, jump, 0} {
				r.wrong(by, 1+int64(i))
				r.receive(id, fmt.Sprint(i+1))
				items, err := r.items(t.Context(), `kind = 'version' AND stage = 1 AND file = ? ORDER BY turn DESC`, id)
				if err != nil {
					t.Fatal(err)
				}
				var got, want []string
				for n, item := range items {
					got, want = append(got, r.read(item.content())), append(want, fmt.Sprint(i-n))
				}
				if diff := cmp.Diff(want, got); diff != "" || len(items) != min(i+1, 2) {
					t.Fatalf("after %d overwrites: %d versions %s", i+1, len(items), diff)
				}
			}
		})
	}
}

// What was overwritten and deleted while the clock was wrong is kept as long as all else, and no
// longer.
func TestKeptForItsDaysThoughTheClockJumps(t *testing.T) {
	for name, jump := range map[string]time.Duration{"ahead": year, "back": -6 * year, "right": 0} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t)
			r.wrong(0, 100)
			id, deleted := r.upload("a.txt", "one"), r.upload("b.txt", "gone")
			r.wrong(jump, 101)
			r.receive(id, "two")
			if err := r.Delete(t.Context(), deleted, ""); err != nil {
				t.Fatal(err)
			}
			for _, c := range []struct {
				after, wrong time.Duration
				ran          int64
				want         int
			}{
				{0, 0, 101, 2},
				{0, jump, 102, 2},
				{0, 0, 102, 2},
				{29 * day, year, 120, 2},
				{29 * day, -year, 130, 2},
				{29 * day, 0, 131, 2},
				{32 * day, 0, 134, 0},
			} {
				r.wrong(c.after+c.wrong, c.ran)
				if err := r.retain(t.Context()); err != nil {
					t.Fatal(err)
				}
				if items, err := r.History(t.Context(), ""); err != nil || len(items) != c.want {
					t.Fatalf("after %v, on day %d, the clock wrong by %v: %d kept, %v; want %d", c.after, c.ran, c.wrong, len(items), err, c.want)
				}
			}
			r.mustBeClean()
		})
	}
}

// A lack of space takes no version on its first day, whatever the clock says, and each one after it.
func TestSpaceTakesNothingEarlyWhenTheClockJumps(t *testing.T) {
	for name, jump := range map[string]time.Duration{"ahead": year, "back": -6 * year} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t)
			r.SetConfig(Config{Logger: quiet, MinimumFree: 1, Retention: Retention{Percent: 1e-12}}) // less than a byte
			r.wrong(0, 100)
			id := r.upload("a.txt", "one")
			r.receive(id, "two")
			r.wrong(jump, 101)
			r.receive(id, "three")
			for _, c := range []struct {
				after, wrong time.Duration
				ran          int64
				want         int
			}{{0, jump, 101, 2}, {0, 0, 101, 2}, {3 * day, 0, 104, 0}} {
				r.wrong(c.after+c.wrong, c.ran)
				if err := r.retain(t.Context()); err != nil {
					t.Fatal(err)
				}
				if got := r.versions(id); len(got) != c.want {
					t.Fatalf("after %v, on day %d, the clock wrong by %v: versions %q, want %d", c.after, c.ran, c.wrong, got, c.want)
				}
			}
		})
	}
}

// Where there is space for one version only, it is the last, whatever the clock said.
func TestSpaceIsForTheLastVersionsWhenTheClockJumps(t *testing.T) {
	for name, jumps := range map[string][2]time.Duration{"ahead": {year, 0}, "back": {0, -year}} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t)
			whole, err := r.diskSize(t.Context(), r.share)
			if err != nil {
				t.Fatal(err)
			}
			r.SetConfig(Config{Logger: quiet, MinimumFree: 1, Retention: Retention{Percent: 100 * 4.5 / float64(whole)}})
			r.wrong(jumps[0], 100)
			id := r.upload("a.txt", "one")
			r.receive(id, "two")
			r.wrong(jumps[1], 101)
			r.receive(id, "three")
			r.wrong(3*day, 104)
			if err := r.retain(t.Context()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"two"}, r.versions(id)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// An announcement waits for its day though the clock jumps ahead, and one of a time to come is
// collected as any other.
func TestAnnouncementsOutliveAClockThatJumps(t *testing.T) {
	for name, jump := range map[string]time.Duration{"ahead": year, "back": -year} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t)
			ctx := t.Context()
			announce := func(name string) (known func() bool) {
				entry, err := r.Init(ctx, r.share, name, "", "")
				if err != nil {
					t.Fatal(err)
				}
				return func() bool {
					if err := r.expire(ctx); err != nil {
						t.Fatal(err)
					}
					_, err := r.c.Lookup(ctx, entry.ID)
					return err == nil
				}
			}
			r.wrong(0, 100)
			before := announce("before")
			r.wrong(jump, 101)
			meanwhile := announce("meanwhile")
			if !before() || !meanwhile() {
				t.Error("an announcement ended when the clock jumped")
			}
			r.wrong(0, 101)
			if !before() || !meanwhile() {
				t.Error("an announcement ended when the clock was right again")
			}
			r.wrong(3*day, 104)
			if before() || meanwhile() {
				t.Error("an announcement is never collected")
			}
		})
	}
}

// The file that was last remembered for a document is its file, whatever the clock said.
func TestTheLastFileOfADocumentWhenTheClockJumps(t *testing.T) {
	r := newRoom(t)
	first, second := r.upload("a", "a"), r.upload("b", "b")
	want := map[bool]catalogue.ID{true: first, false: second}
	for i, by := range []time.Duration{0, year, 0, 0, -year, -year, 0, 2 * year} {
		r.wrong(by, 100)
		if err := r.Remember(t.Context(), "document", fmt.Sprint("version ", i), want[i%2 == 0]); err != nil {
			t.Fatal(err)
		}
		if got, err := r.FileOf(t.Context(), "document", ""); err != nil || got != want[i%2 == 0] {
			t.Errorf("step %d: %q, %v; want %q", i, got, err, want[i%2 == 0])
		}
	}
}
