//go:build !headless || ci

package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"folderfront/app/state"
)

// access is who may reach the folders: the API keys.
type access struct {
	face  *face
	keys  *fyne.Container
	shown []state.Key
	drawn bool
	name  *widget.Entry
	fresh *copyRow // a key that was just made, in clear
	made  *fyne.Container
	all   fyne.CanvasObject
}

func newAccess(f *face) page {
	p := &access{face: f, keys: stack(inside), name: widget.NewEntry()}
	p.name.SetPlaceHolder(lang.L("What the key is for, such as Workfront"))
	p.name.OnSubmitted = func(string) { p.make() }
	p.fresh = newCopyRow(f, lang.L("Your new API key"), lang.L("Copy"))
	p.made = grounded(newPanel(colorChosen, colorAccent, 10), p.fresh.all,
		flush(prose(lang.L("Paste it into Workfront. You can copy it here again at any time; it is kept in this computer’s keyring."))))
	p.made.Hide()
	make := primary(lang.L("Make a key"), p.make)
	p.all = scrolled(
		heading(lang.L("Access")),
		p.made,
		card(strong(lang.L("API keys")),
			flush(prose(lang.L("Whoever holds a key can read your shared folders, and write where they are not read only. Give each use a key of its own, so that you can take it back."))),
			p.keys, beside(p.name, make)),
	)
	return p
}

func (p *access) object() fyne.CanvasObject { return p.all }

// make has a key made and shows it.
func (p *access) make() {
	name := strings.TrimSpace(p.name.Text)
	if name == "" {
		name = "Workfront"
	}
	p.show(state.NewKey{Name: name})
}

// show sends a command that answers with a key, and shows that key.
func (p *access) show(command any) {
	var answer state.NewKeyAnswer
	p.face.ask(command, &answer, func(err error) {
		if err != nil {
			p.face.notice.fail(err)
			return
		}
		p.name.SetText("")
		p.fresh.set(answer.Secret, "")
		p.made.Show()
	})
}

// render shows st. The rows are only made when the keys are others: their
// buttons would lose the keyboard's focus.
func (p *access) render(st state.State) {
	if p.drawn && sameKeys(p.shown, st.Keys) {
		return
	}
	p.shown, p.drawn = st.Keys, true
	var rows []fyne.CanvasObject
	for _, key := range st.Keys {
		rows = append(rows, widget.NewSeparator(), p.row(key))
	}
	if len(rows) == 0 {
		rows = append(rows, small(lang.L("There is no key yet, so nobody gets in.")))
	}
	set(p.keys, rows...)
}

func sameKeys(a, b []state.Key) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// row is a key with what can be done with it.
func (p *access) row(key state.Key) fyne.CanvasObject {
	f := p.face
	copied := newCopyButton(f, lang.L("Copy"), func(use func(string)) { f.reveal(key.ID, use) })
	more := quiet("", "more", nil)
	more.OnTapped = func() {
		f.menu(more,
			fyne.NewMenuItem(lang.L("Replace by a new key"), func() { p.show(state.RotateKey{ID: key.ID}) }),
			fyne.NewMenuItemSeparator(),
			fyne.NewMenuItem(lang.L("Revoke…"), func() { f.confirmRevoke(key) }))
	}
	r := newRow(copied.Button, more)
	used := lang.L("never used")
	if !key.LastUsed.IsZero() {
		used = lang.L("last used {{.Time}}", map[string]any{"Time": f.format.when(key.LastUsed, f.now())})
	}
	ends := ""
	if !key.Expires.IsZero() {
		ends = lang.L("ends {{.Time}}", map[string]any{"Time": f.format.moment(key.Expires)})
	}
	r.show("access", colorAccent, key.Name, joined(lang.L("made {{.Time}}", map[string]any{"Time": f.format.day(key.Created)}), used, ends), "")
	return r
}
