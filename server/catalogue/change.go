package catalogue

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// change is one write transaction over nodes. It remembers how each node was before it was first
// touched, so that after the commit the generations, the cached places and the subscribers follow.
// Whoever makes changes below a share holds that share's edit lock.
type change struct {
	*queries
	tx      *sql.Tx
	c       *Catalogue
	own     bool // made through Folderfront
	initial bool // a first scan
	now     int64

	before map[int64]before
	order  []int64
	paths  map[int64]place // of folders, as they are at this point of the transaction
	layout bool            // a folder went elsewhere: paths below it are others now
	stale  map[int64]bool  // folders whose listing changed
}

type before struct {
	node
	place
}

// change runs fn in a durable transaction and publishes what it did.
func (c *Catalogue) change(ctx context.Context, ch *change, fn func(*change) error) error {
	c.store.write.Lock()
	defer c.store.write.Unlock()
	var events []Event
	err := inTx(ctx, c.store.writer, func(tx *sql.Tx) error {
		ch.c, ch.tx, ch.queries = c, tx, newQueries(tx)
		ch.now = time.Now().UnixMilli()
		ch.before, ch.paths, ch.stale = map[int64]before{}, map[int64]place{}, map[int64]bool{}
		defer ch.close()
		if err := fn(ch); err != nil {
			return err
		}
		var err error
		events, err = ch.events()
		return err
	})
	if err != nil {
		return c.storeError(err)
	}
	c.committed(ch, events)
	return nil
}

// committed makes the commit visible: cached places, generations, events, in this order.
func (c *Catalogue) committed(ch *change, events []Event) {
	c.places.forget(ch)
	c.generations.bump(ch.stale)
	c.subscribers.publish(events)
	for _, e := range events {
		c.count(e, ch)
	}
}

// touch remembers how a node is before its first change.
func (ch *change) touch(n node) error {
	if _, ok := ch.before[n.number]; ok {
		return nil
	}
	was := before{node: n}
	if n.dead == alive {
		at, err := ch.place(n.number)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		was.place = at
	}
	ch.before[n.number] = was
	ch.order = append(ch.order, n.number)
	ch.stale[n.parent] = true
	return nil
}

// insert adds a new node; id "" makes a new one.
func (ch *change) insert(parent int64, in info, key storedKey, id ID, dead int64) (node, error) {
	if id == "" {
		id = newID()
	}
	n := node{parent: parent, id: id, name: in.name, folder: in.folder, size: in.size, mtime: in.mtime, key: key, made: ch.now, dead: dead}
	bits, ok := id.bits()
	if !ok {
		return node{}, notFound(nil)
	}
	res, err := ch.exec(`INSERT INTO node (parent, id, name, fold, folder, size, mtime, volume, low, high, made, dead) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)`,
		n.parent, bits, n.name, foldHash(n.name), n.folder, n.size, n.mtime, key.volume, key.low, key.high, n.made, n.dead)
	if err != nil {
		return node{}, err
	}
	if n.number, err = res.LastInsertId(); err != nil {
		return node{}, err
	}
	ch.before[n.number] = before{node: node{dead: announced}}
	ch.order = append(ch.order, n.number)
	ch.stale[parent] = true
	return n, nil
}

// set writes what the disk says of a node, at a place of the catalogue. Whatever else has that
// place is buried first. A node that was dead is alive again.
func (ch *change) set(n node, parent int64, in info, key storedKey) (node, error) {
	if err := ch.touch(n); err != nil {
		return n, err
	}
	if other, err := ch.byPlace(parent, in.name); err == nil && other.number != n.number {
		if err := ch.bury(other); err != nil {
			return n, err
		}
	} else if err != nil && !errors.Is(err, errNoNode) {
		return n, err
	}
	went := n.parent != parent || n.name != in.name || n.dead != alive
	if n.folder && went {
		n.listed, n.digest = 0, 0
		ch.moved()
	}
	n.parent, n.name, n.folder, n.size, n.mtime, n.key, n.dead = parent, in.name, in.folder, in.size, in.mtime, key, alive
	ch.stale[parent] = true
	_, err := ch.exec(`UPDATE node SET parent=?, name=?, fold=?, folder=?, size=?, mtime=?, volume=?, low=?, high=?, dead=0, listed=?, digest=? WHERE number=?`,
		n.parent, n.name, foldHash(n.name), n.folder, n.size, n.mtime, key.volume, key.low, key.high, n.listed, n.digest, n.number)
	return n, err
}

// moved: folders have other paths from here on.
func (ch *change) moved() {
	ch.layout = true
	clear(ch.paths)
}

// bury makes a node and everything below it tombstones.
func (ch *change) bury(n node) error {
	if n.folder {
		children, err := ch.children(n.number)
		if err != nil {
			return err
		}
		for _, child := range children {
			if err := ch.bury(child); err != nil {
				return err
			}
		}
		defer ch.moved()
	}
	if err := ch.touch(n); err != nil {
		return err
	}
	_, err := ch.exec(`UPDATE node SET dead=?, listed=0, digest=0 WHERE number=?`, ch.now, n.number)
	return err
}

// erase removes a node without a tombstone.
func (ch *change) erase(n node) error {
	if err := ch.touch(n); err != nil {
		return err
	}
	_, err := ch.exec(`DELETE FROM node WHERE number=?`, n.number)
	return err
}

// listed records that a folder was read.
func (ch *change) listed(folder int64, mtime, digest int64) error {
	_, err := ch.exec(`UPDATE node SET listed=?, digest=? WHERE number=?`, mtime, digest, folder)
	return err
}

// place finds the share and the path of a node at this point of the transaction.
func (ch *change) place(number int64) (place, error) {
	return resolve(ch.queries, ch.c.shareOf, number, ch.paths)
}
