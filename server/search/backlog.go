package search

import (
	"context"
	"sync"
)

// backlog is what the content index lacks: files to read, and files that are
// gone. Changes as they happen come before what was there all along. It is
// safe for concurrent use; one goroutine takes.
type backlog struct {
	mu      sync.Mutex
	waiting map[int64]int64 // number → size in bytes, or gone
	urgent  []int64
	rest    []int64
	bytes   int64
	inHand  int64         // files taken and not yet released
	more    chan struct{} // holds a token while there may be something
}

const gone = -1

func newBacklog() *backlog {
	return &backlog{waiting: map[int64]int64{}, more: make(chan struct{}, 1)}
}

// put adds a file of that size, or gone.
func (b *backlog) put(number, size int64, urgent bool) {
	b.mu.Lock()
	before, waits := b.waiting[number]
	b.bytes += max(size, 0) - max(before, 0)
	b.waiting[number] = size
	switch {
	case urgent:
		b.urgent = append(b.urgent, number)
	case !waits:
		b.rest = append(b.rest, number)
	}
	b.mu.Unlock()
	select {
	case b.more <- struct{}{}:
	default:
	}
}

// take gives the next file, to be released when it is done; ok is false when
// there is none now.
func (b *backlog) take() (number, size int64, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, line := range []*[]int64{&b.urgent, &b.rest} {
		for len(*line) > 0 {
			number, *line = (*line)[0], (*line)[1:]
			if size, ok = b.waiting[number]; ok {
				delete(b.waiting, number)
				b.bytes -= max(size, 0)
				b.inHand++
				return number, size, true
			}
		}
	}
	b.waiting, b.urgent, b.rest = map[int64]int64{}, nil, nil // give the room back
	return 0, 0, false
}

func (b *backlog) release() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.inHand--
}

// wait returns when there may be something to take, or with ctx.
func (b *backlog) wait(ctx context.Context) {
	select {
	case <-b.more:
	case <-ctx.Done():
	}
}

// left is how many files and bytes wait, the files in hand included.
func (b *backlog) left() (files, bytes int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return int64(len(b.waiting)) + b.inHand, b.bytes
}
