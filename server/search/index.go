package search

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"folderfront/server/catalogue"
	"folderfront/server/search/text"
)

// The bounds of one transaction: the store has one writer, and uploads wait
// for it meanwhile.
const (
	batchFiles = 2000
	batchBytes = 8 << 20
	batchTime  = time.Second
)

// writeAgain is how long indexing rests after the index could not be written.
const writeAgain = 10 * time.Second

// Run loads the names and keeps names and contents up to date until ctx ends.
func (s *Search) Run(ctx context.Context) error {
	events := s.c.Subscribe(ctx)
	if err := s.load(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	close(s.loaded)
	var wait sync.WaitGroup
	defer wait.Wait()
	wait.Go(func() { s.follow(ctx, events) })
	wait.Go(func() { s.followShares(ctx) })
	return s.index(ctx)
}

// load reads all names.
func (s *Search) load(ctx context.Context) error {
	err := s.c.WalkNames(ctx, func(entries []catalogue.Entry) error {
		s.names.put(entries...)
		return nil
	})
	s.names.settle()
	s.names.compact()
	return err
}

// follow takes over each change until events ends.
func (s *Search) follow(ctx context.Context, events <-chan catalogue.Event) {
	for event := range events {
		e := event.Entry
		if event.Kind == catalogue.Deleted {
			s.names.remove(e.Number)
			s.backlog.put(e.Number, gone, true)
			continue
		}
		if e.Pending {
			continue
		}
		s.putBelow(ctx, e)
		if e.Folder && event.Kind == catalogue.Moved {
			s.names.settle()
		}
		if !e.Folder && (worthReading(e) || event.Kind != catalogue.Created) {
			s.backlog.put(e.Number, e.Size, !event.Initial)
		}
	}
}

// putBelow puts an entry under its parents, which come first where they are
// new: a folder that is shared anew has no event of its own.
func (s *Search) putBelow(ctx context.Context, e catalogue.Entry) {
	if e.ParentNumber != 0 && !s.names.has(e.ParentNumber) {
		if parent, err := s.c.ByNumber(ctx, e.ParentNumber); err == nil {
			s.putBelow(ctx, parent)
		}
	}
	s.names.put(e)
}

// followShares keeps the names of the shared folders, and fills the backlog at
// the start and whenever one of them has come or come back.
func (s *Search) followShares(ctx context.Context) {
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	compared := map[string]bool{}
	for {
		now := s.reachable()
		s.putShares(ctx)
		if grown(compared, now) {
			if err := s.compare(ctx); err != nil && ctx.Err() == nil {
				s.log.Warn("the content index could not be compared with the catalogue", "cause", err)
				now = nil
			}
		}
		compared = now
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func (s *Search) putShares(ctx context.Context) {
	for _, status := range s.c.Status() {
		if e, err := s.c.Lookup(ctx, status.ID); err == nil {
			s.names.put(e)
		}
	}
}

// grown says whether now holds what before didn't.
func grown(before, now map[string]bool) bool {
	for name := range now {
		if !before[name] {
			return true
		}
	}
	return false
}

// compare puts into the backlog what the index lacks, and what is gone.
func (s *Search) compare(ctx context.Context) error {
	return s.c.View(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT number, size, modified, recipe FROM search_file ORDER BY number`)
		if err != nil {
			return err
		}
		defer rows.Close()
		known := &indexedFiles{rows: rows}
		err = s.c.Walk(ctx, func(e catalogue.Entry) error {
			stamp := known.upTo(e.Number, s.backlog)
			if !e.Folder && stamp != stampFor(e) && worthReading(e) {
				s.backlog.put(e.Number, e.Size, false)
			}
			return known.err
		})
		known.upTo(1<<62, s.backlog)
		return errors.Join(err, known.err)
	})
}

// indexedFiles is the table search_file beside a walk, both in order of number.
type indexedFiles struct {
	rows   *sql.Rows
	number int64 // of the row read last
	stamp  stamp
	err    error
}

// upTo gives the stamp of a number, zero if there is none. What it passes over
// is in the index alone: those files are gone.
func (f *indexedFiles) upTo(number int64, b *backlog) stamp {
	for f.err == nil && f.number < number {
		if f.number > 0 {
			b.put(f.number, gone, false)
		}
		if !f.rows.Next() {
			f.number, f.err = 1<<62, f.rows.Err()
			break
		}
		f.err = f.rows.Scan(&f.number, &f.stamp.size, &f.stamp.modified, &f.stamp.recipe)
	}
	if f.number != number {
		return stamp{}
	}
	at := f.stamp
	f.number = 0 // taken
	return at
}

// stampFor is the stamp that a file's content should have in the index.
func stampFor(e catalogue.Entry) stamp {
	return stamp{e.Size, e.Modified.UnixNano(), text.Recipe(e.Name)}
}

func worthReading(e catalogue.Entry) bool { return e.Size > 0 && text.Wanted(e.Name) }

// index works the backlog off, a batch at a time.
func (s *Search) index(ctx context.Context) error {
	for ctx.Err() == nil {
		batch := s.batch(ctx)
		if len(batch) == 0 {
			s.progress.empty()
			s.changed()
			s.backlog.wait(ctx)
			s.changed()
			continue
		}
		if err := s.write(ctx, batch); err != nil && ctx.Err() == nil {
			s.log.Error("the content index could not be written", "cause", err)
			s.putBack(batch)
			s.progress.rest("Contents could not be written into the index, perhaps because the disk with Folderfront's own records is full. Folderfront tries again by itself; names are found as always.")
			s.changed()
			sleep(ctx, writeAgain)
		}
	}
	return nil
}

func (s *Search) putBack(batch []reading) {
	for _, r := range batch {
		size := r.stamp.size
		if r.outcome == 0 {
			size = gone
		}
		s.backlog.put(r.number, size, false)
	}
}

// batch reads files until one of the bounds is reached or the backlog is empty.
func (s *Search) batch(ctx context.Context) []reading {
	batch := map[int64]reading{} // by number: what is read twice counts as it was last
	bytes, deadline := 0, time.Now().Add(batchTime)
	for len(batch) < batchFiles && bytes < batchBytes && (len(batch) == 0 || time.Now().Before(deadline)) {
		tasks := s.backlog.take()
		if len(tasks) == 0 {
			break
		}
		s.yield(ctx)
		readings := s.read(ctx, tasks)
		if ctx.Err() != nil {
			break
		}
		for _, r := range readings {
			batch[r.number] = r
			bytes += len(r.text)
		}
		for _, t := range tasks {
			outcome := batch[t.number].outcome
			s.progress.did(t.size, outcome == text.Broken || outcome == text.Killed)
			s.backlog.release()
		}
	}
	return slices.SortedFunc(maps.Values(batch), func(a, b reading) int { return cmp.Compare(a.number, b.number) })
}

// sleep returns after d, or with ctx.
func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
