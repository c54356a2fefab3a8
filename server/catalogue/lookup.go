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
func (c *Catalogue) entry(n node, s *share) (Entry, error) {
	e := entryOf(n, s)
	parent, err := c.idOf(n.parent)
	e.Parent = parent
	return e, err
}

// idOf gives the ID of a folder's number.
func (c *Catalogue) idOf(number int64) (ID, error) {
	if number == 0 {
		return Root, nil
	}
	n, err := c.store.read.byNumber(number)
	return n.id, err
}

// rootEntry is the virtual folder above the shares.
func rootEntry() Entry { return Entry{ID: Root, Parent: Root, Folder: true, ReadOnly: true} }

// find gives the node of an ID that may be reached, and its place.
func (c *Catalogue) find(id ID) (node, place, error) {
	n, err := c.store.read.byID(id)
	if errors.Is(err, errNoNode) || err == nil && n.dead > alive {
		return node{}, place{}, notFound(nil)
	}
	if err != nil {
		return node{}, place{}, c.storeError(err)
	}
	at, err := c.placeOf(n)
	if err != nil {
		return node{}, place{}, c.storeError(err)
	}
	return n, at, nil
}

// Lookup gives an entry as it is on the disk at this moment. ErrNotFound covers whatever is
// unknown, gone, hidden, or in a folder that is no longer shared; ErrOffline is one of them.
func (c *Catalogue) Lookup(ctx context.Context, id ID) (Entry, error) {
	if id == Root {
		return rootEntry(), nil
	}
	n, at, err := c.find(id)
	if err != nil {
		return Entry{}, err
	}
	if n.dead == announced {
		return c.entry(n, at.share)
	}
	in, err := c.look(n, at)
	if err != nil {
		if n, at, in, err = c.lookAgain(ctx, id, n, at); err != nil {
			return Entry{}, err
		}
	}
	n.size, n.mtime = in.size, in.mtime
	return c.entry(n, at.share)
}

var errOther = errors.New("something else has this name now")

// look asks the disk about a node. It fails with errOther when the place holds another thing.
func (c *Catalogue) look(n node, at place) (info, error) {
	d, err := at.share.open()
	if err != nil {
		return info{}, err
	}
	in, err := d.stat(at.path)
	if err != nil {
		return in, err
	}
	if at.path == "." {
		return in, d.check()
	}
	key := at.share.key(in.key)
	if in.folder != n.folder || key != n.key && n.key.volume == key.volume {
		return in, errOther
	}
	return in, nil
}

// refreshWait bounds how long a Lookup waits for a change that is under way in its share.
const refreshWait = 10 * time.Second

// lookAgain is for when the disk isn't as the catalogue says: a change is under way or was made
// behind our back. The folder is reconciled, and whatever the ID means now is found.
func (c *Catalogue) lookAgain(ctx context.Context, id ID, n node, at place) (node, place, info, error) {
	ctx, cancel := context.WithTimeout(ctx, refreshWait)
	defer cancel()
	if err := c.refresh(ctx, n, at); err != nil {
		return node{}, place{}, info{}, err
	}
	n, at, err := c.find(id)
	if err != nil {
		return n, at, info{}, err
	}
	in, err := c.look(n, at)
	if errors.Is(err, errOther) || errors.Is(err, errSymlink) || errors.Is(err, errIrregular) || errors.Is(err, errReplaced) {
		err = notFound(err)
	}
	return n, at, in, diskError(err)
}

// Children gives what lies in a folder, in no particular order. A folder that was never read, or
// that changed since, is read from the disk first; nobody waits for a scan. For a file it is
// ErrNotFound.
func (c *Catalogue) Children(ctx context.Context, parent ID) ([]Entry, error) {
	if parent == Root {
		return c.shareEntries()
	}
	n, at, err := c.find(parent)
	if err != nil {
		return nil, err
	}
	if !n.folder {
		return nil, notFound(fs.ErrInvalid)
	}
	if !c.current(n, at) {
		if err := c.reconcileFolder(ctx, at.share, n.number); err != nil {
			return nil, err
		}
	}
	nodes, err := c.store.read.children(n.number)
	if err != nil {
		return nil, c.storeError(err)
	}
	entries := make([]Entry, len(nodes))
	for i, child := range nodes {
		entries[i] = entryOf(child, at.share)
		entries[i].Parent = parent
	}
	return entries, nil
}

// current tells whether the catalogue's listing of a folder is that of the disk.
func (c *Catalogue) current(n node, at place) bool {
	d, err := at.share.open()
	if err != nil {
		return false
	}
	in, err := d.stat(at.path)
	return err == nil && n.listed != 0 && in.mtime == n.listed && !at.share.isDirty(at.path)
}

// shareEntries are the shares that can be reached at the moment.
func (c *Catalogue) shareEntries() ([]Entry, error) {
	entries := []Entry{}
	for _, s := range c.all() {
		if st := s.status(); st.State == Offline || st.State == Paused {
			continue
		}
		n, err := c.store.read.byNumber(s.number)
		if err != nil {
			return nil, c.storeError(err)
		}
		in, err := c.look(n, place{s, "."})
		if err != nil {
			continue
		}
		n.mtime = in.mtime
		e := entryOf(n, s)
		e.Parent = Root
		entries = append(entries, e)
	}
	return entries, nil
}

// Generation is a number that changes when a folder's listing may have changed: an ETag for it. It
// is another at each call while the catalogue knows its listing to be out of date.
func (c *Catalogue) Generation(parent ID) uint64 {
	if parent == Root {
		return c.generations.of(0)
	}
	n, at, err := c.find(parent)
	if err != nil || !c.current(n, at) {
		return c.generations.fresh()
	}
	return c.generations.of(n.number)
}

// Within tells whether an entry is ancestor, or lies anywhere below it.
func (c *Catalogue) Within(_ context.Context, id, ancestor ID) (bool, error) {
	if ancestor == Root || id == ancestor {
		return true, nil
	}
	if id == Root {
		return false, nil
	}
	n, _, err := c.find(id)
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
	_, at, err := c.find(id)
	if err != nil {
		return nil, e, err
	}
	d, err := at.share.open()
	if err != nil {
		return nil, e, err
	}
	f, err := d.openFile(at.path)
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
	_, at, err := c.find(id)
	if err != nil {
		return "", err
	}
	return filepath.Join(at.share.info().Path, filepath.FromSlash(at.path)), nil
}

// ByNumber gives the entry of a number as the catalogue knows it, without a look at the disk.
func (c *Catalogue) ByNumber(_ context.Context, number int64) (Entry, error) {
	if number == 0 {
		return rootEntry(), nil
	}
	n, err := c.store.read.byNumber(number)
	if errors.Is(err, errNoNode) || err == nil && n.dead > alive {
		return Entry{}, notFound(nil)
	}
	if err != nil {
		return Entry{}, c.storeError(err)
	}
	at, err := c.placeOf(n)
	if err != nil {
		return Entry{}, c.storeError(err)
	}
	return c.entry(n, at.share)
}
