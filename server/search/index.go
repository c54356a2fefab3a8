package search

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"time"

	"folderfront/server/catalogue"
	"folderfront/server/search/text"
	"folderfront/server/worker"
)

// The bounds of one transaction: the store has one writer, and uploads wait
// for it meanwhile.
const (
	batchFiles = 500
	batchBytes = 4 << 20
	batchTime  = time.Second
)

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

// load reads all names: one goroutine from the store, another folds them.
func (s *Search) load(ctx context.Context) error {
	batches := make(chan []catalogue.Entry, 4)
	var wait sync.WaitGroup
	wait.Go(func() {
		for batch := range batches {
			s.names.put(batch...)
		}
	})
	err := s.walkInBatches(ctx, batches)
	close(batches)
	wait.Wait()
	s.names.settle()
	s.names.compact()
	return err
}

func (s *Search) walkInBatches(ctx context.Context, to chan<- []catalogue.Entry) error {
	const size = 1000
	batch := make([]catalogue.Entry, 0, size)
	err := s.c.Walk(ctx, func(e catalogue.Entry) error {
		if batch = append(batch, e); len(batch) == size {
			to <- batch
			batch = make([]catalogue.Entry, 0, size)
		}
		return nil
	})
	to <- batch
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
			sleep(ctx, time.Minute)
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
	var batch []reading
	bytes, deadline := 0, time.Now().Add(batchTime)
	for len(batch) < batchFiles && bytes < batchBytes && (len(batch) == 0 || time.Now().Before(deadline)) {
		number, size, ok := s.backlog.take()
		if !ok {
			break
		}
		s.yield(ctx)
		r, ok := s.read(ctx, number, size)
		if ctx.Err() != nil {
			break
		}
		s.progress.did(size, r.outcome == text.Broken || r.outcome == text.Killed)
		s.backlog.release()
		if ok {
			batch = append(batch, r)
			bytes += len(r.text)
		}
	}
	return batch
}

// read finds out what the index should say of a file. ok is false when there is
// nothing to write: the index is right already, or the file can't be read now.
func (s *Search) read(ctx context.Context, number, size int64) (r reading, ok bool) {
	r = reading{number: number}
	e, err := s.c.ByNumber(ctx, number)
	if err != nil || e.Folder || e.Pending {
		return r, size == gone // else it is out of reach for now, or Deleted is on its way
	}
	known, err := s.stampOf(ctx, number)
	if err != nil || known == stampFor(e) {
		return r, false
	}
	if !worthReading(e) {
		return r, known != stamp{}
	}
	r, err = s.extract(ctx, e)
	if err != nil {
		if ctx.Err() == nil && !errors.Is(err, catalogue.ErrNotFound) {
			s.log.Warn("a file's text could not be extracted", "id", e.ID, "cause", err)
		}
		return r, false
	}
	if r.outcome == text.Killed && known.recipe != -r.stamp.recipe {
		r.stamp.recipe = -r.stamp.recipe // the moment may be to blame: once more at the next start
	}
	return r, r.outcome != 0
}

// extract has the worker read a file. A placeholder has no outcome: it is looked
// at again at the next start.
func (s *Search) extract(ctx context.Context, e catalogue.Entry) (reading, error) {
	r := reading{number: e.Number}
	path, err := s.c.Locate(ctx, e.ID)
	if err != nil || placeholder(path) {
		return r, err
	}
	f, now, err := s.c.OpenFile(ctx, e.ID)
	if err != nil {
		return r, err
	}
	defer f.Close()
	var reply text.Reply
	data, err := s.pool.Do(ctx, text.Job, text.Args{Name: e.Name}, f, &reply)
	r.stamp, r.outcome, r.text = stampFor(now), reply.Outcome, string(data)
	if errors.Is(err, worker.ErrTimeout) || errors.Is(err, worker.ErrCrashed) {
		r.outcome = text.Killed
		err = s.healthy(ctx)
	}
	return r, err
}

// healthy says whether the worker does jobs at all: if not, the fault isn't the
// file's. It rests a while then.
func (s *Search) healthy(ctx context.Context) error {
	_, err := s.pool.Do(ctx, text.Job, text.Args{}, nil, nil)
	if errors.Is(err, worker.ErrFailed) {
		return nil // it answered that a file is missing
	}
	sleep(ctx, 10*time.Second)
	return errors.Join(errors.New("the worker process doesn't work"), err)
}

// sleep returns after d, or with ctx.
func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
