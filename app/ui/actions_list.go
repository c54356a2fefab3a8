//go:build !headless || ci

package ui

import (
	"net/url"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"folderfront/app/state"
)

// actionList is the tab with what can be done to a file, and where it leads.
type actionList struct {
	page        *actions
	actions     *rows
	connections *rows
	some        fyne.CanvasObject
	receivers   fyne.CanvasObject
	none        fyne.CanvasObject
	all         fyne.CanvasObject
}

func newActionList(p *actions) view {
	v := &actionList{page: p, actions: newRows(), connections: newRows()}
	v.none = nothing("actions", lang.L("An action does something with a file, or tells another program of it: at a click in Workfront, in the tray or here, or by a rule."),
		primary(lang.L("New action"), p.create))
	v.receivers = card(strong(lang.L("Where messages go")), v.connections.all)
	v.some = scrolling(card(ends(strong(lang.L("What can be done")), primary(lang.L("New action"), p.create)), v.actions.all), v.receivers)
	v.all = container.NewStack(v.some, v.none)
	return v
}

func (v *actionList) object() fyne.CanvasObject { return v.all }

// create lays an empty form open, ready for an address to be pasted.
func (p *actions) create() {
	p.turn("Actions")
	p.enter(newActionForm(p, state.Action{}))
}

func (v *actionList) update() {
	list := v.page.list
	has := len(list.Actions)+len(list.Connections) > 0
	visible(v.some, has)
	visible(v.none, !has)
	v.actions.show([]any{list.Actions, list.Connections}, lang.L("No action is defined yet."), func() (made []fyne.CanvasObject) {
		for _, a := range list.Actions {
			made = append(made, v.actionRow(a))
		}
		return made
	})
	visible(v.receivers, len(list.Connections) > 0)
	v.connections.show([]any{list.Actions, list.Connections}, "", func() (made []fyne.CanvasObject) {
		for _, c := range list.Connections {
			made = append(made, v.connectionRow(c))
		}
		return made
	})
}

func (v *actionList) actionRow(a state.Action) fyne.CanvasObject {
	p, f := v.page, v.page.face
	edit := quiet("", "edit", func() { p.enter(newActionForm(p, a)) })
	onOff := fyne.NewMenuItem(lang.L("Switch off"), p.pause("action", a.Name, true))
	if a.Paused {
		onOff = fyne.NewMenuItem(lang.L("Switch on"), p.pause("action", a.Name, false))
	}
	more := f.moreButton(
		fyne.NewMenuItem(lang.L("Change…"), edit.OnTapped),
		fyne.NewMenuItem(lang.L("Run on files…"), func() { p.runOn(a) }),
		fyne.NewMenuItem(lang.L("What it did"), func() { p.logOf(a) }),
		onOff,
		fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(lang.L("Remove…"), func() { v.removeAction(a) }))
	r := newRow(edit, more)
	iconName, color := "actions", colorAccent
	off := ""
	if a.Paused {
		iconName, color, off = "pause", colorMuted, lang.L("switched off")
	}
	r.show(iconName, color, a.DisplayName, joined(append([]string{off, p.does(a)}, offers(a)...)...), "")
	return r
}

// offers says where an action is to be found, and for what.
func offers(a state.Action) []string {
	var said []string
	if a.Workfront {
		said = append(said, lang.L("offered to Workfront"))
	}
	if a.Tray {
		said = append(said, lang.L("in the tray"))
	}
	if a.Confirm {
		said = append(said, lang.L("asks you first"))
	}
	where := lang.L("all folders")
	if len(a.Folders) > 0 {
		where = strings.Join(a.Folders, ", ")
	}
	return append(said, where)
}

// does says in a few words what an action does.
func (p *actions) does(a state.Action) string {
	switch a.Kind {
	case "builtin":
		if word, known := operationWords[a.Operation]; known {
			return lang.L(word)
		}
		return a.Operation
	case "command":
		return lang.L("runs {{.Program}}", map[string]any{"Program": brief(a.Program)})
	}
	for _, c := range p.list.Connections {
		if c.Name == a.Connection {
			return lang.L("sends to {{.Host}}", map[string]any{"Host": hostOf(c.URL)})
		}
	}
	return lang.L("sends to {{.Host}}", map[string]any{"Host": a.Connection})
}

// hostOf is the host of an address, or the address where it has none.
func hostOf(address string) string {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		return u.Host
	}
	return address
}

// uses counts the actions that send to a connection.
func (p *actions) uses(connection string) (n int) {
	for _, a := range p.list.Actions {
		if a.Connection == connection && a.Kind == "webhook" {
			n++
		}
	}
	return n
}

// removeAction asks first; a connection that nothing uses then goes with it.
func (v *actionList) removeAction(a state.Action) {
	p := v.page
	uses := slices.DeleteFunc(slices.Clone(p.list.Rules), func(r state.Rule) bool { return !slices.Contains(r.Steps, a.Name) })
	if len(uses) > 0 {
		p.face.confirm(lang.L("“{{.Name}}” is still used", map[string]any{"Name": brief(a.DisplayName)}),
			lang.L("The rule “{{.Rule}}” runs this action, so it stays. Change or remove the rule first.", map[string]any{"Rule": brief(uses[0].Name)}),
			lang.L("Open the rule"), func() {
				p.turn("Rules")
				p.enter(newRuleForm(p, uses[0]))
			})
		return
	}
	last := a.Kind == "webhook" && p.uses(a.Connection) == 1
	p.remove("action", a.Name, lang.L("Remove “{{.Name}}”?", map[string]any{"Name": brief(a.DisplayName)}),
		lang.L("Workfront, the tray and rules can no longer run it. What it did stays in the log, and no file is touched."),
		lang.L("Remove action"), func() {
			if last {
				p.face.do(state.RemoveDefinition{Kind: "connection", Name: a.Connection}, p.fetch)
			}
		})
}

// leads are the words for where a connection leads.
var leads = map[string]string{
	"internet": "Leads to the internet", "network": "Leads into your local network", "computer": "Leads to this computer",
}

func (v *actionList) connectionRow(c state.Connection) fyne.CanvasObject {
	p := v.page
	paused := fyne.NewMenuItem(lang.L("Switch off"), p.pause("connection", c.Name, true))
	if c.Paused {
		paused = fyne.NewMenuItem(lang.L("Switch on"), p.pause("connection", c.Name, false))
	}
	items := []*fyne.MenuItem{paused}
	if p.uses(c.Name) == 0 {
		items = append(items, fyne.NewMenuItemSeparator(), fyne.NewMenuItem(lang.L("Remove…"), func() {
			p.remove("connection", c.Name, lang.L("Remove “{{.Name}}”?", map[string]any{"Name": brief(c.Name)}),
				lang.L("No action uses it. Its password is forgotten; no file is touched."), lang.L("Remove connection"), nil)
		}))
	}
	r := newRow(p.face.moreButton(items...))
	iconName, color, off := "connection", colorAccent, ""
	if c.Paused {
		iconName, color, off = "pause", colorMuted, lang.L("switched off")
	}
	leadsTo := ""
	if words := leads[c.LeadsTo]; words != "" {
		leadsTo = lang.L(words)
	}
	r.show(iconName, color, c.Name, joined(off, c.URL, leadsTo), "")
	return r
}
