//go:build !headless || ci

package ui

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"folderfront/app/state"
)

// history lists what was overwritten or deleted through Workfront and can be put
// back.
type history struct {
	face   *face
	folder *widget.Select
	clear  *widget.Button
	list   *widget.List
	none   fyne.CanvasObject
	note   *widget.Label
	items  []state.HistoryItem
	asked  int
	newest time.Time
	names  int // how many folders the choice was made for
	all    fyne.CanvasObject
}

func newHistory(f *face) page {
	p := &history{face: f, note: prose("")}
	p.folder = widget.NewSelect(nil, func(string) { p.fetch() })
	p.clear = button(lang.L("Empty trash…"), "remove", func() { f.confirmEmptyTrash(p.chosen()) })
	p.clear.Hide()
	p.list = widget.NewList(func() int { return len(p.items) }, func() fyne.CanvasObject { return newHistoryRow(p) },
		func(i widget.ListItemID, o fyne.CanvasObject) {
			if i < len(p.items) {
				o.(*historyRow).fill(p.items[i])
			}
		})
	p.list.OnSelected = func(i widget.ListItemID) { p.list.Unselect(i) }
	p.none = empty("history", lang.L("Nothing has been overwritten or deleted. When Workfront does, the old version waits here."), nil)
	p.all = filled(container.NewStack(p.list, p.none),
		ends(heading(lang.L("History")), p.clear), flush(p.note), p.folder)
	return p
}

func (p *history) object() fyne.CanvasObject { return p.all }

// render fetches anew when something has happened.
func (p *history) render(st state.State) {
	p.note.SetText(lang.L("Old versions and deleted files are kept for {{.Days}} days, at most {{.Versions}} versions of a file.",
		map[string]any{"Days": st.Settings.KeepDays, "Versions": st.Settings.KeepVersions}))
	visible(p.folder, len(st.Folders) > 1)
	if p.names != len(st.Folders) || p.folder.SelectedIndex() < 0 {
		p.names = len(st.Folders)
		options := []string{lang.L("All folders")}
		for _, folder := range st.Folders {
			options = append(options, folder.Name)
		}
		p.folder.SetOptions(options)
		p.folder.SetSelectedIndex(0)
		return
	}
	if len(st.Recent) > 0 && !st.Recent[0].Time.Equal(p.newest) {
		p.newest = st.Recent[0].Time
		p.fetch()
	}
}

// chosen is the folder's name, or "" for all.
func (p *history) chosen() string {
	if p.folder.SelectedIndex() <= 0 {
		return ""
	}
	return p.folder.Selected
}

func (p *history) fetch() {
	p.asked++
	mine := p.asked
	var answer []state.HistoryItem
	p.face.ask(state.History{Folder: p.chosen()}, &answer, func(err error) {
		if mine != p.asked {
			return
		}
		if err != nil {
			p.face.notice.fail(err)
			return
		}
		p.items = answer
		visible(p.list, len(answer) > 0)
		visible(p.none, len(answer) == 0)
		visible(p.clear, len(answer) > 0)
		p.list.Refresh()
	})
}

// historyRow is a thing that can be put back.
type historyRow struct {
	*row
	page *history
	item state.HistoryItem
}

func newHistoryRow(p *history) *historyRow {
	r := &historyRow{page: p}
	r.row = newRow(button(lang.L("Put back"), "", func() {
		p.face.do(state.PutBack{Item: r.item.Item}, p.fetch)
	})).listed()
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer draws the row.
func (r *historyRow) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(r.row.all)
}

func (r *historyRow) fill(item state.HistoryItem) {
	f := r.page.face.format
	r.item = item
	iconName, what := "history", lang.L("was overwritten")
	if item.Kind == "trash" {
		iconName, what = "remove", lang.L("was deleted")
	}
	by := ""
	if item.By != "" {
		by = lang.L("by {{.Person}}", map[string]any{"Person": item.By})
	}
	until := lang.L("kept until {{.Day}}", map[string]any{"Day": f.Day(time.Unix(item.Expires, 0))})
	r.show(iconName, colorMuted, item.Title,
		joined(what+" "+f.When(time.Unix(item.Time, 0), r.page.face.now()), by, item.Folder, until), f.Size(item.Size))
}
