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

// trial is the part of a form that shows the message for a real file as it would
// be sent, and sends it once to see what comes back.
type trial struct {
	form     *actionForm
	file     state.FileRef // zero: the core picks one
	choose   *widget.Button
	address  *text
	message  *code
	send     *widget.Button
	result   *row
	response *code
	sent     *code
	more     *folded
	sending  bool // the button keeps the focus meanwhile, and does nothing
	asked    int
	all      *fyne.Container
}

func newTrial(m *actionForm) *trial {
	t := &trial{form: m, address: mono(""), message: newCode(), result: newRow(), response: newCode(), sent: newCode()}
	t.choose = button(lang.L("Choose a file"), "file", func() {
		m.page.face.chooseFile(lang.L("Show it for which file?"), t.use)
	})
	t.send = button(lang.L("Send a test"), "play", t.try)
	t.more = newFolded(lang.L("What was sent"), t.sent.all)
	m.fields["file"] = newField("", stack(0))
	t.all = card(ends(strong(lang.L("For a file of yours")), t.choose), m.fields["file"].all,
		container.NewBorder(nil, nil, middle(t.send), nil, padLeft(inside, t.result)),
		t.response.all, t.more.all, t.address, t.message.all)
	t.clear()
	return t
}

// clear forgets the result of the last test.
func (t *trial) clear() {
	t.result.Hide()
	t.response.set("")
	t.more.all.Hide()
}

func (t *trial) fill() {
	words := lang.L("Send a test")
	if t.form.draft.Action.Kind != "webhook" {
		words = lang.L("Try it on this file")
	}
	t.send.SetText(words)
}

// use takes another file.
func (t *trial) use(file state.FileRef) {
	t.file = file
	t.preview()
}

// ready reports whether there is anything to look at yet.
func (t *trial) ready() bool {
	d := t.form.draft
	switch d.Action.Kind {
	case "webhook":
		return d.Connection.URL != ""
	case "command":
		return d.Action.Program != ""
	}
	return true
}

// preview shows the message as it stands now, and what is wrong with it.
func (t *trial) preview() {
	t.asked++
	mine := t.asked
	if !t.ready() {
		t.address.set("")
		t.message.set("")
		return
	}
	var preview state.Preview
	t.form.page.face.ask(state.PreviewAction{Draft: t.form.named(), File: t.file.ID}, &preview, func(err error) {
		if mine != t.asked || t.form.leaving {
			return
		}
		if err != nil {
			preview.Problems = append(preview.Problems, state.FieldProblem{Sentence: err.Error()})
		}
		t.show(preview)
	})
}

func (t *trial) show(preview state.Preview) {
	t.form.complain(preview.Problems)
	if preview.File.Name != "" {
		t.choose.SetText(brief(preview.File.Name))
		t.file = preview.File
	}
	t.address.set(strings.TrimSpace(preview.Method + " " + preview.URL))
	visible(t.address, t.address.content != "")
	t.message.set(preview.Body)
	if preview.LeadsTo != "" {
		t.form.web.showLeads(preview.LeadsTo)
	}
	t.form.scroll.Refresh()
}

// try sends the message once, as the form stands.
func (t *trial) try() {
	m := t.form
	if t.sending {
		return
	}
	t.sending = true
	m.gather()
	t.clear()
	t.send.SetText(lang.L("Sending…"))
	password, signing := m.web.secrets()
	var run state.ActionRun
	m.page.face.ask(state.TestAction{Draft: m.named(), File: t.file.ID, Password: password, Signing: signing}, &run, func(err error) {
		t.sending = false
		t.fill()
		if m.leaving {
			return
		}
		if err != nil {
			run = state.ActionRun{State: "failed", Error: err.Error()}
		}
		t.tell(run)
	})
}

// tell shows what came of a test.
func (t *trial) tell(run state.ActionRun) {
	iconName, color, words := "check", colorAccent, lang.L("It works")
	if run.State != "done" {
		iconName, color, words = "warning", colorAmber, lang.L("It did not work")
	}
	var last state.ActionAttempt
	if n := len(run.Attempts); n > 0 {
		last = run.Attempts[n-1]
	}
	reason := run.Error
	if reason == "" {
		reason = last.Error
	}
	t.result.show(iconName, color, words, joined(answered(last), reason), "")
	t.result.Show()
	t.response.set(last.Response)
	t.sent.set(last.Request)
	visible(t.more.all, last.Request != "")
	t.form.scroll.Refresh()
}

// answered says what came back of an attempt, and how soon.
func answered(a state.ActionAttempt) string {
	if a.Status == 0 {
		return ""
	}
	return lang.L("answered {{.Status}} after {{.Milliseconds}} ms", map[string]any{
		"Status": a.Status, "Milliseconds": a.Took.Round(time.Millisecond).Milliseconds(),
	})
}
