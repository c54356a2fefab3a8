package app

import (
	"context"
	"iter"
	"slices"
	"time"

	"folderfront/app/state"
)

// What changes the State by itself is followed, not looked for: the rooms tell
// that they have something new (stir), and a State that time alone will change
// says when (nextLook). While nothing happens nothing runs, and while nobody
// watches no State is made.

const (
	calm       = 200 * time.Millisecond // between two States that follow the rooms, at least
	lookAround = 500 * time.Millisecond // between two looks at what moves all the time
)

// stir notes that a room has something new to tell. It returns at once.
func (a *App) stir() { token(a.stirred) }

// followChanges publishes what changed by itself, a few times a second at most,
// until ctx ends.
func (a *App) followChanges(ctx context.Context) error {
	for ctx.Err() == nil {
		newest := a.feed.last()
		var due <-chan time.Time
		if wait, ticks := nextLook(newest.value, time.Now()); ticks && a.feed.watched() {
			due = time.After(wait)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-newest.ready: // published by somebody else: only when to look next is to be found out
			continue
		case <-a.stirred:
		case <-due:
		}
		if a.feed.watched() {
			a.publish()
		}
		if err := a.keys.save(); err != nil {
			a.log.Warn("last use of keys not saved", "error", err)
		}
		sleep(ctx, calm)
	}
	return nil
}

// nextLook says in how long time alone will have changed s; ticks is false when
// it won't.
func nextLook(s state.State, now time.Time) (wait time.Duration, ticks bool) {
	at := func(moment time.Time) {
		left := max(moment.Sub(now), calm)
		if !moment.IsZero() && (!ticks || left < wait) {
			wait, ticks = left, true
		}
	}
	if len(s.Transfers) > 0 || s.Index.Scanning {
		at(now.Add(lookAround))
	}
	if i := slices.IndexFunc(s.Problems, keepsWorkfrontOut); i >= 0 && s.Phase == state.Connecting {
		at(s.Problems[i].Since.Add(patience))
	}
	for _, x := range s.Access.Approvals {
		at(x.Expires)
	}
	for _, x := range s.Access.Sessions {
		at(x.Expires)
	}
	return wait, ticks
}

// States yields every State from the present one on, until ctx or the App ends.
// What changed while nobody looked is in the first.
func (a *App) States(ctx context.Context) iter.Seq[state.State] {
	a.publish()
	return func(yield func(state.State) bool) {
		a.feed.count(1)
		defer a.feed.count(-1)
		a.stir() // from now on somebody watches
		for s := range a.feed.all(ctx, a.done) {
			if !yield(s) {
				return
			}
		}
	}
}
