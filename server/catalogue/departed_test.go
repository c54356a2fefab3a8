package catalogue

import (
	"context"
	"slices"
	"testing"
	"time"
)

// moves are things that go from one share to another, and what is told of each.
var moves = []struct{ name, before, do, want string }{
	{"a file to the next share", "A/f\nB/", "mv A/f B/g", "moved f -> g"},
	{"a file to the share before", "B/f\nA/", "mv B/f A/g", "moved f -> g"},
	{"a folder with all that is below", "A/d/e/f\nB/", "mv A/d B/d", "moved d -> d"},
	{"a folder back", "B/d/e/f\nA/", "mv B/d A/x", "moved d -> x"},
}

// TestMoveBetweenSharesIsToldAsOneWhileRunning wants one event, whichever share is looked at first.
func TestMoveBetweenSharesIsToldAsOneWhileRunning(t *testing.T) {
	for _, move := range moves {
		t.Run(move.name, func(t *testing.T) {
			t.Parallel()
			w := idRule{before: move.before}.world(t)
			w.start()
			defer func() { w.stop() }()
			w.settled()
			told := w.told(t)
			w.do(move.do)
			w.settled()
			told(move.want)
		})
	}
}

// TestMoveBetweenSharesIsToldAsOneAfterAStop is the same for a program that was not running.
func TestMoveBetweenSharesIsToldAsOneAfterAStop(t *testing.T) {
	for _, move := range moves {
		t.Run(move.name, func(t *testing.T) {
			t.Parallel()
			w := idRule{before: move.before}.world(t)
			w.open()
			w.scan()
			w.stop()
			w.do(move.do)
			w.open()
			told := w.told(t)
			w.run()
			defer func() { w.stop() }()
			w.settled()
			told(move.want)
		})
	}
}

// TestDeletionIsToldWhereAnotherShareMightHoldIt wants the news of a deletion though the file might
// have gone to another share.
func TestDeletionIsToldWhereAnotherShareMightHoldIt(t *testing.T) {
	w := idRule{before: "A/d/f\nA/g\nB/"}.world(t)
	w.open()
	w.scan()
	w.stop()
	w.do("rm A/d\nmv A/g B/g")
	w.open()
	told := w.told(t)
	w.run()
	defer func() { w.stop() }()
	w.settled()
	told("deleted d -> ", "deleted d/f -> ", "moved g -> g")
}

// told subscribes; the function it gives wants exactly these events, in any order.
func (w *world) told(t *testing.T) func(want ...string) {
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	events := w.c.Subscribe(ctx)
	return func(want ...string) {
		t.Helper()
		w.do("write A/last")
		want = append(want, "created last")
		got := heard(t, events, len(want))
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("told %q, want %q", got, want)
		}
	}
}

// TestDeletionInARestlessNeighbourhood bounds how long the news waits for a share that never rests.
func TestDeletionInARestlessNeighbourhood(t *testing.T) {
	w := idRule{before: "A/f\nB/g"}.world(t)
	w.open()
	defer func() { w.stop() }()
	w.scan()
	for _, s := range w.c.all() {
		if s.info().Name == "B" {
			w.c.markDirty(s, ".", false) // and nobody reconciles it
		}
	}
	events := w.c.Subscribe(t.Context())
	w.do("rm A/f")
	w.scan()
	w.c.tellDepartures()
	for number, gone := range w.c.departures.nodes {
		gone.since = gone.since.Add(-untoldFor - time.Second)
		w.c.departures.nodes[number] = gone
	}
	if len(w.c.departures.nodes) != 1 {
		t.Errorf("%d nodes wait, want 1", len(w.c.departures.nodes))
	}
	w.c.tellDepartures()
	if got := heard(t, events, 1); got[0] != "deleted f -> " {
		t.Errorf("told %q", got)
	}
}
