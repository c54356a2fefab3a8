//go:build !headless || ci

package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"folderfront/app/state"
)

// fileSearch is a search box over the shared files with what it found: without
// a word in it, recent ones.
type fileSearch struct {
	face   *face
	entry  *widget.Entry
	found  []state.FileRef
	none   *text
	told   func() // told when found has changed
	waits  settler
	asked  int
	answer bool // there has been one
}

// searchLimit is how many files a search shows.
const searchLimit = 100

func newFileSearch(f *face, told func()) *fileSearch {
	s := &fileSearch{face: f, entry: widget.NewEntry(), none: small(""), told: told, waits: settler{face: f}}
	s.entry.SetPlaceHolder(lang.L("Search your shared files"))
	s.entry.SetIcon(icon("search"))
	s.entry.OnChanged = func(string) { s.waits.soon(s.fetch) }
	return s
}

// fetch searches anew. A late answer to an old question is dropped.
func (s *fileSearch) fetch() {
	s.asked++
	mine := s.asked
	var found []state.FileRef
	s.face.ask(state.FindFiles{Text: s.entry.Text, Limit: searchLimit}, &found, func(err error) {
		if mine != s.asked {
			return
		}
		s.found, s.answer = found, err == nil
		s.none.set(lang.L("No shared file is called so."))
		if err != nil {
			s.none.set(err.Error())
		}
		visible(s.none, len(found) == 0)
		s.told()
	})
}

// chooseFile lets the person choose one shared file in a dialog.
func (f *face) chooseFile(title string, chosen func(state.FileRef)) {
	var list *widget.List
	search := newFileSearch(f, func() { list.Refresh() })
	list = widget.NewList(func() int { return len(search.found) }, func() fyne.CanvasObject { return newDocumentRow() },
		func(i widget.ListItemID, o fyne.CanvasObject) {
			if i < len(search.found) {
				f.showFile(o.(*row), search.found[i])
			}
		})
	body := container.NewBorder(search.entry, nil, nil, nil, container.NewStack(list, container.NewCenter(search.none)))
	d := dialog.NewCustom(title, lang.L("Leave it as it is"), body, f.win)
	take := func(i int) {
		if i < len(search.found) {
			d.Hide()
			chosen(search.found[i])
		}
	}
	list.OnSelected = func(i widget.ListItemID) { take(i) }
	search.entry.OnSubmitted = func(string) { take(0) }
	search.none.Hide()
	d.Show()
	size := f.win.Canvas().Size()
	d.Resize(fyne.NewSize(min(560, size.Width-2*around), min(480, size.Height-2*around)))
	f.win.Canvas().Focus(search.entry)
	search.fetch()
}

// newDocumentRow is a row of a list for a file, with its picture.
func newDocumentRow() *row {
	r := newPictureRow().listed()
	r.mark.Hide()
	return r
}

// showFile fills a row with a file.
func (f *face) showFile(r *row, file state.FileRef) {
	r.show("file", colorMuted, file.Name, file.Folder, "")
	f.gallery.document(r, file.ID, file.Name)
}
