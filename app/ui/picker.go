//go:build !headless || ci

package ui

import (
	"errors"
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/lang"
	"github.com/ncruces/zenity"

	"folderfront/app/state"
)

// nativePicker shows the system's own folder dialog and returns the path, or
// zenity.ErrCanceled; any other error means that the system has none.
var nativePicker = func(f *face) (string, error) {
	return zenity.SelectFile(zenity.Context(f.ctx), zenity.Directory(), zenity.Title(lang.L("Choose a folder to share")))
}

// pick lets the person choose a folder and shares it.
func (f *face) pick() {
	if f.picking {
		return
	}
	f.picking = true
	f.seam.away(func() {
		path, err := nativePicker(f)
		f.seam.back(func() {
			f.picking = false
			switch {
			case err == nil:
				f.share(path)
			case !errors.Is(err, zenity.ErrCanceled):
				f.pickInWindow()
			}
		})
	})
}

// pickInWindow is the folder dialog of the toolkit, where the system has none.
func (f *face) pickInWindow() {
	d := dialog.NewFolderOpen(func(folder fyne.ListableURI, err error) {
		if err == nil && folder != nil {
			f.share(folder.Path())
		}
	}, f.win)
	d.SetTitleText(lang.L("Choose a folder to share"))
	d.SetConfirmText(lang.L("Share this folder"))
	d.Show()
	d.Resize(f.win.Canvas().Size())
}

// share adds a folder.
func (f *face) share(path string) {
	f.do(state.AddFolder{Path: path}, nil)
}

// dropped shares the folders that were dropped on the window, wherever.
func (f *face) dropped(_ fyne.Position, uris []fyne.URI) {
	shared := false
	for _, uri := range uris {
		if info, err := os.Stat(uri.Path()); err == nil && info.IsDir() {
			f.share(uri.Path())
			shared = true
		}
	}
	if !shared && len(uris) > 0 {
		f.notice.fail(errors.New(lang.L("That is not a folder, so nothing was shared. Drop the folder that it lies in.")))
	}
}
