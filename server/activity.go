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
	ID     string // of the file or folder; "" when it was about none
	Title  string // of the file or folder; "" when it was about none
	Folder string // the shared folder it lies in
	Status int    // HTTP
	Bytes  int64  // of the response's body, or of the upload's
	Took   time.Duration
}

// Transfer is an upload or download under way, as it was when asked for.
type Transfer struct {
	Title   string
	Upload  bool
	Person  string
	Done    int64 // bytes
	Total   int64 // bytes, -1 when unknown
	Started time.Time
}

// transfer is a Transfer that goes on.
type transfer struct {
	Transfer
	done atomic.Int64
}

// Activity is what the server did lately and is doing now. It is safe for
// concurrent use.
type Activity struct {
	changed func() // hears of each event, and of each transfer's begin and end

	mu        sync.Mutex
	ring      []Event // up to keptEvents; next is the oldest once it is full
	next      int
	transfers map[*transfer]struct{}
}

// Recent returns the last events, newest first, at most max.
func (a *Activity) Recent(max int) []Event {
	a.mu.Lock()
	defer a.mu.Unlock()
	recent := make([]Event, 0, min(max, len(a.ring)))
	for back := range min(max, len(a.ring)) {
		recent = append(recent, a.ring[(a.next-1-back+2*len(a.ring))%len(a.ring)])
	}
	return recent
}

// Transfers returns what is under way, the oldest first.
func (a *Activity) Transfers() []Transfer {
	a.mu.Lock()
	defer a.mu.Unlock()
	under := make([]Transfer, 0, len(a.transfers))
	for t := range a.transfers {
		snapshot := t.Transfer
		snapshot.Done = t.done.Load()
		under = append(under, snapshot)
	}
	slices.SortFunc(under, func(x, y Transfer) int { return x.Started.Compare(y.Started) })
	return under
}

func (a *Activity) record(e Event) {
	defer a.changed()
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.ring) < keptEvents {
		a.ring = append(a.ring, e)
		a.next = len(a.ring) % keptEvents
		return
	}
	a.ring[a.next] = e
	a.next = (a.next + 1) % keptEvents
}

// begin registers a transfer, or returns false when max are under way.
func (a *Activity) begin(t *transfer, max int) bool {
	defer a.changed()
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.transfers) >= max {
		return false
	}
	if a.transfers == nil {
		a.transfers = map[*transfer]struct{}{}
	}
	a.transfers[t] = struct{}{}
	return true
}

func (a *Activity) end(t *transfer) {
	defer a.changed()
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.transfers, t)
}
