//go:build !headless || ci

package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"folderfront/app/state"
)

// actions shows the custom actions, the rules that run them, and what they did.
// They are defined in the settings file.
type actions struct {
	face    *face
	defined *rows
	filter  *widget.Entry
	runs    *rows
	drawn   state.Activity // the newest activity that the log was fetched for
	asked   int
	all     fyne.CanvasObject
}

// shownRuns is how much of the log the page shows.
const shownRuns = 50

func newActions(f *face) page {
	p := &actions{face: f, defined: newRows(), runs: newRows(), filter: widget.NewEntry()}
	p.filter.SetPlaceHolder(lang.L("Filter by person, file or folder"))
	p.filter.SetIcon(icon("search"))
	p.filter.OnChanged = func(string) { p.fetch() }
	p.all = scrolled(
		heading(lang.L("Actions")),
		card(strong(lang.L("Actions and rules")),
			flush(prose(lang.L("An action sends a file, or word of it, to another program, when Workfront asks or when a rule says so. Define them in the settings file."))),
			p.defined.all,
			left(button(lang.L("Open Settings"), "", func() { f.open("Settings") }))),
		card(strong(lang.L("What they did")), p.filter, p.runs.all),
	)
	return p
}

func (p *actions) object() fyne.CanvasObject { return p.all }

// render fetches anew at first, and when something has happened.
func (p *actions) render(st state.State) {
	var newest state.Activity
	if len(st.Recent) > 0 {
		newest = st.Recent[0]
	}
	if p.asked == 0 || newest != p.drawn {
		p.drawn = newest
		p.fetch()
	}
}

// fetch asks for what is defined and for the log. A late answer to an old
// question is dropped.
func (p *actions) fetch() {
	p.asked++
	mine := p.asked
	var list state.ActionList
	p.face.ask(state.ListActions{}, &list, func(err error) {
		if mine == p.asked && p.told(err) {
			p.showDefined(list)
		}
	})
	var runs []state.ActionRun
	p.face.ask(state.ActionLog{Text: p.filter.Text, Limit: shownRuns}, &runs, func(err error) {
		if mine == p.asked && p.told(err) {
			p.showRuns(runs)
		}
	})
}

// told reports whether all is well, and tells of a failure.
func (p *actions) told(err error) bool {
	if err != nil {
		p.face.notice.fail(err)
	}
	return err == nil
}

func (p *actions) showDefined(list state.ActionList) {
	p.defined.show(list, lang.L("No action is defined yet."), func() (made []fyne.CanvasObject) {
		for _, a := range list.Actions {
			made = append(made, definedRow("actions", a.DisplayName, a.Kind, a.Paused))
		}
		for _, r := range list.Rules {
			made = append(made, definedRow("refresh", r.Name, r.Sentence, r.Paused || r.Stopped))
		}
		return made
	})
}

func definedRow(iconName, name, second string, paused bool) fyne.CanvasObject {
	r := newRow()
	state := ""
	if paused {
		state = lang.L("paused")
	}
	r.show(iconName, colorAccent, name, second, state)
	return r
}

func (p *actions) showRuns(runs []state.ActionRun) {
	p.runs.show(runs, lang.L("No action has run yet."), func() (made []fyne.CanvasObject) {
		for _, run := range runs {
			made = append(made, p.runRow(run))
		}
		return made
	})
}

// runRow is one run: one that waits asks for a yes or no, any other can be sent
// again.
func (p *actions) runRow(run state.ActionRun) fyne.CanvasObject {
	f := p.face
	iconName, color := "check", colorAccent
	buttons := []fyne.CanvasObject{quiet(lang.L("Send again"), "", func() { f.do(state.ResendRun{Run: run.ID}, p.fetch) })}
	words := map[string]string{"done": lang.L("done"), "pending": lang.L("under way"), "waiting": lang.L("waits for your yes"), "failed": lang.L("failed")}
	switch run.State {
	case "waiting":
		iconName = "warning"
		buttons = []fyne.CanvasObject{
			button(lang.L("No"), "", func() { f.do(state.DecideRun{Run: run.ID}, p.fetch) }),
			primary(lang.L("Run it"), func() { f.do(state.DecideRun{Run: run.ID, Yes: true}, p.fetch) }),
		}
	case "pending":
		iconName = "refresh"
	case "failed":
		iconName, color = "warning", colorAmber
	}
	r := newRow(buttons...)
	r.show(iconName, color, run.Title, joined(run.Action, words[run.State], run.Error, run.Person), f.format.when(run.Time, f.now()))
	return r
}
