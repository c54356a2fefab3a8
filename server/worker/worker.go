// Package worker runs what decodes strangers' files in a process of its own.
//
// A decoder may be driven by a hostile file into asking for gigabytes (which ends a Go
// program at once), into a loop that nothing can interrupt, or into a crash. So the core
// decodes nothing itself: it hands the open file to a child, which is the same program
// started in another way, and reads back plain bytes.
//
//   - A job is one piece of work: its kind, its arguments and one open file.
//   - A handler does all jobs of one kind; it runs in the child.
//   - A child lives through many jobs, is limited in memory, killed when one job takes too
//     long, and replaced after a number of jobs, so that nothing leaks for ever.
//   - The pool is the core's side: it starts children when there is work, never more than
//     its number of slots, ends those that have had nothing to do for a while, and leaves
//     none behind.
//
// The child gets the file as a descriptor opened for reading, never as a path, and an
// environment without the core's secrets. It ends when the core does, however the core ends.
package worker

import (
	"context"
	"encoding/json"
	"errors"
	"os"
)

// Handler does one kind of job inside the child. It may read job.File, which is closed
// after it returns. A returned error reaches the core as ErrFailed with its text.
type Handler func(ctx context.Context, job Job) (Result, error)

// Job is one piece of work as the child sees it.
type Job struct {
	Kind string
	Args json.RawMessage // what the core passed as args
	File *os.File        // open for reading; nil when the job has none
	// CacheDir is a folder the child may write to, for what is slow to make and the same
	// for all files, such as compiled WebAssembly; "" when there is none.
	CacheDir string
}

// Decode puts the job's arguments into args.
func (j Job) Decode(args any) error { return json.Unmarshal(j.Args, args) }

// Unhurried runs a handler's step that depends on the program alone and not on the document,
// such as compiling WebAssembly: it may take minutes on a slow computer and doesn't count
// towards the job's time limit, which begins anew after it. ctx is the handler's; with another
// one it just runs the step. Not to be called concurrently by one job.
func Unhurried(ctx context.Context, step func() error) error {
	tell, _ := ctx.Value(clockKey{}).(func(clock) error)
	if tell == nil {
		return step()
	}
	if err := tell(unhurried); err != nil {
		return err
	}
	return errors.Join(step(), tell(hurried))
}

// clockKey finds, in a handler's context, what tells the core about its clock.
type clockKey struct{}

// Result is what a handler answers: a small value that is sent as JSON, and bytes.
type Result struct {
	Reply any
	Data  []byte
}

// Kinds of failure of Pool.Do, for errors.Is.
var (
	// ErrFailed: the handler answered with an error; the child is well.
	ErrFailed = errors.New("the job failed")
	// ErrCrashed: the child ended in the middle of the job, for example for want of memory.
	ErrCrashed = errors.New("the worker process ended during the job")
	// ErrTimeout: the job took longer than the time limit and the child was killed.
	ErrTimeout = errors.New("the job took too long")
	// ErrClosed: the pool has been stopped.
	ErrClosed = errors.New("the worker pool is closed")
)
