//go:build !headless || ci

package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"folderfront/app/state"
)

// runSheet is one run of the log: what was sent in each attempt, what came back,
// and what can be done about it.
type runSheet struct {
	page    *actions
	run     state.ActionRun
	summary *row
	decide  *fyne.Container
	again   *widget.Button
	tries   *rows
	asked   int
	changes int64
	scroll  fyne.CanvasObject
}

func newRunSheet(p *actions, run state.ActionRun) *runSheet {
	s := &runSheet{page: p, run: run, summary: newRow(), tries: newRows()}
	answer := func(yes bool) func() {
		return func() { p.face.do(state.DecideRun{Run: s.run.ID, Yes: yes}, s.fetch) }
	}
	s.decide = left(button(lang.L("No"), "", answer(false)), button(lang.L("Run it"), "check", answer(true)))
	s.again = primary(lang.L("Send again"), func() {
		p.face.do(state.ResendRun{Run: s.run.ID}, func() { p.turn("Log") })
	})
	s.scroll = scrolling(card(s.summary, s.decide), s.tries.all)
	s.show()
	return s
}

func (s *runSheet) title() string { return s.run.Title }

func (s *runSheet) act() fyne.CanvasObject { return s.again }

func (s *runSheet) focus() fyne.Focusable { return nil }

func (s *runSheet) object() fyne.CanvasObject { return s.scroll }

// update fetches when something has happened, as the run may go on.
func (s *runSheet) update() {
	if changes := s.page.face.st.Actions.Changes; s.asked == 0 || changes != s.changes {
		s.changes = changes
		s.fetch()
	}
}

func (s *runSheet) fetch() {
	s.asked++
	mine := s.asked
	var run state.ActionRun
	s.page.face.ask(state.ActionDetail{Run: s.run.ID}, &run, func(err error) {
		if mine == s.asked && s.page.told(err) {
			s.run = run
			s.show()
		}
	})
}

func (s *runSheet) show() {
	showRun(s.page, s.summary, s.run)
	visible(s.decide, s.run.State == "waiting")
	visible(s.again, s.run.State == "done" || s.run.State == "failed")
	s.tries.show(s.run.Attempts, lang.L("Nothing has been tried yet."), func() (made []fyne.CanvasObject) {
		for i, t := range s.run.Attempts {
			made = append(made, s.attempt(i, t))
		}
		return made
	})
}

// attempt is one try, with a button for those who want to try it in a terminal.
func (s *runSheet) attempt(i int, t state.ActionAttempt) fyne.CanvasObject {
	f := s.page.face
	objects := []fyne.CanvasObject{}
	title := lang.L("Attempt {{.N}}", map[string]any{"N": i + 1})
	head := stack(2, strong(title), small(joined(f.format.Moment(t.Time), answered(t), t.Error)))
	if t.Curl != "" {
		head = ends(head, newCopyButton(f, lang.L("Copy as curl"), func(use func(string)) { use(t.Curl) }).Button)
	}
	objects = append(objects, head)
	for _, part := range []struct{ name, text string }{{lang.L("Request"), t.Request}, {lang.L("Response"), t.Response}} {
		if strings.TrimSpace(part.text) == "" {
			continue
		}
		shown := newCode()
		shown.set(part.text)
		objects = append(objects, small(part.name), shown.all)
	}
	return card(objects...)
}
