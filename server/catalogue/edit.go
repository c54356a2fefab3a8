package catalogue

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
)

// Edit is the right to change the files of one share and the catalogue together. While it lasts no
// other Edit of the share and no reconciling runs, so a file and its row can't part. It is good
// within its function only, and for one goroutine.
type Edit struct {
	c       *Catalogue
	ctx     context.Context
	disk    *disk
	node    node
	at      place
	current bool // nobody else had changed the folder's listing when the Edit began
}

// Edit runs fn with the right to change what lies in a folder. fn must not call the catalogue's
// methods other than NewID, Update and View; it puts and removes through its Edit. ErrForbidden
// when the share is read-only or the folder is Root, ErrNotFound when it is no folder.
func (c *Catalogue) Edit(ctx context.Context, folder ID, fn func(*Edit) error) error {
	return c.withEdit(ctx, folder, false, fn)
}

// Maintain is Edit for the person at this computer and for housekeeping: a share that is read-only
// for its clients isn't for them.
func (c *Catalogue) Maintain(ctx context.Context, folder ID, fn func(*Edit) error) error {
	return c.withEdit(ctx, folder, true, fn)
}

func (c *Catalogue) withEdit(ctx context.Context, folder ID, maintain bool, fn func(*Edit) error) error {
	if folder == Root {
		return &Error{ErrForbidden, "The top level holds the shared folders only. Choose one of these folders first.", nil}
	}
	if _, err := c.Lookup(ctx, folder); err != nil {
		return err
	}
	l, err := c.find(folder)
	if err != nil {
		return err
	}
	s := l.at.share
	if err := s.edit.lock(ctx); err != nil {
		return err
	}
	defer s.release()
	e, err := c.edit(folder, s, maintain)
	if err != nil {
		return err
	}
	e.ctx = ctx
	return fn(e)
}

// edit looks at the folder again now that the share is locked.
func (c *Catalogue) edit(folder ID, locked *share, maintain bool) (*Edit, error) {
	l, err := c.find(folder)
	if err != nil {
		return nil, err
	}
	n, at := l.node, l.at
	if at.share != locked {
		return nil, &Error{ErrBusy, "The folder was moved at this very moment. Try again.", nil}
	}
	if at.share.info().ReadOnly && !maintain {
		return nil, readOnly()
	}
	d, err := at.share.open()
	if err != nil {
		return nil, err
	}
	if err := d.check(); err != nil {
		return nil, offline(err)
	}
	in, err := d.stat(at.path)
	if err != nil {
		return nil, diskError(err)
	}
	if !n.folder || !in.folder || n.dead != alive {
		return nil, notFound(fs.ErrInvalid)
	}
	return &Edit{c: c, disk: d, node: n, at: at, current: n.listed != 0 && n.listed == in.mtime}, nil
}

// Root is the share's folder; the caller must not close it.
func (e *Edit) Root() *os.Root { return e.disk.root }

// Dir is the folder's path beneath Root, with slashes; "." for the share itself.
func (e *Edit) Dir() string { return e.at.path }

// Entry is the folder.
func (e *Edit) Entry() Entry { return entryOf(e.node, e.at.share) }

// Share is the id of the shared folder itself.
func (e *Edit) Share() ID { return e.at.share.rootID() }

// Child gives what has the name, or one that differs only in case or normalisation, as the disk
// has it now: something else may have made or removed it a moment ago.
func (e *Edit) Child(name string) (Entry, bool, error) {
	if !e.current {
		if err := e.c.reconcileLocked(e.ctx, e.at.share, e.node.number); err != nil {
			return Entry{}, false, err
		}
	}
	same, err := e.c.store.read.byFold(e.node.number, name)
	if err != nil {
		return Entry{}, false, e.c.storeError(err)
	}
	for _, n := range same {
		in, err := e.disk.stat(e.at.child(n.name).path)
		if err != nil {
			continue
		}
		n.size, n.mtime = in.size, in.mtime
		return e.entry(n), true, nil
	}
	return Entry{}, false, nil
}

func (e *Edit) entry(n node) Entry {
	entry := entryOf(n, e.at.share)
	entry.Parent = e.node.id
	return entry
}

// Put records what is now on the disk under a name of the folder, as id, with extra in the same
// durable transaction. An id that is known leaves the place that it had; "" keeps the id of what
// had this name, or makes one. Something else that had the name becomes a tombstone.
func (e *Edit) Put(name string, id ID, extra func(*sql.Tx) error) (Entry, error) {
	in, err := e.disk.stat(e.at.child(name).path)
	if err != nil {
		return Entry{}, diskError(err)
	}
	in.name = name
	var put node
	err = e.commit(extra, func(ch *change) error {
		put, err = ch.putAs(e.node.number, in, e.at.share.key(in.key), id)
		if t := ch.touched[put.number]; err == nil && put.folder && t != nil && t.was.dead != alive {
			err = e.fill(ch, put)
		}
		return err
	})
	if err == nil && put.folder {
		e.c.markDirty(e.at.share, e.at.child(put.name).path, true) // must be watched anew
	}
	return e.entry(put), err
}

func (ch *change) putAs(parent int64, in info, key storedKey, id ID) (node, error) {
	other, err := ch.byPlace(parent, in.name)
	taken := err == nil
	n, err := other, err
	if id != "" {
		n, err = ch.byID(id)
	}
	switch {
	case err == nil && n.folder == in.folder:
		n, err = ch.set(n, parent, in, key)
	case err == nil || errors.Is(err, errNoNode):
		n, err = ch.putNew(other, taken, parent, in, key, id)
	}
	if err == nil && taken && other.number != n.number && !other.folder && !n.folder {
		err = ch.unite(other, n.number)
	}
	return n, err
}

// fill reconciles all that is below a folder that was put and wasn't there: what came back with it
// has its ids at once.
func (e *Edit) fill(ch *change, put node) error {
	p, err := e.c.newPass(e.at.share)
	if err != nil {
		return err
	}
	tasks := []task{{number: put.number, path: e.at.child(put.name).path, deep: true}}
	for len(tasks) > 0 && err == nil {
		tasks, err = p.batch(ch, tasks)
	}
	if err != nil {
		return err
	}
	return p.finish(ch)
}

// putNew is for an id that nothing has, in the place of what is there.
func (ch *change) putNew(other node, taken bool, parent int64, in info, key storedKey, id ID) (node, error) {
	if taken {
		if err := ch.bury(other); err != nil {
			return other, err
		}
	}
	return ch.insert(parent, in, key, id, alive)
}

// unite makes the id of a node an alias of another node, and the node go.
func (ch *change) unite(n node, with int64) error {
	bits, _ := n.id.bits()
	if _, err := ch.exec(`UPDATE alias SET number=? WHERE number=?`, with, n.number); err != nil {
		return err
	}
	if _, err := ch.exec(`INSERT INTO alias (id, number) VALUES (?,?)`, bits, with); err != nil {
		return err
	}
	return ch.erase(n)
}

// Alias makes an announced id another name of a file: of two uploads of one new file, the later one
// ends there. What is an alias of it already, or the file itself, stays.
func (e *Edit) Alias(id, of ID) error {
	return e.commit(nil, func(ch *change) error {
		n, err := ch.byID(id)
		if err != nil {
			return err
		}
		target, err := ch.byID(of)
		if err != nil || n.number == target.number {
			return err
		}
		return ch.unite(n, target.number)
	})
}

// Announce gives an id to a file that is to come, with extra in the same transaction. Lookup finds
// it, Children doesn't; Put with its id makes it real, Remove forgets it.
func (e *Edit) Announce(name string, extra func(*sql.Tx, Entry) error) (Entry, error) {
	var put node
	err := e.commit(nil, func(ch *change) (err error) {
		put, err = ch.insert(e.node.number, info{name: name, mtime: ch.now * 1e6}, storedKey{}, "", announced)
		if err == nil && extra != nil {
			err = extra(ch.tx, e.entry(put))
		}
		return err
	})
	return e.entry(put), err
}

// Remove forgets an entry that is no longer on the disk, and all below it. Its id comes back when
// Put says so, or when the same file lies on the disk again within 90 days.
func (e *Edit) Remove(id ID, extra func(*sql.Tx) error) error {
	return e.commit(extra, func(ch *change) error {
		n, err := ch.byID(id)
		if errors.Is(err, errNoNode) {
			return notFound(nil)
		}
		if err != nil {
			return err
		}
		if n.dead == announced {
			return ch.erase(n)
		}
		return ch.bury(n)
	})
}

// commit runs one change with the caller's rows, and notes that the folder's listing is still
// what the disk says.
func (e *Edit) commit(extra func(*sql.Tx) error, fn func(*change) error) error {
	return e.c.change(e.ctx, &change{own: true}, func(ch *change) error {
		if err := fn(ch); err != nil {
			return err
		}
		if e.current {
			if in, err := e.disk.stat(e.at.path); err == nil {
				if err := ch.seal(e.node.number, in.mtime, 0); err != nil {
					return err
				}
			}
		}
		if extra != nil {
			return extra(ch.tx)
		}
		return nil
	})
}
