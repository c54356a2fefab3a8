package search

import (
	"context"
	"sync"

	"folderfront/server/worker"
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

// task is a file to be looked at, of a size in bytes, or gone.
type task struct{ number, size int64 }

// take gives the next files, to be released when they are done: one, or several
// that are small together; none when there are none now.
func (b *backlog) take() (tasks []task) {
	b.mu.Lock()
	defer b.mu.Unlock()
	const files, bytes = worker.MaxTasks, 256 << 10
	sum := int64(0)
	for len(tasks) < files {
		next, line, ok := b.next()
		if !ok {
			break
		}
		if sum += max(next.size, 0); len(tasks) > 0 && sum > bytes {
			return tasks
		}
		*line = (*line)[1:]
		delete(b.waiting, next.number)
		b.bytes -= max(next.size, 0)
		b.inHand++
		tasks = append(tasks, next)
	}
	if len(tasks) == 0 {
		b.waiting, b.urgent, b.rest = map[int64]int64{}, nil, nil // give the room back
	}
	return tasks
}

// next finds what comes first, and the line that it stands first in.
func (b *backlog) next() (next task, line *[]int64, ok bool) {
	for _, line := range []*[]int64{&b.urgent, &b.rest} {
		for ; len(*line) > 0; *line = (*line)[1:] {
			number := (*line)[0]
			if size, ok := b.waiting[number]; ok {
				return task{number, size}, line, true
			}
		}
	}
	return next, nil, false
}

// release says that a file taken is done.
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
