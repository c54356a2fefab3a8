package catalogue

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

func entryOf(n node, s *share) Entry {
	e := Entry{
		ID: n.id, Name: n.name, Folder: n.folder, Size: n.size, Modified: time.Unix(0, n.mtime),
		Number: n.number, ParentNumber: n.parent, Pending: n.dead == announced,
	}
	if s != nil {
		sh := s.info()
		e.Share, e.ReadOnly = sh.Name, sh.ReadOnly
	}
	return e
}

// entry completes a node with its parent's ID.
func (l located) entry() Entry {
	e := entryOf(l.node, l.at.share)
	e.Parent = l.parentID
	return e
}

// idOf gives the ID of a folder's number.
func (c *Catalogue) idOf(number int64) (ID, error) {
	if number == 0 {
		return Root, nil
	}
	if id, ok := c.cache.id(number); ok {
		return id, nil
	}
	n, err := c.store.read.byNumber(number)
	if err == nil {
		c.cache.putID(number, n.id)
	}
	return n.id, err
}

// rootEntry is the virtual folder above the shares.
func rootEntry() Entry { return Entry{ID: Root, Parent: Root, Folder: true, ReadOnly: true} }

// find gives the node of an ID that may be reached, and its place.
func (c *Catalogue) find(id ID) (located, error) {
	l, ok, stamp := c.cache.node(id)
	if ok {
		return l, nil
	}
	n, err := c.store.read.byID(id)
	if err == nil {
		l, err = c.locate(n)
	}
	if errors.Is(err, errNoNode) {
		err = notFound(nil)
	}
	if err == nil && n.id == id {
		c.cache.putNode(l, stamp)
	}
	return l, c.storeError(err)
}

// locate finds what is around a node; ErrNotFound when it can't be reached.
func (c *Catalogue) locate(n node) (located, error) {
	if n.dead > alive {
		return located{}, notFound(nil)
	}
	at, err := c.placeOf(n)
	if err != nil {
		return located{}, err
	}
	parent, err := c.idOf(n.parent)
	return located{n, at, parent}, err
}

// Lookup gives an entry as it is on the disk at this moment. ErrNotFound covers whatever is
// unknown, gone, hidden, or in a folder that is no longer shared; ErrOffline is one of them.
func (c *Catalogue) Lookup(ctx context.Context, id ID) (Entry, error) {
	if id == Root {
		return rootEntry(), nil
	}
	l, err := c.find(id)
	if err != nil {
		return Entry{}, err
	}
	if l.node.dead == announced {
		return l.entry(), nil
	}
	in, err := l.look()
	if err != nil {
		if l, in, err = c.lookAgain(ctx, id, l); err != nil {
			return Entry{}, err
		}
	}
	l.node.size, l.node.mtime = in.size, in.mtime
	return l.entry(), nil
}

var errOther = errors.New("something else has this name now")

// look asks the disk about a node. It fails with errOther when the place holds another thing.
func (l located) look() (info, error) {
	d, err := l.at.share.open()
	if err != nil {
		return info{}, err
	}
	in, err := d.stat(l.at.path)
	if err != nil {
		return in, err
	}
	if err := d.check(); err != nil || l.at.path == "." {
		return in, err
	}
	key := l.at.share.key(in.key)
	if in.folder != l.node.folder || key != l.node.key && l.node.key.volume == key.volume {
		return in, errOther
	}
	return in, nil
}

// lookAgain is for when the disk isn't as the catalogue says: a change is under way or was made
// behind our back. The folder is reconciled, and whatever the ID means now is found.
func (c *Catalogue) lookAgain(ctx context.Context, id ID, l located) (located, info, error) {
	patient, cancel := context.WithTimeout(ctx, c.rhythm.wait)
	defer cancel()
	d, err := l.at.share.open()
	if err != nil {
		return l, info{}, err
	}
	if err := d.check(); err != nil { // the share itself went away, and nobody noticed yet
		l.at.share.wake()
		return l, info{}, offline(err)
	}
	if err := c.refresh(patient, l.at); errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return l, info{}, &Error{ErrBusy, "So much changes in this folder at the moment that it could not be looked at in time. Nothing was changed; try again.", err}
	} else if err != nil {
		return l, info{}, err
	}
	if l, err = c.find(id); err != nil {
		return l, info{}, err
	}
	in, err := l.look()
	if errors.Is(err, errOther) || errors.Is(err, errSymlink) || errors.Is(err, errIrregular) || errors.Is(err, errReplaced) {
		err = notFound(err)
	}
	return l, in, diskError(err)
}

// Within tells whether an entry is ancestor, or lies anywhere below it.
func (c *Catalogue) Within(_ context.Context, id, ancestor ID) (bool, error) {
	if ancestor == Root || id == ancestor {
		return true, nil
	}
	if id == Root {
		return false, nil
	}
	l, err := c.find(id)
	n := l.node
	for err == nil && n.parent != 0 {
		if n, err = c.store.read.byNumber(n.parent); err == nil && n.id == ancestor {
			return true, nil
		}
	}
	return false, c.storeError(err)
}

// OpenFile opens a regular file for reading; it never blocks. The entry is that of the open file.
// For a folder it is ErrNotFound.
func (c *Catalogue) OpenFile(ctx context.Context, id ID) (*os.File, Entry, error) {
	e, err := c.Lookup(ctx, id)
	if err != nil {
		return nil, e, err
	}
	if e.Folder || e.Pending {
		return nil, e, notFound(fs.ErrInvalid)
	}
	l, err := c.find(id)
	if err != nil {
		return nil, e, err
	}
	d, err := l.at.share.open()
	if err != nil {
		return nil, e, err
	}
	f, err := d.openFile(l.at.path)
	if err != nil {
		return nil, e, diskError(err)
	}
	in, err := infoOf(f)
	if err != nil {
		f.Close()
		return nil, e, diskError(err)
	}
	e.Size, e.Modified = in.size, time.Unix(0, in.mtime)
	return f, e, nil
}

// Locate gives the absolute path of an entry, for the person at this computer alone.
func (c *Catalogue) Locate(_ context.Context, id ID) (string, error) {
	l, err := c.find(id)
	if err != nil {
		return "", err
	}
	return filepath.Join(l.at.share.info().Path, filepath.FromSlash(l.at.path)), nil
}

// Canonical gives the ID by which entries name what an ID stands for: another one when it is an
// alias. An ID that nothing has stays itself.
func (c *Catalogue) Canonical(id ID) ID {
	if n, err := c.store.read.byID(id); err == nil {
		return n.id
	}
	return id
}

// ByNumber gives the entry of a number as the catalogue knows it, without a look at the disk.
func (c *Catalogue) ByNumber(_ context.Context, number int64) (Entry, error) {
	if number == 0 {
		return rootEntry(), nil
	}
	id, _ := c.cache.id(number)
	l, ok, stamp := c.cache.node(id)
	if ok {
		return l.entry(), nil
	}
	n, err := c.store.read.byNumber(number)
	if errors.Is(err, errNoNode) {
		return Entry{}, notFound(nil)
	}
	if err == nil {
		l, err = c.locate(n)
	}
	if err != nil {
		return Entry{}, c.storeError(err)
	}
	c.cache.putNode(l, stamp)
	return l.entry(), nil
}
