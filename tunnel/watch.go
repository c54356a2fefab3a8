package tunnel

import (
	"context"
	"net"
	"strings"
	"time"
)

const (
	// tick is how often the clocks are compared, and how often the network is
	// looked at where the system doesn't tell of changes.
	tick = 2 * time.Second
	// calm is how long the network must have been still before it is looked at;
	// addresses come and go in bursts.
	calm = 250 * time.Millisecond
)

// Watch calls changed whenever connections made earlier are probably dead:
// this computer slept, or its way to the internet is another one or back. It
// returns when ctx ends.
func Watch(ctx context.Context, changed func()) {
	w := watcher{way: wayOut, changed: changed}
	w.last = w.way()
	told := make(chan struct{}, 1)
	listening := make(chan struct{})
	go func() { defer close(listening); networkEvents(ctx, told) }()
	w.run(ctx, told)
	<-listening
}

// watcher compares the present with what it saw last.
type watcher struct {
	way     func() string // the way to the internet, "" for none
	changed func()
	last    string
}

func (w *watcher) run(ctx context.Context, told <-chan struct{}) {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	seen := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-told:
			sleep(ctx, calm, nil)
			w.look()
		case <-ticker.C:
			now := time.Now()
			if slept(now.Round(0).Sub(seen.Round(0)), now.Sub(seen)) {
				w.last = w.way()
				w.changed()
			}
			seen = now
		}
	}
}

// look tells of a changed way. One that is gone is only remembered: there is
// nothing to connect to.
func (w *watcher) look() {
	way := w.way()
	if way == w.last {
		return
	}
	w.last = way
	if way != "" {
		w.changed()
	}
}

// poll has the network looked at now and then, until ctx ends.
func poll(ctx context.Context, told chan<- struct{}) {
	for sleep(ctx, tick, nil) {
		tell(told)
	}
}

// tell has the network looked at.
func tell(told chan<- struct{}) {
	select {
	case told <- struct{}{}:
	default:
	}
}

// slept says whether the computer slept in between two looks at the clocks. In
// sleep the wall clock goes on and the monotonic one stands still, or, on
// Windows, both go on while the program doesn't.
func slept(wall, monotonic time.Duration) bool {
	return wall-monotonic > 3*time.Second || monotonic > tick+15*time.Second
}

// wayOut names the addresses from which this computer would send to the
// internet. Nothing is sent: connecting a datagram socket only asks the
// system's routes. Other interfaces, as those of containers, don't matter.
func wayOut() string {
	return strings.TrimSpace(source("udp4", "192.0.2.1:9") + " " + source("udp6", "[2001:db8::1]:9"))
}

func source(network, to string) string {
	c, err := net.Dial(network, to)
	if err != nil {
		return ""
	}
	defer c.Close()
	host, _, err := net.SplitHostPort(c.LocalAddr().String())
	if err != nil {
		return ""
	}
	return host
}
