package catalogue

import (
	"context"
	"crypto/rand"
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
	own     bool  // made through Folderfront
	initial bool  // a first scan: what is new gets short shrift in bookkeeping
	now     int64 // Unix milliseconds

	touched   map[int64]*touched
	order     []*touched
	prefix    []byte          // of the ids that a first scan makes
	fresh     []int64         // inserted by a first scan
	paths     map[int64]place // of folders, as they are at this point of the transaction
	layout    bool            // a folder went elsewhere: paths below it are others now
	stale     map[int64]bool  // folders whose rows changed
	sealed    map[int64]bool  // folders whose rows are those of a listing
	delta     map[*share]tally
	graveyard *bool // what graves answered; nil: not asked since something died
	missed    []departed
	returned  []int64 // of what was missed
	dirty     []mark
}

// mark is a folder that is dirty from the commit on. A mark that is met before the commit would be
// spent on what the store said until then.
type mark struct {
	place
	deep bool
}

// touched is a node before and after. A node without a number did not exist.
type touched struct {
	was, now     node
	wasAt, nowAt place
}

// tally counts what a share holds.
type tally struct{ files, folders, bytes int64 }

func (t tally) plus(in info, sign int64) tally {
	if in.folder {
		t.folders += sign
	} else {
		t.files += sign
		t.bytes += sign * in.size
	}
	return t
}

// change runs fn in a durable transaction and publishes what it did.
func (c *Catalogue) change(ctx context.Context, ch *change, fn func(*change) error) error {
	c.store.write.Lock()
	defer c.store.write.Unlock()
	var events []Event
	err := inTx(ctx, c.store.writer, func(tx *sql.Tx) error {
		ch.c, ch.tx, ch.queries, ch.now = c, tx, newQueries(tx), time.Now().UnixMilli()
		ch.touched, ch.paths, ch.delta = map[int64]*touched{}, map[int64]place{}, map[*share]tally{}
		ch.stale, ch.sealed = map[int64]bool{}, map[int64]bool{}
		defer ch.close()
		if err := fn(ch); err != nil {
			return err
		}
		if err := errors.Join(ch.unseal(), ch.unstore()); err != nil {
			return err
		}
		var err error
		events, err = ch.events()
		return err
	})
	if err != nil {
		return c.storeError(err)
	}
	c.cache.forget(ch)
	c.rosters.follow(ch)
	c.generations.bump(ch.stale)
	c.departures.settle(ch.missed, ch.returned)
	c.subscribers.publish(events, ch.fresh)
	for s, t := range ch.delta {
		s.add(t)
	}
	for _, m := range ch.dirty {
		c.markDirty(m.share, m.path, m.deep)
	}
	return nil
}

// unseal forgets the digests of folders whose rows are no longer those of a listing.
func (ch *change) unseal() error {
	for number := range ch.stale {
		if ch.sealed[number] {
			continue
		}
		if _, err := ch.exec(`UPDATE node SET digest=0 WHERE number=? AND digest<>0`, number); err != nil {
			return err
		}
	}
	return nil
}

// touch remembers how a node is before its first change, and gives where its state is kept.
func (ch *change) touch(n node) (*touched, error) {
	ch.stale[n.parent] = true
	if t, ok := ch.touched[n.number]; ok {
		return t, nil
	}
	t := &touched{was: n, now: n}
	if n.dead == alive {
		at, err := ch.place(n.number)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return nil, err
		}
		t.wasAt = at
	}
	ch.touched[n.number] = t
	ch.order = append(ch.order, t)
	return t, nil
}

// graves tells whether there are tombstones at all.
func (ch *change) graves() (bool, error) {
	if ch.graveyard == nil {
		ch.graveyard = new(bool)
		err := ch.tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM node WHERE dead>0)`).Scan(ch.graveyard)
		if err != nil {
			return false, err
		}
	}
	return *ch.graveyard, nil
}

// latest is a node, read earlier in the transaction, as it is now.
func (ch *change) latest(n node) node {
	if t, ok := ch.touched[n.number]; ok {
		return t.now
	}
	return n
}

// newID makes an ID. Those of one transaction of a first scan begin alike, with 32 random bits, so
// that they lie together in the index: strewn over all of it, a million of them would write gigabytes.
func (ch *change) newID() ID {
	if !ch.initial {
		return newID()
	}
	if ch.prefix == nil {
		ch.prefix = make([]byte, 4)
		rand.Read(ch.prefix)
	}
	return idWith(ch.prefix)
}

// insert adds a new node; id "" makes a new one.
func (ch *change) insert(parent int64, in info, key storedKey, id ID, dead int64) (node, error) {
	if id == "" {
		id = ch.newID()
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
	ch.stale[parent] = true
	if ch.initial {
		ch.fresh = append(ch.fresh, n.number)
		return n, nil
	}
	t := &touched{was: node{dead: announced}, now: n}
	ch.touched[n.number] = t
	ch.order = append(ch.order, t)
	return n, nil
}

// set writes what the disk says of a node, at a place of the catalogue. Whatever else has that
// place is buried first. A node that was dead is alive again.
func (ch *change) set(n node, parent int64, in info, key storedKey) (node, error) {
	t, err := ch.touch(n)
	if err != nil {
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
	t.now = n
	_, err = ch.exec(`UPDATE node SET parent=?, name=?, fold=?, folder=?, size=?, mtime=?, volume=?, low=?, high=?, dead=0, listed=?, digest=? WHERE number=?`,
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
	if !n.folder {
		return ch.buryOne(n)
	}
	defer ch.moved() // once for all: until then the paths of what is below stay known
	return ch.buryTree(n)
}

func (ch *change) buryTree(n node) error {
	if _, err := ch.touch(n); err != nil {
		return err
	}
	if !n.folder {
		return ch.buryOne(n)
	}
	children, err := ch.children(n.number)
	if err != nil {
		return err
	}
	for _, child := range children {
		if err := ch.buryTree(child); err != nil {
			return err
		}
	}
	return ch.buryOne(n)
}

func (ch *change) buryOne(n node) error {
	t, err := ch.touch(n)
	if err != nil {
		return err
	}
	t.now.dead = ch.now
	ch.graveyard = nil
	_, err = ch.exec(`UPDATE node SET dead=?, listed=0, digest=0 WHERE number=?`, ch.now, n.number)
	return err
}

// erase removes a node without a tombstone.
func (ch *change) erase(n node) error {
	t, err := ch.touch(n)
	if err != nil {
		return err
	}
	t.now.dead = announced
	_, err = ch.exec(`DELETE FROM node WHERE number=?`, n.number)
	return err
}

// eraseTree removes a node and all below it without tombstones.
func (ch *change) eraseTree(n node) error {
	children, err := ch.children(n.number)
	if err != nil {
		return err
	}
	for _, child := range children {
		if err := ch.eraseTree(child); err != nil {
			return err
		}
	}
	return ch.erase(n)
}

// seal records that a folder's rows are now those of a listing: the folder's time when it was
// read, and the digest of what was read.
func (ch *change) seal(folder int64, mtime, digest int64) error {
	ch.sealed[folder] = true
	_, err := ch.exec(`UPDATE node SET listed=?, digest=? WHERE number=?`, mtime, digest, folder)
	return err
}

// place finds the share and the path of a node at this point of the transaction.
func (ch *change) place(number int64) (place, error) {
	return resolve(ch.queries, ch.c.shareOf, number, ch.paths)
}
