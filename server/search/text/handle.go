package text

import (
	"context"
	"errors"
	"io"

	"folderfront/server/worker"
)

// Job is the name of Handle's jobs in the worker.
const Job = "text"

// Args is what a job is told about its file.
type Args struct {
	Name string `json:"name"` // the file's name, which decides its kind
}

// Reply says how a job went.
type Reply struct {
	Outcome Outcome `json:"outcome"`
}

// Outcome is what became of a document.
type Outcome int

// The outcomes. They are kept in the index: never renumber them.
const (
	Found  Outcome = 1 // there was text
	None   Outcome = 2 // there is none to be had
	Broken Outcome = 3 // the document is damaged
	Killed Outcome = 4 // the worker process didn't survive it, or took too long
)

// Handle is the worker's handler for jobs of kind Job: its data is the
// document's name and text in the spaced form, so that words may match partly
// by the one, partly by the other. It fails only where the reading does.
func Handle(ctx context.Context, job worker.Job) (worker.Result, error) {
	var args Args
	if err := job.Decode(&args); err != nil {
		return worker.Result{}, err
	}
	if job.File == nil {
		return worker.Result{}, errors.New("a job without a file")
	}
	size, err := job.File.Seek(0, io.SeekEnd)
	if err != nil {
		return worker.Result{}, err
	}
	got, err := Extract(ctx, Document{Name: args.Name, Body: job.File, Size: size, CacheDir: job.CacheDir})
	switch {
	case errors.Is(err, ErrNoText):
		return worker.Result{Reply: Reply{None}}, nil
	case errors.Is(err, ErrBroken):
		return worker.Result{Reply: Reply{Broken}}, nil
	case errors.Is(err, ErrSlow):
		return worker.Result{Reply: Reply{Killed}}, nil
	case err != nil:
		return worker.Result{}, err
	}
	data := make([]byte, 0, len(args.Name)+len(got)+len(got)/8)
	data = append(appendFolded(data, clean(args.Name), true), '\n')
	return worker.Result{Reply: Reply{Found}, Data: appendFolded(data, got, true)}, nil
}
