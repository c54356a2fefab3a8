//go:build !headless || ci

package ui

import (
	"errors"
	"os"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"
	"github.com/ncruces/zenity"

	"folderfront/app/state"
	"folderfront/assets/types"
)

// tryoutPicker is the left side: where the person is, a search, and what is
// listed there with its thumbnails, each fetched as Workfront does.
type tryoutPicker struct {
	trial    *tryout
	path     *fyne.Container
	query    *widget.Entry
	list     *widget.List
	none     *widget.Label
	more     *text
	send     fyne.CanvasObject
	pictures *gallery
	all      fyne.CanvasObject
}

func newTryoutPicker(t *tryout) *tryoutPicker {
	p := &tryoutPicker{trial: t, none: prose(""), more: small(""), pictures: newGallery(t.face)}
	p.pictures.fetched = t.look
	p.path = container.NewHBox()
	p.query = widget.NewEntry()
	p.query.SetPlaceHolder(lang.L("Search"))
	p.query.OnSubmitted = func(words string) { t.take(state.Try{Step: state.TrySearch, Text: words}) }
	search := button(lang.L("Search"), "search", func() { p.query.OnSubmitted(p.query.Text) })
	p.list = widget.NewList(func() int { return len(t.view.Items) }, func() fyne.CanvasObject { return newPictureRow() }, p.fill)
	p.list.OnSelected = func(i widget.ListItemID) {
		p.list.Unselect(i)
		p.enter(i)
	}
	p.none.Alignment = fyne.TextAlignCenter
	p.send = ends(small(lang.L("or drop it anywhere")), button(lang.L("Send a document here"), "upload", p.choose))
	p.all = container.NewBorder(
		container.New(layout.NewCustomPaddedLayout(0, inside, 0, 0), stack(inside, container.NewHScroll(p.path), beside(p.query, search))),
		container.New(layout.NewCustomPaddedLayout(inside, 0, 0, 0), stack(inside, p.more, p.send)), nil, nil,
		container.NewStack(newPanel(colorSurface, colorEdge, 10), padded(inside, container.NewStack(p.list, middle(p.none)))))
	return p
}

// enter opens a folder, or chooses a document.
func (p *tryoutPicker) enter(i widget.ListItemID) {
	if i >= len(p.trial.view.Items) {
		return
	}
	item := p.trial.view.Items[i]
	step := state.TryChoose
	if item.Folder {
		step = state.TryBrowse
	}
	p.trial.take(state.Try{Step: step, ID: item.ID})
}

func (p *tryoutPicker) fill(i widget.ListItemID, o fyne.CanvasObject) {
	if i >= len(p.trial.view.Items) {
		return
	}
	item, r, f := p.trial.view.Items[i], o.(*row), p.trial.face.format
	if item.Folder {
		r.about = ""
		r.depict(nil, false)
		r.show("folder", colorAccent, item.Title, f.Moment(item.Modified), "")
		return
	}
	visible(r.mark, p.linked(item.ID))
	size := ""
	if item.Size >= 0 {
		size = f.Size(item.Size)
	}
	r.show("check", colorAccent, item.Title, f.Moment(item.Modified), size)
	r.all.Refresh() // a figure of another length wants another place
	p.pictures.show(r, item.ID, typeIcon(types.For(item.Title, false)), state.TryPicture{ID: item.ID, Width: pictureWidth})
}

// linked tells whether Workfront keeps a document, which its picture then says.
func (p *tryoutPicker) linked(id string) bool {
	return slices.ContainsFunc(p.trial.view.Linked, func(l state.TryLinked) bool { return l.ID == id })
}

// render shows a view; listing says that another folder or search is listed.
func (p *tryoutPicker) render(v state.TryView, listing bool) {
	p.renderPath(v)
	if listing {
		p.query.SetText(v.Query)
		p.list.ScrollToTop()
		p.pictures.forget()
	}
	p.none.SetText(lang.L("This folder is empty."))
	if v.Query != "" {
		p.none.SetText(lang.L("Nothing was found."))
	}
	visible(p.none, len(v.Items) == 0 && len(v.Path) > 0)
	visible(p.send, len(v.Path) > 1 && v.Query == "")
	p.more.set(lang.N("The first {{.N}} are shown; Workfront shows them all.", len(v.Items), map[string]any{"N": len(v.Items)}))
	visible(p.more, v.Total > len(v.Items))
	p.list.Refresh()
}

// renderPath shows the folders that lead here, each to go back to.
func (p *tryoutPicker) renderPath(v state.TryView) {
	var parts []fyne.CanvasObject
	for _, folder := range v.Path {
		name := folder.Title
		if name == "" {
			name = lang.L("Shared folders")
		}
		if len(parts) > 0 {
			parts = append(parts, middle(whole(small("›"))))
		}
		parts = append(parts, quiet(brief(name), "", func() { p.trial.take(state.Try{Step: state.TryBrowse, ID: folder.ID}) }))
	}
	if v.Query != "" {
		parts = append(parts, middle(whole(small("› "+lang.L("Found")+" “"+brief(v.Query)+"”"))))
	}
	set(p.path, parts...)
}

// nativeFilePicker shows the system's own file dialog; see nativePicker.
var nativeFilePicker = func(f *face) (string, error) {
	return zenity.SelectFile(zenity.Context(f.ctx), zenity.Title(lang.L("Send a document here")))
}

// choose lets the person choose a file to send.
func (p *tryoutPicker) choose() {
	f := p.trial.face
	f.seam.away(func() {
		path, err := nativeFilePicker(f)
		f.seam.back(func() {
			switch {
			case err == nil:
				p.trial.send(path)
			case !errors.Is(err, zenity.ErrCanceled):
				p.chooseInWindow()
			}
		})
	})
}

// chooseInWindow is the toolkit's file dialog, where the system has none.
func (p *tryoutPicker) chooseInWindow() {
	d := dialog.NewFileOpen(func(file fyne.URIReadCloser, err error) {
		if err == nil && file != nil {
			file.Close()
			p.trial.send(file.URI().Path())
		}
	}, p.trial.win)
	d.Show()
	d.Resize(p.trial.win.Canvas().Size())
}

// send sends a file into the folder that is open.
func (t *tryout) send(path string) {
	t.take(state.Try{Step: state.TryUpload, ID: t.view.Folder(), Path: path})
}

// dropped sends the files that were dropped on the window.
func (t *tryout) dropped(_ fyne.Position, uris []fyne.URI) {
	for _, uri := range uris {
		if info, err := os.Stat(uri.Path()); err == nil && info.Mode().IsRegular() {
			t.send(uri.Path())
			continue
		}
		t.fail(errors.New(lang.L("That is not a file, so nothing was sent. Drop a document.")))
	}
}
