package upload

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"folderfront/server/catalogue"
)

// Restore puts a version or something from the trash back, under the id it had, and answers its
// entry. The content that a file has by then becomes a version first. What was deleted goes back to
// where it lay, in folders made anew if need be; under another name when a folder, or for a folder
// anything, has its name. ErrNotFound when the item is no longer kept.
func (u *Uploads) Restore(ctx context.Context, id ItemID) (catalogue.Entry, error) {
	ctx = context.WithoutCancel(ctx)
	if err := u.settlePublications(ctx, `id = ?`, id); err != nil {
		return catalogue.Entry{}, journalFailure(err)
	}
	i, err := u.item(ctx, id)
	if missing(err) || err == nil && i.stage != kept {
		return catalogue.Entry{}, noItem(err)
	}
	if err != nil {
		return catalogue.Entry{}, journalFailure(err)
	}
	p := &publication{id: string(i.ID), item: i.ID, file: i.File, name: i.Name, size: i.Size}
	if err := u.whereto(ctx, i, p); err != nil {
		return catalogue.Entry{}, err
	}
	entry, err := u.publish(ctx, p, &i)
	if err != nil {
		return catalogue.Entry{}, err
	}
	if err := u.discardGone(ctx); err != nil {
		u.log().Warn("what is left of a restored item could not be removed yet", "item", id, "error", err)
	}
	return entry, nil
}

// whereto finds the folder and the name: where the file is now, or where it was.
func (u *Uploads) whereto(ctx context.Context, i item, p *publication) error {
	present, err := u.catalogue.Lookup(ctx, i.File)
	if err == nil && i.Kind == Version {
		p.file, p.folder, p.name = present.ID, present.Parent, present.Name
		return nil
	}
	if errors.Is(err, catalogue.ErrOffline) {
		return err
	}
	if _, err := u.catalogue.Lookup(ctx, i.Parent); err == nil {
		p.folder = i.Parent
		return nil
	}
	p.folder, err = u.makeFolders(ctx, i)
	return err
}

// makeFolders makes the folders anew that an item lay in.
func (u *Uploads) makeFolders(ctx context.Context, i item) (catalogue.ID, error) {
	folder := i.share
	for _, name := range strings.Split(path.Dir(i.Path), "/") {
		if name == "." {
			continue
		}
		made, err := u.catalogue.CreateFolder(ctx, folder, name)
		if err != nil {
			return "", err
		}
		if !made.Folder {
			return "", fail(catalogue.ErrExists, fmt.Sprintf("The folder it lay in is gone, and a file is named %q now. Rename that file and try again.", made.Title()), nil)
		}
		folder = made.ID
	}
	return folder, nil
}
