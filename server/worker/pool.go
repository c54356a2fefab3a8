package worker

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"
)

// Config says how a pool starts its children.
type Config struct {
	Command  []string      // the program and its arguments; it must come to Serve
	Slots    int           // children at work at the same time; 0 is 2
	Jobs     int           // jobs after which a child is replaced, those of one DoAll counting once; 0 is 200
	Limit    time.Duration // for one job; 0 is 9 s
	Idle     time.Duration // after which a child that has nothing to do is ended; 0 is 30 s
	CacheDir string        // see Job.CacheDir
	Logger   *slog.Logger
}

// patience is the limit of what a handler does unhurried.
const patience = 3 * time.Minute

// Pool gives jobs to children. Its methods may be called concurrently.
type Pool struct {
	cfg   Config
	ctx   context.Context
	slots chan struct{} // holds one for each child that may be at work
	wait  sync.WaitGroup

	mu   sync.Mutex
	idle []*child // those without a job, the one used last at the end
}

// NewPool makes a pool whose children live until ctx ends at the latest. No child is started
// before there is a job. After ctx has ended, Close waits for the last child.
func NewPool(ctx context.Context, cfg Config) *Pool {
	cfg.Slots = cmp.Or(cfg.Slots, 2)
	cfg.Jobs = cmp.Or(cfg.Jobs, 200)
	cfg.Limit = cmp.Or(cfg.Limit, 9*time.Second)
	cfg.Idle = cmp.Or(cfg.Idle, 30*time.Second)
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	p := &Pool{cfg: cfg, ctx: ctx, slots: make(chan struct{}, cfg.Slots)}
	for range cfg.Slots {
		p.slots <- struct{}{}
	}
	return p
}

// Do gives a job to a child and waits for its answer: kind names the handler, args and reply
// are its JSON argument and answer (either may be nil), and file, which may be nil too, stays
// the caller's to close. Waiting for a free child ends with ctx; a job that has begun is
// killed when ctx ends, and one that ends a child which did others before is tried again in a
// fresh one. The time limit counts from the moment a child has the job; see
// Unhurried for what doesn't count.
//
// Errors are ErrFailed, ErrCrashed, ErrTimeout, ErrClosed or ctx's.
func (p *Pool) Do(ctx context.Context, kind string, args any, file *os.File, reply any) ([]byte, error) {
	answer := p.DoAll(ctx, kind, []Task{{args, file}})[0]
	return answer.Data, answer.Decode(reply)
}

// Task is a job of DoAll: its JSON argument and its file, as for Do.
type Task struct {
	Args any
	File *os.File
}

// Answer is what became of a task.
type Answer struct {
	Data  []byte
	Err   error // as Do's
	reply json.RawMessage
}

// Decode puts the handler's answer into reply, unless that is nil. It gives a.Err where there is
// no answer.
func (a Answer) Decode(reply any) error {
	if a.Err != nil || reply == nil {
		return a.Err
	}
	if err := json.Unmarshal(a.reply, reply); err != nil {
		return fmt.Errorf("%w: its reply: %w", ErrFailed, err)
	}
	return nil
}

// MaxTasks is how many tasks DoAll takes.
const MaxTasks = 32

// DoAll is Do for many small jobs, MaxTasks at most, and spares what passing each to and fro
// costs: one child does them one after the other. The limit is for each of them; one that brings
// its child down, or takes too long, doesn't harm the others, which are done again.
func (p *Pool) DoAll(ctx context.Context, kind string, tasks []Task) []Answer {
	answers := make([]Answer, len(tasks))
	requests := make([]request, len(tasks))
	for i, t := range tasks {
		args, err := json.Marshal(t.Args)
		if err != nil {
			err = fmt.Errorf("%w: its arguments: %w", ErrFailed, err)
			return fail(answers, err)
		}
		requests[i] = request{Kind: kind, Args: args, CacheDir: p.cfg.CacheDir, file: t.File}
	}
	if len(tasks) == 0 {
		return nil
	}
	n, err := p.together(ctx, requests, answers, p.pop)
	once := !errors.Is(err, ErrCrashed) && !errors.Is(err, ErrTimeout)
	if rest := answers[n:]; err != nil && (once || len(rest) == 1 && !errors.Is(err, errUsed)) {
		fail(rest, err)
	} else {
		p.apart(ctx, requests[n:], rest) // it isn't known which one was to blame
	}
	return answers
}

// apart has jobs done that may have been begun before, each by itself. One that ends a child
// which did others before is tried in a fresh one: what is left of those may have taken the
// memory that it lacked.
func (p *Pool) apart(ctx context.Context, requests []request, answers []Answer) {
	for i := range requests {
		err := p.again(ctx, requests[i:i+1], answers[i:i+1], p.pop)
		if errors.Is(err, errUsed) {
			err = p.again(ctx, requests[i:i+1], answers[i:i+1], func() *child { return nil })
		}
		if err != nil {
			answers[i].Err = err
		}
	}
}

// again has one job done that may have been begun before.
func (p *Pool) again(ctx context.Context, requests []request, answers []Answer, idle func() *child) error {
	if file := requests[0].file; file != nil {
		if _, err := file.Seek(0, io.SeekStart); err != nil { // where it stands is shared with the child
			return err
		}
	}
	_, err := p.together(ctx, requests, answers, idle)
	return err
}

func fail(answers []Answer, err error) []Answer {
	for i := range answers {
		answers[i].Err = err
	}
	return answers
}

// together has one child do jobs, an idle one or a new one, and says how many have their answer.
func (p *Pool) together(ctx context.Context, requests []request, answers []Answer, idle func() *child) (int, error) {
	c, err := p.take(ctx, idle)
	if err != nil {
		return 0, err
	}
	n, err := p.run(ctx, c, requests, answers)
	p.giveBack(c, err)
	return n, err
}

// Close kills the children and waits until they are gone. ctx, as given to NewPool, must have
// ended, or no Do be under way.
func (p *Pool) Close() {
	for range p.cfg.Slots {
		<-p.slots
	}
	for c := p.pop(); c != nil; c = p.pop() {
		c.stop()
	}
	p.wait.Wait()
	close(p.slots)
}

// take waits for a slot and finds a child for it: an idle one, or a new one.
func (p *Pool) take(ctx context.Context, idle func() *child) (*child, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-p.ctx.Done():
		return nil, ErrClosed
	case _, open := <-p.slots:
		if !open {
			return nil, ErrClosed
		}
	}
	for c := idle(); c != nil; c = idle() {
		if c.alive() {
			return c, nil
		}
	}
	return p.start()
}

// pop takes the child used last, which has most at hand, out of those that are idle; nil when
// there is none.
func (p *Pool) pop() *child {
	p.mu.Lock()
	defer p.mu.Unlock()
	last := len(p.idle) - 1
	if last < 0 {
		return nil
	}
	c := p.idle[last]
	p.idle = p.idle[:last]
	c.rest.Stop()
	return c
}

// start makes a new child for the slot that the caller holds.
func (p *Pool) start() (*child, error) {
	c, err := startChild(p.ctx, p.cfg, &p.wait)
	if err != nil {
		p.slots <- struct{}{}
		if p.ctx.Err() != nil {
			return nil, ErrClosed
		}
		return nil, fmt.Errorf("%w: it can't be started: %w", ErrCrashed, err)
	}
	return c, nil
}

// run does jobs and turns the ways to fail into kinds.
func (p *Pool) run(ctx context.Context, c *child, requests []request, answers []Answer) (int, error) {
	limited, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	timer := time.AfterFunc(p.cfg.Limit, func() { cancel(ErrTimeout) })
	defer timer.Stop()
	n, err := c.do(limited, requests, answers, func(now clock) {
		if now == unhurried {
			timer.Reset(patience)
		} else {
			timer.Reset(p.cfg.Limit)
		}
	})
	kind := requests[0].Kind
	switch {
	case err == nil:
		return n, nil
	case p.ctx.Err() != nil:
		return n, ErrClosed
	case ctx.Err() != nil:
		return n, ctx.Err()
	case limited.Err() != nil:
		p.cfg.Logger.Warn("worker killed: the job took too long", "kind", kind, "limit", p.cfg.Limit)
		return n, ErrTimeout
	}
	p.cfg.Logger.Warn("worker ended during a job", "kind", kind, "cause", err, "output", c.lastWords())
	if c.jobs > len(requests) {
		err = fmt.Errorf("%w: %w", errUsed, err)
	}
	return n, fmt.Errorf("%w: %w", ErrCrashed, err)
}

// errUsed goes with ErrCrashed when the child had done other jobs before.
var errUsed = errors.New("after other jobs")

// giveBack returns the slot; the child rests, unless it has failed or done its share.
func (p *Pool) giveBack(c *child, err error) {
	if err != nil || c.jobs >= p.cfg.Jobs {
		c.stop()
	} else {
		p.mu.Lock()
		p.idle = append(p.idle, c)
		c.rest = time.AfterFunc(p.cfg.Idle, func() { p.retire(c) })
		p.mu.Unlock()
	}
	p.slots <- struct{}{}
}

// retire ends a child that is still idle, so that its memory is free.
func (p *Pool) retire(c *child) {
	p.mu.Lock()
	i := slices.Index(p.idle, c)
	if i >= 0 {
		p.idle = slices.Delete(p.idle, i, i+1)
	}
	p.mu.Unlock()
	if i >= 0 {
		c.stop()
	}
}
