package app

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"folderfront/app/settings"
	"folderfront/app/state"
	"folderfront/server/upload"
)

// What an exported file holds.
const (
	exportedIDs      = "ids.jsonl"
	exportedHistory  = "history.jsonl"
	exportedSettings = "settings.toml"
	maxSettings      = 4 << 20 // bytes
)

func (a *App) transferVerbs() verbs {
	v := verbs{}
	act(v, a.Export)
	act(v, a.Import)
	return v
}

// Export writes what another computer needs so that links live on there. A
// file that is there already is not overwritten.
func (a *App) Export(ctx context.Context, c state.Export) (err error) {
	file, err := os.OpenFile(c.Path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("%s could not be made, so nothing was exported. Choose a new file in a folder that you may write to.", c.Path)
	}
	defer func() {
		if closeErr := file.Close(); err == nil {
			err = closeErr
		}
		if err != nil {
			os.Remove(c.Path)
		}
	}()
	text, err := os.ReadFile(a.store.Path())
	if err != nil {
		return err
	}
	archive := zip.NewWriter(file)
	for _, part := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{exportedIDs, func(w io.Writer) error { return said(a.server.Catalogue.Export(ctx, w)) }},
		{exportedHistory, func(w io.Writer) error { return said(a.server.Uploads.Export(ctx, w)) }},
		{exportedSettings, func(w io.Writer) error { _, err := w.Write(text); return err }},
	} {
		w, err := archive.Create(part.name)
		if err != nil {
			return err
		}
		if err := part.write(w); err != nil {
			return err
		}
	}
	return errors.Join(archive.Close(), file.Sync())
}

var errNoExport = errors.New("This is not a file that Folderfront exported, or it is damaged. Nothing was taken over.")

// Import takes over ids, old versions, people and custom actions of another computer.
func (a *App) Import(ctx context.Context, c state.Import) error {
	archive, err := zip.OpenReader(c.Path)
	if err != nil {
		return errNoExport
	}
	defer archive.Close()
	other, err := importedSettings(archive)
	if err != nil {
		return errNoExport
	}
	kept, err := archive.Open(exportedHistory)
	if err != nil {
		return errNoExport
	}
	defer kept.Close()
	history, err := upload.ReadIndex(kept)
	if err != nil {
		return said(err)
	}
	ids, err := archive.Open(exportedIDs)
	if err != nil {
		return errNoExport
	}
	defer ids.Close()
	if err := a.server.Catalogue.Import(ctx, ids); err != nil {
		return said(err)
	}
	if err := a.server.Uploads.Import(ctx, history); err != nil {
		return said(err)
	}
	return a.modify(func(s *settings.Settings) error {
		s.People = other.People
		s.Connections, s.Actions, s.Rules = other.Connections, other.Actions, other.Rules
		s.History, s.Uploads, s.Workfront = other.History, other.Uploads, other.Workfront
		return nil
	})
}

func importedSettings(archive *zip.ReadCloser) (settings.Settings, error) {
	kept, err := archive.Open(exportedSettings)
	if err != nil {
		return settings.Settings{}, err
	}
	defer kept.Close()
	text, err := io.ReadAll(io.LimitReader(kept, maxSettings))
	if err != nil {
		return settings.Settings{}, err
	}
	return settings.Parse(text)
}
