//go:build !headless || ci

package ui

import (
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"folderfront/app/state"
)

// anyFolder stands for all folders in a person's rights.
const anyFolder = "*"

// rights are what a person may do with a folder, from least to most.
var rights = []struct{ id, name string }{{"none", "nothing"}, {"read", "read"}, {"write", "read and write"}}

// peoplePanel names people and says what each may do. While it names nobody,
// every Workfront user has what the key has.
type peoplePanel struct {
	face   *face
	rows   *rows
	name   *widget.Entry
	open   string // the person whose rights are laid open
	opened int    // counts, so that the rows are made anew
	all    *fyne.Container
}

func newPeoplePanel(f *face) *peoplePanel {
	p := &peoplePanel{face: f, rows: newRows(), name: widget.NewEntry()}
	p.name.SetPlaceHolder(lang.L("Workfront username, such as mara@example.com"))
	p.name.OnSubmitted = func(string) { p.add() }
	p.all = card(strong(lang.L("People")),
		flush(prose(lang.L("As long as nobody is named, every Workfront user may do what the key may. Once you name someone, only those named come in."))),
		p.rows.all, beside(p.name, button(lang.L("Add person"), "add", p.add)))
	return p
}

// add names a person, who may read everything at first.
func (p *peoplePanel) add() {
	name := strings.TrimSpace(p.name.Text)
	if name == "" {
		return
	}
	p.face.do(state.AddPerson{Name: name, Folders: map[string]string{anyFolder: "read"}}, func() { p.name.SetText("") })
}

func (p *peoplePanel) render(st state.State) {
	type shown struct {
		people  []state.Person
		folders []string
		opened  int
	}
	folders := []string{}
	for _, folder := range st.Folders {
		folders = append(folders, folder.Name)
	}
	p.rows.show(shown{st.Access.People, folders, p.opened}, lang.L("Nobody is named."), func() (made []fyne.CanvasObject) {
		for _, person := range st.Access.People {
			made = append(made, p.row(person, folders))
		}
		return made
	})
}

// toggle lays a person's rights open, or closes them.
func (p *peoplePanel) toggle(name string) {
	if p.open == name {
		name = ""
	}
	p.open = name
	p.opened++
	p.render(p.face.st)
}

func (p *peoplePanel) row(person state.Person, folders []string) fyne.CanvasObject {
	f := p.face
	arrow := "right"
	if p.open == person.Name {
		arrow = "down"
	}
	more := f.moreButton(fyne.NewMenuItem(lang.L("Remove…"), func() { f.confirmForget(person) }))
	r := newRow(quiet("", arrow, func() { p.toggle(person.Name) }), more)
	r.show("person", colorAccent, person.Name, rightsLine(person), "")
	if p.open != person.Name {
		return r
	}
	return stack(inside, r, padLeft(32, p.details(person, folders)))
}

// rightsLine sums a person's rights up.
func rightsLine(person state.Person) string {
	var parts []string
	if right, ok := person.Folders[anyFolder]; ok {
		parts = append(parts, lang.L("all folders")+": "+rightName(right))
	}
	names := make([]string, 0, len(person.Folders))
	for name := range person.Folders {
		if name != anyFolder {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		parts = append(parts, name+": "+rightName(person.Folders[name]))
	}
	if person.HasPassword {
		parts = append(parts, lang.L("has a password"))
	}
	return joined(parts...)
}

func rightName(id string) string {
	for _, r := range rights {
		if r.id == id {
			return lang.L(r.name)
		}
	}
	return id
}

// details are a person's rights, folder by folder, and their password.
func (p *peoplePanel) details(person state.Person, folders []string) fyne.CanvasObject {
	objects := []fyne.CanvasObject{p.rightChoice(person, anyFolder, lang.L("all folders"))}
	for _, folder := range folders {
		objects = append(objects, p.rightChoice(person, folder, folder))
	}
	return stack(inside, append(objects, p.passwordForm(person))...)
}

func (p *peoplePanel) rightChoice(person state.Person, folder, title string) fyne.CanvasObject {
	var names []string
	for _, r := range rights {
		names = append(names, lang.L(r.name))
	}
	choice := widget.NewSelect(names, nil)
	has, ok := person.Folders[folder]
	if !ok {
		has = "none"
	}
	choice.SetSelected(rightName(has))
	choice.OnChanged = func(string) {
		right := rights[choice.SelectedIndex()].id
		p.face.do(state.AddPerson{Name: person.Name, Folders: map[string]string{folder: right}}, nil)
	}
	return ends(label(title), choice)
}

// passwordForm sets the password with which the person signs in in a browser.
func (p *peoplePanel) passwordForm(person state.Person) fyne.CanvasObject {
	entry := widget.NewPasswordEntry()
	entry.SetPlaceHolder(lang.L("Password for signing in in a browser"))
	keep := func() {
		password := entry.Text
		if password == "" {
			return
		}
		p.face.do(state.AddPerson{Name: person.Name, Password: &password}, func() { entry.SetText("") })
	}
	entry.OnSubmitted = func(string) { keep() }
	return beside(entry, button(lang.L("Keep"), "", keep))
}

// insidePanel lists who is in at the moment, to be sent out: browsers that were
// let in, and Workfront's leave to act for people.
type insidePanel struct {
	face     *face
	sessions *rows
	grants   *rows
	links    *fyne.Container
	all      *fyne.Container
}

func newInsidePanel(f *face) *insidePanel {
	p := &insidePanel{face: f, sessions: newRows(), grants: newRows()}
	p.links = stack(inside, widget.NewSeparator(), ends(
		stack(2, label(lang.L("Links that work without a sign-in")), small(lang.L("You can end all of them at once; files stay as they are."))),
		button(lang.L("End all links"), "", func() { f.do(state.RevokeLinks{}, nil) })))
	p.all = card(strong(lang.L("Signed in")), p.sessions.all, container.NewVBox(p.grants.all), p.links)
	return p
}

func (p *insidePanel) render(st state.State) {
	f := p.face
	p.sessions.show(st.Access.Sessions, lang.L("No browser is signed in."), func() (made []fyne.CanvasObject) {
		for _, s := range st.Access.Sessions {
			r := newRow(button(lang.L("Sign out"), "", func() { f.do(state.RevokeSession{ID: s.ID}, nil) }))
			r.show("person", colorAccent, s.Person, joined(s.Browser, s.Address, f.lastUsed(s.LastUsed)), "")
			made = append(made, r)
		}
		return made
	})
	visible(p.grants.all, len(st.Access.Grants) > 0)
	p.grants.show(st.Access.Grants, "", func() (made []fyne.CanvasObject) {
		for _, g := range st.Access.Grants {
			r := newRow(button(lang.L("Revoke"), "", func() { f.do(state.RevokeGrant{ID: g.ID}, nil) }))
			r.show("lock", colorAccent, g.Person, joined(lang.L("Workfront acts for this person"), f.lastUsed(g.LastUsed)), "")
			made = append(made, r)
		}
		return made
	})
	linked := slices.ContainsFunc(st.Folders, func(folder state.Folder) bool { return folder.Links })
	visible(p.links, linked)
}

// lastUsed says when something was used, if ever.
func (f *face) lastUsed(t time.Time) string {
	if t.IsZero() {
		return lang.L("never used")
	}
	return lang.L("last used {{.Time}}", map[string]any{"Time": f.format.When(t, f.now())})
}
