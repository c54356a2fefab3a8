package upload

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path"

	"folderfront/server/catalogue"
)

// Delete moves a file or folder into the trash of its shared folder; by is who asked for it. An
// announced upload without content is only forgotten. ErrForbidden for the root, shared folders
// and what lies in a read-only one, ErrBusy while the file is being uploaded.
func (u *Uploads) Delete(ctx context.Context, id catalogue.ID, by string) error {
	if id == catalogue.Root {
		return isShared()
	}
	entry, err := u.catalogue.Lookup(ctx, id)
	if err != nil {
		return err
	}
	if entry.Parent == catalogue.Root {
		return isShared()
	}
	if entry.Pending {
		return u.cancel(ctx, entry)
	}
	return u.trash(context.WithoutCancel(ctx), entry, by)
}

func isShared() error {
	return fail(catalogue.ErrForbidden, "A shared folder can't be deleted from here. The person who shares it can stop sharing it in Folderfront.", nil)
}

// cancel forgets an announced upload.
func (u *Uploads) cancel(ctx context.Context, entry catalogue.Entry) error {
	r := row{id: entry.ID, parent: entry.Parent, name: entry.Name}
	t := &transfer{row: r}
	if !u.claim(t) {
		return fail(catalogue.ErrBusy, "This file is being uploaded at the moment. Delete it when that is done.", nil)
	}
	defer u.release(t)
	return journalFailure(u.forgetRow(ctx, r))
}

func (u *Uploads) trash(ctx context.Context, entry catalogue.Entry, by string) error {
	return diskFailure(u.catalogue.Edit(ctx, entry.Parent, func(e *catalogue.Edit) error {
		present, found, err := e.Child(entry.Name)
		if err != nil {
			return err
		}
		if !found || present.ID != entry.ID {
			return fail(catalogue.ErrNotFound, "The file was moved or renamed at the same moment. Nothing was changed; look at the folder again.", nil)
		}
		today, err := u.daysRun(ctx)
		if err != nil {
			return journalFailure(err)
		}
		d := &deletion{u: u, edit: e, root: e.Root(), item: item{stage: moving, share: e.Share(), day: today, Item: Item{
			ID: ItemID(u.catalogue.NewID()), Kind: Trash, File: present.ID, Parent: present.Parent, Name: present.Name,
			Path: path.Join(e.Dir(), present.Name), Folder: present.Folder, Size: present.Size, Time: u.now(), By: by,
		}}}
		return d.run(ctx)
	}))
}

// deletion is one thing on its way into the trash, within the critical section of its folder. Its
// row is written before the disk changes.
type deletion struct {
	item
	u    *Uploads
	edit *catalogue.Edit
	root *os.Root
}

func (d *deletion) run(ctx context.Context) error {
	if err := d.u.catalogue.Update(ctx, d.insert); err != nil {
		return journalFailure(err)
	}
	dir, err := d.root.Open(d.edit.Dir())
	if err != nil {
		return d.undo(ctx, err)
	}
	defer dir.Close()
	err = d.prepare()
	if err == nil {
		err = d.move()
	}
	if err != nil {
		return d.undo(ctx, err)
	}
	if err := errors.Join(syncFolder(dir), syncDir(d.root, path.Dir(d.content()))); err != nil {
		return unknown(err)
	}
	return d.commit()
}

// prepare makes the place in the trash, with the manifest.
func (d *deletion) prepare() error {
	if err := makeDirs(d.root, path.Dir(d.content())); err != nil {
		return err
	}
	if err := d.describe(d.root); err != nil {
		return err
	}
	return syncDir(d.root, trashPath(d.ID))
}

// source is where the thing is; aside is where it waits, hidden, while it is copied to another disk.
func (d *deletion) source() string { return path.Join(d.edit.Dir(), d.Name) }
func (d *deletion) aside() string  { return path.Join(d.edit.Dir(), temporary(d.ID)) }

// move is one rename into the trash, or a copy when it lies on another disk.
func (d *deletion) move() error {
	err := d.root.Rename(d.source(), d.content())
	if isOtherDisk(err) {
		return d.moveCopy()
	}
	return err
}

// moveCopy takes the thing out of sight in one step, copies it, and removes it when the copy has
// its name in the trash: at each moment settling can tell which of the two is whole.
func (d *deletion) moveCopy() error {
	if err := d.root.Rename(d.source(), d.aside()); err != nil {
		return err
	}
	if err := syncDir(d.root, d.edit.Dir()); err != nil {
		return err
	}
	before, err := stateOf(d.root, d.aside())
	if err != nil {
		return err
	}
	if err := copyTree(d.root, d.aside(), d.root, d.partial()); err != nil {
		return err
	}
	if after, err := stateOf(d.root, d.aside()); err != nil || !bytes.Equal(before, after) {
		return raced(err) // by a program that has it open
	}
	if err := d.root.Rename(d.partial(), d.content()); err != nil {
		return err
	}
	if err := syncDir(d.root, path.Dir(d.content())); err != nil {
		return err
	}
	return d.root.RemoveAll(d.aside())
}

// commit makes the deletion known.
func (d *deletion) commit() error {
	if err := d.edit.Remove(d.File, func(tx *sql.Tx) error { return setStage(tx, d.ID, kept) }); err != nil {
		return unknown(err)
	}
	return nil
}

// undo brings things back to how they were, and answers the cause; or finishes the deletion where
// that is what they are.
func (d *deletion) undo(ctx context.Context, cause error) error {
	deleted, err := d.settle(ctx)
	if err != nil {
		d.u.log().Warn("a deletion that failed could not be taken back completely yet", "id", d.File, "error", err)
	}
	switch {
	case deleted && err == nil:
		return nil
	case deleted:
		return unknown(cause)
	}
	return cause
}

// settle looks at the disk: what is whole in the trash is deleted, what isn't is where it was.
func (d *deletion) settle(ctx context.Context) (deleted bool, err error) {
	content, err := lstat(d.root, d.content())
	if err != nil {
		return false, err
	}
	if content != nil {
		return true, d.finish()
	}
	aside, err := lstat(d.root, d.aside())
	if err == nil && aside != nil {
		err = d.putBack()
	}
	if err == nil {
		err = removeKept(d.root, d.places()...)
	}
	if err == nil {
		err = d.u.deleteItem(ctx, d.ID)
	}
	return false, err
}

func (d *deletion) finish() error {
	if err := d.root.RemoveAll(d.aside()); err != nil {
		return err
	}
	if err := errors.Join(syncDir(d.root, d.edit.Dir()), syncDir(d.root, path.Dir(d.content()))); err != nil {
		return err
	}
	return d.commit()
}

// putBack returns what waits aside to its name, or to a free one when the name is taken by now.
func (d *deletion) putBack() error {
	dir, err := d.root.Open(d.edit.Dir())
	if err != nil {
		return err
	}
	defer dir.Close()
	name := d.Name
	for n := 2; ; n++ {
		err := catalogue.RenameNew(dir, path.Base(d.aside()), dir, name)
		if err == nil {
			break
		}
		if !errors.Is(err, fs.ErrExist) {
			return err
		}
		name = numbered(d.Name, n)
	}
	_, err = d.edit.Put(name, d.File, nil)
	return errors.Join(err, syncFolder(dir))
}

// settleDeletions ends the deletions that were interrupted.
func (u *Uploads) settleDeletions(ctx context.Context) error {
	rows, err := u.items(ctx, `kind = 'trash' AND stage = ?`, moving)
	for _, r := range rows {
		settled := u.settleDeletion(ctx, r)
		if isGone(settled) {
			settled = u.settleElsewhere(ctx, r)
		}
		err = errors.Join(err, unlessOffline(settled))
	}
	return err
}

func (u *Uploads) settleDeletion(ctx context.Context, r item) error {
	return u.catalogue.Maintain(ctx, r.Parent, func(e *catalogue.Edit) error {
		left, err := u.items(ctx, `id = ? AND stage = ?`, r.ID, moving)
		if err != nil || len(left) == 0 {
			return err
		}
		_, err = (&deletion{item: left[0], u: u, edit: e, root: e.Root()}).settle(ctx)
		return err
	})
}

// settleElsewhere ends a deletion out of a folder that is gone itself: what reached the trash is
// kept, the rest is where the folder went.
func (u *Uploads) settleElsewhere(ctx context.Context, r item) error {
	return u.catalogue.Maintain(ctx, r.share, func(e *catalogue.Edit) error {
		content, err := lstat(e.Root(), r.content())
		if err != nil {
			return err
		}
		next := gone
		if content != nil {
			next = kept
		}
		return u.catalogue.Update(ctx, func(tx *sql.Tx) error { return setStage(tx, r.ID, next) })
	})
}
