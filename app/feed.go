package app

import (
	"context"
	"iter"
	"sync"

	"folderfront/app/state"
)

// feed hands each published State to every reader, in order. A reader that
// lags far behind is brought to the newest, so that a stuck window can't make
// the core grow.
type feed struct {
	mu      sync.Mutex
	newest  *node
	readers int
}

type node struct {
	value  state.State
	number int
	next   *node
	ready  chan struct{} // closed once next is set
}

const maxLag = 256

func (f *feed) publish(s state.State) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := &node{value: s, ready: make(chan struct{})}
	if f.newest != nil {
		n.number = f.newest.number + 1
		f.newest.next = n
		close(f.newest.ready)
	}
	f.newest = n
}

func (f *feed) last() *node {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.newest
}

// watched tells whether anyone is counted as a reader.
func (f *feed) watched() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.readers > 0
}

func (f *feed) count(change int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.readers += change
}

// all yields the newest State and each later one until ctx or done ends.
func (f *feed) all(ctx context.Context, done <-chan struct{}) iter.Seq[state.State] {
	return func(yield func(state.State) bool) {
		for n := f.last(); yield(n.value); {
			select {
			case <-n.ready:
			case <-ctx.Done():
				return
			case <-done:
				return
			}
			if newest := f.last(); newest.number-n.number > maxLag {
				n = newest
			} else {
				n = n.next
			}
		}
	}
}
