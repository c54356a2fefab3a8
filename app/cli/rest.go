package cli

import (
	"context"
	"runtime/debug"
	"time"
)

// startTime is how long a start has work to do: opening, reading names,
// looking at the folders.
const startTime = 20 * time.Second

// restAfterStart gives back what the start took, once it is over.
func restAfterStart(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(startTime):
		rest()
	}
}

// rest gives the system back what a program that waits doesn't need: freed
// memory, and the pages of its own file that were mapped for work that is done.
// What is needed again comes back by itself.
func rest() {
	debug.FreeOSMemory()
	leaveProgramPages()
}
