package action

import (
	"context"
	"database/sql"
	"sync"
)

// commits gathers what several goroutines want to write into one durable
// transaction: the disk's sync, which is most of its cost, is shared. Each caller
// waits until its own part is on the disk. Safe concurrently.
type commits struct {
	update func(context.Context, func(*sql.Tx) error) error

	mu      sync.Mutex
	leading bool // somebody writes at the moment
	waiting []*part
}

// part is what one caller wants to write.
type part struct {
	write func(*sql.Tx) error
	done  chan error    // its result
	lead  chan struct{} // or the order to write for all that wait
}

// maxParts bounds one transaction, so that nobody waits for long.
const maxParts = 256

// do writes durably. write may run twice, never partly: when one of a
// transaction's parts fails, each is tried by itself.
func (c *commits) do(ctx context.Context, write func(*sql.Tx) error) error {
	p := &part{write, make(chan error, 1), make(chan struct{}, 1)}
	c.mu.Lock()
	c.waiting = append(c.waiting, p)
	leads := !c.leading
	c.leading = true
	c.mu.Unlock()
	if leads {
		p.lead <- struct{}{}
	}
	select {
	case err := <-p.done:
		return err
	case <-p.lead:
		c.writeAll(context.WithoutCancel(ctx)) // the others' parts must not end with this caller
		return <-p.done
	}
}

// writeAll writes what waits, and leaves the lead to the first that came
// meanwhile. The leader's own part is the first of those that wait.
func (c *commits) writeAll(ctx context.Context) {
	c.mu.Lock()
	parts := c.waiting[:min(len(c.waiting), maxParts)]
	c.waiting = c.waiting[len(parts):]
	c.mu.Unlock()
	err := c.update(ctx, func(tx *sql.Tx) error {
		for _, p := range parts {
			if err := p.write(tx); err != nil {
				return err
			}
		}
		return nil
	})
	for _, p := range parts {
		if err != nil && len(parts) > 1 {
			p.done <- c.update(ctx, p.write)
			continue
		}
		p.done <- err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.leading = len(c.waiting) > 0; c.leading {
		c.waiting[0].lead <- struct{}{}
	}
}
