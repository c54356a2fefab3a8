//go:build !headless || ci

package ui

import (
	"reflect"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"folderfront/app/state"
)

// access is who may reach the folders: API keys, people with their rights,
// Workfront by OAuth2, and the browsers and grants that are in.
type access struct {
	face   *face
	keys   *keyPanel
	people *peoplePanel
	oauth  *oauthPanel
	inside *insidePanel
	all    fyne.CanvasObject
}

func newAccess(f *face) page {
	p := &access{face: f, keys: newKeyPanel(f), people: newPeoplePanel(f), oauth: newOAuthPanel(f), inside: newInsidePanel(f)}
	p.all = scrolled(heading(lang.L("Access")), p.keys.made, p.keys.all, p.people.all, p.oauth.all, p.inside.all)
	return p
}

func (p *access) object() fyne.CanvasObject { return p.all }

// render shows st.
func (p *access) render(st state.State) {
	p.keys.render(st)
	p.people.render(st)
	p.oauth.render(st)
	p.inside.render(st)
}

// rows is a short list inside a card. It is only made anew when what it shows is
// another: its buttons would lose the keyboard's focus.
type rows struct {
	all   *fyne.Container
	shown any
	drawn bool
}

func newRows() *rows { return &rows{all: stack(inside)} }

// show makes a row of each object, with lines between them, or says none.
func (r *rows) show(of any, none string, make func() []fyne.CanvasObject) {
	if r.drawn && reflect.DeepEqual(r.shown, of) {
		return
	}
	r.shown, r.drawn = of, true
	var objects []fyne.CanvasObject
	for _, o := range make() {
		objects = append(objects, widget.NewSeparator(), o)
	}
	if len(objects) == 0 {
		objects = append(objects, small(none))
	}
	set(r.all, objects...)
}

// keyPanel makes, shows, replaces and revokes API keys.
type keyPanel struct {
	face  *face
	rows  *rows
	name  *widget.Entry
	fresh *copyRow        // a key that was just made, in clear
	made  *fyne.Container // around it
	all   *fyne.Container
}

func newKeyPanel(f *face) *keyPanel {
	p := &keyPanel{face: f, rows: newRows(), name: widget.NewEntry()}
	p.name.SetPlaceHolder(lang.L("What the key is for, such as Workfront"))
	p.name.OnSubmitted = func(string) { p.make() }
	p.fresh = newCopyRow(f, lang.L("Your new API key"), lang.L("Copy"))
	p.made = grounded(newPanel(colorChosen, colorAccent, 10), p.fresh.all,
		flush(prose(lang.L("Paste it into Workfront. You can copy it here again at any time; it is kept in this computer’s keyring."))))
	p.made.Hide()
	p.all = card(strong(lang.L("API keys")),
		flush(prose(lang.L("Whoever holds a key can read your shared folders, and write where they are not read only. Give each use a key of its own, so that you can take it back."))),
		p.rows.all, beside(p.name, primary(lang.L("Make a key"), p.make)))
	return p
}

// make has a key made and shows it.
func (p *keyPanel) make() {
	name := strings.TrimSpace(p.name.Text)
	if name == "" {
		name = "Workfront"
	}
	p.show(state.NewKey{Name: name})
}

// show sends a command that answers with a key, and shows that key.
func (p *keyPanel) show(command any) {
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

func (p *keyPanel) render(st state.State) {
	p.rows.show(st.Keys, lang.L("There is no key yet, so nobody gets in."), func() (made []fyne.CanvasObject) {
		for _, key := range st.Keys {
			made = append(made, p.row(key))
		}
		return made
	})
}

// row is a key with what can be done with it.
func (p *keyPanel) row(key state.Key) fyne.CanvasObject {
	f := p.face
	copied := newCopyButton(f, lang.L("Copy"), func(use func(string)) { f.reveal(key.ID, use) })
	more := f.moreButton(
		fyne.NewMenuItem(lang.L("Replace by a new key"), func() { p.show(state.RotateKey{ID: key.ID}) }),
		fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(lang.L("Revoke…"), func() { f.confirmRevoke(key) }))
	r := newRow(copied.Button, more)
	ends := ""
	if !key.Expires.IsZero() {
		ends = lang.L("ends {{.Time}}", map[string]any{"Time": f.format.Moment(key.Expires)})
	}
	r.show("access", colorAccent, key.Name,
		joined(lang.L("made {{.Time}}", map[string]any{"Time": f.format.Day(key.Created)}), f.lastUsed(key.LastUsed), ends), "")
	return r
}

// moreButton is the button that opens a thing's menu.
func (f *face) moreButton(items ...*fyne.MenuItem) *widget.Button {
	more := quiet("", "more", nil)
	more.OnTapped = func() { f.menu(more, items...) }
	return more
}
