//go:build !headless || ci

package ui

import (
	"errors"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"
)

// nameEntry takes a name: Enter keeps it, Escape and leaving it do not.
type nameEntry struct {
	widget.Entry
	cancel func()
}

func newNameEntry(commit func(string), cancel func()) *nameEntry {
	e := &nameEntry{cancel: cancel}
	e.ExtendBaseWidget(e)
	e.OnSubmitted = commit
	return e
}

// TypedKey cancels on Escape.
func (e *nameEntry) TypedKey(key *fyne.KeyEvent) {
	if key.Name == fyne.KeyEscape {
		e.cancel()
		return
	}
	e.Entry.TypedKey(key)
}

// errNoFileManager is the sentence for a desktop without a file manager.
func errNoFileManager() error {
	return errors.New(lang.L("No file manager could be opened. The folder’s path is shown in the list."))
}
