package worker

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"time"
)

// memoryLimit is what a child may have of private writable memory, in bytes; a decoder that
// asks for more ends it. With the program's own code and the machine code of its WebAssembly,
// some 60 MB that this doesn't count, a child stays below 700 MB resident; and it is enough
// for a whole picture of 120 megapixels with four samples each.
const memoryLimit = 608 << 20

// Serve is the child's whole life: it limits its own memory, then does one job after the
// other as they come from in and answers to out, until in ends. in and out are the standard
// input and output that the pool has connected (one socket on unix, two pipes on Windows).
// It returns nil when the core has gone or wants no more.
func Serve(in, out *os.File, handlers map[string]Handler) error {
	if err := limitMemory(memoryLimit); err != nil {
		return fmt.Errorf("limit the worker's memory: %w", err)
	}
	debug.SetMemoryLimit(memoryLimit * 5 / 8)
	debug.SetGCPercent(400) // there is room: small documents needn't be collected one by one
	ch, err := childChannel(in, out)
	if err != nil {
		return err
	}
	os.Stdout = os.Stderr // what a decoder prints must not end up among the answers
	// Jobs are read by another goroutine than the one that works, so that the end of the
	// core is noticed in the middle of a job as well.
	jobs := make(chan Job, MaxTasks)
	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), clockKey{}, ch.tell))
	go func() {
		defer cancel()
		defer close(jobs)
		receiveAll(ch, jobs)
	}()
	for job := range jobs {
		watch := context.AfterFunc(ctx, func() { os.Exit(0) })
		err := ch.answer(work(ctx, job, handlers))
		watch()
		if err == nil && (len(jobs) == 0 || time.Since(ch.flushed) > delay) {
			err = ch.flush()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// delay is for how long an answer may wait for those of the jobs that are at hand, so that they
// go together.
const delay = 100 * time.Millisecond

// receiveAll passes on jobs until the channel ends or carries nonsense.
func receiveAll(ch *childEnd, jobs chan<- Job) {
	for {
		job, err := ch.receive()
		if err != nil {
			return
		}
		jobs <- job
	}
}

// work does one job and survives a handler's panic.
func work(ctx context.Context, job Job, handlers map[string]Handler) (result Result, err error) {
	defer func() {
		if job.File != nil {
			job.File.Close()
		}
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	handler := handlers[job.Kind]
	if handler == nil {
		return Result{}, fmt.Errorf("no handler for jobs of kind %q", job.Kind)
	}
	return handler(ctx, job)
}

// childEnd is the child's end of the connection.
type childEnd struct {
	files   fileReader
	in      *bufio.Reader // of files
	out     *bufio.Writer
	flushed time.Time
}

func newChildEnd(in fileReader, out io.Writer) *childEnd {
	return &childEnd{files: in, in: bufio.NewReaderSize(in, bufferSize), out: bufio.NewWriterSize(out, bufferSize)}
}

// fileReader reads frames, and keeps the files beside them in their order. takeFile is called once
// after each request that carries a file.
type fileReader interface {
	io.Reader
	takeFile(handle uintptr) (*os.File, error)
}

func (c *childEnd) receive() (Job, error) {
	var header [frameHeader]byte
	if _, err := io.ReadFull(c.in, header[:]); err != nil {
		return Job{}, err
	}
	var req request
	if _, err := readBody(c.in, header, &req); err != nil {
		return Job{}, err
	}
	job := Job{Kind: req.Kind, Args: req.Args, CacheDir: req.CacheDir}
	if !req.HasFile {
		return job, nil
	}
	var err error
	job.File, err = c.files.takeFile(req.Handle)
	return job, err
}

// tell sends word of the clock.
func (c *childEnd) tell(to clock) error {
	return errors.Join(c.write(response{Clock: to}, nil), c.flush())
}

func (c *childEnd) flush() error {
	c.flushed = time.Now()
	return c.out.Flush()
}

// answer writes a job's result, or its error.
func (c *childEnd) answer(result Result, failed error) error {
	var resp response
	if failed == nil {
		resp.Reply, failed = json.Marshal(result.Reply)
	}
	if failed != nil {
		resp, result.Data = response{Error: failed.Error()}, nil
	}
	err := c.write(resp, result.Data)
	if errors.Is(err, errFrame) {
		err = c.write(response{Error: "the result is too large"}, nil)
	}
	return err
}

func (c *childEnd) write(resp response, data []byte) error {
	buf, err := frame(resp, data)
	if err != nil {
		return err
	}
	if _, err := c.out.Write(buf); err != nil {
		return err
	}
	_, err = c.out.Write(data)
	return err
}
