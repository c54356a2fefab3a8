package action

import (
	"database/sql"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"folderfront/server/catalogue"
	"folderfront/server/upload"
)

const year = 365 * 24 * time.Hour

// idle is Actions that work nothing off, by a clock that the test sets wrong: by
// so many nanoseconds.
func idle(t *testing.T) (*Actions, *atomic.Int64) {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	cat, err := catalogue.Open(t.Context(), catalogue.Config{Path: filepath.Join(t.TempDir(), "catalogue.db"), Logger: log})
	must(t, err)
	t.Cleanup(func() { must(t, cat.Close()) })
	uploads, err := upload.New(cat, upload.Config{Logger: log, MinimumFree: 1})
	must(t, err)
	a, err := New(t.Context(), Config{Catalogue: cat, Uploads: uploads, Logger: log, Origin: func() string { return "" }})
	must(t, err)
	var wrong atomic.Int64
	a.now = func() time.Time { return time.Now().Round(0).Add(time.Duration(wrong.Load())) }
	return a, &wrong
}

// queue stores a run that waits.
func (a *Actions) queue(t *testing.T, wait time.Duration) string {
	t.Helper()
	now := a.now()
	ids, err := a.enqueue(t.Context(), []Run{{
		ID: newRunID(now), Time: now, due: now.Add(wait), Trigger: ByRule, Action: "send", State: Pending, job: job{Kind: Webhook},
	}}, nil)
	must(t, err)
	return ids[0]
}

// look reads the queue as a dispatcher does, and tells what is due and for how
// long the dispatcher would sleep.
func (a *Actions) look(t *testing.T) (due map[string]bool, sleep time.Duration) {
	t.Helper()
	d := &dispatcher{Actions: a, queues: map[string][]Run{}, capped: map[string]bool{}, known: map[string]bool{}, reading: true}
	for d.reading {
		d.readPage(t.Context())
	}
	if !d.next.IsZero() {
		sleep = d.next.Sub(a.now())
	}
	return d.known, sleep
}

// A delivery that waits for its next try waits no longer because the clock was
// wrong when its wait began, or is wrong now.
func TestDeliveriesWaitNoLongerWhenTheClockJumps(t *testing.T) {
	const wait, longer = 5 * time.Minute, 10 * time.Minute
	for name, c := range map[string]struct{ queued, looked time.Duration }{
		"right":                {0, 0},
		"queued a year ahead":  {year, 0},
		"queued an hour ahead": {time.Hour, 0},
		"now a year back":      {0, -year},
	} {
		t.Run(name, func(t *testing.T) {
			a, wrong := idle(t)
			wrong.Store(int64(c.queued))
			begin := time.Now() // what is stored counts milliseconds
			a.queue(t, longer)
			a.queue(t, wait)
			wrong.Store(int64(c.looked))
			for range 2 { // the second look changes nothing
				if due, sleep := a.look(t); len(due) != 0 || sleep < wait-time.Since(begin)-time.Millisecond || sleep > wait {
					t.Errorf("%d due, the next in %v; want the first in %v", len(due), sleep, wait)
				}
			}
			wrong.Add(int64(wait))
			if due, sleep := a.look(t); len(due) != 1 || sleep > longer-wait || sleep < longer-wait-time.Since(begin)-time.Millisecond {
				t.Errorf("%d due, the next in %v; want the second in %v", len(due), sleep, longer-wait)
			}
		})
	}
	for name, c := range map[string]struct{ queued, looked time.Duration }{
		"now a year ahead":  {0, year},
		"queued a year ago": {-year, 0},
	} {
		t.Run(name, func(t *testing.T) {
			a, wrong := idle(t)
			wrong.Store(int64(c.queued))
			id := a.queue(t, wait)
			wrong.Store(int64(c.looked))
			if due, _ := a.look(t); !due[id] {
				t.Error("what was to be tried long ago is not due")
			}
		})
	}
}

// A try that failed while the clock was ahead is repeated when it was to be.
func TestAFailedTryIsRepeatedWhenTheClockJumpedBack(t *testing.T) {
	a, wrong := idle(t)
	a.offline = func() bool { return false }
	wrong.Store(int64(year))
	id := a.queue(t, 0)
	r, _, err := a.Detail(t.Context(), id)
	must(t, err)
	a.attempt(t.Context(), r, a.carryOut) // its connection is unknown
	longest := schedule[0] * 6 / 5
	wrong.Store(0)
	if due, sleep := a.look(t); len(due) != 0 || sleep <= 0 || sleep > longest {
		t.Errorf("%d due, the next in %v; want it in %v at most", len(due), sleep, longest)
	}
	wrong.Store(int64(longest))
	if due, _ := a.look(t); !due[id] {
		t.Error("it is not tried again")
	}
}

// The limit of a rule holds whatever the clock says.
func TestSpacingKnowsNoClock(t *testing.T) {
	a, wrong := idle(t)
	rule, begin := Rule{Name: "often", PerMinute: 6}, time.Now()
	for i, by := range []time.Duration{0, year, -year, 0} {
		wrong.Store(int64(by))
		want := time.Duration(i) * 10 * time.Second
		if wait := a.spacing(rule); wait > want || wait < want-time.Since(begin) {
			t.Errorf("run %d waits %v, want %v", i, wait, want)
		}
	}
	if wait := a.spacing(Rule{Name: "unlimited"}); wait != 0 {
		t.Errorf("without a limit: %v", wait)
	}
}

// The log is not emptied by a clock that is ahead, but by the days on which the
// program ran.
func TestTheLogSurvivesAClockThatJumps(t *testing.T) {
	a, wrong := idle(t)
	wrong.Store(int64(-40 * 24 * time.Hour))
	a.queue(t, 0)
	wrong.Store(0)
	a.queue(t, 0)
	update := func(statement string, arguments ...any) {
		t.Helper()
		must(t, a.cfg.Catalogue.Update(t.Context(), func(tx *sql.Tx) error {
			_, err := tx.Exec(statement, arguments...)
			return err
		}))
	}
	update(`UPDATE action_run SET state = 'done'`)
	today := time.Now().Unix() / (24 * 60 * 60)
	for _, c := range []struct {
		first, last int64 // days on which the program ran
		want        int
	}{{today - 10, today, 2}, {today + 365, today + 365, 2}, {today - 45, today - 11, 1}} {
		for day := c.first; day <= c.last; day++ {
			update(`INSERT OR IGNORE INTO seen (day) VALUES (?)`, day)
		}
		must(t, a.tidy(t.Context()))
		if runs, err := a.Log(t.Context(), Filter{}); err != nil || len(runs) != c.want {
			t.Errorf("after it ran from day %d to %d: %d runs, %v; want %d", c.first-today, c.last-today, len(runs), err, c.want)
		}
	}
}

// The person is asked about the last documents that nobody knows, whatever the
// clock said when others came.
func TestTheLastQuestionsStayWhenTheClockJumps(t *testing.T) {
	for name, jump := range map[string]time.Duration{"ahead": year, "back": -year} {
		t.Run(name, func(t *testing.T) {
			a, wrong := idle(t)
			note := func(document string, by time.Duration) {
				t.Helper()
				wrong.Store(int64(by))
				must(t, a.noteUnknown(t.Context(), Unknown{Document: document, Time: a.now()}))
			}
			for i := range maxUnknown {
				note(fmt.Sprint("first ", i), max(jump, 0))
			}
			for i := range 3 {
				note(fmt.Sprint("last ", i), min(jump, 0))
			}
			a.notice.unknown = nil
			must(t, a.loadNotice(t.Context())) // as at a start
			asked := a.Attention().Unknown
			if len(asked) != maxUnknown || asked[0].Document != "last 2" || asked[2].Document != "last 0" {
				t.Errorf("%d are asked for: %+v", len(asked), asked)
			}
		})
	}
}

// A file that settles while the clock is set back settles a second later.
func TestAFileSettlesThoughTheClockIsSetBack(t *testing.T) {
	r := newRoom(t)
	settling := map[catalogue.ID]happening{}
	poster, now := r.entry("poster.pdf"), time.Now().Round(0)
	settling[poster.ID] = happening{on: OnChanged, entry: poster, since: now.Add(year)}
	for i, want := range []int{1, 1, 0} {
		r.settle(t.Context(), settling, now.Add(time.Duration(i)*settleTime/2))
		if len(settling) != want {
			t.Errorf("look %d: %d files are waited for, want %d", i, len(settling), want)
		}
	}
}
