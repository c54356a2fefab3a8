package catalogue

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
)

// CreateFolder makes a folder. When one of that name is there already, its entry is the answer;
// when a file is, ErrExists.
func (c *Catalogue) CreateFolder(ctx context.Context, parent ID, name string) (Entry, error) {
	if err := CheckName(name); err != nil {
		return Entry{}, err
	}
	var made Entry
	err := c.Edit(ctx, parent, func(e *Edit) error {
		known, ok, err := e.Child(name)
		if err != nil {
			return err
		}
		if ok && !known.Folder {
			return exists(known.Name)
		}
		if ok {
			made = known
			return nil
		}
		if err := e.mkdir(name); err != nil {
			return diskError(err)
		}
		if made, err = e.Put(name, "", nil); err != nil {
			return e.undo(err, func() error { return e.disk.root.Remove(e.at.child(name).path) })
		}
		return nil
	})
	return made, err
}

// Rename gives an entry another name in its folder; its id stays. ErrExists when the name is
// taken; another spelling of its own name (case, normalisation) is not.
func (c *Catalogue) Rename(ctx context.Context, id ID, name string) (Entry, error) {
	e, err := c.Lookup(ctx, id)
	if err != nil {
		return Entry{}, err
	}
	return c.Move(ctx, id, e.Parent, name)
}

// Move puts an entry under a name into a folder, in the same share or another one of the same
// volume; its id stays. The root, the shared folders and what lies above the target can't be moved.
func (c *Catalogue) Move(ctx context.Context, id, parent ID, name string) (Entry, error) {
	if err := CheckName(name); err != nil {
		return Entry{}, err
	}
	from, err := c.Lookup(ctx, id)
	if err != nil {
		return Entry{}, err
	}
	if id == Root || from.Parent == Root {
		return Entry{}, &Error{ErrForbidden, "A shared folder itself can't be renamed, moved or deleted here. That is done on the computer that shares it.", nil}
	}
	if inside, err := c.Within(ctx, parent, id); err != nil {
		return Entry{}, err
	} else if inside {
		return Entry{}, invalid("A folder can't be moved into itself. Choose another folder.")
	}
	if from.Pending {
		return c.renameAnnounced(ctx, from, parent, name)
	}
	return c.move(ctx, from, parent, name)
}

func (c *Catalogue) move(ctx context.Context, from Entry, parent ID, name string) (Entry, error) {
	source, err := c.find(from.ID)
	if err != nil {
		return Entry{}, err
	}
	if source.at.share.info().ReadOnly {
		return Entry{}, readOnly()
	}
	target, err := c.find(parent)
	if err != nil {
		return Entry{}, err
	}
	unlock, err := lockBoth(ctx, source.at.share, target.at.share)
	if err != nil {
		return Entry{}, err
	}
	defer unlock()
	e, err := c.edit(parent, target.at.share, false)
	if err != nil {
		return Entry{}, err
	}
	e.ctx = ctx
	taken, ok, err := e.Child(name)
	if err != nil {
		return Entry{}, err
	}
	if ok && taken.ID != from.ID {
		return Entry{}, exists(taken.Name)
	}
	return e.take(from.ID, name)
}

// take renames an entry on the disk into the Edit's folder, and its row.
func (e *Edit) take(id ID, name string) (Entry, error) {
	l, err := e.c.find(id)
	if err != nil {
		return Entry{}, err
	}
	if _, err := l.look(); err != nil {
		return Entry{}, diskError(err)
	}
	source, target := l.at, e.at.child(name)
	if source == target {
		return e.Put(name, id, nil)
	}
	if err := e.rename(source, target); err != nil {
		return Entry{}, diskError(err)
	}
	put, err := e.Put(name, id, nil)
	if err != nil {
		err = e.undo(err, func() error { return e.rename(target, source) })
	}
	return put, err
}

// undo takes back on the disk what could not be recorded, if it can, and then says so.
func (e *Edit) undo(failed error, back func() error) error {
	if err := back(); err != nil {
		e.c.log.Warn("what could not be recorded could not be undone either", "share", e.at.share.info().Name, "error", err)
		return failed
	}
	return undone(failed)
}

// rename renames on the disk between two folders of this share or another one, and syncs both.
func (e *Edit) rename(source, target place) error {
	from, _, err := source.openFolder()
	if err != nil {
		return err
	}
	defer from.Close()
	to, disk, err := target.openFolder()
	if err != nil {
		return err
	}
	defer to.Close()
	err = RenameNew(from, path.Base(source.path), to, path.Base(target.path))
	if errors.Is(err, fs.ErrExist) && otherSpelling(disk.root, source, target) {
		err = disk.root.Rename(source.path, target.path)
	}
	if err == nil {
		e.sync(from, to)
	}
	return err
}

// otherSpelling tells that two names of a folder differ in case or normalisation alone and are one
// for the disk.
func otherSpelling(root *os.Root, a, b place) bool {
	if a.share != b.share || path.Dir(a.path) != path.Dir(b.path) || Fold(path.Base(a.path)) != Fold(path.Base(b.path)) {
		return false
	}
	is, errA := root.Lstat(a.path)
	was, errB := root.Lstat(b.path)
	return errA == nil && errB == nil && os.SameFile(is, was)
}

// openFolder opens the folder that a place lies in.
func (p place) openFolder() (*os.File, *disk, error) {
	d, err := p.share.open()
	if err != nil {
		return nil, nil, err
	}
	f, err := d.openAny(path.Dir(p.path))
	return f, d, err
}

func (e *Edit) mkdir(name string) error {
	dir, err := e.disk.openAny(e.at.path)
	if err != nil {
		return err
	}
	defer dir.Close()
	if err := e.disk.root.Mkdir(e.at.child(name).path, 0o777); err != nil {
		return err
	}
	e.sync(dir)
	return nil
}

// sync makes what was done durable. What failed here has happened all the same.
func (e *Edit) sync(dirs ...*os.File) {
	for _, dir := range dirs {
		if err := syncFolder(dir); err != nil {
			e.c.log.Warn("a folder could not be synced to the disk", "share", e.at.share.info().Name, "error", err)
		}
	}
}

// renameAnnounced renames what has no content yet: nothing of it is on the disk.
func (c *Catalogue) renameAnnounced(ctx context.Context, from Entry, parent ID, name string) (Entry, error) {
	l, err := c.find(parent)
	if err != nil {
		return Entry{}, err
	}
	to := l.node
	err = c.change(ctx, &change{own: true}, func(ch *change) error {
		n, err := ch.byNumber(from.Number)
		if err != nil {
			return err
		}
		if _, err := ch.touch(n); err != nil {
			return err
		}
		_, err = ch.exec(`UPDATE node SET parent=?, name=?, fold=? WHERE number=? AND dead=?`, to.number, name, foldHash(name), from.Number, announced)
		return err
	})
	from.Name, from.Parent, from.ParentNumber = name, parent, to.number
	return from, err
}

// lockBoth takes the edit locks of one or two shares in the order of their numbers.
func lockBoth(ctx context.Context, a, b *share) (unlock func(), err error) {
	if a.number > b.number {
		a, b = b, a
	}
	if err := a.edit.lock(ctx); err != nil || a == b {
		return a.release, err
	}
	if err := b.edit.lock(ctx); err != nil {
		a.edit.unlock()
		return nil, err
	}
	return func() {
		b.release()
		a.release()
	}, nil
}
