package tunnel

import (
	"context"
	"sync/atomic"
	"testing"
	"time"
)

func TestSlept(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		wall, monotonic time.Duration
		want            bool
	}{
		{tick, tick, false},
		{tick + time.Second, tick, false},           // a clock set right
		{-time.Hour, tick, false},                   // a clock set back
		{time.Hour, tick, true},                     // Linux, macOS: the monotonic clock stands still
		{time.Hour, time.Hour, true},                // Windows: both go on
		{10 * time.Second, 10 * time.Second, false}, // a busy computer
	} {
		if got := slept(c.wall, c.monotonic); got != c.want {
			t.Errorf("%v, %v: %v", c.wall, c.monotonic, got)
		}
	}
}

func TestWatcherTellsOfAnotherWayAndOfItsReturn(t *testing.T) {
	t.Parallel()
	var changed atomic.Int32
	way := "192.0.2.7"
	w := &watcher{way: func() string { return way }, changed: func() { changed.Add(1) }, last: way}
	for _, c := range []struct {
		way  string
		want int32
	}{
		{"192.0.2.7", 0}, {"198.51.100.1", 1}, {"", 1}, {"", 1}, {"198.51.100.1", 2}, {"198.51.100.1", 2},
	} {
		way = c.way
		w.look()
		if got := changed.Load(); got != c.want {
			t.Errorf("now %q: told %d times, not %d", c.way, got, c.want)
		}
	}
}

func TestWatchEnds(t *testing.T) {
	t.Parallel()
	ctx, end := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); Watch(ctx, func() {}) }()
	end()
	select {
	case <-done:
	case <-time.After(patience):
		t.Error("Watch did not return")
	}
}
