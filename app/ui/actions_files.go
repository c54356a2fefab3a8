//go:build !headless || ci

package ui

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"folderfront/app/state"
)

// actionFiles is the tab in which actions are run by hand: on one file, from its
// details, or on all that are ticked.
type actionFiles struct {
	page   *actions
	search *fileSearch
	list   *widget.List
	ticked map[string]state.FileRef
	run    *widget.Button
	count  *text
	result *row
	action string // the only one to offer; "" for all
	only   *widget.Button
	all    fyne.CanvasObject
}

func newActionFiles(p *actions) view {
	v := &actionFiles{page: p, ticked: map[string]state.FileRef{}, count: small(""), result: newRow()}
	v.search = newFileSearch(p.face, func() { v.list.Refresh() })
	v.list = widget.NewList(func() int { return len(v.search.found) }, func() fyne.CanvasObject { return newFileRow(v) },
		func(i widget.ListItemID, o fyne.CanvasObject) {
			if i < len(v.search.found) {
				o.(*fileRow).fill(v.search.found[i])
			}
		})
	v.list.OnSelected = func(i widget.ListItemID) {
		v.list.Unselect(i)
		p.enter(newFileSheet(p, v.search.found[i]))
	}
	v.run = primary(lang.L("Run…"), nil)
	v.run.OnTapped = func() { p.face.menu(v.run, v.choices()...) }
	v.only = quiet("", "cross", func() { v.offerOnly("") })
	v.result.Hide()
	v.search.none.Hide()
	v.all = listing(container.NewStack(v.list, container.NewCenter(v.search.none)),
		container.NewBorder(nil, nil, nil, v.run, v.search.entry), ends(v.count, v.only), v.result)
	return v
}

func (v *actionFiles) object() fyne.CanvasObject { return v.all }

// update shows what can be run, and fetches at first.
func (v *actionFiles) update() {
	if v.search.asked == 0 {
		v.search.fetch()
	}
	v.tell()
}

// tell says how many files are ticked and lets actions run on them.
func (v *actionFiles) tell() {
	words := lang.L("Tick files to run an action on them, or open one.")
	if n := len(v.ticked); n > 0 {
		words = lang.N("{{.N}} files are ticked", n, map[string]any{"N": n})
	}
	v.count.set(words)
	visible(v.only, v.action != "")
	v.only.SetText(brief(v.page.display(v.action)))
	v.run.Disable()
	if len(v.choices()) > 0 {
		v.run.Enable()
	}
}

// files are the ticked ones, in a settled order.
func (v *actionFiles) files() (files []state.FileRef) {
	for _, file := range v.ticked {
		files = append(files, file)
	}
	slices.SortFunc(files, func(a, b state.FileRef) int { return int(a.Number - b.Number) })
	return files
}

// choices are the actions that all ticked files may have done to them.
func (v *actionFiles) choices() (items []*fyne.MenuItem) {
	files := v.files()
	for _, a := range v.page.runnable(files) {
		if v.action == "" || v.action == a.Name {
			items = append(items, fyne.NewMenuItem(a.DisplayName, func() { v.page.runNow(a, files, v.result) }))
		}
	}
	return items
}

func (v *actionFiles) offerOnly(action string) {
	v.action = action
	v.tell()
}

// runOn lets the person choose files for an action.
func (p *actions) runOn(a state.Action) {
	p.turn("Files")
	p.views["Files"].(*actionFiles).offerOnly(a.Name)
}

// searchFiles opens the files, ready for a word to search for.
func (p *actions) searchFiles() {
	p.turn("Files")
	p.face.win.Canvas().Focus(p.views["Files"].(*actionFiles).search.entry)
}

// runnable are the actions that may be run on all of some files now.
func (p *actions) runnable(files []state.FileRef) (fit []state.Action) {
	if len(files) == 0 {
		return nil
	}
	for _, a := range p.list.Actions {
		covers := !slices.ContainsFunc(files, func(file state.FileRef) bool {
			return len(a.Folders) > 0 && !slices.ContainsFunc(a.Folders, func(folder string) bool {
				return strings.EqualFold(folder, file.Folder) // the settings file may write it so
			})
		})
		if covers && !a.Paused {
			fit = append(fit, a)
		}
	}
	return fit
}

// runNow runs an action by hand and shows in the row what came of it.
func (p *actions) runNow(a state.Action, files []state.FileRef, result *row) {
	var ids []string
	for _, file := range files {
		ids = append(ids, file.ID)
	}
	result.show("refresh", colorMuted, a.DisplayName, lang.L("under way"), "")
	result.Show()
	var runs []state.ActionRun
	p.face.ask(state.RunAction{Name: a.Name, Files: ids}, &runs, func(err error) {
		if err != nil {
			result.show("warning", colorAmber, a.DisplayName, err.Error(), "")
			return
		}
		tellRuns(a, runs, result)
	})
}

// tellRuns sums up what came of the runs of an action.
func tellRuns(a state.Action, runs []state.ActionRun, result *row) {
	count := map[string]int{}
	reason := ""
	for _, run := range runs {
		count[run.State]++
		if run.Error != "" {
			reason = run.Error
		}
	}
	iconName, color := "check", colorAccent
	switch {
	case count["failed"] > 0 || count["waiting"] > 0:
		iconName, color = "warning", colorAmber
	case count["pending"] > 0:
		iconName, color = "refresh", colorMuted
	}
	var said []string
	for _, is := range []string{"done", "pending", "waiting", "failed"} {
		if n := count[is]; n > 0 {
			word := lang.L(runStates[is])
			if len(runs) > 1 {
				word = lang.L("{{.N}} {{.State}}", map[string]any{"N": n, "State": word})
			}
			said = append(said, word)
		}
	}
	result.show(iconName, color, a.DisplayName, joined(append(said, reason)...), "")
}

// fileRow is a file with a tick.
type fileRow struct {
	*row
	view *actionFiles
	tick *widget.Check
	file state.FileRef
}

func newFileRow(v *actionFiles) *fileRow {
	r := &fileRow{view: v, row: newDocumentRow()}
	r.tick = widget.NewCheck("", func(is bool) {
		if is {
			v.ticked[r.file.ID] = r.file
		} else {
			delete(v.ticked, r.file.ID)
		}
		v.tell()
	})
	r.row.all = container.NewBorder(nil, nil, container.NewCenter(r.tick), nil, r.row.all)
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer draws the row.
func (r *fileRow) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.row.all) }

func (r *fileRow) fill(file state.FileRef) {
	r.file = file
	_, is := r.view.ticked[file.ID]
	r.tick.Checked = is
	r.tick.Refresh()
	r.view.page.face.showFile(r.row, file)
}

// fileSheet is a file's details: where it lies, a button for each action, and
// what actions did with it.
type fileSheet struct {
	page    *actions
	file    state.FileRef
	buttons *fyne.Container
	offered []state.Action
	first   *widget.Button // of buttons; nil when there is none
	result  *row
	past    *rows
	asked   int
	changes int64
	scroll  fyne.CanvasObject
}

func newFileSheet(p *actions, file state.FileRef) *fileSheet {
	s := &fileSheet{page: p, file: file, buttons: stack(inside), result: newRow(), past: newRows()}
	s.result.Hide()
	where := newDocumentRow()
	p.face.showFile(where, file)
	where.second.set(joined(file.Folder, file.Path))
	s.scroll = scrolling(card(where), card(strong(lang.L("What can be done")), s.buttons, s.result), card(strong(lang.L("What was done")), s.past.all))
	return s
}

func (s *fileSheet) title() string { return s.file.Name }

func (s *fileSheet) act() fyne.CanvasObject { return nil }

func (s *fileSheet) focus() fyne.Focusable {
	if s.first == nil {
		return nil
	}
	return s.first
}

func (s *fileSheet) object() fyne.CanvasObject { return s.scroll }

// update shows the actions for the file, and fetches what they did when
// something has happened.
func (s *fileSheet) update() {
	offered := s.page.runnable([]state.FileRef{s.file})
	if s.asked == 0 || !slices.EqualFunc(offered, s.offered, func(a, b state.Action) bool { return a.Name == b.Name && a.DisplayName == b.DisplayName }) {
		s.offered = offered
		s.draw()
	}
	if changes := s.page.face.st.Actions.Changes; s.asked == 0 || changes != s.changes {
		s.changes = changes
		s.fetch()
	}
}

func (s *fileSheet) draw() {
	buttons := []fyne.CanvasObject{}
	s.first = nil
	for _, a := range s.offered {
		run := button(brief(a.DisplayName), "play", func() { s.page.runNow(a, []state.FileRef{s.file}, s.result) })
		buttons = append(buttons, left(run))
		if s.first == nil {
			s.first = run
		}
	}
	if len(buttons) == 0 {
		buttons = append(buttons, small(lang.L("No action is for this folder.")))
	}
	set(s.buttons, buttons...)
}

func (s *fileSheet) fetch() {
	s.asked++
	mine := s.asked
	var runs []state.ActionRun
	s.page.face.ask(state.ActionLog{File: s.file.ID, Limit: 20}, &runs, func(err error) {
		if mine != s.asked || !s.page.told(err) {
			return
		}
		s.past.show(runs, lang.L("Nothing yet."), func() (made []fyne.CanvasObject) {
			for _, run := range runs {
				r := newRow(quiet("", "right", func() { s.page.enter(newRunSheet(s.page, run)) }))
				showRun(s.page, r, run)
				r.name.set(s.page.display(run.Action))
				r.second.set(joined(lang.L(runStates[run.State]), run.Error, whyRan(run), run.Person))
				made = append(made, r)
			}
			return made
		})
	})
}
