package catalogue

import (
	"context"
	"io/fs"
	"iter"
	"slices"
	"time"
)

// Contents are what lies in a folder, as of one moment: folders first, then by name as a person
// would sort. Safe for concurrent use.
type Contents struct {
	children []member
	common   Entry // what all entries have alike
}

// Len is the number of entries.
func (c Contents) Len() int { return len(c.children) }

// Slice is the part from first up to, not including, last.
func (c Contents) Slice(first, last int) Contents {
	c.children = c.children[first:last]
	return c
}

// All gives the entries in their order.
func (c Contents) All() iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		e := c.common
		for i := range c.children {
			one := &c.children[i]
			e.ID, e.Name, e.Folder, e.Size, e.Number = one.id, one.name, one.folder, one.size, one.number
			e.Modified = time.Unix(0, one.mtime)
			if !yield(e) {
				return
			}
		}
	}
}

// Contents gives what lies in a folder other than Root. A folder that was never read, or that
// changed since, is read from the disk first; nobody waits for a scan. For a file and for Root it is
// ErrNotFound.
func (c *Catalogue) Contents(ctx context.Context, folder ID) (Contents, error) {
	e, err := c.Lookup(ctx, folder)
	if err != nil {
		return Contents{}, err
	}
	if !e.Folder || e.Pending || folder == Root {
		return Contents{}, notFound(fs.ErrInvalid)
	}
	l, err := c.find(folder)
	if err != nil {
		return Contents{}, err
	}
	if !l.current() {
		if err := c.reconcileFolder(ctx, l.at.share, l.node.number); err != nil {
			return Contents{}, err
		}
		if l, err = c.find(folder); err != nil {
			return Contents{}, err
		}
	}
	return c.contents(ctx, l)
}

// contents reads a folder's entries from memory or from the store.
func (c *Catalogue) contents(ctx context.Context, l located) (Contents, error) {
	sh := l.at.share.info()
	found := Contents{common: Entry{Parent: l.node.id, Share: sh.Name, ReadOnly: sh.ReadOnly, ParentNumber: l.node.number}}
	members, err := c.members(ctx, l.node.number)
	found.children = members
	return found, c.storeError(err)
}

// Children is Contents as a slice, for Root as well.
func (c *Catalogue) Children(ctx context.Context, parent ID) ([]Entry, error) {
	if parent == Root {
		return c.shareEntries()
	}
	found, err := c.Contents(ctx, parent)
	if err != nil {
		return nil, err
	}
	return slices.AppendSeq(make([]Entry, 0, found.Len()), found.All()), nil
}

// shareEntries are the shares that can be reached at the moment, in the order of listings.
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
		l := located{n, place{s, "."}, Root}
		in, err := l.look()
		if err != nil {
			continue
		}
		l.node.mtime = in.mtime
		entries = append(entries, l.entry())
	}
	slices.SortFunc(entries, func(a, b Entry) int { return compareNaturally(a.Name, b.Name) })
	return entries, nil
}

// current tells whether the catalogue's listing of a folder is that of the disk.
func (l located) current() bool {
	d, err := l.at.share.open()
	if err != nil {
		return false
	}
	in, err := d.stat(l.at.path)
	return err == nil && l.node.listed != 0 && in.mtime == l.node.listed && !l.at.share.isDirty(l.at.path)
}

// Generation is a number that changes when a folder's listing may have changed: an ETag for it. It
// is another at each call while the catalogue knows its listing to be out of date.
func (c *Catalogue) Generation(parent ID) uint64 {
	if parent == Root {
		return c.generations.of(0)
	}
	l, err := c.find(parent)
	if err != nil || !l.current() {
		return c.generations.fresh()
	}
	return c.generations.of(l.node.number)
}
