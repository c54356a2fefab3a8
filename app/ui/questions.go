//go:build !headless || ci

package ui

import (
	"cmp"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"folderfront/app/state"
)

// questionBar asks above every page what only the person knows: whether a run
// may go on, and which file a document of Workfront is. It asks one thing at a
// time; what was said of a document can be taken back at once.
type questionBar struct {
	face  *face
	words *widget.Label
	yes   *widget.Button
	no    *widget.Button
	all   fyne.CanvasObject
	named *state.NameDocument // the last answer, until it is put away
	file  string              // its name
}

func newQuestionBar(f *face) *questionBar {
	b := &questionBar{face: f, words: prose(""), yes: button("", "", nil), no: button("", "", nil)}
	b.all = notice(newPanel(colorChosen, colorAccent, 8), "actions", colorAccent, flush(b.words), b.no, b.yes)
	b.all.Hide()
	return b
}

// render asks the first question there is, unless a browser waits for an answer:
// there is room for one notice.
func (b *questionBar) render(st state.State) {
	b.all.Show()
	switch {
	case b.face.asking.all.Visible():
		b.all.Hide()
	case b.named != nil:
		b.confirmNamed()
	case len(st.Actions.Waiting) > 0:
		b.askRun(st.Actions.Waiting[0], len(st.Actions.Waiting)-1)
	case len(st.Actions.Unknown) > 0:
		b.askFile(st.Actions.Unknown[0], len(st.Actions.Unknown)-1)
	default:
		b.all.Hide()
	}
}

func (b *questionBar) ask(words string, more int, yes, no string, onYes, onNo func()) {
	if more > 0 {
		words += " " + lang.N("{{.N}} more questions wait", more, map[string]any{"N": more}) + "."
	}
	b.words.SetText(words)
	b.yes.SetText(yes)
	b.no.SetText(no)
	b.yes.OnTapped, b.no.OnTapped = onYes, onNo
}

// askRun asks whether a run may go on.
func (b *questionBar) askRun(run state.ActionRun, more int) {
	action := brief(cmp.Or(run.DisplayName, run.Action)) // it may be defined no more
	words := lang.L("“{{.Action}}” wants to run on {{.File}}.", map[string]any{"Action": action, "File": brief(run.Title)})
	if run.Person != "" {
		words = lang.L("{{.Person}} wants to run “{{.Action}}” on {{.File}}.",
			map[string]any{"Person": brief(run.Person), "Action": action, "File": brief(run.Title)})
	}
	decide := func(yes bool) func() {
		return func() { b.face.do(state.DecideRun{Run: run.ID, Yes: yes}, nil) }
	}
	b.ask(words, more, lang.L("Run it"), lang.L("No"), decide(true), decide(false))
}

// askFile asks which file a document is.
func (b *questionBar) askFile(d state.UnknownDocument, more int) {
	words := lang.L("Workfront asks for “{{.Action}}” on a document that is not known here yet. Which file is it?", map[string]any{"Action": brief(d.Action)})
	if who := joined(brief(d.Person), brief(d.DocumentID)); who != "" {
		words += " (" + who + ")"
	}
	b.ask(words, more, lang.L("Choose the file"), lang.L("Leave it"), func() {
		b.face.chooseFile(lang.L("Which file is this?"), func(file state.FileRef) { b.name(d, file) })
	}, func() { b.face.do(state.NameDocument{DocumentID: d.DocumentID}, nil) })
}

// name says which file a document is.
func (b *questionBar) name(d state.UnknownDocument, file state.FileRef) {
	answer := state.NameDocument{DocumentID: d.DocumentID, File: file.ID}
	b.face.do(answer, func() {
		b.named, b.file = &answer, file.Name
		b.face.render()
	})
}

// confirmNamed says what is remembered and offers to take it back.
func (b *questionBar) confirmNamed() {
	words := lang.L("From now on that document is {{.File}}. Run the action in Workfront once more.", map[string]any{"File": brief(b.file)})
	named := *b.named
	put := func() {
		b.named = nil
		b.face.render()
	}
	b.ask(words, 0, lang.L("Done"), lang.L("Undo"), put, func() {
		b.face.do(state.ForgetDocument{DocumentID: named.DocumentID}, put)
	})
}
