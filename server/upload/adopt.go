package upload

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"folderfront/server/catalogue"
)

// What is kept outlives the profile that knew of it: each item has its manifest beside it. Adopting
// lists them anew, after the profile was lost or the shared folder came from another computer.

// adopt lists what is kept in the shared folders and is not listed.
func (u *Uploads) adopt(ctx context.Context) error {
	var failed error
	for _, s := range u.catalogue.Status() {
		var found []item
		err := u.catalogue.Maintain(ctx, s.ID, func(e *catalogue.Edit) (err error) {
			found, err = u.orphans(ctx, e)
			return err
		})
		if err == nil {
			err = u.takeIn(ctx, found)
		}
		if !isGone(err) {
			failed = errors.Join(failed, unlessOffline(err))
		}
	}
	return failed
}

// takeIn lists items of one shared folder.
func (u *Uploads) takeIn(ctx context.Context, found []item) error {
	if len(found) == 0 {
		return nil
	}
	u.assign(ctx, found)
	today, err := u.daysRun(ctx)
	if err != nil {
		return err
	}
	return u.catalogue.Update(ctx, func(tx *sql.Tx) error {
		for _, i := range found {
			i.day = today
			if err := i.insertOld(tx); err != nil {
				return err
			}
		}
		return nil
	})
}

// assign decides which files the items are of. The file of a version may have another id by now: it
// is the one that lies where the last of its versions was made.
func (u *Uploads) assign(ctx context.Context, found []item) {
	slices.SortFunc(found, func(a, b item) int {
		if a.Kind != b.Kind {
			return strings.Compare(string(a.Kind), string(b.Kind)) // trash first
		}
		return b.Time.Compare(a.Time)
	})
	is := map[catalogue.ID]catalogue.ID{}
	for n, i := range found {
		file, known := is[i.File]
		switch {
		case i.Kind == Trash:
			file = u.unused(ctx, i.File)
		case !known:
			file = u.fileOf(ctx, i)
		}
		found[n].File = file
		if i.Kind == Version || file == i.File {
			is[i.File] = file
		}
	}
}

// unused is the id that is given, or a new one where something has that by now: a manifest takes
// nothing away from a file.
func (u *Uploads) unused(ctx context.Context, id catalogue.ID) catalogue.ID {
	if _, err := u.catalogue.Lookup(ctx, id); !isGone(err) {
		return u.catalogue.NewID()
	}
	return id
}

// fileOf is the file that a version is of: by its id, else by its path, both in its own shared
// folder alone. Else it is of a file that is gone.
func (u *Uploads) fileOf(ctx context.Context, i item) catalogue.ID {
	if entry, err := u.catalogue.Lookup(ctx, i.File); err == nil && !entry.Folder {
		if inside, err := u.catalogue.Within(ctx, entry.ID, i.share); err == nil && inside {
			return entry.ID
		}
	}
	if entry, ok := u.find(ctx, i.share, i.Path); ok && !entry.Folder {
		return entry.ID
	}
	return u.unused(ctx, i.File)
}

// find looks for what lies at a path below a folder.
func (u *Uploads) find(ctx context.Context, folder catalogue.ID, path string) (entry catalogue.Entry, ok bool) {
	for name := range strings.SplitSeq(path, "/") {
		err := u.catalogue.Maintain(ctx, folder, func(e *catalogue.Edit) (err error) {
			entry, ok, err = e.Child(name)
			return err
		})
		if err != nil || !ok {
			return entry, false
		}
		folder = entry.ID
	}
	return entry, ok
}

// orphans finds what is not listed in one shared folder, in which nothing is kept or dropped
// meanwhile.
func (u *Uploads) orphans(ctx context.Context, e *catalogue.Edit) ([]item, error) {
	stored := map[Kind][]ItemID{}
	for kind, dir := range map[Kind]string{Version: versionsDir, Trash: trashDir} {
		ids, err := storedIDs(e.Root(), dir)
		if err != nil {
			return nil, err
		}
		stored[kind] = ids
	}
	if len(stored[Version])+len(stored[Trash]) == 0 {
		return nil, nil
	}
	known, err := u.items(ctx, `TRUE`)
	if err != nil {
		return nil, err
	}
	listed := map[ItemID]bool{}
	for _, i := range known {
		listed[i.ID] = true
	}
	var found []item
	for kind, ids := range stored {
		for _, id := range ids {
			if listed[id] {
				continue
			}
			if i, ok := u.orphan(e, kind, id); ok {
				listed[id] = true
				found = append(found, i)
			}
		}
	}
	return found, nil
}

// storedIDs are the names in a folder that an item may have.
func storedIDs(root *os.Root, folder string) ([]ItemID, error) {
	names, err := readNames(root, folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var ids []ItemID
	for _, name := range names {
		if isID(catalogue.ID(name)) {
			ids = append(ids, ItemID(name))
		}
	}
	return ids, err
}

// orphan reads what is kept under an id; false when it is not whole, or not what its manifest says.
// Its parent is an id that nothing has: it goes back by its path.
func (u *Uploads) orphan(e *catalogue.Edit, kind Kind, id ItemID) (item, bool) {
	m, err := readManifest(e.Root(), item{Item: Item{ID: id, Kind: kind}}.manifest(), kind)
	if err != nil {
		return item{}, false
	}
	x := indexItem{
		ID: id, Kind: kind, Share: e.Share(), File: catalogue.ID(m.ID), Parent: u.catalogue.NewID(), Path: m.Exact,
		Folder: m.Folder, Time: min(m.at(kind).UnixNano(), u.now().UnixNano()), By: m.By,
	}
	if !x.sound() {
		return item{}, false
	}
	i := x.row()
	content, err := lstat(e.Root(), i.content())
	if err != nil || content == nil || content.IsDir() != i.Folder || !i.Folder && !content.Mode().IsRegular() {
		return item{}, false
	}
	if !i.Folder {
		i.Size = content.Size()
	}
	return i, true
}
