package app

import (
	"context"

	"folderfront/app/state"
	"folderfront/server/catalogue"
)

func (a *App) thumbnailVerbs() verbs {
	v := verbs{}
	verb(v, a.Thumbnail)
	verb(v, a.Cover)
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
	return a.picture(ctx, entry, c.Width)
}

// coverTries is how many files are tried for a folder's cover.
const coverTries = 5

// Cover is the picture of the newest file in a folder that has one.
func (a *App) Cover(ctx context.Context, c state.Cover) (state.Picture, error) {
	folder, err := catalogue.ParseID(c.Folder)
	if err != nil {
		return state.Picture{}, said(err)
	}
	files, err := a.someFiles(ctx, folder)
	if err != nil {
		return state.Picture{}, said(err)
	}
	for _, file := range files[:min(coverTries, len(files))] {
		picture, err := a.picture(ctx, file, c.Width)
		if err != nil || !picture.Icon || picture.Pending {
			return picture, err
		}
	}
	return state.Picture{Icon: true}, nil
}

func (a *App) picture(ctx context.Context, entry catalogue.Entry, width int) (state.Picture, error) {
	made, err := a.server.Thumbs.Get(ctx, entry, width)
	if err != nil {
		return state.Picture{}, said(err)
	}
	return state.Picture{JPEG: made.Data, Icon: made.Icon, Pending: made.MaxAge == 0}, nil
}
