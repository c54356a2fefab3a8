package app

import (
	"context"
	"errors"

	"folderfront/app/settings"
	"folderfront/app/state"
	"folderfront/server/catalogue"
	"folderfront/server/upload"
)

func (a *App) historyVerbs() verbs {
	v := verbs{}
	verb(v, a.History)
	act(v, a.PutBack)
	act(v, a.EmptyTrash)
	return v
}

// History lists what can be put back, the newest first.
func (a *App) History(ctx context.Context, c state.History) ([]state.HistoryItem, error) {
	items, err := a.server.Uploads.History(ctx, c.Folder)
	if err != nil {
		return nil, said(err)
	}
	all := make([]state.HistoryItem, 0, len(items))
	for _, i := range items {
		all = append(all, state.HistoryItem{
			Item: string(i.ID), Kind: string(i.Kind), Title: catalogue.Title(i.Name), Folder: i.Share,
			Path: catalogue.Title(i.Path), Size: i.Size, Time: i.Time.Unix(), By: i.By, Expires: i.Expires.Unix(),
		})
	}
	return all, nil
}

// PutBack restores a version or something deleted; what is there by then
// becomes a version first.
func (a *App) PutBack(ctx context.Context, c state.PutBack) error {
	_, err := a.server.Uploads.Restore(ctx, upload.ItemID(c.Item))
	return said(err)
}

// EmptyTrash hands the trash to the system's own.
func (a *App) EmptyTrash(ctx context.Context, c state.EmptyTrash) error {
	return said(a.server.Uploads.EmptyTrash(ctx, c.Folder))
}

// said leaves of an error what is meant for a person.
func said(err error) error {
	var known *catalogue.Error
	if errors.As(err, &known) {
		return errors.New(known.Sentence)
	}
	return err
}

// uploads says what the uploads need of the settings. There, no minimum is 0;
// for a room, 0 is a setting that nobody made.
func (a *App) uploads(s settings.Settings) upload.Config {
	const megabyte = 1_000_000
	return upload.Config{
		Logger:      a.log,
		Limit:       s.Uploads.Limit * megabyte,
		MinimumFree: max(s.Uploads.MinimumFree*megabyte, 1),
		KeepBoth:    s.Uploads.NameTaken == "both",
		Retention:   upload.Retention{Days: s.History.Days, Versions: s.History.Versions, Percent: float64(s.History.Percent)},
	}
}
