package search

import (
	"context"
	"errors"
	"os"
	"time"

	"folderfront/server/catalogue"
	"folderfront/server/search/text"
	"folderfront/server/worker"
)

// A document is a file that the worker is about to read.
type document struct {
	reading
	id   catalogue.ID
	name string
	file *os.File
}

// read finds out what the index should say of files. It leaves out those of which
// the index is right already, and those that can't be read now.
func (s *Search) read(ctx context.Context, tasks []task) (readings []reading) {
	entries, err := s.entriesOf(ctx, tasks)
	known, failed := s.keptOf(ctx, tasks)
	if err = errors.Join(err, failed); err != nil {
		if ctx.Err() == nil {
			s.log.Warn("the content index could not be compared with files", "cause", err)
		}
		return nil
	}
	var documents []document
	for _, t := range tasks {
		r := reading{number: t.number, before: known[t.number]}
		e, ok := entries[t.number]
		switch {
		case !ok || e.Folder || e.Pending:
			if t.size == gone { // else it is out of reach for now, or Deleted is on its way
				readings = append(readings, r)
			}
		case r.before.stamp == stampFor(e):
		case worthReading(e):
			documents = s.open(ctx, documents, e, r)
		case r.before != kept{}:
			readings = append(readings, r)
		}
	}
	return s.extract(ctx, readings, documents)
}

func (s *Search) entriesOf(ctx context.Context, tasks []task) (map[int64]catalogue.Entry, error) {
	numbers := make([]int64, len(tasks))
	for i, t := range tasks {
		numbers[i] = t.number
	}
	all, err := s.c.ByNumbers(ctx, numbers)
	entries := make(map[int64]catalogue.Entry, len(all))
	for _, e := range all {
		entries[e.Number] = e
	}
	return entries, err
}

// open adds a file to the documents, unless it can't be opened, or is a
// placeholder: that is looked at again at the next start.
func (s *Search) open(ctx context.Context, documents []document, e catalogue.Entry, r reading) []document {
	path, err := s.c.Locate(ctx, e.ID)
	if err == nil && placeholder(path) {
		return documents
	}
	if err == nil {
		var f *os.File
		if f, e, err = s.c.OpenFile(ctx, e.ID); err == nil {
			r.stamp = stampFor(e)
			return append(documents, document{r, e.ID, e.Name, f})
		}
	}
	s.unread(ctx, e.ID, err)
	return documents
}

func (s *Search) unread(ctx context.Context, id catalogue.ID, err error) {
	if ctx.Err() == nil && !errors.Is(err, catalogue.ErrNotFound) {
		s.log.Warn("a file's text could not be extracted", "id", id, "cause", err)
	}
}

// extract has the worker read documents, closes them and adds what they held.
func (s *Search) extract(ctx context.Context, readings []reading, documents []document) []reading {
	tasks := make([]worker.Task, len(documents))
	for i, d := range documents {
		tasks[i] = worker.Task{Args: text.Args{Name: d.name}, File: d.file}
		defer d.file.Close()
	}
	healthy := s.healthy
	for i, answer := range s.pool.DoAll(ctx, text.Job, tasks) {
		d, err := documents[i], answer.Err
		var reply text.Reply
		switch {
		case err == nil:
			err = answer.Decode(&reply)
			d.outcome, d.text = reply.Outcome, string(answer.Data)
		case errors.Is(err, worker.ErrTimeout), errors.Is(err, worker.ErrCrashed):
			d.outcome, err = text.Killed, healthy(ctx)
			healthy = func(context.Context) error { return err } // asked once
		}
		if err != nil {
			s.unread(ctx, d.id, err)
			continue
		}
		if d.outcome == text.Killed && d.before.stamp.recipe != -d.stamp.recipe {
			d.stamp.recipe = -d.stamp.recipe // the moment may be to blame: once more at the next start
		}
		if d.outcome != 0 {
			readings = append(readings, d.reading)
		}
	}
	return readings
}

// healthy says whether the worker does jobs at all: if not, the fault isn't the
// files'. It rests a while then.
func (s *Search) healthy(ctx context.Context) error {
	_, err := s.pool.Do(ctx, text.Job, text.Args{}, nil, nil)
	if errors.Is(err, worker.ErrFailed) {
		return nil // it answered that a file is missing
	}
	sleep(ctx, 10*time.Second)
	return errors.Join(errors.New("the worker process doesn't work"), err)
}
