//go:build !headless || ci

package ui

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"folderfront/app/state"
)

// last returns the last command of a type.
func last[Command any](t *testing.T, core *fakeCore) Command {
	t.Helper()
	for _, c := range slices.Backward(core.did()) {
		if cmd, is := c.(Command); is {
			return cmd
		}
	}
	t.Fatalf("no %T among the commands", *new(Command))
	panic("unreachable")
}

// sent counts the commands of a type.
func sent[Command any](core *fakeCore) (n int) {
	for _, c := range core.did() {
		if _, is := c.(Command); is {
			n++
		}
	}
	return n
}

// reads reports whether a piece of a message is to be seen.
func reads(f *face, s string) bool {
	_, ok := find(f, func(l *widget.Label) bool { return l.TextStyle.Monospace && strings.Contains(l.Text, s) })
	return ok
}

// TestAFirstAction goes the way of somebody who has a web address: paste it, look
// at the message for a file, send a test, save.
func TestAFirstAction(t *testing.T) {
	core := typical()
	core.actions.list.Actions, core.actions.list.Connections, core.actions.list.Rules = nil, nil, nil
	f, p := actionsOf(t, core)
	mustSay(t, f, "An action does something with a file")
	press(t, f, "New action")
	m := p.showing().(*actionForm)
	if f.win.Canvas().Focused() != m.web.url {
		t.Error("the address is not ready to be pasted into")
	}
	test.Type(m.web.url, "https://hooks.example.com/T024?token=a")
	mustSay(t, f, "Leads to the internet")
	mustSay(t, f, "POST https://hooks.example.com/T024?token=a")
	if !reads(f, `"name": "Spring poster A1.pdf"`) {
		t.Error("the message is not shown for a real file")
	}
	press(t, f, "Send a test")
	mustSay(t, f, "It works")
	mustSay(t, f, "answered 200 after 38 ms")
	if !reads(f, "thank you") {
		t.Error("the answer is not shown")
	}
	press(t, f, "Save")

	if got := last[state.SaveConnection](t, core); got.Before != "" || got.Connection.URL != "https://hooks.example.com" || got.Password != nil {
		t.Errorf("the connection is saved as %+v", got)
	}
	got := last[state.SaveAction](t, core).Action
	if got.DisplayName != "Send to hooks.example.com" || got.Connection != "hooks.example.com" || got.Path != "/T024?token=a" || got.Kind != "webhook" || got.Folders != nil {
		t.Errorf("the action is saved as %+v", got)
	}
	if len(p.over) != 0 {
		t.Error("the form stays open after it was saved")
	}
	mustSay(t, f, "Send to hooks.example.com")
}

// TestPresetsAndSecrets takes another form of message, a password and headers.
func TestPresetsAndSecrets(t *testing.T) {
	core := typical()
	f, p := actionsOf(t, core)
	m := newActionForm(p, state.Action{})
	p.enter(m)
	test.Type(m.web.url, "https://api.example.com/v1")
	m.web.preset.SetSelected("Flashduty")
	if !reads(f, `"preset": "flashduty"`) {
		t.Error("the message is not the preset's")
	}
	m.web.extra.open(true)
	m.web.auth.SetSelected("token")
	if m.fields["user"].all.Visible() || !m.fields["password"].all.Visible() {
		t.Error("a token wants a token and no user name")
	}
	test.Type(m.web.password, "s3cret")
	test.Type(m.web.headers, "X-Team: Brand\n\nX-Kind : poster\n")
	test.Type(m.name, "Tell the team")
	press(t, f, "Send a test")
	if got := last[state.TestAction](t, core); got.Password == nil || *got.Password != "s3cret" || got.Signing != nil {
		t.Errorf("the test is sent with %+v", got)
	}
	press(t, f, "Save")
	got := last[state.SaveConnection](t, core)
	want := map[string]string{"X-Team": "Brand", "X-Kind": "poster"}
	if got.Connection.Auth != "bearer" || !reflect.DeepEqual(got.Connection.Headers, want) || got.Password == nil || *got.Password != "s3cret" {
		t.Errorf("saved %+v", got)
	}
	if name := last[state.SaveAction](t, core).Action.DisplayName; name != "Tell the team" {
		t.Errorf("the action is called %q", name)
	}
}

// TestOwnMessageStays keeps what the person wrote when the address changes.
func TestOwnMessageStays(t *testing.T) {
	core := typical()
	f, p := actionsOf(t, core)
	m := newActionForm(p, state.Action{})
	p.enter(m)
	test.Type(m.web.url, "https://a.example.com/")
	press(t, f, "Change the message")
	m.web.body.SetText(`{"mine": "{{ file.name }}"}`)
	m.web.url.SetText("https://b.example.com/")
	if !reads(f, `{"mine": "Spring poster A1.pdf"}`) {
		t.Error("the message that the person wrote is gone")
	}
	m.web.variables()[1].Action()
	if !strings.Contains(m.web.body.Text, "{{ file.size }}") {
		t.Errorf("no variable was inserted: %s", m.web.body.Text)
	}
}

// TestProblemsStandBesideTheirFields saves nothing until they are mended.
func TestProblemsStandBesideTheirFields(t *testing.T) {
	core := typical()
	f, p := actionsOf(t, core)
	m := newActionForm(p, state.Action{})
	p.enter(m)
	test.Type(m.web.url, "https://hooks.example.com/")
	core.actions.problems = []state.FieldProblem{
		{Field: "url", Sentence: "Nobody lives at this address."},
		{Field: "headers", Sentence: "A header may not hold a line break."},
		{Field: "elsewhere", Sentence: "Something else is wrong."},
	}
	press(t, f, "Save")
	for field, sentence := range map[string]string{"url": "Nobody lives at this address.", "headers": "A header may not hold a line break."} {
		if got := m.fields[field].wrong.Text; got != sentence {
			t.Errorf("beside %s stands %q, want %q", field, got, sentence)
		}
		mustSay(t, f, sentence)
	}
	mustSay(t, f, "Something else is wrong.")
	if sent[state.SaveAction](core) != 0 || len(p.over) != 1 {
		t.Error("an action was saved whose connection was not")
	}
	core.actions.problems = nil
	press(t, f, "Save")
	if sent[state.SaveAction](core) != 1 || len(p.over) != 0 {
		t.Error("mended, the action is not saved")
	}
}

// TestATestThatFails shows why and what came back.
func TestATestThatFails(t *testing.T) {
	core := typical()
	f, p := actionsOf(t, core)
	m := newActionForm(p, core.actions.list.Actions[0])
	p.enter(m)
	core.actions.test = core.actions.runs[2]
	press(t, f, "Send a test")
	mustSay(t, f, "It did not work")
	mustSay(t, f, "The printer did not answer.")
	if !reads(f, "out of paper") {
		t.Error("the answer is not shown")
	}
	core.refuse["state.TestAction"] = errRefused
	press(t, f, "Send a test")
	mustSay(t, f, errRefused.Error())
}

// TestAFullFolderIsGreyed can't be chosen for one more action, and an action for
// no folder at all is not saved.
func TestAFullFolderIsGreyed(t *testing.T) {
	core := typical()
	f, p := actionsOf(t, core)
	m := newActionForm(p, state.Action{Kind: "builtin"})
	p.enter(m)
	m.where.every.SetChecked(false)
	press(t, f, "Save")
	mustSay(t, f, "Choose at least one folder")
	if sent[state.SaveAction](core) != 0 {
		t.Error("an action for no folder was saved")
	}
	box, ok := find(f, func(c *widget.Check) bool { return c.Text == "Brand assets (has its 3 actions)" })
	if !ok || !box.Disabled() {
		t.Fatal("a full folder is not greyed")
	}
	box, _ = find(f, func(c *widget.Check) bool { return c.Text == "Scans" })
	test.Tap(box)
	press(t, f, "Save")
	got := last[state.SaveAction](t, core).Action
	if !slices.Equal(got.Folders, []string{"Scans"}) || got.Kind != "builtin" || got.Operation != "archive" || got.Connection != "" {
		t.Errorf("saved %+v", got)
	}
}

// TestCommandsAreOnlyOfferedWhereAllowed, and then with a warning.
func TestCommandsAreOnlyOfferedWhereAllowed(t *testing.T) {
	core := typical()
	f, p := actionsOf(t, core)
	m := newActionForm(p, state.Action{})
	p.enter(m)
	if slices.Contains(m.kind.Options, "Run a program on this computer") {
		t.Error("a program is offered though commands are off")
	}
	core.actions.list.Commands = true
	p.fetch()
	m.kind.SetSelected("Run a program on this computer")
	mustSay(t, f, "A program may do whatever you may")
	test.Type(m.own.program, "/usr/local/bin/publish")
	test.Type(m.own.arguments, "--file\n{{ file.path }}\n")
	press(t, f, "Save")
	got := last[state.SaveAction](t, core).Action
	if got.Program != "/usr/local/bin/publish" || !slices.Equal(got.Arguments, []string{"--file", "{{ file.path }}"}) || got.Body != "" {
		t.Errorf("saved %+v", got)
	}
}

// TestAnActionIsChangedAndRemoved, its connection with it when nothing else uses
// that; what a rule runs stays.
func TestAnActionIsChangedAndRemoved(t *testing.T) {
	core := typical()
	f, p := actionsOf(t, core)
	v := p.showing().(*actionList)
	p.enter(newActionForm(p, core.actions.list.Actions[0]))
	m := p.showing().(*actionForm)
	if m.web.url.Text != "https://printer.example.com/jobs" || m.name.Text != "Send to the printer" {
		t.Errorf("the form shows %q, %q", m.web.url.Text, m.name.Text)
	}
	m.web.url.SetText("https://printer.example.com/orders")
	press(t, f, "Save")
	if got := last[state.SaveAction](t, core); got.Before != "print" || got.Action.Path != "/orders" {
		t.Errorf("changed as %+v", got)
	}
	if got := last[state.SaveConnection](t, core); got.Before != "printer" || got.Password != nil {
		t.Errorf("its connection is saved as %+v", got)
	}

	v.removeAction(core.actions.list.Actions[0])
	mustSay(t, f, "The rule “New posters” runs this action")
	press(t, f, "Leave it as it is")
	core.actions.list.Rules = nil
	p.fetch()
	v.removeAction(core.actions.list.Actions[0])
	press(t, f, "Leave it as it is")
	if sent[state.RemoveDefinition](core) != 0 {
		t.Fatal("removed unasked")
	}
	v.removeAction(core.actions.list.Actions[0])
	press(t, f, "Remove action")
	if len(core.actions.list.Actions) != 2 || len(core.actions.list.Connections) != 0 {
		t.Errorf("left over: %v, %v", core.actions.list.Actions, core.actions.list.Connections)
	}
	p.pause("action", "archive", true)()
	if got := last[state.PauseDefinition](t, core); got != (state.PauseDefinition{Kind: "action", Name: "archive", Paused: true}) {
		t.Errorf("switched off by %+v", got)
	}
}

// TestWorkfrontMustRefresh is said while the lists differ.
func TestWorkfrontMustRefresh(t *testing.T) {
	core := typical()
	f, _ := actionsOf(t, core)
	const hint = "Ask your Workfront administrator"
	if says(f, hint) {
		t.Error("asked to refresh without need")
	}
	core.st.Actions.Refresh = true
	follow(f, core)
	mustSay(t, f, hint)
}

// TestAFormThatWasLeftMayEndLate goes elsewhere while a form saves.
func TestAFormThatWasLeftMayEndLate(t *testing.T) {
	_, p := actionsOf(t, conditions()["typical"])
	m := newActionForm(p, state.Action{})
	p.enter(m)
	p.turn("Log")
	p.leave(m)
	if p.current != "Log" || len(p.over) != 0 {
		t.Errorf("the page shows %s with %d sheets over it, want the log alone", p.current, len(p.over))
	}
}
