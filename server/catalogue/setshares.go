package catalogue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// SetShares makes exactly these folders shared. A share that is known by its name keeps its ids,
// even when it was away meanwhile or its path is another now. Scans start by themselves in Run.
func (c *Catalogue) SetShares(ctx context.Context, shares []Share) error {
	c.setting.Lock()
	defer c.setting.Unlock()
	next := map[int64]*share{}
	defer c.join(nil)
	for _, sh := range shares {
		s, err := c.admit(ctx, sh)
		if err != nil {
			return fmt.Errorf("share %q: %w", sh.Name, err)
		}
		if next[s.number] != nil {
			return invalid(fmt.Sprintf("Two shared folders are named %q. Give one of them another name.", Title(sh.Name)))
		}
		next[s.number] = s
	}
	return c.replaceShares(ctx, next)
}

// admit finds or makes the share of a name.
func (c *Catalogue) admit(ctx context.Context, sh Share) (*share, error) {
	row, err := c.shareRow(ctx, sh)
	if err != nil {
		return nil, err
	}
	if s := c.shareOf(row.number); s != nil {
		s.mu.Lock()
		again := s.Path != sh.Path || s.Paused != sh.Paused
		s.adopt = s.adopt || s.Path != sh.Path
		s.Share = sh
		s.mu.Unlock()
		if again {
			s.goOffline("")
		}
		c.connect(ctx, s)
		s.wake()
		return s, nil
	}
	c.connect(ctx, row)
	c.join(row)
	return row, nil
}

// join makes a share that is not set yet known to those that are set with it; nil ends that.
func (c *Catalogue) join(s *share) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s == nil {
		c.joining = nil
	} else {
		c.joining = append(c.joining, s)
	}
}

// together are the shares of the moment, and those that are being set.
func (c *Catalogue) together() []*share {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return slices.AppendSeq(slices.Clone(c.joining), maps.Values(c.shares))
}

// shareRow reads the share's row, or makes one with its root's node.
func (c *Catalogue) shareRow(ctx context.Context, sh Share) (*share, error) {
	s := &share{Share: sh, changed: c.changed, edit: newLock(), woken: make(chan struct{}, 1)}
	var path string
	err := c.store.update(ctx, func(tx *sql.Tx) error {
		q := newQueries(tx)
		defer q.close()
		row := tx.QueryRowContext(ctx, `SELECT number, volume, low, high, files, folders, bytes, scanned, path FROM share WHERE name=?`, Fold(sh.Name))
		err := row.Scan(&s.number, &s.volume, &s.low, &s.high, &s.total.files, &s.total.folders, &s.total.bytes, &s.scanned, &path)
		if errors.Is(err, sql.ErrNoRows) {
			return insertShare(tx, s)
		}
		if err != nil {
			return err
		}
		s.adopt = path != s.Path
		// What is so already isn't written: the start would wait for the disk.
		if _, err := tx.ExecContext(ctx, `UPDATE share SET path=?1, removed=0 WHERE number=?2 AND (path<>?1 OR removed<>0)`, sh.Path, s.number); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE node SET name=?1 WHERE number=?2 AND name<>?1`, sh.Name, s.number); err != nil {
			return err
		}
		n, err := q.byNumber(s.number)
		s.id = n.id
		return err
	})
	return s, c.storeError(err)
}

func insertShare(tx *sql.Tx, s *share) error {
	s.id = newID()
	bits, _ := s.id.bits()
	res, err := tx.Exec(`INSERT INTO node (id, parent, name, fold, folder, size, mtime, volume, low, high, made) VALUES (?,0,?,?,1,0,0,0,0,0,?)`,
		bits, s.Name, foldHash(s.Name), time.Now().UnixMilli())
	if err != nil {
		return err
	}
	if s.number, err = res.LastInsertId(); err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO share (number, name, path, volume, low, high) VALUES (?,?,?,0,0,0)`, s.number, Fold(s.Name), s.Path)
	return err
}

// replaceShares swaps the set of shares; those that are gone are remembered in the store.
func (c *Catalogue) replaceShares(ctx context.Context, next map[int64]*share) error {
	c.mu.Lock()
	old := c.shares
	c.shares = next
	c.mu.Unlock()
	c.cache.clear()
	c.rosters.clear()
	c.generations.renew()
	for number, s := range old {
		if next[number] != nil {
			continue
		}
		s.goOffline("")
		if err := c.store.exec(ctx, `UPDATE share SET removed=? WHERE number=?`, time.Now().UnixMilli(), number); err != nil {
			return c.storeError(err)
		}
	}
	c.wake()
	return nil
}

// shareOf gives the share whose root has this number, or nil.
func (c *Catalogue) shareOf(number int64) *share {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.shares[number]
}

// all are the shares of the moment.
func (c *Catalogue) all() []*share {
	c.mu.RLock()
	defer c.mu.RUnlock()
	shares := make([]*share, 0, len(c.shares))
	for _, s := range c.shares {
		shares = append(shares, s)
	}
	return shares
}

// Status describes every share, by name.
func (c *Catalogue) Status() []ShareStatus {
	var all []ShareStatus
	for _, s := range c.all() {
		all = append(all, s.status())
	}
	sortStatus(all)
	return all
}
