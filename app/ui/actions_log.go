//go:build !headless || ci

package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"folderfront/app/state"
)

// actionLog is the tab with what the actions did, newest first. A click on a run
// shows what was sent and what came back.
type actionLog struct {
	page    *actions
	filter  *widget.Entry
	state   *pick
	action  *pick
	trigger *pick
	resend  *widget.Button
	list    *widget.List
	none    fyne.CanvasObject
	nothing *text // the filter chooses none
	runs    []state.ActionRun
	asked   int
	changes int64
	waits   settler
	all     fyne.CanvasObject
}

// shownRuns is how much of the log the tab shows; the filter finds the rest.
const shownRuns = 500

func newActionLog(p *actions) view {
	v := &actionLog{page: p, filter: widget.NewEntry(), nothing: small(""), waits: settler{face: p.face}}
	v.filter.SetPlaceHolder(lang.L("Filter by person, file or rule"))
	v.filter.SetIcon(icon("search"))
	v.filter.OnChanged = func(string) { v.waits.soon(v.fetch) }
	refetch := func(string) { v.fetch() }
	v.state = newPick([]option{{"", lang.L("whatever came of it")}, {"failed", lang.L("failed")}, {"waiting", lang.L("waits for your yes")}, {"pending", lang.L("under way")}, {"done", lang.L("done")}}, refetch)
	v.trigger = newPick(append([]option{{"", lang.L("whoever ran it")}}, spoken(runTriggers)...), refetch)
	v.action = newPick(nil, refetch)
	v.resend = button(lang.L("Send the failed again"), "refresh", v.resendFailed)
	v.list = widget.NewList(func() int { return len(v.runs) }, func() fyne.CanvasObject { return newRow().listed() },
		func(i widget.ListItemID, o fyne.CanvasObject) {
			if i < len(v.runs) {
				showRun(p, o.(*row), v.runs[i])
			}
		})
	v.list.OnSelected = func(i widget.ListItemID) {
		v.list.Unselect(i)
		p.enter(newRunSheet(p, v.runs[i]))
	}
	v.none = empty("history", lang.L("No action has run yet. Each run is listed here with what was sent and what came back."), nil)
	v.all = listing(container.NewStack(v.list, v.none, container.NewCenter(v.nothing)),
		container.NewBorder(nil, nil, nil, v.resend, v.filter), container.NewGridWithColumns(3, v.action, v.state, v.trigger))
	return v
}

func (v *actionLog) object() fyne.CanvasObject { return v.all }

// update offers the actions there are, and fetches when something has happened.
func (v *actionLog) update() {
	options := []option{{"", lang.L("all actions")}}
	for _, a := range v.page.list.Actions {
		options = append(options, option{a.Name, a.DisplayName})
	}
	v.action.offer(options)
	if changes := v.page.face.st.Actions.Changes; v.asked == 0 || changes != v.changes {
		v.changes = changes
		v.fetch()
	}
}

// chosen is what the filters say.
func (v *actionLog) chosen() state.ActionLog {
	return state.ActionLog{Text: v.filter.Text, Action: v.action.value(), State: v.state.value(), Trigger: v.trigger.value()}
}

// fetch asks for the log. A late answer to an old filter is dropped.
func (v *actionLog) fetch() {
	v.asked++
	mine := v.asked
	ask := v.chosen()
	filtered := ask != state.ActionLog{}
	ask.Limit = shownRuns
	var runs []state.ActionRun
	v.page.face.ask(ask, &runs, func(err error) {
		if mine != v.asked || !v.page.told(err) {
			return
		}
		v.runs = runs
		visible(v.list, len(runs) > 0)
		visible(v.none, len(runs) == 0 && !filtered)
		v.nothing.set(lang.L("No run is like this."))
		visible(v.nothing, len(runs) == 0 && filtered)
		v.allowResend()
		v.list.Refresh()
	})
}

// allowResend offers to send again while a failed run is to be seen.
func (v *actionLog) allowResend() {
	v.resend.Disable()
	for _, run := range v.runs {
		if run.State == "failed" {
			v.resend.Enable()
		}
	}
}

// resendFailed sends again what failed among what the filters choose.
func (v *actionLog) resendFailed() {
	var resent state.Resent
	v.page.face.ask(state.ResendFailed{Filter: v.chosen()}, &resent, func(err error) {
		if v.page.told(err) {
			v.fetch()
		}
	})
}

// logOf shows what an action did.
func (p *actions) logOf(a state.Action) {
	p.turn("Log")
	log := p.views["Log"].(*actionLog)
	log.filter.SetText("")
	log.state.set("")
	log.trigger.set("")
	log.action.set(a.Name)
	log.fetch()
}

// runTriggers are who or what can run an action.
var runTriggers = []option{
	{"workfront", "from Workfront"},
	{"hand", "by hand"},
	{"rule", "by a rule"},
	{"api", "by a script"},
	{"test", "as a test"},
	{"resend", "sent again"},
}

// runStates are the words for how a run stands.
var runStates = map[string]string{"done": "done", "pending": "under way", "waiting": "waits for your yes", "failed": "failed"}

// showRun fills a row with a run: the file, what was done and why, and when.
func showRun(p *actions, r *row, run state.ActionRun) {
	iconName, color := runIcon(run)
	title := run.Title
	if more := len(run.Files) - 1; more > 0 {
		title += " " + lang.N("and {{.N}} more files", more, map[string]any{"N": more})
	}
	r.show(iconName, color, title, joined(brief(p.display(run.Action)), lang.L(runStates[run.State]), run.Error, whyRan(run), run.Person),
		p.face.format.When(run.Time, p.face.now()))
}

// whyRan says what made an action run.
func whyRan(run state.ActionRun) string {
	if run.Rule != "" {
		return lang.L("by the rule “{{.Rule}}”", map[string]any{"Rule": brief(run.Rule)})
	}
	return lang.L(wordOf(runTriggers, run.Trigger))
}

func runIcon(run state.ActionRun) (string, fyne.ThemeColorName) {
	switch run.State {
	case "failed", "waiting":
		return "warning", colorAmber
	case "pending":
		return "refresh", colorMuted
	}
	return "check", colorAccent
}
