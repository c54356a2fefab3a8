package server

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

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

// Activity is what the server is doing now, and tells what it did. It is safe
// for concurrent use.
type Activity struct {
	noted   func(Event) // hears of each event
	changed func()      // hears that there is an event, and of each transfer's begin and end

	mu        sync.Mutex
	transfers map[*transfer]struct{}
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
	a.noted(e)
	a.changed()
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
