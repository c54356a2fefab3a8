//go:build !headless || ci

package ui

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"folderfront/app/state"
)

// ruleList is the tab with what happens by itself, in the order in which the
// rules are asked.
type ruleList struct {
	page *actions
	rows *rows
	some fyne.CanvasObject
	none fyne.CanvasObject
	lack fyne.CanvasObject // there is no action to run yet
	all  fyne.CanvasObject
}

func newRuleList(p *actions) view {
	v := &ruleList{page: p, rows: newRows()}
	words := lang.L("A rule runs an action by itself, such as: when a PDF arrives in one of your folders, send it to the printer.")
	v.none = nothing("refresh", words, primary(lang.L("New rule"), v.create))
	v.lack = nothing("refresh", words+" "+lang.L("Make an action first."), primary(lang.L("New action"), p.create))
	v.some = scrolling(card(ends(strong(lang.L("What happens by itself")), primary(lang.L("New rule"), v.create)), v.rows.all))
	v.all = container.NewStack(v.some, v.none, v.lack)
	return v
}

func (v *ruleList) object() fyne.CanvasObject { return v.all }

func (v *ruleList) create() { v.page.enter(newRuleForm(v.page, state.Rule{})) }

func (v *ruleList) update() {
	list := v.page.list
	visible(v.some, len(list.Rules) > 0)
	visible(v.none, len(list.Rules) == 0 && len(list.Actions) > 0)
	visible(v.lack, len(list.Rules) == 0 && len(list.Actions) == 0)
	v.rows.show([]any{list.Rules, list.Actions}, "", func() (made []fyne.CanvasObject) {
		for i := range list.Rules {
			made = append(made, v.row(i))
		}
		return made
	})
}

// row is a rule with what can be done with it; a rule that ran in circles says
// so and can be let go again.
func (v *ruleList) row(i int) fyne.CanvasObject {
	p, rules := v.page, v.page.list.Rules
	rule := rules[i]
	edit := quiet("", "edit", func() { p.enter(newRuleForm(p, rule)) })
	r := newRow(edit, p.face.moreButton(v.menu(i, edit.OnTapped)...))
	matches := lang.N("{{.N}} files match now", rule.Matches, map[string]any{"N": rule.Matches})
	iconName, color := "refresh", colorAccent
	switch {
	case rule.Stopped:
		iconName, color, matches = "warning", colorAmber, ""
	case rule.Paused:
		iconName, color, matches = "pause", colorMuted, lang.L("switched off")
	}
	r.show(iconName, color, rule.Name, matches, "")
	sentence := flush(prose(p.sentence(rule)))
	if !rule.Stopped {
		return stack(0, r, padLeft(32, sentence))
	}
	stopped := prose(lang.L("It ran again and again for the same file, so it was stopped. No file is lost. Look at what it does, then let it run again."))
	again := left(button(lang.L("Let it run again"), "play", p.pause("rule", rule.Name, false)))
	return stack(inside, r, padLeft(32, stack(inside, sentence, flush(stopped), again)))
}

func (v *ruleList) menu(i int, edit func()) []*fyne.MenuItem {
	p, rules := v.page, v.page.list.Rules
	rule := rules[i]
	items := []*fyne.MenuItem{fyne.NewMenuItem(lang.L("Change…"), edit)}
	move := func(to int) func() {
		return func() { p.face.do(state.MoveRule{Name: rule.Name, To: to}, p.fetch) }
	}
	if i > 0 {
		items = append(items, fyne.NewMenuItem(lang.L("Move up"), move(i-1)))
	}
	if i < len(rules)-1 {
		items = append(items, fyne.NewMenuItem(lang.L("Move down"), move(i+1)))
	}
	onOff := fyne.NewMenuItem(lang.L("Switch off"), p.pause("rule", rule.Name, true))
	if rule.Paused {
		onOff = fyne.NewMenuItem(lang.L("Switch on"), p.pause("rule", rule.Name, false))
	}
	return append(items, onOff, fyne.NewMenuItemSeparator(), fyne.NewMenuItem(lang.L("Remove…"), func() {
		p.remove("rule", rule.Name, lang.L("Remove “{{.Name}}”?", map[string]any{"Name": brief(rule.Name)}),
			lang.L("Nothing happens by this rule any more. Its actions stay, and no file is touched."), lang.L("Remove rule"), nil)
	}))
}

// sentence is a rule in the person's language. Its templates are whole clauses,
// since languages differ in where the verb stands.
func (p *actions) sentence(r state.Rule) string {
	said := p.whenAndWhat(r)
	if r.Untag != "" {
		said = lang.L("{{.Sentence}} The tag “{{.Tag}}” is taken away first.", map[string]any{"Sentence": said, "Tag": r.Untag})
	}
	return said
}

func (p *actions) whenAndWhat(r state.Rule) string {
	where := lang.L("in any shared folder")
	if len(r.Folders) > 0 {
		where = lang.L("in {{.Folders}}", map[string]any{"Folders": listed(r.Folders, either)})
	}
	var steps []string
	for _, step := range r.Steps {
		steps = append(steps, lang.L("“{{.Action}}”", map[string]any{"Action": p.display(step)}))
	}
	parts := map[string]any{
		"Event": lang.L(wordOf(ruleEvents, r.On)), "Where": where,
		"Actions": listed(steps, next), "Often": ruleLimits(r),
	}
	if len(r.Conditions) == 0 {
		return lang.L("When {{.Event}} {{.Where}}, run {{.Actions}}; {{.Often}}.", parts)
	}
	parts["Conditions"] = conditionsOf(r)
	return lang.L("When {{.Event}} {{.Where}} and {{.Conditions}}, run {{.Actions}}; {{.Often}}.", parts)
}

// ruleLimits says how often a rule runs.
func ruleLimits(r state.Rule) string {
	once := lang.L(wordOf(ruleOnce, onceOf(r)))
	if r.PerMinute == 0 {
		return once
	}
	return lang.L("{{.Once}}, at most {{.N}} a minute", map[string]any{"Once": once, "N": r.PerMinute})
}

func onceOf(r state.Rule) string {
	if r.Once == "" {
		return "always"
	}
	return r.Once
}

func conditionsOf(r state.Rule) string {
	joint := both
	if r.Any {
		joint = either
	}
	var said []string
	for _, c := range r.Conditions {
		said = append(said, lang.L(ruleConditions[c.Operator], map[string]any{"Field": lang.L(wordOf(ruleFields, c.Field)), "Value": c.Value}))
	}
	return listed(said, joint)
}

// How two things are put together: templates to translate.
const (
	both   = "{{.A}} and {{.B}}"
	either = "{{.A}} or {{.B}}"
	next   = "{{.A}} then {{.B}}"
)

// listed puts names together, two by two.
func listed(names []string, joint string) string {
	var s string
	for i, name := range names {
		if i == 0 {
			s = name
			continue
		}
		s = lang.L(joint, map[string]any{"A": s, "B": name})
	}
	return s
}

// What a rule can be made of: each value with its words.
var (
	ruleEvents = []option{
		{"created", "a file is new"},
		{"changed", "a file changes"},
		{"uploaded", "Workfront uploads a file"},
		{"renamed", "a file is renamed"},
		{"moved", "a file is moved"},
		{"deleted", "a file is deleted"},
		{"tagged", "a file gets a tag"},
	}
	ruleFields = []option{
		{"name", "its name"},
		{"extension", "its ending"},
		{"path", "its path"},
		{"folder", "its folder"},
		{"size", "its size in bytes"},
		{"tag", "its tag"},
	}
	ruleOperators = []option{
		{"is", "is"},
		{"is not", "is not"},
		{"contains", "contains"},
		{"begins with", "begins with"},
		{"ends with", "ends with"},
		{"matches", "matches"},
		{"greater than", "is greater than"},
		{"less than", "is less than"},
	}
	ruleConditions = map[string]string{ // by the operator
		"is": "{{.Field}} is “{{.Value}}”", "is not": "{{.Field}} is not “{{.Value}}”", "contains": "{{.Field}} contains “{{.Value}}”",
		"begins with": "{{.Field}} begins with “{{.Value}}”", "ends with": "{{.Field}} ends with “{{.Value}}”", "matches": "{{.Field}} matches “{{.Value}}”",
		"greater than": "{{.Field}} is greater than “{{.Value}}”", "less than": "{{.Field}} is less than “{{.Value}}”",
	}
	ruleOnce = []option{{"version", "once per version"}, {"file", "once per file"}, {"always", "every time"}}
)

// operatorsFor are the operators that make sense of a field.
func operatorsFor(field string) []option {
	only := map[string][]string{"size": {"is", "is not", "greater than", "less than"}, "tag": {"is", "is not"}}[field]
	if only == nil {
		return ruleOperators[:6]
	}
	return slices.DeleteFunc(slices.Clone(ruleOperators), func(o option) bool { return !slices.Contains(only, o.value) })
}

func wordOf(options []option, value string) string {
	for _, o := range options {
		if o.value == value {
			return o.name
		}
	}
	return value
}

// spoken are options in the person's language.
func spoken(options []option) []option {
	said := make([]option, len(options))
	for i, o := range options {
		said[i] = option{o.value, lang.L(o.name)}
	}
	return said
}
