package catalogue

import (
	"errors"
	"os"
	"testing"
	"time"
)

// ranOn notes that the program ran on each of n days, the last of them at a time.
func (w *world) ranOn(last time.Time, n int) {
	w.t.Helper()
	for i := range n {
		if err := w.c.noteDay(w.t.Context(), last.Add(-time.Duration(n-1-i)*day)); err != nil {
			w.t.Fatal(err)
		}
	}
}

// TestClockThatJumpsForgetsNothingEarly has files die, and the clock go wrong, before and after.
func TestClockThatJumpsForgetsNothingEarly(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		name   string
		lived  int           // days on which the program ran since the death, by a right clock
		jump   time.Duration // of the clock when old records are removed
		forget bool
	}{
		{"no time went by", 1, 0, false},
		{"ten years ahead", 1, 3650 * day, false},
		{"ten years ahead after some weeks", 60, 3650 * day, false},
		{"ten years back", 60, -3650 * day, false},
		{"ninety days went by", 92, 0, true},
		{"ninety days went by, and back", 92, -3650 * day, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.do("write A/f")
			w.open()
			defer func() { w.stop() }()
			w.scan()
			_, before := w.inCatalogue()
			w.do("rm A/f")
			w.scan()
			later := now.Add(time.Duration(c.lived-1) * day)
			w.ranOn(later, c.lived)
			w.ranOn(later.Add(c.jump), 1)
			if err := w.c.forgetOld(t.Context(), later.Add(c.jump)); err != nil {
				t.Fatal(err)
			}
			if _, err := w.c.store.read.byID(before["A/f"]); errors.Is(err, errNoNode) != c.forget {
				t.Errorf("the tombstone: %v; want forgotten %v", err, c.forget)
			}
		})
	}
}

// TestDeathInTheFutureIsForgottenInTime has a file die while the clock is ten years ahead.
func TestDeathInTheFutureIsForgottenInTime(t *testing.T) {
	w := newWorld(t, nil)
	w.do("write A/f")
	w.open()
	defer func() { w.stop() }()
	w.scan()
	_, before := w.inCatalogue()
	w.do("rm A/f")
	w.scan()
	now := time.Now()
	if err := w.c.store.exec(t.Context(), `UPDATE node SET dead=? WHERE dead>0`, now.Add(3650*day).UnixMilli()); err != nil {
		t.Fatal(err)
	}
	for _, later := range []time.Duration{0, 92 * day} {
		w.ranOn(now.Add(later), 92)
		if _, err := w.c.store.read.byID(before["A/f"]); err != nil {
			t.Fatal(err)
		}
		if err := w.c.forgetOld(t.Context(), now.Add(later)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.c.store.read.byID(before["A/f"]); !errors.Is(err, errNoNode) {
		t.Errorf("the tombstone: %v", err)
	}
}

func TestDaysAgoBeforeSoManyDays(t *testing.T) {
	w := newWorld(t, nil)
	w.open()
	defer func() { w.stop() }()
	w.ranOn(time.Now(), 30)
	if ago, err := w.c.DaysAgo(t.Context(), 30); err != nil || !ago.IsZero() {
		t.Errorf("%v, %v; want no time yet", ago, err)
	}
	if ago, err := w.c.DaysAgo(t.Context(), 7); err != nil || time.Since(ago) < 7*day || time.Since(ago) > 8*day {
		t.Errorf("%v, %v; want seven days ago", ago, err)
	}
	w.ranOn(time.Now().Add(day), seenDays+50)
	var n int
	if err := w.c.store.reader.QueryRow(`SELECT count(*) FROM seen`).Scan(&n); err != nil || n != seenDays {
		t.Errorf("%d days are remembered, %v; want %d", n, err, seenDays)
	}
}

// TestCopyOfTheFuture wants a copy though the last one claims to be of a time to come.
func TestCopyOfTheFuture(t *testing.T) {
	w := newWorld(t, nil)
	w.open()
	defer func() { w.stop() }()
	now := time.Now()
	if w.c.store.copiedLately(now) {
		t.Error("there is no copy yet")
	}
	if err := w.c.store.copy(t.Context()); err != nil {
		t.Fatal(err)
	}
	for age, lately := range map[time.Duration]bool{0: true, 23 * time.Hour: true, 25 * time.Hour: false, -365 * day: false} {
		then := now.Add(-age)
		if err := os.Chtimes(copyPath(w.db), then, then); err != nil {
			t.Fatal(err)
		}
		if got := w.c.store.copiedLately(now); got != lately {
			t.Errorf("a copy of %v ago: lately %v, want %v", age, got, lately)
		}
	}
}
