package catalogue

import (
	"context"
	"database/sql"
)

// Why a share is offline, for a person.
const (
	missing  = "The folder can't be opened. If it is on a drive, connect the drive; if it was moved or deleted, put it back or share it anew. The links to its files work again once it is back."
	replaced = "Another folder lies at this place now. Put the shared folder back, or stop sharing it and share the other one. The links to its files work again once it is back."
	emptied  = "The folder is empty, though it held files. If they are on a drive, connect the drive; if they are gone for good, stop sharing the folder and share it anew."
)

// goOffline takes a share offline; the next connect may find it again.
func (c *Catalogue) goOffline(s *share, reason string) {
	s.goOffline(reason)
	c.generations.bump(map[int64]bool{0: true})
}

// connect opens the share's folder if it is there and is the one that was shared.
func (c *Catalogue) connect(ctx context.Context, s *share) {
	s.connecting.Lock()
	defer s.connecting.Unlock()
	sh := s.info()
	if _, err := s.open(); err == nil || sh.Paused {
		return
	}
	d, err := openDisk(sh.Path)
	if err != nil {
		s.goOffline(missing)
		return
	}
	reason, err := c.recognise(ctx, s, d)
	if err != nil {
		c.log.Error("can't connect a shared folder", "share", sh.Name, "error", err)
		reason = missing
	}
	if reason != "" {
		d.close()
		s.goOffline(reason)
		return
	}
	s.mu.Lock()
	s.disk, s.reason = d, ""
	s.mu.Unlock()
	s.changed()
	c.generations.bump(map[int64]bool{0: true})
}

// recognise settles the volume of an opened folder. It gives a reason when the folder isn't the one
// that was shared: neither by its key, nor by what lies in it (a restored backup has another key).
func (c *Catalogue) recognise(ctx context.Context, s *share, d *disk) (reason string, err error) {
	s.mu.Lock()
	known, same, adopt := s.volume != 0, s.low == d.self.key.low && s.high == d.self.key.high, s.adopt
	s.mu.Unlock()
	if known && same {
		return "", nil
	}
	if known && !adopt {
		if reason, err = c.unlike(s, d); err != nil || reason != "" {
			return reason, err
		}
	}
	volume, err := c.volumeOf(ctx, s, d.self.key)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	s.volume, s.low, s.high, s.adopt = volume, d.self.key.low, d.self.key.high, false
	s.mu.Unlock()
	return "", c.store.exec(ctx, `UPDATE share SET volume=?, low=?, high=? WHERE number=?`, volume, d.self.key.low, d.self.key.high, s.number)
}

// unlike gives a reason when less than half of what the catalogue knows at the share's top is there.
func (c *Catalogue) unlike(s *share, d *disk) (string, error) {
	l, err := d.list(".")
	if err != nil {
		return missing, nil
	}
	rows, err := c.store.read.children(s.number)
	if err != nil {
		return "", err
	}
	there := map[string]bool{}
	for _, in := range l.items {
		there[in.name] = true
	}
	found := 0
	for _, n := range rows {
		if there[n.name] {
			found++
		}
	}
	switch {
	case 2*found >= len(rows):
		return "", nil
	case len(l.items) == 0:
		return emptied, nil
	}
	return replaced, nil
}

// volumeOf finds the number of the volume among the other shares, or makes one.
func (c *Catalogue) volumeOf(ctx context.Context, s *share, key fileKey) (int64, error) {
	for _, other := range c.together() {
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
	var volume int64
	err := c.store.update(ctx, func(tx *sql.Tx) error {
		return tx.QueryRow(`INSERT INTO volume DEFAULT VALUES RETURNING number`).Scan(&volume)
	})
	return volume, err
}
