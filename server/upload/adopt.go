package upload

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"time"

	"folderfront/server/catalogue"
)

// Deleted files outlive the profile that knew of them: each has its manifest beside it. Adopting
// lists them anew, after the profile was lost or the shared folder came from another computer. Old
// versions have no manifest; for them there is Export.

// maxManifest bounds, in bytes, what is read of a manifest: anybody may have put it there.
const maxManifest = 64 << 10

// adopt lists what lies in the trash of the shared folders and is not listed.
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

// takeIn lists items. Where the id of a file is in use by now, that stays where it is.
func (u *Uploads) takeIn(ctx context.Context, found []item) error {
	if len(found) == 0 {
		return nil
	}
	for n, i := range found {
		if _, err := u.catalogue.Lookup(ctx, i.File); !isGone(err) {
			found[n].File = u.catalogue.NewID()
		}
	}
	return u.catalogue.Update(ctx, func(tx *sql.Tx) error {
		for _, i := range found {
			if err := i.insert(tx); err != nil {
				return err
			}
		}
		return nil
	})
}

// orphans finds them in one shared folder, in which nothing is deleted meanwhile.
func (u *Uploads) orphans(ctx context.Context, e *catalogue.Edit) ([]item, error) {
	ids, err := trashIDs(e.Root())
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	known, err := u.items(ctx, `kind = 'trash'`)
	if err != nil {
		return nil, err
	}
	listed := map[ItemID]bool{}
	for _, i := range known {
		listed[i.ID] = true
	}
	var found []item
	for _, id := range ids {
		if listed[id] {
			continue
		}
		if i, ok := u.orphan(e, id); ok {
			found = append(found, i)
		}
	}
	return found, nil
}

// trashIDs are the names in the trash that an item may have.
func trashIDs(root *os.Root) ([]ItemID, error) {
	dir, err := root.Open(trashDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	var ids []ItemID
	for _, name := range names {
		if isID(catalogue.ID(name)) {
			ids = append(ids, ItemID(name))
		}
	}
	return ids, err
}

// orphan reads what lies in the trash; false when it is not whole, or not what its manifest says.
// Its parent is an id that nothing has: it goes back by its path.
func (u *Uploads) orphan(e *catalogue.Edit, id ItemID) (item, bool) {
	m, err := readManifest(e.Root(), path.Join(trashPath(id), "manifest.json"))
	if err != nil {
		return item{}, false
	}
	x := indexItem{
		ID: id, Kind: Trash, Share: e.Share(), File: catalogue.ID(m.ID), Parent: u.catalogue.NewID(), Path: m.Exact,
		Folder: m.Folder, Time: min(m.Deleted.UnixNano(), u.now().UnixNano()),
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

func readManifest(root *os.Root, name string) (m manifest, err error) {
	f, err := root.OpenFile(name, os.O_RDONLY|nonblocking, 0)
	if err != nil {
		return m, err
	}
	defer f.Close()
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
		return m, errors.Join(errIndex, err)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxManifest))
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, err
	}
	if m.Deleted.Year() < 1970 || m.Deleted.After(time.Unix(1<<33, 0)) {
		return m, errIndex // no time that can be counted in nanoseconds
	}
	return m, nil
}
