//go:build !headless || ci

package ui

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"folderfront/app/state"
)

// actions makes custom actions and the rules that run them, runs them by hand,
// and shows what they did. It has a few tabs; a form or a detail, a sheet, is
// laid over its tab until it is left.
type actions struct {
	face    *face
	list    state.ActionList // what is configured
	head    *fyne.Container  // heading and tabs, or the sheet's title
	hint    fyne.CanvasObject
	body    *fyne.Container
	tabs    []*widget.Button
	views   map[string]view
	current string
	over    []sheet
	asked   int
	changes int64
	all     fyne.CanvasObject
}

// view is what a tab shows. Update is called when what is configured, or the
// State, has changed.
type view interface {
	object() fyne.CanvasObject
	update()
}

// sheet is laid over a tab. Its main act stands beside its title; it may be nil,
// as may what the keyboard is to be at when it is laid.
type sheet interface {
	view
	title() string
	act() fyne.CanvasObject
	focus() fyne.Focusable
}

// tab is a part of the page by its name.
type tab struct {
	name  string // English, the key of its translations
	build func(*actions) view
}

// actionTabs are the tabs, in order.
func actionTabs() []tab {
	return []tab{
		{"Actions", newActionList},
		{"Rules", newRuleList},
		{"Log", newActionLog},
		{"Files", newActionFiles},
		{"Receiver", newReceiver},
	}
}

func newActions(f *face) page {
	p := &actions{face: f, head: container.NewStack(), body: container.NewStack(), views: map[string]view{}, current: "Actions"}
	for _, tab := range actionTabs() {
		p.tabs = append(p.tabs, widget.NewButton(lang.L(tab.name), func() { p.turn(tab.name) }))
	}
	refresh := prose(lang.L("Workfront still knows another list of actions. Ask your Workfront administrator to open the integration under Setup > Documents and save it again; then the buttons change."))
	p.hint = grounded(newPanel(colorChosen, colorAccent, 8), flush(refresh))
	p.hint.Hide()
	top := container.New(layout.NewCustomPaddedLayout(around, between, 0, 0), stack(between, p.head, p.hint))
	band := container.New(column{band: true}, top)
	p.all = container.New(layout.NewBorderLayout(band, nil, nil, nil), band, p.body)
	return p
}

func (p *actions) object() fyne.CanvasObject { return p.all }

// render fetches anew when something about actions has changed.
func (p *actions) render(st state.State) {
	visible(p.hint, st.Actions.Refresh && len(p.over) == 0)
	if p.asked == 0 {
		p.turn(p.current)
	}
	if p.asked == 0 || p.changes != st.Actions.Changes {
		p.changes = st.Actions.Changes
		p.fetch()
		return
	}
	p.showing().update()
}

// fetch asks for what is configured. A late answer to an old question is
// dropped.
func (p *actions) fetch() {
	p.asked++
	mine := p.asked
	var list state.ActionList
	p.face.ask(state.ListActions{}, &list, func(err error) {
		if mine != p.asked {
			return
		}
		if err != nil {
			p.face.notice.fail(err)
			return
		}
		p.list = list
		p.showing().update()
	})
}

// showing is what lies on top.
func (p *actions) showing() view {
	if n := len(p.over); n > 0 {
		return p.over[n-1]
	}
	v := p.views[p.current]
	if v == nil {
		for _, tab := range actionTabs() {
			if tab.name == p.current {
				v = tab.build(p)
			}
		}
		p.views[p.current] = v
	}
	return v
}

// turn opens a tab and puts away whatever lies over it.
func (p *actions) turn(name string) {
	p.current, p.over = name, nil
	p.lay()
}

// enter lays a sheet over what is shown.
func (p *actions) enter(s sheet) {
	p.over = append(p.over, s)
	p.lay()
	if at := s.focus(); at != nil {
		p.face.win.Canvas().Focus(at)
	}
}

// leave puts a sheet and what lies over it away, having fetched what it may have
// changed. A sheet may ask for it late, when the person has gone elsewhere.
func (p *actions) leave(s sheet) {
	if i := slices.Index(p.over, s); i >= 0 {
		p.over = p.over[:i]
		p.lay()
	}
	p.fetch()
}

func (p *actions) lay() {
	v := p.showing()
	visible(p.hint, p.face.st.Actions.Refresh && len(p.over) == 0)
	if s, is := v.(sheet); is {
		set(p.head, sheetHead(p, s))
	} else {
		set(p.head, p.tabHead())
	}
	set(p.body, v.object())
	v.update()
}

// tabHead is the heading with the tabs, of which the current one stands out.
func (p *actions) tabHead() fyne.CanvasObject {
	all := actionTabs()
	row := line(4)
	for i, tab := range p.tabs {
		tab.Importance = widget.LowImportance
		if all[i].name == p.current {
			tab.Importance = widget.MediumImportance
		}
		tab.Refresh()
		row.Add(tab)
	}
	return stack(inside, heading(lang.L("Actions")), row)
}

func sheetHead(p *actions, s sheet) fyne.CanvasObject {
	title := container.NewBorder(nil, nil, quiet(lang.L("Back"), "left", func() { p.leave(s) }), nil, padLeft(inside, middle(heading(s.title()))))
	if act := s.act(); act != nil {
		return ends(title, act)
	}
	return title
}

// told reports whether all is well, and tells of a failure.
func (p *actions) told(err error) bool {
	if err != nil {
		p.face.notice.fail(err)
	}
	return err == nil
}

// remove removes a definition after a question, then runs after.
func (p *actions) remove(kind, name, question, meaning, act string, after func()) {
	p.face.confirm(question, meaning, act, func() {
		p.face.do(state.RemoveDefinition{Kind: kind, Name: name}, func() {
			if after != nil {
				after()
			}
			p.fetch()
		})
	})
}

// pause switches a definition off or on.
func (p *actions) pause(kind, name string, paused bool) func() {
	return func() { p.face.do(state.PauseDefinition{Kind: kind, Name: name, Paused: paused}, p.fetch) }
}

// named finds an action by its name.
func (p *actions) named(name string) (state.Action, bool) {
	for _, a := range p.list.Actions {
		if a.Name == name {
			return a, true
		}
	}
	return state.Action{}, false
}

// display is what an action is called for a person.
func (p *actions) display(name string) string {
	if a, ok := p.named(name); ok && a.DisplayName != "" {
		return a.DisplayName
	}
	return name
}

// scrolling is the body of a tab or a sheet that scrolls as a whole.
func scrolling(objects ...fyne.CanvasObject) *following {
	return newFollowing(container.New(column{band: true},
		container.New(layout.NewCustomPaddedLayout(0, around, 0, 0), stack(between, objects...))))
}

// listing is a body whose last part takes the room that is left and scrolls by
// itself. The keyboard goes through it from the top.
func listing(last fyne.CanvasObject, above ...fyne.CanvasObject) fyne.CanvasObject {
	top := container.New(layout.NewCustomPaddedLayout(0, inside, 0, 0), stack(inside, above...))
	ground := container.NewStack(newPanel(colorSurface, colorEdge, 10), container.New(layout.NewCustomPaddedLayout(inside, inside, between, inside), last))
	return container.New(column{band: true}, container.New(layout.NewCustomPaddedLayout(0, around, 0, 0),
		container.New(layout.NewBorderLayout(top, nil, nil, nil), top, ground)))
}

// nothing is the body of a tab that has nothing to list yet.
func nothing(iconName, sentence string, action fyne.CanvasObject) fyne.CanvasObject {
	return container.New(column{band: true}, empty(iconName, sentence, action))
}
