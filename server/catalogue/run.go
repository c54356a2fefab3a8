package catalogue

import (
	"context"
	"time"
)

// Run scans the shares and follows their changes until ctx ends.
func (c *Catalogue) Run(ctx context.Context) error {
	every := time.NewTicker(time.Minute)
	defer every.Stop()
	for {
		for _, s := range c.all() {
			c.connect(ctx, s)
			if err := c.scan(ctx, s); err != nil && ctx.Err() == nil {
				c.log.Warn("scan failed", "share", s.info().Name, "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-every.C:
		case <-c.awake:
		}
	}
}

// scan reconciles every folder of a share, from the top down.
func (c *Catalogue) scan(ctx context.Context, s *share) error {
	if _, err := s.open(); err != nil {
		return nil
	}
	folders := []int64{s.number}
	for len(folders) > 0 && ctx.Err() == nil {
		number := folders[0]
		folders = folders[1:]
		if err := c.reconcileFolder(ctx, s, number); err != nil {
			return err
		}
		children, err := c.store.read.children(number)
		if err != nil {
			return err
		}
		for _, n := range children {
			if n.folder {
				folders = append(folders, n.number)
			}
		}
	}
	return ctx.Err()
}

// count keeps the share's figures.
func (c *Catalogue) count(e Event, ch *change) {
	for _, s := range c.all() {
		if s.info().Name != e.Entry.Share {
			continue
		}
		s.mu.Lock()
		delta := int64(0)
		switch e.Kind {
		case Created:
			delta = 1
		case Deleted:
			delta = -1
		}
		if e.Entry.Folder {
			s.folders += delta
		} else {
			s.files += delta
			s.bytes += delta * e.Entry.Size
		}
		s.mu.Unlock()
	}
}
