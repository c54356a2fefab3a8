package app

import (
	"context"

	"folderfront/app/state"
)

func (a *App) thumbnailVerbs() verbs {
	v := verbs{}
	verb(v, a.Thumbnail)
	return v
}

// Thumbnail is the same picture that Workfront gets.
func (a *App) Thumbnail(ctx context.Context, c state.Thumbnail) (state.Picture, error) {
	id, err := a.fileOf(ctx, c.File)
	if err != nil {
		return state.Picture{}, err
	}
	entry, err := a.server.Catalogue.Lookup(ctx, id)
	if err != nil {
		return state.Picture{}, said(err)
	}
	made, err := a.server.Thumbs.Get(ctx, entry, c.Width)
	if err != nil {
		return state.Picture{}, said(err)
	}
	return state.Picture{JPEG: made.Data, Icon: made.Icon, Pending: made.MaxAge == 0}, nil
}
