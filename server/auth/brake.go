package auth

import (
	"container/list"
	"context"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// Limits of the brake: the table holds so many senders, forgets a sender's
// failures after a while, lets a few slips pass, and then answers one failure
// a step, however many come at once.
const (
	brakeSenders = 4096
	brakeMemory  = 15 * time.Minute
	brakeFree    = 10
	brakeStep    = 200 * time.Millisecond
	brakeMax     = 8 * time.Second
	brakeWaiters = 64 // answers held back at once; beyond it they go out unslowed
)

// brake slows down whoever fails again and again. It never refuses, it is
// asked only after a failure, and it counts each sender alone, so nobody can
// use it to keep somebody else out. It is safe for concurrent use.
type brake struct {
	mu      sync.Mutex
	senders map[string]*list.Element
	order   *list.List // of *slip, oldest failure first
	waiters chan struct{}
}

type slip struct {
	sender string
	count  int
	last   time.Duration
	next   time.Duration // when the next failure may be answered
}

func newBrake() *brake {
	return &brake{
		senders: map[string]*list.Element{},
		order:   list.New(),
		waiters: make(chan struct{}, brakeWaiters),
	}
}

// fail counts a failure and returns how long its answer should wait. now is
// running time: no jump of the clock shuts anybody out, or lets anybody try on.
func (b *brake) fail(sender string, now time.Duration) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	e, ok := b.senders[sender]
	if !ok {
		if len(b.senders) >= brakeSenders {
			b.drop(b.order.Front())
		}
		e = b.order.PushBack(&slip{sender: sender})
		b.senders[sender] = e
	}
	s := e.Value.(*slip)
	if now-s.last > brakeMemory {
		s.count = 0
	}
	s.count, s.last = s.count+1, now
	b.order.MoveToBack(e)
	if s.count <= brakeFree {
		return 0
	}
	s.next = max(s.next, now) + brakeStep
	return min(brakeMax, s.next-now)
}

// failures returns how often the sender failed lately.
func (b *brake) failures(sender string, now time.Duration) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	e, ok := b.senders[sender]
	if !ok || now-e.Value.(*slip).last > brakeMemory {
		return 0
	}
	return e.Value.(*slip).count
}

// forget clears the sender's failures after a success.
func (b *brake) forget(sender string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e, ok := b.senders[sender]; ok {
		b.drop(e)
	}
}

func (b *brake) drop(e *list.Element) {
	delete(b.senders, e.Value.(*slip).sender)
	b.order.Remove(e)
}

// hold waits for d, or until ctx ends, or not at all when too many wait.
func (b *brake) hold(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	select {
	case b.waiters <- struct{}{}:
		defer func() { <-b.waiters }()
	default:
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// sender names the client of a request by its address, IPv6 by its /64, which
// is what one subscriber gets. The server has put the proven client address
// into RemoteAddr.
func sender(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is6() {
		if p, err := addr.Prefix(64); err == nil {
			return p.String()
		}
	}
	return addr.String()
}
