package worker

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// Config says how a pool starts its children.
type Config struct {
	Command  []string      // the program and its arguments; it must come to Serve
	Slots    int           // children at work at the same time; 0 is 2
	Jobs     int           // jobs after which a child is replaced; 0 is 200
	Limit    time.Duration // for one job; 0 is 9 s
	CacheDir string        // see Job.CacheDir
	Logger   *slog.Logger
}

// Pool gives jobs to children. Its methods may be called concurrently.
type Pool struct {
	cfg   Config
	ctx   context.Context
	slots chan *child // a nil child is a slot whose child has not been started
	wait  sync.WaitGroup
}

// NewPool makes a pool whose children live until ctx ends at the latest. No child is started
// before there is a job. After ctx has ended, Close waits for the last child.
func NewPool(ctx context.Context, cfg Config) *Pool {
	if cfg.Slots == 0 {
		cfg.Slots = 2
	}
	if cfg.Jobs == 0 {
		cfg.Jobs = 200
	}
	if cfg.Limit == 0 {
		cfg.Limit = 9 * time.Second
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	p := &Pool{cfg: cfg, ctx: ctx, slots: make(chan *child, cfg.Slots)}
	for range cfg.Slots {
		p.slots <- nil
	}
	return p
}

// Do gives a job to a child and waits for its answer: kind names the handler, args and reply
// are its JSON argument and answer (either may be nil), and file, which may be nil too, stays
// the caller's to close. Waiting for a free child ends with ctx; a job that has begun is
// killed when ctx ends. The time limit counts from the moment a child has the job.
//
// Errors are ErrFailed, ErrCrashed, ErrTimeout, ErrClosed or ctx's.
func (p *Pool) Do(ctx context.Context, kind string, args any, file *os.File, reply any) ([]byte, error) {
	return p.do(ctx, p.cfg.Limit, kind, args, file, reply)
}

// preparing is the time limit of Prepare.
const preparing = 2 * time.Minute

// Prepare does a job that reads no file and may take minutes: what is slow to make and kept
// for later, such as compiled WebAssembly. Errors as for Do.
func (p *Pool) Prepare(ctx context.Context, kind string) error {
	_, err := p.do(ctx, preparing, kind, nil, nil, nil)
	return err
}

func (p *Pool) do(ctx context.Context, limit time.Duration, kind string, args any, file *os.File, reply any) ([]byte, error) {
	req := request{Kind: kind, CacheDir: p.cfg.CacheDir}
	var err error
	if req.Args, err = json.Marshal(args); err != nil {
		return nil, fmt.Errorf("%w: its arguments: %w", ErrFailed, err)
	}
	c, err := p.take(ctx)
	if err != nil {
		return nil, err
	}
	resp, data, err := p.run(ctx, limit, c, req, file)
	p.giveBack(c, err)
	switch {
	case err != nil:
		return nil, err
	case resp.Error != "":
		return nil, fmt.Errorf("%w: %s", ErrFailed, resp.Error)
	case reply != nil:
		if err := json.Unmarshal(resp.Reply, reply); err != nil {
			return nil, fmt.Errorf("%w: its reply: %w", ErrFailed, err)
		}
	}
	return data, nil
}

// Close kills the children and waits until they are gone. ctx, as given to NewPool, must have
// ended, or no Do be under way.
func (p *Pool) Close() {
	for range p.cfg.Slots {
		if c := <-p.slots; c != nil {
			c.stop()
		}
	}
	p.wait.Wait()
	close(p.slots)
}

// take waits for a slot and makes sure that there is a child in it.
func (p *Pool) take(ctx context.Context) (*child, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-p.ctx.Done():
		return nil, ErrClosed
	case c, open := <-p.slots:
		if !open {
			return nil, ErrClosed
		}
		if c != nil && c.alive() {
			return c, nil
		}
		return p.start()
	}
}

// start puts a new child into the slot that the caller holds.
func (p *Pool) start() (*child, error) {
	c, err := startChild(p.ctx, p.cfg, &p.wait)
	if err != nil {
		p.slots <- nil
		if p.ctx.Err() != nil {
			return nil, ErrClosed
		}
		return nil, fmt.Errorf("%w: it can't be started: %w", ErrCrashed, err)
	}
	return c, nil
}

// run does one job and turns the ways to fail into kinds.
func (p *Pool) run(ctx context.Context, limit time.Duration, c *child, req request, file *os.File) (response, []byte, error) {
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	resp, data, err := c.do(limited, req, file)
	switch {
	case err == nil:
		return resp, data, nil
	case p.ctx.Err() != nil:
		return resp, nil, ErrClosed
	case ctx.Err() != nil:
		return resp, nil, ctx.Err()
	case limited.Err() != nil:
		p.cfg.Logger.Warn("worker killed: the job took too long", "kind", req.Kind, "limit", limit)
		return resp, nil, ErrTimeout
	}
	p.cfg.Logger.Warn("worker ended during a job", "kind", req.Kind, "cause", err, "output", c.lastWords())
	return resp, nil, fmt.Errorf("%w: %w", ErrCrashed, err)
}

// giveBack returns the slot, without the child if it has failed or done its share.
func (p *Pool) giveBack(c *child, err error) {
	if err != nil || c.jobs >= p.cfg.Jobs {
		c.stop()
		c = nil
	}
	p.slots <- c
}
