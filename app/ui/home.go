//go:build !headless || ci

package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"folderfront/app/state"
)

// home answers at a glance: is it live, what is shared, who did what lately.
type home struct {
	face     *face
	phase    *canvas.Image
	headline *text
	detail   *widget.Label
	act      *widget.Button
	pause    *widget.Button
	address  *copyRow
	key      *copyRow
	steps    fyne.CanvasObject
	try      fyne.CanvasObject
	busy     *fyne.Container
	folders  *shortList
	choose   *fyne.Container // while no folder is shared
	recent   *shortList
	nobody   *text
	all      fyne.CanvasObject
}

const (
	homeFolders  = 5
	homeActivity = 6
)

func newHome(f *face) page {
	h := &home{face: f, phase: picture(stateIcon("off", colorMuted), 44), headline: heading(""), detail: prose("")}
	h.act = primary("", h.startOrStop)
	h.pause = button(lang.L("Pause"), "", func() { f.do(state.Pause{}, nil) })
	h.address = newCopyRow(f, lang.L("Base API URL"), lang.L("Copy"))
	h.key = newKeyRow(f)
	h.steps = workfrontSteps()
	h.busy, h.folders, h.recent = stack(inside), newShortList(), newShortList()
	h.choose = left(button(lang.L("Choose a folder"), "add", f.pick))
	h.nobody = small(lang.L("Nobody has asked for anything yet."))
	h.try = card(ends(stack(2, strong(lang.L("Try it as Workfront would")), small(lang.L("Browse, search, link and send, each with the time it took"))),
		button(lang.L("Try it"), "play", f.try)))
	hero := container.New(layout.NewBorderLayout(nil, nil, h.phase, nil), h.phase,
		padLeft(between, container.New(&givingWay{}, stack(4, h.headline, flush(h.detail)), line(inside, h.pause, h.act))))
	h.all = scrolled(
		card(hero),
		h.busy,
		card(h.address.all, h.key.all, h.steps),
		h.try,
		card(ends(strong(lang.L("Shared folders")), quiet(lang.L("All folders"), "", func() { f.open("Folders") })), h.folders.all, h.choose),
		card(ends(strong(lang.L("Lately")), quiet(lang.L("All activity"), "", func() { f.open("Activity") })), h.recent.all, h.nobody),
	)
	return h
}

func (h *home) object() fyne.CanvasObject { return h.all }

func (h *home) startOrStop() {
	if h.face.st.Sharing() {
		h.face.do(state.Stop{}, nil)
		return
	}
	h.face.do(state.Start{}, nil)
}

// render shows st.
func (h *home) render(st state.State) {
	h.phase.Resource = stateIcon(string(st.Phase), phaseColor(st.Phase))
	h.phase.Refresh()
	h.headline.set(lang.L(st.Phase.Word()))
	h.detail.SetText(h.meaning(st))
	if st.Sharing() {
		h.act.SetText(lang.L("Stop sharing"))
		h.act.Importance = widget.MediumImportance
	} else {
		h.act.SetText(lang.L("Start sharing"))
		h.act.Importance = widget.HighImportance
	}
	h.act.Refresh()
	visible(h.pause, st.Sharing())
	h.address.set(st.BaseAPIURL, lang.L("Shown once sharing has started"))
	setKeyRow(h.key, st)
	visible(h.steps, len(st.Recent) == 0)
	visible(h.try, st.LocalURL != "" && len(st.Folders) > 0)
	h.renderTransfers(st)
	h.renderFolders(st)
	h.renderRecent(st)
}

// meaning says what the phase means for the person.
func (h *home) meaning(st state.State) string {
	switch st.Phase {
	case state.Live:
		if st.Tunnel.Provider == "none" {
			return lang.L("Programs on this computer reach your folders; the internet does not.")
		}
		return lang.L("Workfront reaches your folders.")
	case state.Connecting:
		if st.Waiting != "" {
			return st.Waiting
		}
		return lang.L("Opening the way in from the internet…")
	case state.Paused:
		return lang.L("Workfront reaches nothing until you go on.")
	case state.Trouble:
		return lang.L("Workfront may not reach your folders at the moment.")
	default:
		return lang.L("Workfront reaches nothing. Your settings are kept.")
	}
}

func (h *home) renderTransfers(st state.State) {
	visible(h.busy, len(st.Transfers) > 0)
	if len(st.Transfers) == 0 {
		return
	}
	rows := []fyne.CanvasObject{strong(lang.L("Under way"))}
	for i, t := range st.Transfers {
		if i == homeFolders {
			break
		}
		rows = append(rows, transferRow(h.face, t))
	}
	set(h.busy, card(rows...))
}

func (h *home) renderFolders(st state.State) {
	visible(h.choose, len(st.Folders) == 0)
	h.folders.show(min(homeFolders, len(st.Folders)), func(i int, r *row) {
		folder := st.Folders[i]
		h.face.gallery.folder(r, folder.ID)
		r.show("folder", colorMuted, folder.Name, folderStatus(h.face.format, folder), h.face.format.Size(folder.Bytes))
	})
}

func (h *home) renderRecent(st state.State) {
	visible(h.nobody, len(st.Recent) == 0)
	h.recent.show(min(homeActivity, len(st.Recent)), func(i int, r *row) { showActivity(h.face, r, st.Recent[i]) })
}

// newKeyRow is the API key that Workfront is given: the newest one.
func newKeyRow(f *face) *copyRow {
	return newSecretRow(f, lang.L("API key"), lang.L("Copy"), func(use func(string)) {
		if len(f.st.Keys) == 0 {
			return
		}
		f.reveal(f.st.Keys[0].ID, use)
	})
}

// reveal fetches the secret of a key.
func (f *face) reveal(id string, use func(string)) {
	var answer state.NewKeyAnswer
	f.ask(state.ShowKey{ID: id}, &answer, func(err error) {
		if err != nil {
			f.notice.fail(err)
			return
		}
		use(answer.Secret)
	})
}

// setKeyRow shows which key would be copied, its secret hidden.
func setKeyRow(r *copyRow, st state.State) {
	if len(st.Keys) == 0 {
		r.set("", lang.L("Made when sharing starts"))
		return
	}
	r.set("ffk_"+"••••••••••••"+"  ("+st.Keys[0].Name+")", "")
}

// workfrontSteps are what to do in Workfront, in its own words.
func workfrontSteps() fyne.CanvasObject {
	steps := []string{
		lang.L("In Workfront, open Setup > Documents > Custom Integrations and choose Add Integration."),
		lang.L("Give it a name, paste the Base API URL, and choose ApiKey as the authentication type."),
		lang.L("Paste the API key and save. Your folders appear under Documents > Add new."),
	}
	rows := []fyne.CanvasObject{strong(lang.L("In Workfront"))}
	for i, step := range steps {
		number := newText(string(rune('1'+i)), sizeText, colorAccent)
		number.style.Bold = true
		number.whole = true
		rows = append(rows, container.NewBorder(nil, nil, container.NewVBox(number), nil, padLeft(4, flush(prose(step)))))
	}
	return stack(inside, rows...)
}
