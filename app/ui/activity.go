//go:build !headless || ci

package ui

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"folderfront/app/state"
)

// activity lists every request that served or changed something, newest first,
// and the transfers under way. Older rows are fetched when the list is scrolled
// to its end.
type activity struct {
	face      *face
	filter    *widget.Entry
	transfers *fyne.Container
	list      *widget.List
	none      fyne.CanvasObject
	rows      []state.Activity
	text      string // the filter that rows were fetched with
	asking    bool   // an answer is under way
	asked     int    // counts the questions, so that a late answer to an old filter is dropped
	complete  bool   // there is nothing older than rows
	newest    time.Time
	all       fyne.CanvasObject
}

// activityPage is how many rows are fetched at a time.
const activityPage = 200

func newActivity(f *face) page {
	p := &activity{face: f, filter: widget.NewEntry(), transfers: stack(between)}
	p.filter.SetPlaceHolder(lang.L("Filter by person, file or folder"))
	p.filter.SetIcon(icon("search"))
	p.filter.OnChanged = func(string) { p.fetch(time.Time{}) }
	p.list = widget.NewList(func() int { return len(p.rows) }, func() fyne.CanvasObject { return newRow() }, p.fill)
	p.list.OnSelected = func(i widget.ListItemID) { p.list.Unselect(i) }
	p.none = empty("activity", lang.L("Nothing here yet. Whatever Workfront reads or changes is listed as it happens."), nil)
	p.all = filled(container.NewStack(p.list, p.none), heading(lang.L("Activity")), p.transfers, p.filter)
	return p
}

func (p *activity) object() fyne.CanvasObject { return p.all }

// render shows the transfers, and fetches anew when something has happened.
func (p *activity) render(st state.State) {
	p.renderTransfers(st.Transfers)
	var newest time.Time
	if len(st.Recent) > 0 {
		newest = st.Recent[0].Time
	}
	if p.asked == 0 || !newest.Equal(p.newest) {
		p.newest = newest
		p.fetch(time.Time{})
	}
	p.showRows()
}

// shownTransfers is how many transfers the page has room for above its list.
const shownTransfers = 1

func (p *activity) renderTransfers(transfers []state.Transfer) {
	visible(p.transfers, len(transfers) > 0)
	if len(transfers) == 0 {
		return
	}
	var rows []fyne.CanvasObject
	for _, t := range transfers[:min(shownTransfers, len(transfers))] {
		rows = append(rows, transferRow(p.face, t))
	}
	if more := len(transfers) - shownTransfers; more > 0 {
		rows = append(rows, small(lang.N("and {{.N}} more are running", more, map[string]any{"N": more})))
	}
	set(p.transfers, stack(inside, rows...))
}

// fetch asks for the rows before a moment; the zero one begins anew.
func (p *activity) fetch(before time.Time) {
	text := strings.TrimSpace(p.filter.Text)
	p.asking = true
	p.asked++
	mine := p.asked
	var answer []state.Activity
	p.face.ask(state.Activities{Before: before, Text: text, Limit: activityPage}, &answer, func(err error) {
		if mine != p.asked {
			return
		}
		p.asking = false
		if err != nil {
			p.face.notice.fail(err)
			return
		}
		if before.IsZero() {
			p.rows = nil
		}
		p.text = text
		p.rows = append(p.rows, answer...)
		p.complete = len(answer) < activityPage
		p.showRows()
	})
}

func (p *activity) showRows() {
	visible(p.list, len(p.rows) > 0)
	visible(p.none, len(p.rows) == 0 && p.text == "" && !p.asking)
	p.list.Refresh()
}

// fill shows a row, and fetches what is older when it is among the last.
func (p *activity) fill(i widget.ListItemID, o fyne.CanvasObject) {
	if i >= len(p.rows) {
		return
	}
	showActivity(p.face, o.(*row), p.rows[i])
	if i >= len(p.rows)-20 && !p.complete && !p.asking {
		p.fetch(p.rows[len(p.rows)-1].Time)
	}
}

// activityIcons are the pictures of what can happen.
var activityIcons = map[string]string{
	"downloaded": "download", "viewed": "eye", "uploaded": "upload", "renamed": "edit", "deleted": "remove",
	"created": "add", "linked": "connection", "searched": "search", "listed": "folder", "refused": "lock",
}

// showActivity fills a row: what it is about, who did what, and when.
func showActivity(f *face, r *row, a state.Activity) {
	iconName, ok := activityIcons[a.Verb]
	if !ok {
		iconName = "activity"
	}
	color := colorMuted
	if a.Status >= 400 {
		iconName, color = "warning", colorAmber
	}
	title := a.Title
	if title == "" {
		title = a.Folder
	}
	if title == "" {
		title = "Workfront"
	}
	person := a.Person
	if person == "" {
		person = "Workfront"
	}
	failed := ""
	if a.Status >= 400 {
		failed = lang.L("did not work ({{.Status}})", map[string]any{"Status": a.Status})
	}
	size := ""
	if a.Bytes > 0 {
		size = f.format.size(a.Bytes)
	}
	r.show(iconName, color, title, joined(person+" "+strings.TrimRight(lang.L(a.Verb), ":"), failed, a.Folder, size), f.format.when(a.Time, f.now()))
}

// transferRow is a transfer under way: how far, how fast, how long still.
func transferRow(f *face, t state.Transfer) fyne.CanvasObject {
	r := newRow()
	iconName := "download"
	if t.Upload {
		iconName = "upload"
	}
	elapsed := f.st.Time.Sub(t.Started).Seconds()
	speed, remaining := "", ""
	if elapsed > 0.5 && t.Done > 0 {
		perSecond := float64(t.Done) / elapsed
		speed = f.format.rate(perSecond)
		if t.Total > t.Done {
			remaining = f.format.left(time.Duration(float64(t.Total-t.Done) / perSecond * float64(time.Second)))
		}
	}
	amount := f.format.size(t.Done)
	if t.Total > 0 {
		amount = lang.L("{{.Done}} of {{.Total}}", map[string]any{"Done": amount, "Total": f.format.size(t.Total)})
	}
	r.show(iconName, colorAccent, t.Title, joined(t.Person, amount, speed), remaining)
	if t.Total <= 0 {
		return r
	}
	progress := newBar()
	progress.set(float64(t.Done) / float64(t.Total))
	return stack(4, r, progress)
}
