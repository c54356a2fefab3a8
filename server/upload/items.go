package upload

import (
	"context"
	"errors"
	"os"
	"path"
	"sort"
	"strings"
	"time"

	"folderfront/server/catalogue"
)

// ItemID names a version or something in the trash. It is for the person at this computer; to
// others it says nothing, and opens a version only to who may read its document.
type ItemID string

// Kind is what an Item is.
type Kind string

// The kinds of items.
const (
	Version Kind = "version" // content that was overwritten
	Trash   Kind = "trash"   // a file or folder that was deleted
)

// Item is something kept that can be put back.
type Item struct {
	ID      ItemID
	Kind    Kind
	File    catalogue.ID // the file or folder that it is of
	Parent  catalogue.ID // the folder it lay in
	Share   string       // the name of the shared folder
	Name    string
	Path    string // where it lay, beneath the shared folder, with slashes
	Folder  bool
	Size    int64     // bytes; 0 for folders
	Time    time.Time // when it was overwritten or deleted
	By      string    // who deleted it; "" when nobody is known
	Expires time.Time // when it will be dropped; a version may go earlier for its count or space
}

const (
	storeDir    = ".folderfront"
	versionsDir = storeDir + "/versions"
	trashDir    = storeDir + "/trash"
)

func versionPath(id ItemID) string { return path.Join(versionsDir, string(id)) }

// trashPath is the folder of one trash item: its manifest, and its content in "files".
func trashPath(id ItemID) string { return path.Join(trashDir, string(id)) }

// content is where the item's content lies, beneath the shared folder's root.
func (i item) content() string {
	if i.Kind == Version {
		return versionPath(i.ID)
	}
	return path.Join(trashPath(i.ID), "files", i.Name)
}

// manifest is where the item's manifest lies.
func (i item) manifest() string {
	if i.Kind == Version {
		return versionPath(i.ID) + ".json"
	}
	return path.Join(trashPath(i.ID), "manifest.json")
}

// partial is where the content is copied to, until it is whole.
func (i item) partial() string {
	if i.Kind == Version {
		return versionPath(i.ID) + ".copy"
	}
	return path.Join(trashPath(i.ID), "copy")
}

// places are what is removed with the item.
func (i item) places() []string {
	if i.Kind == Version {
		return []string{i.content(), i.manifest(), i.partial()}
	}
	return []string{trashPath(i.ID)}
}

// isPlace tells that a path is one that places gives of an item with an id: never a whole store.
func isPlace(name string) bool {
	id := path.Base(name)
	if path.Dir(name) == versionsDir {
		id = strings.TrimSuffix(strings.TrimSuffix(id, ".json"), ".copy")
	} else if path.Dir(name) != trashDir {
		return false
	}
	return isID(catalogue.ID(id))
}

// Versions are the earlier contents of a file, the newest first; a deleted file still has them.
func (u *Uploads) Versions(ctx context.Context, id catalogue.ID) ([]Item, error) {
	if entry, err := u.catalogue.Lookup(ctx, id); err == nil {
		id = entry.ID // which an alias differs from
	}
	return u.list(ctx, `kind = 'version' AND stage = 1 AND file = ?`, id)
}

// OpenVersion opens an earlier content of a file for reading. ErrNotFound when it is no longer kept,
// ErrOffline while its shared folder isn't there.
func (u *Uploads) OpenVersion(ctx context.Context, id ItemID) (f *os.File, err error) {
	i, err := u.item(ctx, id)
	if missing(err) || err == nil && (i.stage != kept || i.Kind != Version) {
		return nil, noItem(err)
	}
	if err != nil {
		return nil, journalFailure(err)
	}
	err = u.catalogue.Maintain(ctx, i.share, func(e *catalogue.Edit) error {
		f, _, err = openRegular(e.Root(), i.content())
		return diskFailure(err)
	})
	return f, err
}

// Trash is what was deleted in the shared folder of this name, or in all for "", the newest first.
func (u *Uploads) Trash(ctx context.Context, share string) ([]Item, error) {
	all, err := u.list(ctx, `kind = 'trash' AND stage = 1`)
	return of(share, all), err
}

// History is all that can be put back in the shared folder of this name, or in all for "", the
// newest first.
func (u *Uploads) History(ctx context.Context, share string) ([]Item, error) {
	all, err := u.list(ctx, `stage = 1`)
	return of(share, all), err
}

func of(share string, all []Item) []Item {
	chosen := all[:0:0]
	for _, i := range all {
		if share == "" || i.Share == share {
			chosen = append(chosen, i)
		}
	}
	return chosen
}

// list reads items whose shared folder is there; those of the others come back with it.
func (u *Uploads) list(ctx context.Context, where string, args ...any) ([]Item, error) {
	rows, err := u.items(ctx, where, args...)
	if err != nil {
		return nil, journalFailure(err)
	}
	names := map[catalogue.ID]string{}
	for _, s := range u.catalogue.Status() {
		names[s.ID] = s.Name
	}
	lifetime := time.Duration(u.config.Load().Retention.Days) * 24 * time.Hour
	all := make([]Item, 0, len(rows))
	for _, r := range rows {
		share, shared := names[r.share]
		if !shared {
			continue
		}
		r.Share, r.Expires = share, r.Time.Add(lifetime)
		all = append(all, r.Item)
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].Time.After(all[j].Time) })
	return all, nil
}

// discardGone removes the content of items that were given up, and then their rows.
func (u *Uploads) discardGone(ctx context.Context) error {
	rows, err := u.items(ctx, `stage = ?`, gone)
	for _, i := range rows {
		err = errors.Join(err, unlessOffline(u.discard(ctx, i)))
	}
	return err
}

// discard removes an item that is gone. An item of a folder that is shared no longer is forgotten,
// and its content left alone.
func (u *Uploads) discard(ctx context.Context, i item) error {
	err := u.catalogue.Maintain(ctx, i.share, func(e *catalogue.Edit) error { return removeKept(e.Root(), i.places()...) })
	if err == nil || isGone(err) {
		err = u.deleteItem(ctx, i.ID)
	}
	return err
}
