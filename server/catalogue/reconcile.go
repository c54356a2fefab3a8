package catalogue

import (
	"context"
	"errors"
)

// refresh reconciles the folder that a node lies in.
func (c *Catalogue) refresh(ctx context.Context, n node, at place) error {
	if at.path == "." {
		return nil
	}
	return c.reconcileFolder(ctx, at.share, n.parent)
}

// reconcileFolder reads one folder and writes what changed.
func (c *Catalogue) reconcileFolder(ctx context.Context, s *share, number int64) error {
	if err := s.edit.lock(ctx); err != nil {
		return err
	}
	defer s.edit.unlock()
	return c.reconcileLocked(ctx, s, number)
}

func (c *Catalogue) reconcileLocked(ctx context.Context, s *share, number int64) error {
	at, err := c.folderPlace(number)
	if err != nil {
		return err
	}
	d, err := s.open()
	if err != nil {
		return err
	}
	if err := d.check(); err != nil {
		return offline(err)
	}
	l, err := d.list(at.path)
	if err != nil {
		return diskError(err)
	}
	return c.change(ctx, &change{}, func(ch *change) error {
		return ch.reconcile(s, number, l)
	})
}

// reconcile compares one folder's listing with its rows.
func (ch *change) reconcile(s *share, number int64, l listing) error {
	rows, err := ch.children(number)
	if err != nil {
		return err
	}
	known := make(map[string]node, len(rows))
	for _, n := range rows {
		known[n.name] = n
	}
	for _, in := range l.items {
		n, ok := known[in.name]
		delete(known, in.name)
		if err := ch.compare(s, number, in, n, ok); err != nil {
			return err
		}
	}
	for _, n := range known {
		if err := ch.bury(n); err != nil {
			return err
		}
	}
	return ch.listed(number, l.folder.mtime, 0)
}

func (ch *change) compare(s *share, parent int64, in info, n node, known bool) error {
	key := s.key(in.key)
	if known && n.folder == in.folder {
		if n.key == key && n.size == in.size && n.mtime == in.mtime {
			return nil
		}
		_, err := ch.set(n, parent, in, key)
		return err
	}
	if known {
		if err := ch.bury(n); err != nil {
			return err
		}
	}
	_, err := ch.insert(parent, in, key, "", alive)
	if errors.Is(err, errNoNode) {
		return nil
	}
	return err
}

// later has a folder and all below it reconciled by Run.
func (c *Catalogue) later(*share, int64) { c.wake() }
