package upload

import (
	"context"
	"errors"

	"folderfront/server/catalogue"
)

// EmptyTrash hands what is in the trash of the shared folder of this name, or of all for "", to the
// trash of this computer's user where the system has one that programs can use (Linux), and else
// removes it. What can't be handed over stays, and the error says so.
func (u *Uploads) EmptyTrash(ctx context.Context, share string) error {
	items, err := u.Trash(ctx, share)
	if err != nil {
		return err
	}
	for _, i := range items {
		err = errors.Join(err, u.handOver(context.WithoutCancel(ctx), i.ID))
	}
	return err
}

func (u *Uploads) handOver(ctx context.Context, id ItemID) error {
	i, err := u.item(ctx, id)
	if missing(err) {
		return nil
	}
	if err != nil {
		return journalFailure(err)
	}
	err = u.catalogue.Maintain(ctx, i.share, func(e *catalogue.Edit) error {
		content, err := lstat(e.Root(), i.content())
		if content == nil || err != nil {
			return err // somebody removed it already
		}
		return toSystemTrash(e.Root(), i.content(), i.Path, i.Time)
	})
	var said *catalogue.Error
	switch {
	case errors.As(err, &said):
		return err
	case err != nil:
		return fail(catalogue.ErrRefused, "The trash of this computer could not take what was deleted. It stays in Folderfront's own trash, from which it goes by itself when its time is up.", err)
	}
	return journalFailure(u.drop(ctx, []item{i}))
}
