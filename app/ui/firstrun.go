//go:build !headless || ci

package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"folderfront/app/state"
)

// firstRun is the way from the first start to a link in Workfront: a folder, the
// way in, and what to paste. Which step is due follows from the State alone.
type firstRun struct {
	face    *face
	drop    *dropArea
	folders *fyne.Container
	connect *fyne.Container
	token   *tokenForm
	waiting *text
	paste   *fyne.Container
	address *copyRow
	key     *copyRow
	test    *testPanel
	notice  *banner
	scroll  *following
	all     fyne.CanvasObject
	step    int
	chosen  bool // the person has said how Workfront is to reach this computer
}

func newFirstRun(f *face) *firstRun {
	r := &firstRun{face: f, folders: stack(inside), waiting: small("")}
	r.drop = newDropArea(f.pick)
	r.token = newTokenForm(f, lang.L("Connect"))
	r.token.stored = func() { r.start("ngrok") }
	try := quiet(lang.L("Try without"), "", func() { r.start("none") })
	r.token.save.Importance = widget.HighImportance
	r.connect = card(
		strong(lang.L("Let Workfront reach it")),
		flush(prose(lang.L("ngrok gives this computer an address on the internet, free of charge. Paste the token of your account; it is checked at once."))),
		r.token.all,
		left(try, whole(small(lang.L("Programs on this computer only; you can connect later.")))),
		r.waiting,
	)
	r.address = newCopyRow(f, lang.L("Base API URL"), lang.L("Copy"))
	r.key = newKeyRow(f)
	r.test = newTestPanel(f)
	done := primary(lang.L("Done"), f.enter)
	r.paste = stack(between, card(r.address.all, r.key.all, workfrontSteps()), r.test.all, container.NewCenter(done))
	top := container.NewCenter(line(12, picture(brand(), 40), middle(whole(heading("Folderfront")))))
	r.notice = f.notice
	r.scroll = newFollowing(container.New(column{risen: true}, stack(between, top, r.drop, r.folders, r.connect, r.paste)))
	r.all = container.NewBorder(r.notice.object(), nil, nil, nil, r.scroll)
	return r
}

func (r *firstRun) object() fyne.CanvasObject { return r.all }

// start begins sharing through a provider, with a key to come in by.
func (r *firstRun) start(provider string) {
	f := r.face
	begin := func() {
		r.chosen = true
		f.do(state.Start{}, func() { r.render(f.st) })
	}
	withKey := begin
	if len(f.st.Keys) == 0 {
		withKey = func() { f.do(state.NewKey{Name: "Workfront"}, begin) }
	}
	f.do(state.SetTunnel{Provider: provider}, withKey)
}

// due tells which step is due: 0 a folder, 1 the way in, 2 what to paste.
func (r *firstRun) due(st state.State) int {
	tunnel := st.Tunnel.Provider != "none"
	switch {
	case len(st.Folders) == 0:
		return 0
	case !r.chosen && !tunnel, st.BaseAPIURL == "", tunnel && st.Tunnel.State != "live":
		return 1
	default:
		return 2
	}
}

// render shows the step that is due.
func (r *firstRun) render(st state.State) {
	step := r.due(st)
	visible(r.drop, step == 0)
	visible(r.folders, step > 0)
	visible(r.connect, step == 1)
	visible(r.paste, step == 2)
	r.renderFolders(st)
	shown := st
	shown.Tunnel.Provider = "ngrok" // the form is for ngrok, whatever is set by now
	r.token.render(shown)
	r.waiting.set(st.Waiting)
	visible(r.waiting, st.Waiting != "")
	r.address.set(st.BaseAPIURL, "")
	setKeyRow(r.key, st)
	r.test.render(st)
	r.notice.render(st)
	if step != r.step {
		r.step = step
		r.scroll.scroll.ScrollToTop()
	}
}

func (r *firstRun) renderFolders(st state.State) {
	rows := []fyne.CanvasObject{ends(strong(lang.L("Shared folders")), quiet(lang.L("Add folder"), "add", r.face.pick))}
	for i, folder := range st.Folders {
		if i == homeFolders {
			break
		}
		row := newRow()
		row.show("check", colorAccent, folder.Name, folderStatus(r.face.format, folder), r.face.format.Size(folder.Bytes))
		rows = append(rows, row)
	}
	set(r.folders, card(rows...))
}

// dropArea is the large place for a folder: the whole window takes drops, and
// this says so. It is a button as well.
type dropArea struct {
	widget.BaseWidget
	choose func()
}

func newDropArea(choose func()) *dropArea {
	d := &dropArea{choose: choose}
	d.ExtendBaseWidget(d)
	return d
}

// Tapped opens the picker.
func (d *dropArea) Tapped(*fyne.PointEvent) { d.choose() }

// CreateRenderer draws picture, sentence and button.
func (d *dropArea) CreateRenderer() fyne.WidgetRenderer {
	sentence := prose(lang.L("Drop a folder here, or choose one"))
	sentence.Alignment = fyne.TextAlignCenter
	sentence.SizeName = "headingText"
	meaning := prose(lang.L("Workfront sees what lies in it, and nothing else on this computer."))
	meaning.Alignment = fyne.TextAlignCenter
	meaning.Importance = widget.LowImportance
	ground := newPanel(colorSurface, colorAccent, 14)
	content := padded(2*around, stack(between,
		container.NewCenter(picture(stateIcon("off", colorAccent), 88)),
		stack(0, sentence, meaning),
		container.NewCenter(primary(lang.L("Choose a folder"), d.choose))))
	return widget.NewSimpleRenderer(container.NewStack(ground, content))
}
