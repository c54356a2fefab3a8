// Package activity keeps what was served, changed or refused, so that the
// person can look back beyond the program's last start.
//
// The Log is a SQLite file of rows in the order in which they were noted. It is
// bounded in number and age, holds nothing secret (no address, key or query),
// and costs a request nothing but a place in a slice: rows are written
// together, a second after the first of them. A page is a piece of the list as
// it was at its anchor, the newest row that it knew, so that what is noted
// meanwhile doesn't shift it.
package activity

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"folderfront/app/state"
)

// Bounds of the Log.
const (
	maxRows    = 100_000
	maxDays    = 30
	keptRecent = 50     // rows at hand without the file
	maxPending = 20_000 // rows that wait for the file; the oldest give way
	maxPage    = 500    // rows of an answer

	gather     = time.Second // how long rows are gathered before they are written
	tidyEach   = 1000        // rows written between two looks at the bounds
	tidyAtMost = time.Hour   // and the time between them
)

// Log is the stored activity. Its methods are safe concurrently.
type Log struct {
	db      *sql.DB
	log     *slog.Logger
	daysAgo DaysAgo
	wake    chan struct{} // holds one token: rows are pending

	mu      sync.Mutex // guards what follows
	pending []state.Activity
	recent  []state.Activity // oldest first; the last keptRecent count

	writing sync.Mutex // one batch at a time, in order
	written int        // rows since the bounds were looked at
	tidied  time.Time
}

// DaysAgo gives a time that is at least n days ago, however wrong the clock is;
// the zero time when none is known yet.
type DaysAgo func(ctx context.Context, n int) (time.Time, error)

// Open opens the Log in a file, which is made when it is missing, and made anew
// when it is damaged: then the old one stays beside it under another name.
func Open(ctx context.Context, path string, daysAgo DaysAgo, log *slog.Logger) (*Log, error) {
	db, err := openFile(ctx, path)
	if err != nil {
		log.Warn("the stored activity is damaged and begins anew", "error", err)
		if db, err = openAnew(ctx, path); err != nil {
			return nil, fmt.Errorf("open the stored activity: %w", err)
		}
	}
	l := &Log{db: db, log: log, daysAgo: daysAgo, wake: make(chan struct{}, 1)}
	if l.recent, err = l.rows(ctx, `ORDER BY id DESC LIMIT ?`, keptRecent); err != nil {
		db.Close()
		return nil, fmt.Errorf("read the stored activity: %w", err)
	}
	slices.Reverse(l.recent)
	return l, nil
}

// Close writes what is pending and closes the file.
func (l *Log) Close() error {
	err := l.flush(context.Background())
	if closing := l.db.Close(); err == nil {
		err = closing
	}
	return err
}

// Run writes what Add noted until ctx ends.
func (l *Log) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-l.wake:
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(gather):
		}
		if err := l.flush(ctx); err != nil && ctx.Err() == nil {
			l.log.Warn("activity was not stored", "error", err)
		}
	}
}

// Add notes a row. It never waits for the disk.
func (l *Log) Add(row state.Activity) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.pending) >= maxPending {
		l.pending = append([]state.Activity{}, l.pending[maxPending/2:]...)
	}
	l.pending = append(l.pending, row)
	if len(l.recent) >= 10*keptRecent {
		l.recent = append([]state.Activity{}, l.recent[len(l.recent)-keptRecent+1:]...)
	}
	l.recent = append(l.recent, row)
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// Recent returns the last rows, newest first, at most 50.
func (l *Log) Recent() []state.Activity {
	l.mu.Lock()
	defer l.mu.Unlock()
	recent := slices.Clone(l.recent[max(0, len(l.recent)-keptRecent):])
	slices.Reverse(recent)
	return recent
}

// Clear forgets all rows.
func (l *Log) Clear(ctx context.Context) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	l.mu.Lock()
	l.pending, l.recent = nil, nil
	l.mu.Unlock()
	for _, statement := range []string{`DELETE FROM event`, `VACUUM`, `PRAGMA wal_checkpoint(TRUNCATE)`} {
		if _, err := l.db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("clear the stored activity: %w", err)
		}
	}
	return nil
}

// flush writes what is pending. What could not be written is tried again with
// the next rows.
func (l *Log) flush(ctx context.Context) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	l.mu.Lock()
	batch := l.pending
	l.pending = nil
	l.mu.Unlock()
	if len(batch) == 0 {
		return nil
	}
	if err := l.insert(ctx, batch); err != nil {
		l.mu.Lock()
		l.pending = append(batch, l.pending...)
		l.mu.Unlock()
		return err
	}
	l.written += len(batch)
	if l.written < tidyEach && time.Since(l.tidied) < tidyAtMost {
		return nil
	}
	l.written, l.tidied = 0, time.Now()
	oldest, err := l.daysAgo(ctx, maxDays)
	if err != nil { // the rows are stored; their age is looked at another time
		l.log.Warn("how old the stored activity is can't be told", "error", err)
	}
	return l.tidy(ctx, maxRows, oldest)
}
