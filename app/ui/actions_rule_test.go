//go:build !headless || ci

package ui

import (
	"reflect"
	"slices"
	"testing"

	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"folderfront/app/state"
)

// TestARule makes a rule as a sentence, sees what it would match, and saves it.
func TestARule(t *testing.T) {
	core := typical()
	core.actions.list.Rules = nil
	f, p := actionsOf(t, core)
	p.turn("Rules")
	mustSay(t, f, "A rule runs an action by itself")
	press(t, f, "New rule")
	m := p.showing().(*ruleForm)
	mustSay(t, f, "When a file is new in any shared folder, run “Send to the printer”; once per version.")
	mustSay(t, f, "It would match 4 files now")
	mustSay(t, f, "Spring poster A1.pdf, Autumn poster.pdf …")

	m.event.SetSelected("Workfront uploads a file")
	press(t, f, "Add a condition")
	press(t, f, "Add a condition")
	m.joint.SetSelected("one of these holds")
	value, _ := find(f, func(e *widget.Entry) bool { return e.Text == "" && e.PlaceHolder == "" })
	test.Type(value, "pdf")
	second := &m.rule.Conditions[1]
	field, _ := find(f, func(c *pick) bool {
		return c.value() == "extension" && m.rule.Conditions[0].Value == "pdf" && c.Selected == "its ending"
	})
	field.SetSelected("its size in bytes")
	m.rule.Conditions[0].Value, second.Field, second.Value = "1000", "name", "poster"
	press(t, f, "Add a step")
	m.rule.Steps[1] = "archive"
	test.Type(m.perMinute, "20")
	test.Type(m.untag, "approved")
	press(t, f, "Save")

	want := state.Rule{
		Name: "Workfront uploads a file: Send to the printer then Archive", On: "uploaded", Any: true,
		Conditions: []state.Condition{{Field: "size", Operator: "is", Value: "1000"}, {Field: "name", Operator: "is", Value: "poster"}},
		Steps:      []string{"print", "archive"}, Once: "version", PerMinute: 20, Untag: "approved",
	}
	if got := last[state.SaveRule](t, core); got.Before != "" || !reflect.DeepEqual(got.Rule, want) {
		t.Errorf("saved\n%+v, want\n%+v", got.Rule, want)
	}
	mustSay(t, f, "its size in bytes is “1000” or its name is “poster”")
}

// TestARuleThatCannotBe says so beside its part and saves nothing.
func TestARuleThatCannotBe(t *testing.T) {
	core := typical()
	f, p := actionsOf(t, core)
	p.enter(newRuleForm(p, core.actions.list.Rules[0]))
	m := p.showing().(*ruleForm)
	m.perMinute.SetText("often")
	press(t, f, "Save")
	mustSay(t, f, "Give a whole number")
	m.perMinute.SetText("")
	core.actions.problems = []state.FieldProblem{{Field: "conditions", Sentence: "This pattern can’t be read."}}
	press(t, f, "Save")
	mustSay(t, f, "This pattern can’t be read.")
	if len(p.over) != 1 || len(core.actions.list.Rules) != 2 {
		t.Error("a rule that cannot be was saved")
	}
}

// TestRulesAreOrderedAndStopped moves one, lets one that ran in circles go again,
// and removes one after a question.
func TestRulesAreOrderedAndStopped(t *testing.T) {
	core := typical()
	core.actions.list.Rules[0].Stopped = true
	f, p := actionsOf(t, core)
	p.turn("Rules")
	v := p.showing().(*ruleList)
	mustSay(t, f, "It ran again and again for the same file")
	press(t, f, "Let it run again")
	if got := last[state.PauseDefinition](t, core); got != (state.PauseDefinition{Kind: "rule", Name: "New posters"}) {
		t.Errorf("let go by %+v", got)
	}
	words := func(i int) (labels []string) {
		for _, item := range v.menu(i, nil) {
			labels = append(labels, item.Label)
		}
		return labels
	}
	if slices.Contains(words(0), "Move up") || slices.Contains(words(1), "Move down") {
		t.Error("a rule can be moved out of the list")
	}
	v.menu(1, nil)[1].Action()
	if got := last[state.MoveRule](t, core); got != (state.MoveRule{Name: "Tidy up", To: 0}) {
		t.Errorf("moved by %+v", got)
	}
	items := v.menu(1, nil)
	items[len(items)-1].Action()
	press(t, f, "Remove rule")
	if len(core.actions.list.Rules) != 1 {
		t.Error("the rule was not removed")
	}
}

// TestTheLog filters, shows a run whole, and sends again.
func TestTheLog(t *testing.T) {
	core := typical()
	f, p := actionsOf(t, core)
	p.turn("Log")
	v := p.showing().(*actionLog)
	if len(v.runs) != 3 {
		t.Fatalf("%d runs, want 3", len(v.runs))
	}
	v.filter.SetText("Old")
	v.state.SetSelected("failed")
	if len(v.runs) != 1 {
		t.Errorf("the filters leave %d runs, want 1", len(v.runs))
	}
	press(t, f, "Send the failed again")
	if got := last[state.ResendFailed](t, core).Filter; got.Text != "Old" || got.State != "failed" || got.Limit != 0 {
		t.Errorf("sent again with the filter %+v", got)
	}
	v.list.Select(0)
	if _, is := p.showing().(*runSheet); !is {
		t.Fatal("the run does not open")
	}
	if !reads(f, "Host: printer.example.com") || !reads(f, "out of paper") {
		t.Error("request and answer are not shown")
	}
	mustSay(t, f, "answered 503 after 84 ms")
	press(t, f, "Copy as curl")
	if got := f.app.Clipboard().Content(); got != "curl -X POST https://printer.example.com/jobs" {
		t.Errorf("the clipboard has %q", got)
	}
	press(t, f, "Send again")
	if got := last[state.ResendRun](t, core); got.Run != "r1" {
		t.Errorf("sent again: %+v", got)
	}
	v.filter.SetText("nothing is called so")
	mustSay(t, f, "No run is like this.")
	if !v.resend.Disabled() {
		t.Error("nothing failed, yet it can be sent again")
	}
}

// TestARunThatWaits is answered above any page, and in the log.
func TestARunThatWaits(t *testing.T) {
	core := typical()
	core.st.Actions.Waiting = []state.ActionRun{{ID: "r3", Action: "archive", DisplayName: "Archive", Title: "Spring poster A1.pdf", Person: "Mara Vogel"}, {ID: "r4"}}
	f := newTestFace(t, core)
	mustSay(t, f, "Mara Vogel wants to run “Archive” on Spring poster A1.pdf. 1 more question waits.")
	press(t, f, "No")
	press(t, f, "Run it")
	want := []any{state.DecideRun{Run: "r3"}, state.DecideRun{Run: "r3", Yes: true}}
	if got := core.did(); !reflect.DeepEqual(got, want) {
		t.Errorf("commands %v, want %v", got, want)
	}
	core.st.Actions.Waiting = nil
	follow(f, core)
	if f.unsure.all.Visible() {
		t.Error("the question stays after its answer")
	}
	f.open("Actions")
	p := f.pages["Actions"].(*actions)
	p.enter(newRunSheet(p, core.actions.runs[0]))
	press(t, f, "Run it")
	if got := last[state.DecideRun](t, core); got != (state.DecideRun{Run: "r3", Yes: true}) {
		t.Errorf("answered by %+v", got)
	}
}

// TestWhichFileIsThis asks once, remembers, and takes it back.
func TestWhichFileIsThis(t *testing.T) {
	core := typical()
	core.st.Actions.Unknown = []state.UnknownDocument{{DocumentID: "63a1", Person: "Mara Vogel", Action: "Archive"}}
	f := newTestFace(t, core)
	mustSay(t, f, "Which file is it? (Mara Vogel · 63a1)")
	press(t, f, "Choose the file")
	search, ok := find(f, func(e *widget.Entry) bool { return e.PlaceHolder == "Search your shared files" })
	if !ok || f.win.Canvas().Focused() != search {
		t.Fatal("no search box that waits for words")
	}
	test.Type(search, "Logo")
	search.OnSubmitted(search.Text)
	if got := last[state.NameDocument](t, core); got != (state.NameDocument{DocumentID: "63a1", File: "f3"}) {
		t.Errorf("named by %+v", got)
	}
	mustSay(t, f, "From now on that document is Logo dark.svg.")
	press(t, f, "Undo")
	if got := last[state.ForgetDocument](t, core); got.DocumentID != "63a1" {
		t.Errorf("taken back by %+v", got)
	}
	press(t, f, "Leave it")
	if got := last[state.NameDocument](t, core); got != (state.NameDocument{DocumentID: "63a1"}) {
		t.Errorf("dropped by %+v", got)
	}
}

// TestTheReceiver starts, is used in a new action, and shows what arrives.
func TestTheReceiver(t *testing.T) {
	core := typical()
	f, p := actionsOf(t, core)
	p.turn("Receiver")
	press(t, f, "Start the receiver")
	mustSay(t, f, binURL)
	press(t, f, "Copy")
	if got := f.app.Clipboard().Content(); got != binURL {
		t.Errorf("the clipboard has %q", got)
	}
	press(t, f, "Use it in a new action")
	m := p.showing().(*actionForm)
	if m.web.url.Text != binURL {
		t.Errorf("the new action sends to %q", m.web.url.Text)
	}
	mustSay(t, f, "Leads to this computer")

	p.turn("Receiver")
	core.actions.bin.Arrived = []state.Arrival{{Time: moment, Method: "POST", URL: "/", Headers: []string{"Content-Type: application/json"}, Body: `{"name": "Poster.pdf"}`, Cut: true}}
	core.st.Actions.Changes++
	follow(f, core)
	mustSay(t, f, "POST /")
	v := p.showing().(*receiver)
	open, _ := find(f, func(b *widget.Button) bool {
		return b.Icon != nil && b.Icon.Name() == icon("right").Name() && b.Text == ""
	})
	test.Tap(open)
	if v.opened == "" || !reads(f, "Content-Type: application/json") || !reads(f, `{"name": "Poster.pdf"}`) {
		t.Error("the message is not shown whole")
	}
	mustSay(t, f, "too long to keep")
	press(t, f, "Clear")
	mustSay(t, f, "Nothing has arrived yet.")
	mustSay(t, f, binURL)
}

// TestFilesByHand runs an action on two ticked files, and on one from its
// details; only actions for all their folders are offered.
func TestFilesByHand(t *testing.T) {
	core := typical()
	f, p := actionsOf(t, core)
	p.turn("Files")
	v := p.showing().(*actionFiles)
	if !v.run.Disabled() {
		t.Error("an action can be run on no file")
	}
	tick := func(name string) {
		row, ok := find(f, func(r *fileRow) bool { return r.file.Name == name })
		if !ok {
			t.Fatalf("no row for %s", name)
		}
		test.Tap(row.tick)
	}
	offered := func() (names []string) {
		for _, item := range v.choices() {
			names = append(names, item.Label)
		}
		return names
	}
	tick("Spring poster A1.pdf")
	tick("Logo dark.svg")
	mustSay(t, f, "2 files are ticked")
	if got := offered(); !slices.Equal(got, []string{"Archive"}) {
		t.Errorf("for files of two folders %v are offered, want only what is for both and switched on", got)
	}
	tick("Logo dark.svg")
	tick("Old poster.pdf")
	if got := offered(); !slices.Equal(got, []string{"Send to the printer", "Archive"}) {
		t.Errorf("offered are %v", got)
	}
	v.choices()[0].Action()
	if got := last[state.RunAction](t, core); got.Name != "print" || !slices.Equal(got.Files, []string{"f1", "f2"}) {
		t.Errorf("run by %+v", got)
	}
	mustSay(t, f, "2 done")

	v.list.Select(0)
	mustSay(t, f, "/home/anna/Documents/Campaign 2026/Spring poster A1.pdf")
	mustSay(t, f, "by the rule “New posters”")
	core.refuse["state.RunAction"] = errRefused
	press(t, f, "Archive")
	mustSay(t, f, errRefused.Error())
	p.runOn(core.actions.list.Actions[1])
	if got := offered(); !slices.Equal(got, []string{"Archive"}) {
		t.Errorf("of one action %v are offered", got)
	}
}

// TestF1TheNameIsAButton opens the details of a file in an action's folder, which
// the settings write in small letters, and of one that lies elsewhere.
func TestF1TheNameIsAButton(t *testing.T) {
	for at, want := range map[int]bool{0: true, 2: false} {
		core := typical()
		core.actions.list.Actions[0].Folders = []string{"campaign 2026"}
		f, p := actionsOf(t, core)
		p.turn("Files")
		p.showing().(*actionFiles).list.Select(at)
		mustSay(t, f, "What can be done")
		_, got := find(f, func(b *widget.Button) bool { return b.Text == "Send to the printer" })
		if got != want {
			t.Errorf("file %d has the button: %v, want %v", at, got, want)
		}
		if !want {
			continue
		}
		press(t, f, "Send to the printer")
		if run := last[state.RunAction](t, core); run.Name != "print" || !slices.Equal(run.Files, []string{"f1"}) {
			t.Errorf("run by %+v", run)
		}
	}
}

// TestKeyboardReachesTheForms walks the focus around every tab and sheet.
func TestKeyboardReachesTheForms(t *testing.T) {
	core := typical()
	f, p := actionsOf(t, core)
	core.actions.bin.URL = binURL
	for _, tab := range actionTabs() {
		p.turn(tab.name)
		wantReached(t, f, tab.name)
	}
	for name, lay := range sheets(p, core) {
		lay()
		wantReached(t, f, name)
	}
	if newTextArea(1).AcceptsTab() {
		t.Error("Tab does not leave a text of several lines")
	}
}
