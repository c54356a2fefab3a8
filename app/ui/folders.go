//go:build !headless || ci

package ui

import (
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"folderfront/app/state"
	"folderfront/app/words"
)

// folders lists what is shared and changes how.
type folders struct {
	face     *face
	list     *widget.List
	none     fyne.CanvasObject
	add      *widget.Button // while there are some
	progress *text
	left     *text // how long it will still take
	bar      *bar
	indexing *fyne.Container
	wrong    *widget.Label // what keeps folders from being followed, whole
	notice   *fyne.Container
	shown    []state.Folder
	renaming string // the folder whose name is being changed, in its row
	all      fyne.CanvasObject
}

func newFolders(f *face) page {
	p := &folders{face: f, progress: small(""), left: figure(""), bar: newBar()}
	p.list = widget.NewList(func() int { return len(p.shown) }, func() fyne.CanvasObject { return newFolderRow(p) },
		func(i widget.ListItemID, o fyne.CanvasObject) { o.(*folderRow).fill(p.shown[i]) })
	p.list.HideSeparators = false
	p.list.OnSelected = func(i widget.ListItemID) {
		p.list.Unselect(i)
		f.openFolder(p.shown[i].Path)
	}
	p.none = empty("folder", lang.L("Drop a folder here, or choose one. Workfront sees what lies in it, and nothing else."),
		primary(lang.L("Choose a folder"), f.pick))
	p.indexing = card(ends(p.progress, p.left), p.bar)
	p.wrong = prose("")
	whole := container.NewVScroll(flush(p.wrong))
	whole.SetMinSize(fyne.NewSize(0, 60)) // three lines; the rest is scrolled to, so that small windows have room
	p.notice = grounded(newPanel(colorNotice, colorAmber, 10), whole)
	p.add = primary(lang.L("Add folder"), f.pick)
	p.add.SetIcon(tinted("add", theme.ColorNameForegroundOnPrimary))
	p.all = filled(container.NewStack(p.list, p.none), ends(heading(lang.L("Folders")), p.add), p.notice, p.indexing)
	return p
}

func (p *folders) object() fyne.CanvasObject { return p.all }

// render shows st.
func (p *folders) render(st state.State) {
	p.shown = st.Folders
	visible(p.list, len(p.shown) > 0)
	visible(p.none, len(p.shown) == 0)
	visible(p.add, len(p.shown) > 0)
	reasons := troubles(st.Folders)
	p.wrong.SetText(strings.Join(reasons, "\n"))
	visible(p.notice, len(reasons) > 0)
	p.renderIndex(st)
	p.list.Refresh()
}

// troubles are the sentences about folders that are not as they should be, each once: a drive that
// is not connected may hold all of them. A row has no room for a whole one.
func troubles(all []state.Folder) (reasons []string) {
	for _, folder := range all {
		if folder.Troubled() && !slices.Contains(reasons, folder.Reason) {
			reasons = append(reasons, folder.Reason)
		}
	}
	return reasons
}

// renderIndex tells how far reading the folders is.
func (p *folders) renderIndex(st state.State) {
	index := st.Index
	visible(p.indexing, index.Scanning)
	if !index.Scanning {
		return
	}
	f := p.face.format
	done := lang.N("{{.Count}} files read", int(index.Done), map[string]any{"Count": f.Count(index.Done)})
	speed, remaining := "", ""
	if index.Left > 0 {
		perSecond := int64(float64(index.Files-index.Done) / index.Left.Seconds()) // which the time left was made of
		speed = lang.N("{{.Count}} files/s", int(perSecond), map[string]any{"Count": f.Count(perSecond)})
		remaining = f.Left(index.Left)
	}
	p.progress.set(joined(done, speed, index.Paused, lang.L("Workfront can use your folders meanwhile")))
	p.left.set(remaining)
	if index.Files > 0 {
		p.bar.set(float64(index.Done) / float64(index.Files))
	}
}

// rename begins or ends the change of a name in its row.
func (p *folders) rename(name string) {
	p.renaming = name
	p.list.Refresh()
}

// folderRow is a shared folder with its menu; its name turns into an entry while
// it is changed.
type folderRow struct {
	*row
	page   *folders
	folder state.Folder
	entry  *nameEntry
	more   *widget.Button
}

func newFolderRow(p *folders) *folderRow {
	r := &folderRow{page: p}
	open := quiet("", "open", func() { p.face.openFolder(r.folder.Path) })
	r.more = quiet("", "more", func() { r.menu() })
	r.row = newPictureRow(open, r.more).listed()
	r.entry = newNameEntry(r.commit, func() { p.rename("") })
	r.row.all = container.NewStack(r.row.all, r.entry)
	r.entry.Hide()
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer draws the row.
func (r *folderRow) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.row.all) }

func (r *folderRow) fill(folder state.Folder) {
	f := r.page.face.format
	r.folder = folder
	iconName, color := "folder", colorAccent
	switch {
	case folder.Status == "offline", folder.Troubled():
		iconName, color = "warning", colorAmber
	case folder.Paused:
		iconName, color = "pause", colorMuted
	case folder.ReadOnly:
		iconName, color = "lock", colorAccent
	}
	r.show(iconName, color, folder.Name, joined(folderStatus(f, folder), folder.Path), f.Size(folder.Bytes))
	r.page.face.gallery.folder(r.row, folder.ID)
	editing := r.page.renaming == folder.Name
	if editing && !r.entry.Visible() {
		r.entry.SetText(folder.Name)
		r.page.face.win.Canvas().Focus(r.entry)
	}
	visible(r.entry, editing)
}

func (r *folderRow) commit(name string) {
	old := r.folder.Name
	r.page.rename("")
	if name != "" && name != old {
		r.page.face.do(state.ChangeFolder{Name: old, NewName: &name}, nil)
	}
}

// menu is what can be done with the folder.
func (r *folderRow) menu() {
	f, folder := r.page.face, r.folder
	change := func(c state.ChangeFolder) func() {
		c.Name = folder.Name
		return func() { f.do(c, nil) }
	}
	readOnly, paused, links := !folder.ReadOnly, !folder.Paused, !folder.Links
	ro := fyne.NewMenuItem(lang.L("Read only"), change(state.ChangeFolder{ReadOnly: &readOnly}))
	ro.Checked = folder.ReadOnly
	pause := fyne.NewMenuItem(lang.L("Paused"), change(state.ChangeFolder{Paused: &paused}))
	pause.Checked = folder.Paused
	link := fyne.NewMenuItem(lang.L("Allow links without a sign-in"), change(state.ChangeFolder{Links: &links}))
	link.Checked = folder.Links
	f.menu(r.more,
		fyne.NewMenuItem(lang.L("Open in file manager"), func() { f.openFolder(folder.Path) }),
		fyne.NewMenuItem(lang.L("Rename…"), func() { r.page.rename(folder.Name) }),
		ro, pause, link,
		fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(lang.L("Remove…"), func() { f.confirmRemove(folder) }))
}

// folderStatus says what matters about a folder now.
func folderStatus(f words.Format, folder state.Folder) string {
	files := lang.N("{{.Count}} files", int(folder.Files), map[string]any{"Count": f.Count(folder.Files)})
	access := lang.L("read and write")
	if folder.ReadOnly {
		access = lang.L("read only")
	}
	if folder.ForRun {
		access = joined(access, lang.L("for this run"))
	}
	switch {
	case folder.Troubled():
		return folder.Reason
	case folder.Status == "offline":
		return lang.L("Not reachable at the moment; nothing is lost")
	case folder.Paused:
		return joined(lang.L("paused"), files)
	case folder.Status == "scanning":
		return joined(lang.L("being read"), files, access)
	default:
		return joined(files, access)
	}
}

// openFolder shows a folder in the file manager.
func (f *face) openFolder(path string) {
	path = filepath.ToSlash(path)
	if len(path) > 0 && path[0] != '/' {
		path = "/" + path // a drive of Windows
	}
	if err := f.app.OpenURL(&url.URL{Scheme: "file", Path: path}); err != nil {
		f.notice.fail(errNoFileManager())
	}
}
