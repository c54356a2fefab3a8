package catalogue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"
)

// share is a shared folder at work.
type share struct {
	number int64
	id     ID
	// edit is held by whoever changes files and rows below the share together, and by the
	// reconciler while it compares the two.
	edit lock

	mu sync.Mutex // guards what follows
	Share
	disk                  *disk // nil while offline or paused
	volume                int64
	low, high             int64 // file key of the share's own root
	scanning              bool
	reason                string
	files, folders, bytes int64
}

// open gives the share's disk, or ErrOffline.
func (s *share) open() (*disk, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.disk == nil {
		return nil, offline(nil)
	}
	return s.disk, nil
}

// info gives the share as it was set.
func (s *share) info() Share {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Share
}

// key makes a file key storable: only files on the share's own volume have one.
func (s *share) key(k fileKey) storedKey {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.disk == nil || !k.known() || k.device != s.disk.self.key.device {
		return storedKey{}
	}
	return storedKey{s.volume, k.low, k.high}
}

// goOffline closes the share's disk and says why.
func (s *share) goOffline(reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.disk != nil {
		s.disk.close()
		s.disk = nil
	}
	s.reason = reason
}

func (s *share) status() ShareStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := ShareStatus{Share: s.Share, ID: s.id, State: Ready, Files: s.files, Folders: s.folders, Bytes: s.bytes, Reason: s.reason}
	switch {
	case s.Paused:
		st.State = Paused
	case s.disk == nil:
		st.State = Offline
	case s.scanning:
		st.State = Scanning
	}
	return st
}

// SetShares makes exactly these folders shared. A share that is known by its name keeps its ids,
// even when it was away meanwhile or its path is another now. Scans start by themselves in Run.
func (c *Catalogue) SetShares(ctx context.Context, shares []Share) error {
	c.setting.Lock()
	defer c.setting.Unlock()
	next := map[int64]*share{}
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
		moved := s.Path != sh.Path || s.Paused != sh.Paused
		s.Share = sh
		s.mu.Unlock()
		if moved {
			s.goOffline("")
		}
		c.connect(ctx, s)
		return s, nil
	}
	c.connect(ctx, row)
	return row, nil
}

// shareRow reads the share's row, or makes one with its root's node.
func (c *Catalogue) shareRow(ctx context.Context, sh Share) (*share, error) {
	s := &share{Share: sh, edit: newLock()}
	err := c.store.update(ctx, func(tx *sql.Tx) error {
		q := newQueries(tx)
		defer q.close()
		row := tx.QueryRowContext(ctx, `SELECT number, volume, low, high, files, folders, bytes FROM share WHERE name=?`, Fold(sh.Name))
		err := row.Scan(&s.number, &s.volume, &s.low, &s.high, &s.files, &s.folders, &s.bytes)
		if errors.Is(err, sql.ErrNoRows) {
			return insertShare(tx, s)
		}
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE share SET path=?, removed=0 WHERE number=?`, sh.Path, s.number); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE node SET name=? WHERE number=?`, sh.Name, s.number); err != nil {
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
	c.places.clear()
	c.generations.bump(map[int64]bool{0: true})
	for number, s := range old {
		if next[number] != nil {
			continue
		}
		s.goOffline("")
		if _, err := c.store.writer.ExecContext(ctx, `UPDATE share SET removed=? WHERE number=?`, time.Now().UnixMilli(), number); err != nil {
			return c.storeError(err)
		}
	}
	c.wake()
	return nil
}

// connect opens the share's folder if it is there and is the one that was shared.
func (c *Catalogue) connect(ctx context.Context, s *share) {
	sh := s.info()
	if _, err := s.open(); err == nil || sh.Paused {
		return
	}
	d, err := openDisk(sh.Path)
	if err != nil {
		s.goOffline("The folder can't be opened. If it is on a drive, connect the drive; if it was moved or deleted, put it back or share it anew.")
		return
	}
	if err := c.recognise(ctx, s, d); err != nil {
		d.close()
		s.goOffline(err.Error())
	}
}

// recognise settles the volume of an opened share and sets it to work.
func (c *Catalogue) recognise(ctx context.Context, s *share, d *disk) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := d.self.key
	if s.volume == 0 || s.low != key.low || s.high != key.high {
		volume, err := c.volumeOf(ctx, s, key)
		if err != nil {
			return err
		}
		s.volume, s.low, s.high = volume, key.low, key.high
		_, err = c.store.writer.ExecContext(ctx, `UPDATE share SET volume=?, low=?, high=? WHERE number=?`, volume, key.low, key.high, s.number)
		if err != nil {
			return err
		}
	}
	s.disk, s.reason = d, ""
	return nil
}

// volumeOf finds the number of the volume among the other shares, or makes one.
func (c *Catalogue) volumeOf(ctx context.Context, s *share, key fileKey) (int64, error) {
	for _, other := range c.all() {
		if other == s {
			continue
		}
		other.mu.Lock()
		same := other.disk != nil && key.known() && other.disk.self.key.device == key.device
		volume := other.volume
		other.mu.Unlock()
		if same {
			return volume, nil
		}
	}
	res, err := c.store.writer.ExecContext(ctx, `INSERT INTO volume DEFAULT VALUES`)
	if err != nil {
		return 0, err
	}
	return res.LastInsertId()
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
