package server

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// keptEvents is how many events are remembered; older ones are only in the log.
const keptEvents = 1000

// Event is one thing that was served, changed or refused.
type Event struct {
	Time   time.Time
	Person string // as the caller named itself; "" when it didn't
	Verb   string // downloaded, viewed, uploaded, created, renamed, deleted, searched, acted, refused
	Title  string // of the file or folder; "" when it was about none
	Share  string // the shared folder it lies in
	Status int    // HTTP
	Bytes  int64  // of the response's body, or of the upload's
	Took   time.Duration
}

// Transfer is an upload or download under way.
type Transfer struct {
	Title   string
	Share   string
	Person  string
	Upload  bool
	Total   int64 // bytes, -1 when unknown
	Started time.Time

	done atomic.Int64
}

// Done is how many bytes have passed.
func (t *Transfer) Done() int64 { return t.done.Load() }

// Speed is the mean in bytes a second since the transfer began.
func (t *Transfer) Speed(now time.Time) float64 {
	seconds := now.Sub(t.Started).Seconds()
	if seconds <= 0 {
		return 0
	}
	return float64(t.Done()) / seconds
}

// Activity is what the server did lately and is doing now. It is safe for
// concurrent use.
type Activity struct {
	mu        sync.Mutex
	ring      []Event // up to keptEvents; next is the oldest once it is full
	next      int
	count     uint64
	transfers map[*Transfer]struct{}
}

// Recent returns the last events, newest first, at most max.
func (a *Activity) Recent(max int) []Event {
	a.mu.Lock()
	defer a.mu.Unlock()
	recent := make([]Event, 0, min(max, len(a.ring)))
	for i := range min(max, len(a.ring)) {
		recent = append(recent, a.ring[(a.next-1-i+2*len(a.ring))%len(a.ring)])
	}
	return recent
}

// Count tells how many events there ever were since the start: a reader that
// sees the same count twice has missed nothing.
func (a *Activity) Count() uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.count
}

// Transfers returns what is under way, the oldest first.
func (a *Activity) Transfers() []*Transfer {
	a.mu.Lock()
	defer a.mu.Unlock()
	under := make([]*Transfer, 0, len(a.transfers))
	for t := range a.transfers {
		under = append(under, t)
	}
	slices.SortFunc(under, func(x, y *Transfer) int { return x.Started.Compare(y.Started) })
	return under
}

func (a *Activity) record(e Event) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.count++
	if len(a.ring) < keptEvents {
		a.ring = append(a.ring, e)
		a.next = len(a.ring) % keptEvents
		return
	}
	a.ring[a.next] = e
	a.next = (a.next + 1) % keptEvents
}

// begin registers a transfer, or returns false when max are under way.
func (a *Activity) begin(t *Transfer, max int) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.transfers) >= max {
		return false
	}
	if a.transfers == nil {
		a.transfers = map[*Transfer]struct{}{}
	}
	a.transfers[t] = struct{}{}
	return true
}

func (a *Activity) end(t *Transfer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.transfers, t)
}
