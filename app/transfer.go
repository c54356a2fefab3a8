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
)

// What an exported file holds.
const (
	exportedIDs      = "ids.jsonl"
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
	archive := zip.NewWriter(file)
	ids, err := archive.Create(exportedIDs)
	if err != nil {
		return err
	}
	if err := a.server.Catalogue.Export(ctx, ids); err != nil {
		return said(err)
	}
	text, err := os.ReadFile(a.store.Path())
	if err != nil {
		return err
	}
	kept, err := archive.Create(exportedSettings)
	if err != nil {
		return err
	}
	if _, err := kept.Write(text); err != nil {
		return err
	}
	return errors.Join(archive.Close(), file.Sync())
}

var errNoExport = errors.New("This is not a file that Folderfront exported, or it is damaged. Nothing was taken over.")

// Import takes over ids, people and custom actions of another computer.
func (a *App) Import(ctx context.Context, c state.Import) error {
	archive, err := zip.OpenReader(c.Path)
	if err != nil {
		return errNoExport
	}
	defer archive.Close()
	kept, err := archive.Open(exportedSettings)
	if err != nil {
		return errNoExport
	}
	defer kept.Close()
	text, err := io.ReadAll(io.LimitReader(kept, maxSettings))
	if err != nil {
		return errNoExport
	}
	other, err := settings.Parse(text)
	if err != nil {
		return errNoExport
	}
	ids, err := archive.Open(exportedIDs)
	if err != nil {
		return errNoExport
	}
	defer ids.Close()
	if err := a.server.Catalogue.Import(ctx, ids); err != nil {
		return said(err)
	}
	return a.modify(func(s *settings.Settings) error {
		s.People = other.People
		s.Connections, s.Actions, s.Rules = other.Connections, other.Actions, other.Rules
		s.History, s.Uploads, s.Workfront = other.History, other.Uploads, other.Workfront
		return nil
	})
}
