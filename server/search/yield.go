package search

import (
	"context"
	"time"
)

// How long indexing stands back.
const (
	politeness  = 2 * time.Second // before one file, while people are being served
	powerChecks = 30 * time.Second
)

// yield stands back before the next file: shortly while somebody is being
// served, so that a busy server still gets its index, and for as long as the
// computer runs on battery.
func (s *Search) yield(ctx context.Context) {
	for s.battery() && ctx.Err() == nil {
		s.progress.rest("Indexing waits while the computer runs on battery; names are found as always.")
		sleep(ctx, powerChecks)
	}
	for end := time.Now().Add(politeness); s.busy() && time.Now().Before(end) && ctx.Err() == nil; {
		sleep(ctx, 20*time.Millisecond)
	}
	s.progress.rest("")
}
