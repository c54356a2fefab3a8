//go:build !headless || ci

package ui

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"folderfront/app/state"
)

// The words for the built-in operations, and what each wants to know.
var (
	operationWords = map[string]string{
		"archive": "archives the file", "move": "moves the file", "copy": "copies the file", "rename": "renames the file",
		"zip": "packs the file into a zip", "tag": "adds a tag", "untag": "takes a tag away",
		"notify": "shows a notification", "open": "opens the file here", "reveal": "shows the file in its folder",
	}
	operationAsks = map[string]string{
		"archive": "Name of the folder beside the file", "move": "Path of the folder, within the shared one",
		"copy": "Path of the folder, within the shared one", "rename": "New name", "zip": "Name of the zip file",
		"tag": "Tag", "untag": "Tag", "notify": "Text of the notification",
	}
)

// actionForm makes an action or changes one. What it holds is a draft, of which
// the widgets show parts; the core looks at it whenever the person pauses.
type actionForm struct {
	page    *actions
	before  string // the action's name until now; "" is a new one
	linked  string // the connection's name until now; "" is a new one
	draft   state.ActionDraft
	filling bool // widgets are being set, not used
	touched bool // the person has written the message themselves
	leaving bool // saved or left; late answers are dropped
	saving  bool // a command that saves is under way

	kind    *pick
	name    *widget.Entry
	where   *folderChecks
	offered [3]*widget.Check // Workfront, tray, confirm
	web     *webParts
	own     *ownParts
	trial   *trial
	fields  map[string]*field
	whole   *field
	save    *widget.Button
	waits   settler
	scroll  *following
}

// newActionForm lays a draft of the action open; a zero one makes a new action.
func newActionForm(p *actions, a state.Action) *actionForm {
	m := &actionForm{page: p, before: a.Name, waits: settler{face: p.face}, fields: map[string]*field{}}
	if a.Kind == "" {
		a.Kind = "webhook"
	}
	m.draft.Action = a
	m.linked = a.Connection
	for _, c := range p.list.Connections {
		if c.Name == a.Connection {
			m.draft.Connection = c
		}
	}
	m.touched = a.Name != ""
	m.build()
	m.filling = true
	m.where.set(a.Folders, p.list.Full, p.list.PerFolder)
	m.fill()
	return m
}

func (m *actionForm) title() string {
	if m.before == "" {
		return lang.L("New action")
	}
	return m.page.display(m.before)
}

func (m *actionForm) act() fyne.CanvasObject { return m.save }

func (m *actionForm) focus() fyne.Focusable {
	if m.draft.Action.Kind != "webhook" {
		return m.kind
	}
	return m.web.url
}

func (m *actionForm) object() fyne.CanvasObject { return m.scroll }

// update shows which folders are full now; what the person has filled in stays.
func (m *actionForm) update() {
	m.filling = true
	defer func() { m.filling = false }()
	m.kind.offer(m.kinds())
	m.own.offer()
}

func (m *actionForm) build() {
	f := m.page.face
	m.kind = newPick(m.kinds(), func(kind string) {
		m.draft.Action.Kind = kind
		m.fill()
		m.changed()
	})
	m.name = widget.NewEntry()
	m.name.OnChanged = func(string) { m.changed() }
	m.where = newFolderChecks(f, m.changed)
	tick := func(i int, words string) *widget.Check {
		m.offered[i] = widget.NewCheck(words, func(bool) { m.changed() })
		return m.offered[i]
	}
	m.save = primary(lang.L("Save"), m.submit)
	m.web, m.own, m.trial = newWebParts(m), newOwnParts(m), newTrial(m)
	m.fields["displayName"] = newField(lang.L("What the button says"), m.name)
	m.fields["folders"] = newField("", m.where.all)
	m.whole = newField("", stack(0))
	offers := card(strong(lang.L("For which folders")), m.fields["folders"].all, strong(lang.L("Where it can be chosen")),
		flush(stack(0, tick(0, lang.L("In Workfront, on documents from these folders")),
			tick(1, lang.L("In the tray’s menu, for recent files")), tick(2, lang.L("Ask me before each run")))))
	m.scroll = scrolling(
		m.whole.all,
		card(m.kind, m.web.address, m.own.all, m.fields["displayName"].all),
		m.trial.all, offers, m.web.more)
	m.whole.all.Hide()
}

// kinds are what an action can be. Programs are offered where they are allowed.
func (m *actionForm) kinds() []option {
	kinds := []option{
		{"webhook", lang.L("Send a message to a web address")},
		{"builtin", lang.L("Do something with the file here")},
	}
	if m.page.list.Commands || m.draft.Action.Kind == "command" {
		kinds = append(kinds, option{"command", lang.L("Run a program on this computer")})
	}
	return kinds
}

// fill shows the draft in the widgets.
func (m *actionForm) fill() {
	m.filling = true
	defer func() { m.filling = false }()
	a := m.draft.Action
	m.kind.set(a.Kind)
	m.name.SetText(a.DisplayName)
	for i, is := range []bool{a.Workfront, a.Tray, a.Confirm} {
		m.offered[i].SetChecked(is)
	}
	m.web.fill()
	m.own.fill()
	m.trial.fill()
	m.hintName()
	m.scroll.Refresh()
}

// hintName shows the name that the action gets when the person gives none.
func (m *actionForm) hintName() { m.name.SetPlaceHolder(m.proposed()) }

func (m *actionForm) proposed() string {
	a := m.draft.Action
	switch {
	case a.Kind == "builtin" && operationWords[a.Operation] != "":
		return capital(lang.L(operationWords[a.Operation]))
	case a.Kind == "webhook" && m.draft.Connection.URL != "":
		return lang.L("Send to {{.Host}}", map[string]any{"Host": hostOf(m.draft.Connection.URL)})
	}
	return lang.L("Such as “Send to the printer”")
}

// capital writes a text as the beginning of a sentence.
func capital(s string) string {
	runes := []rune(s)
	if len(runes) == 0 {
		return s
	}
	return strings.ToUpper(string(runes[:1])) + string(runes[1:])
}

// gather takes what the widgets hold into the draft.
func (m *actionForm) gather() {
	a := &m.draft.Action
	a.DisplayName = strings.TrimSpace(m.name.Text)
	a.Folders = m.where.folders()
	a.Workfront, a.Tray, a.Confirm = m.offered[0].Checked, m.offered[1].Checked, m.offered[2].Checked
	m.web.gather()
	m.own.gather()
}

// changed looks at the draft once the person pauses.
func (m *actionForm) changed() {
	if m.filling {
		return
	}
	m.gather()
	m.hintName()
	m.waits.soon(m.trial.preview)
}

// named is the draft as it would be saved: with the name that it would get, and
// without what belongs to another kind.
func (m *actionForm) named() state.ActionDraft {
	d, a := m.draft, m.draft.Action
	if a.DisplayName == "" {
		a.DisplayName = m.proposed()
	}
	d.Action = state.Action{
		ID: a.ID, Name: a.Name, DisplayName: a.DisplayName, Kind: a.Kind, Folders: a.Folders,
		Workfront: a.Workfront, Tray: a.Tray, Confirm: a.Confirm, Paused: a.Paused,
	}
	switch a.Kind {
	case "builtin":
		d.Action.Operation, d.Action.Argument = a.Operation, a.Argument
	case "command":
		d.Action.Program, d.Action.Arguments = a.Program, a.Arguments
	default:
		d.Action = a
		d.Action.Operation, d.Action.Argument, d.Action.Program, d.Action.Arguments = "", "", "", nil
		d.Action.Connection = d.Connection.Name
	}
	return d
}

// complain shows what is wrong beside its field, and what belongs to no field at
// the top.
func (m *actionForm) complain(problems []state.FieldProblem) {
	rest := complaints(m.fields, problems)
	m.whole.complain(rest)
	visible(m.whole.all, rest != "")
	m.scroll.Refresh() // a sentence takes room
	hidden := []string{"headers", "user", "password", "seconds", "signing", "auth", "name"}
	if slices.ContainsFunc(problems, func(p state.FieldProblem) bool { return slices.Contains(hidden, p.Field) }) {
		m.web.extra.open(true)
	}
}

// submit saves the connection, where there is one, and then the action.
func (m *actionForm) submit() {
	if m.saving {
		return
	}
	m.gather()
	if m.where.none() {
		m.complain([]state.FieldProblem{{Field: "folders", Sentence: lang.L("Choose at least one folder, or all of them.")}})
		return
	}
	if m.draft.Action.Kind != "webhook" {
		m.submitAction()
		return
	}
	password, signing := m.web.secrets()
	var saved state.Saved
	m.send(state.SaveConnection{Before: m.linked, Connection: m.draft.Connection, Password: password, Signing: signing}, &saved, func() {
		m.linked, m.draft.Connection.Name = saved.Name, saved.Name
		m.submitAction()
	})
}

func (m *actionForm) submitAction() {
	var saved state.Saved
	m.send(state.SaveAction{Before: m.before, Action: m.named().Action}, &saved, func() {
		m.leaving = true
		m.page.leave(m)
	})
}

// send sends a command that saves, and goes on when there is nothing to
// complain of.
func (m *actionForm) send(command any, saved *state.Saved, then func()) {
	m.saving = true
	m.page.face.ask(command, saved, func(err error) {
		m.saving = false
		problems := saved.Problems
		if err != nil {
			problems = []state.FieldProblem{{Sentence: err.Error()}}
		}
		m.complain(problems)
		if len(problems) == 0 {
			then()
		}
	})
}

// ownParts are the fields of what happens on this computer: a built-in operation
// or a program.
type ownParts struct {
	form      *actionForm
	operation *pick
	argument  *widget.Entry
	asks      *field
	program   *widget.Entry
	arguments *textArea
	builtin   *fyne.Container
	command   *fyne.Container
	all       *fyne.Container
}

func newOwnParts(m *actionForm) *ownParts {
	o := &ownParts{form: m, argument: widget.NewEntry(), program: widget.NewEntry(), arguments: newTextArea(3)}
	o.operation = newPick(nil, func(operation string) {
		m.draft.Action.Operation = operation
		o.show()
		m.changed()
	})
	for _, e := range []*widget.Entry{o.argument, o.program, &o.arguments.Entry} {
		e.OnChanged = func(string) { m.changed() }
	}
	o.program.SetPlaceHolder("/usr/local/bin/publish")
	o.arguments.SetPlaceHolder("--file\n{{ file.path }}")
	o.asks = newField(lang.L("With"), o.argument)
	m.fields["operation"] = newField("", o.operation)
	m.fields["argument"] = o.asks
	m.fields["program"] = newField(lang.L("Program, with its whole path"), o.program)
	m.fields["arguments"] = newField(lang.L("Arguments, one a line"), o.arguments)
	o.builtin = stack(inside, m.fields["operation"].all, o.asks.all)
	warning := grounded(newPanel(colorNotice, colorAmber, 8),
		flush(prose(lang.L("A program may do whatever you may: read, change and delete your files. Use only one that you trust with files that others send you. It gets no shell, only these arguments, and ends after a while."))))
	o.command = stack(inside, warning, m.fields["program"].all, m.fields["arguments"].all)
	o.all = stack(inside, o.builtin, o.command)
	return o
}

// offer lists the operations that the core knows.
func (o *ownParts) offer() {
	var options []option
	for _, c := range o.form.page.list.Operations {
		name := c.Meaning
		if words := operationWords[c.Value]; words != "" {
			name = capital(lang.L(words))
		}
		options = append(options, option{c.Value, name})
	}
	o.operation.offer(options)
	o.operation.set(o.form.draft.Action.Operation)
}

func (o *ownParts) fill() {
	a := o.form.draft.Action
	o.offer()
	if a.Kind == "builtin" && a.Operation == "" {
		o.form.draft.Action.Operation = o.operation.value()
	}
	o.argument.SetText(a.Argument)
	o.program.SetText(a.Program)
	o.arguments.SetText(strings.Join(a.Arguments, "\n"))
	o.show()
}

// show shows the fields of the draft's kind and operation.
func (o *ownParts) show() {
	a := o.form.draft.Action
	visible(o.all, a.Kind != "webhook")
	visible(o.builtin, a.Kind == "builtin")
	visible(o.command, a.Kind == "command")
	asks := operationAsks[a.Operation]
	visible(o.asks.all, asks != "")
	if asks != "" {
		o.asks.rename(lang.L(asks))
	}
}

func (o *ownParts) gather() {
	a := &o.form.draft.Action
	a.Argument, a.Program, a.Arguments = o.argument.Text, strings.TrimSpace(o.program.Text), nil
	if lines := strings.TrimRight(o.arguments.Text, "\n"); lines != "" {
		a.Arguments = strings.Split(lines, "\n")
	}
}
