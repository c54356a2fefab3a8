//go:build !headless || ci

package ui

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"folderfront/app/state"
)

// ruleForm makes a rule or changes one: a sentence whose parts are choices. Below
// it stands what the rule would match now.
type ruleForm struct {
	page    *actions
	before  string // its name until now; "" is a new one
	rule    state.Rule
	filling bool
	saving  bool // a command that saves is under way
	asked   int

	event      *pick
	where      *folderChecks
	joint      *pick
	conditions *fyne.Container
	steps      *fyne.Container
	once       *pick
	perMinute  *widget.Entry
	untag      *widget.Entry
	name       *widget.Entry
	sentence   *widget.Label
	matches    *text
	examples   *text
	fields     map[string]*field
	whole      *field
	save       *widget.Button
	waits      settler
	scroll     *following
}

// newRuleForm lays a rule open; a zero one makes a new rule.
func newRuleForm(p *actions, r state.Rule) *ruleForm {
	m := &ruleForm{page: p, before: r.Name, rule: r, waits: settler{face: p.face}, fields: map[string]*field{}}
	m.rule.Conditions, m.rule.Steps = slices.Clone(r.Conditions), slices.Clone(r.Steps)
	if m.before == "" {
		m.rule.On, m.rule.Once = ruleEvents[0].value, ruleOnce[0].value
		if len(p.list.Actions) > 0 {
			m.rule.Steps = []string{p.list.Actions[0].Name}
		}
	}
	m.build()
	m.fill()
	m.preview()
	return m
}

func (m *ruleForm) title() string {
	if m.before == "" {
		return lang.L("New rule")
	}
	return m.before
}

func (m *ruleForm) act() fyne.CanvasObject { return m.save }

func (m *ruleForm) focus() fyne.Focusable { return m.event }

func (m *ruleForm) object() fyne.CanvasObject { return m.scroll }

// update leaves what the person has filled in as it is.
func (m *ruleForm) update() {}

func (m *ruleForm) build() {
	m.save = primary(lang.L("Save"), m.submit)
	changed := func(string) { m.changed() }
	m.event = newPick(spoken(ruleEvents), changed)
	m.where = newFolderChecks(m.page.face, m.changed)
	m.joint = newPick([]option{{"all", lang.L("all of these hold")}, {"any", lang.L("one of these holds")}}, changed)
	m.once = newPick(spoken(ruleOnce), changed)
	m.perMinute, m.untag, m.name = widget.NewEntry(), widget.NewEntry(), widget.NewEntry()
	m.perMinute.SetPlaceHolder(lang.L("no limit"))
	m.untag.SetPlaceHolder(lang.L("none"))
	for _, e := range []*widget.Entry{m.perMinute, m.untag, m.name} {
		e.OnChanged = changed
	}
	m.conditions, m.steps = stack(inside), stack(inside)
	m.sentence, m.matches, m.examples = prose(""), strong(""), small("")
	for name, f := range map[string]*field{
		"on": newField("", stack(0)), "folders": newField("", m.where.all), "conditions": newField("", m.conditions), "steps": newField("", m.steps),
		"perMinute": newField("", ends(label(lang.L("at most so many times a minute")), fixedWidth(220, m.perMinute))),
		"untag":     newField("", ends(label(lang.L("and take this tag away first")), fixedWidth(220, m.untag))),
		"name":      newField(lang.L("Name of the rule"), m.name),
	} {
		m.fields[name] = f
	}
	m.whole = newField("", stack(0))
	m.whole.all.Hide()
	m.scroll = scrolling(m.whole.all, m.card(), card(flush(m.sentence), m.matches, m.examples), card(m.fields["name"].all))
}

// card is the sentence, a line for each of its parts.
func (m *ruleForm) card() fyne.CanvasObject {
	return card(
		choiceLine(strong(lang.L("When")), m.event),
		m.fields["folders"].all,
		choiceLine(strong(lang.L("if")), m.joint),
		padLeft(between, m.fields["conditions"].all),
		padLeft(between, left(quiet(lang.L("Add a condition"), "add", m.addCondition))),
		strong(lang.L("do")),
		padLeft(between, m.fields["steps"].all),
		padLeft(between, left(quiet(lang.L("Add a step"), "add", m.addStep))),
		choiceLine(strong(lang.L("and that")), m.once),
		m.fields["perMinute"].all,
		m.fields["untag"].all,
	)
}

func (m *ruleForm) fill() {
	m.filling = true
	defer func() { m.filling = false }()
	r := m.rule
	m.event.set(r.On)
	m.where.set(r.Folders, nil, 0)
	m.joint.set(map[bool]string{true: "any", false: "all"}[r.Any])
	m.once.set(onceOf(r))
	m.perMinute.SetText("")
	if r.PerMinute > 0 {
		m.perMinute.SetText(strconv.Itoa(r.PerMinute))
	}
	m.untag.SetText(r.Untag)
	m.name.SetText(r.Name)
	m.drawConditions()
	m.drawSteps()
}

func (m *ruleForm) addCondition() {
	m.rule.Conditions = append(m.rule.Conditions, state.Condition{Field: "extension", Operator: "is"})
	m.drawConditions()
	m.changed()
}

func (m *ruleForm) addStep() {
	if len(m.page.list.Actions) > 0 {
		m.rule.Steps = append(m.rule.Steps, m.page.list.Actions[0].Name)
	}
	m.drawSteps()
	m.changed()
}

// drawConditions makes a line of each condition. Its index is its place in the
// rule as long as the lines stand.
func (m *ruleForm) drawConditions() {
	visible(m.joint, len(m.rule.Conditions) > 1)
	var lines []fyne.CanvasObject
	for i := range m.rule.Conditions {
		lines = append(lines, m.conditionLine(i))
	}
	if len(lines) == 0 {
		lines = append(lines, small(lang.L("whatever the file is")))
	}
	set(m.conditions, lines...)
}

func (m *ruleForm) conditionLine(i int) fyne.CanvasObject {
	c := &m.rule.Conditions[i]
	operator := newPick(spoken(operatorsFor(c.Field)), func(value string) {
		c.Operator = value
		m.changed()
	})
	operator.set(c.Operator)
	field := newPick(spoken(ruleFields), func(value string) {
		c.Field = value
		operator.offer(spoken(operatorsFor(value)))
		c.Operator = operator.value()
		m.changed()
	})
	field.set(c.Field)
	value := widget.NewEntry()
	value.SetText(c.Value)
	value.OnChanged = func(s string) {
		c.Value = s
		m.changed()
	}
	away := quiet("", "cross", func() {
		m.rule.Conditions = slices.Delete(m.rule.Conditions, i, i+1)
		m.drawConditions()
		m.changed()
	})
	return container.NewBorder(nil, nil, nil, away, container.NewGridWithColumns(3, field, operator, value))
}

// drawSteps makes a line of each step.
func (m *ruleForm) drawSteps() {
	var options []option
	for _, a := range m.page.list.Actions {
		options = append(options, option{a.Name, a.DisplayName})
	}
	var lines []fyne.CanvasObject
	for i := range m.rule.Steps {
		choice := newPick(options, func(value string) {
			m.rule.Steps[i] = value
			m.changed()
		})
		choice.set(m.rule.Steps[i])
		away := quiet("", "cross", func() {
			m.rule.Steps = slices.Delete(m.rule.Steps, i, i+1)
			m.drawSteps()
			m.changed()
		})
		lines = append(lines, container.NewBorder(nil, nil, nil, away, choice))
	}
	set(m.steps, lines...)
}

func (m *ruleForm) changed() {
	if m.filling {
		return
	}
	m.gather()
	m.waits.soon(m.preview)
}

// gather takes what the widgets hold into the rule; conditions and steps are in
// it already.
func (m *ruleForm) gather() {
	r := &m.rule
	r.On, r.Once = m.event.value(), m.once.value()
	r.Folders = m.where.folders()
	r.Any = len(r.Conditions) > 1 && m.joint.value() == "any"
	r.PerMinute, _ = strconv.Atoi(strings.TrimSpace(m.perMinute.Text)) // what is no number is no limit
	r.Untag = strings.TrimSpace(m.untag.Text)
	r.Name = strings.TrimSpace(m.name.Text)
	m.name.SetPlaceHolder(m.proposed())
}

// proposed is the name that the rule gets when the person gives none.
func (m *ruleForm) proposed() string {
	var steps []string
	for _, step := range m.rule.Steps {
		steps = append(steps, m.page.display(step))
	}
	return capital(lang.L(wordOf(ruleEvents, m.rule.On))) + ": " + listed(steps, next)
}

func (m *ruleForm) named() state.Rule {
	r := m.rule
	if r.Name == "" {
		r.Name = m.proposed()
	}
	return r
}

// preview says the rule as a sentence and asks what it would match now.
func (m *ruleForm) preview() {
	m.asked++
	mine := m.asked
	rule := m.named()
	m.name.SetPlaceHolder(m.proposed())
	m.sentence.SetText(m.page.sentence(rule))
	var preview state.RulePreview
	m.page.face.ask(state.PreviewRule{Rule: rule}, &preview, func(err error) {
		if mine != m.asked {
			return
		}
		if err != nil {
			preview.Problems = append(preview.Problems, state.FieldProblem{Sentence: err.Error()})
		}
		m.complain(preview.Problems)
		m.matches.set("")
		if len(preview.Problems) == 0 {
			m.matches.set(lang.N("It would match {{.N}} files now", preview.Matches, map[string]any{"N": preview.Matches}))
		}
		m.examples.set(exampleLine(preview))
		visible(m.examples, m.examples.content != "")
		m.scroll.Refresh()
	})
}

// exampleLine names a few of the files that match.
func exampleLine(p state.RulePreview) string {
	var names []string
	for _, name := range p.Examples {
		names = append(names, brief(name))
	}
	s := strings.Join(names, ", ")
	if more := p.Matches - len(names); more > 0 && len(names) > 0 {
		s += " …"
	}
	return s
}

func (m *ruleForm) complain(problems []state.FieldProblem) {
	rest := complaints(m.fields, problems)
	m.whole.complain(rest)
	visible(m.whole.all, rest != "")
}

// submit saves the rule.
func (m *ruleForm) submit() {
	if m.saving {
		return
	}
	m.gather()
	if problems := m.lacks(); len(problems) > 0 {
		m.complain(problems)
		return
	}
	m.saving = true
	var saved state.Saved
	m.page.face.ask(state.SaveRule{Before: m.before, Rule: m.named()}, &saved, func(err error) {
		m.saving = false
		if err != nil {
			saved.Problems = []state.FieldProblem{{Sentence: err.Error()}}
		}
		m.complain(saved.Problems)
		if len(saved.Problems) == 0 {
			m.page.leave(m)
		}
	})
}

// lacks is what only the form can know: that no folder is chosen, which would
// mean all of them, and a limit that is no number.
func (m *ruleForm) lacks() (problems []state.FieldProblem) {
	if m.where.none() {
		problems = append(problems, state.FieldProblem{Field: "folders", Sentence: lang.L("Choose at least one folder, or all of them.")})
	}
	if typed := strings.TrimSpace(m.perMinute.Text); typed != "" && fmt.Sprint(m.rule.PerMinute) != typed {
		problems = append(problems, state.FieldProblem{Field: "perMinute", Sentence: lang.L("Give a whole number, or leave it empty.")})
	}
	return problems
}
