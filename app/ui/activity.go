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
// and the transfers under way.
type activity struct {
	face      *face
	filter    *widget.Entry
	transfers *fyne.Container
	moving    *container.Scroll // within transfers
	list      *widget.List
	none      fyne.CanvasObject // nothing has happened
	nothing   fyne.CanvasObject // nothing passes the filter
	clear     *widget.Button
	later     *widget.Button // leads from further down to what happened meanwhile
	timeline  *timeline
	newest    time.Time
	all       fyne.CanvasObject
}

func newActivity(f *face) page {
	p := &activity{face: f, filter: widget.NewEntry(), moving: container.NewVScroll(stack(0))}
	p.transfers = card(p.moving)
	p.timeline = newTimeline(f, p.showRows)
	p.filter.SetPlaceHolder(lang.L("Filter by person, file or folder"))
	p.filter.SetIcon(icon("search"))
	p.filter.OnChanged = func(string) { p.begin() }
	p.list = widget.NewList(func() int { return p.timeline.total }, func() fyne.CanvasObject { return newPictureRow().listed() }, p.fill)
	p.list.OnSelected = func(i widget.ListItemID) { p.list.Unselect(i) }
	p.none = empty("activity", lang.L("Nothing here yet. Whatever Workfront reads or changes is listed as it happens."), nil)
	p.nothing = empty("search", lang.L("Nothing that happened matches the filter."),
		button(lang.L("Show everything"), "", func() { p.filter.SetText("") }))
	p.clear = quiet(lang.L("Clear…"), "remove", func() { f.confirmClear(p.begin) })
	p.later = quiet(lang.L("Show the newest"), "up", p.begin)
	p.later.Hide()
	p.all = filled(container.NewStack(p.list, p.none, p.nothing),
		ends(heading(lang.L("Activity")), line(4, p.later, p.clear)), p.transfers, p.filter)
	return p
}

func (p *activity) object() fyne.CanvasObject { return p.all }

// begin shows the list from its newest row on.
func (p *activity) begin() {
	p.later.Hide()
	if p.list.GetScrollOffset() > 0 {
		p.list.ScrollToTop()
	}
	p.timeline.begin(strings.TrimSpace(p.filter.Text))
}

// render shows the transfers and what has happened since: at once at the top of
// the list, and by a button when the person looks further down.
func (p *activity) render(st state.State) {
	p.renderTransfers(st.Transfers)
	var newest time.Time
	if len(st.Recent) > 0 {
		newest = st.Recent[0].Time
	}
	switch {
	case p.timeline.age > 0 && newest.Equal(p.newest):
		p.list.Refresh() // how long ago things were
	case p.timeline.age > 0 && p.list.GetScrollOffset() > 0:
		p.later.Show()
	default:
		p.begin()
	}
	p.newest = newest
}

func (p *activity) showRows() {
	some, filtered := p.timeline.total > 0, p.timeline.text != ""
	visible(p.list, some)
	visible(p.none, !some && !filtered)
	visible(p.nothing, !some && filtered)
	visible(p.clear, some && !filtered)
	p.list.Refresh()
}

// fill shows a row, or an empty one until it is there.
func (p *activity) fill(i widget.ListItemID, o fyne.CanvasObject) {
	if a, known := p.timeline.at(i); known {
		showActivity(p.face, o.(*row), a)
		return
	}
	o.(*row).show("activity", colorEdge, "", "", "")
	p.face.gallery.document(o.(*row), "", "")
}

// shownTransfers is how many transfers are seen at once above the list; the
// others are scrolled to.
func (p *activity) shownTransfers() float32 {
	const roomy = 600 // height of the page
	if p.all.Size().Height < roomy {
		return 1
	}
	return 3
}

func (p *activity) renderTransfers(transfers []state.Transfer) {
	visible(p.transfers, len(transfers) > 0)
	if len(transfers) == 0 {
		return
	}
	var rows []fyne.CanvasObject
	for _, t := range transfers {
		rows = append(rows, padRight(12, transferRow(p.face, t)))
	}
	all := stack(inside, rows...)
	height := rows[0].MinSize().Height
	p.moving.Content = all
	p.moving.SetMinSize(fyne.NewSize(0, min(all.MinSize().Height, p.shownTransfers()*(height+inside)+height/3)))
	p.moving.Refresh()
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
		size = f.format.Size(a.Bytes)
	}
	f.gallery.document(r, a.ID, a.Title)
	r.show(iconName, color, title, joined(person+" "+strings.TrimRight(lang.L(a.Verb), ":"), failed, a.Folder, size), f.format.When(a.Time, f.now()))
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
		speed = f.format.Rate(perSecond)
		if t.Total > t.Done {
			remaining = f.format.Left(time.Duration(float64(t.Total-t.Done) / perSecond * float64(time.Second)))
		}
	}
	amount := f.format.Size(t.Done)
	if t.Total > 0 {
		amount = lang.L("{{.Done}} of {{.Total}}", map[string]any{"Done": amount, "Total": f.format.Size(t.Total)})
	}
	r.show(iconName, colorAccent, t.Title, joined(t.Person, amount, speed), remaining)
	if t.Total <= 0 {
		return r
	}
	progress := newBar()
	progress.set(float64(t.Done) / float64(t.Total))
	return stack(4, r, progress)
}
