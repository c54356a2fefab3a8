//go:build !headless || ci

package ui

import (
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"folderfront/app/state"
)

// field is a part of a form: its name, what takes the value, and below it what
// is wrong with it.
type field struct {
	name  *text
	wrong *widget.Label
	told  fyne.CanvasObject // around wrong
	all   *fyne.Container
}

func newField(name string, takes fyne.CanvasObject) *field {
	f := &field{name: small(name), wrong: prose("")}
	f.wrong.Importance = widget.WarningImportance
	f.told = flush(f.wrong)
	f.told.Hide()
	f.all = stack(4, f.name, takes, f.told)
	visible(f.name, name != "")
	return f
}

// rename changes what the field is called.
func (f *field) rename(name string) { f.name.set(name) }

// complain says what is wrong; "" takes it back.
func (f *field) complain(sentence string) {
	f.wrong.SetText(sentence)
	visible(f.told, sentence != "")
}

// complaints shows each problem beside its field. Those of a field that the form
// does not have, or of the whole, are returned as one text.
func complaints(fields map[string]*field, problems []state.FieldProblem) (rest string) {
	said := map[*field]string{}
	var others []string
	for _, p := range problems {
		if f := fields[p.Field]; f != nil {
			said[f] = strings.TrimSpace(said[f] + " " + p.Sentence)
		} else {
			others = append(others, p.Sentence)
		}
	}
	for _, f := range fields {
		f.complain(said[f])
	}
	return strings.Join(others, " ")
}

// option is a value that can be chosen, and the words for it.
type option struct{ value, name string }

// pick is a choice of one value.
type pick struct {
	widget.Select
	options []option
	chosen  func(string) // told when the person chooses; not on set
	setting bool
}

func newPick(options []option, chosen func(string)) *pick {
	p := &pick{chosen: chosen}
	p.PlaceHolder = "…"
	p.OnChanged = func(string) {
		if !p.setting && p.chosen != nil {
			p.chosen(p.value())
		}
	}
	p.ExtendBaseWidget(p)
	p.offer(options)
	return p
}

// choiceLine is a line of a form: words, and a choice at the right.
func choiceLine(words fyne.CanvasObject, p *pick) fyne.CanvasObject {
	return ends(words, fixedWidth(220, p))
}

// offer changes what can be chosen. The choice stays where it can, else it is the
// first.
func (p *pick) offer(options []option) {
	had := p.value()
	p.options = slices.Clone(options)
	p.name()
	p.choose(max(0, p.at(had)))
}

// set chooses a value; "" is the first, and one that is not offered is offered
// as it stands.
func (p *pick) set(value string) {
	if value != "" && p.at(value) < 0 {
		p.options = append(p.options, option{value, value})
		p.name()
	}
	p.choose(max(0, p.at(value)))
}

func (p *pick) at(value string) int {
	return slices.IndexFunc(p.options, func(o option) bool { return o.value == value })
}

func (p *pick) name() {
	names := make([]string, len(p.options))
	for i, o := range p.options {
		names[i] = o.name
	}
	p.Options = names
}

func (p *pick) choose(at int) {
	p.setting = true
	defer func() { p.setting = false }()
	if at >= len(p.options) {
		p.ClearSelected()
		return
	}
	p.SetSelectedIndex(at)
	p.Refresh()
}

// value is what is chosen.
func (p *pick) value() string {
	if i := p.SelectedIndex(); i >= 0 && i < len(p.options) {
		return p.options[i].value
	}
	return ""
}

// textArea takes several lines. Tab leaves it, as it leaves everything else.
type textArea struct{ widget.Entry }

func newTextArea(rows int) *textArea {
	a := &textArea{}
	a.MultiLine = true
	a.Wrapping = fyne.TextWrapBreak
	a.TextStyle.Monospace = true
	a.ExtendBaseWidget(a)
	a.SetMinRowsVisible(rows)
	return a
}

// AcceptsTab leaves Tab to the focus.
func (*textArea) AcceptsTab() bool { return false }

// code is a piece of text as it went over the line: in monospace, whole lines,
// which the person can select and copy.
type code struct {
	words *widget.Label
	all   fyne.CanvasObject
}

// shownCode is how many characters of a message are shown; copying gives all.
const shownCode = 4000

func newCode() *code {
	c := &code{words: widget.NewLabel("")}
	c.words.TextStyle.Monospace = true
	c.words.Wrapping = fyne.TextWrapBreak
	c.words.Selectable = true
	c.all = grounded(newPanel(colorField, colorEdge, 6), flush(c.words))
	return c
}

// set shows a text; nothing takes no room.
func (c *code) set(content string) {
	content = plainLines(content)
	if runes := []rune(content); len(runes) > shownCode {
		content = string(runes[:shownCode]) + "…"
	}
	if c.words.Text != content {
		c.words.SetText(content)
	}
	visible(c.all, content != "")
}

// plainLines makes each line of a text safe to show.
func plainLines(s string) string {
	lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	for i, l := range lines {
		lines[i] = plain(l)
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n ")
}

// settleFor is how long a person pauses in typing before what they typed is
// looked at.
const settleFor = 300 * time.Millisecond

// settler does something once nothing more has been asked of it for a while.
type settler struct {
	face  *face
	asked int
}

func (s *settler) soon(then func()) {
	s.asked++
	mine := s.asked
	s.face.seam.away(func() {
		s.face.sleep(settleFor)
		s.face.seam.back(func() {
			if mine == s.asked {
				then()
			}
		})
	})
}

// folderChecks chooses shared folders: all of them, or some.
type folderChecks struct {
	face    *face
	every   *widget.Check
	some    *fyne.Container
	chosen  map[string]bool
	full    map[string]bool // take no more
	per     int
	changed func()
	all     fyne.CanvasObject
}

func newFolderChecks(f *face, changed func()) *folderChecks {
	c := &folderChecks{face: f, chosen: map[string]bool{}, full: map[string]bool{}, changed: changed, some: stack(0)}
	c.every = widget.NewCheck(lang.L("All folders"), func(is bool) {
		visible(c.some, !is)
		c.changed()
	})
	c.all = stack(0, flush(c.every), padLeft(between, c.some))
	return c
}

// set shows a choice; no folders are all. Those that are full can only be left.
func (c *folderChecks) set(folders, full []string, perFolder int) {
	c.per = perFolder
	clear(c.chosen)
	clear(c.full)
	for _, name := range folders {
		c.chosen[name] = true
	}
	for _, name := range full {
		c.full[name] = !c.chosen[name]
	}
	c.draw()
	c.every.SetChecked(len(folders) == 0)
	visible(c.some, len(folders) > 0)
}

func (c *folderChecks) draw() {
	var checks []fyne.CanvasObject
	for _, folder := range c.face.st.Folders {
		name := folder.Name
		words := brief(name)
		if c.full[name] {
			words = lang.L("{{.Name}} (has its {{.Most}} actions)", map[string]any{"Name": brief(name), "Most": c.per})
		}
		box := widget.NewCheck(words, nil)
		box.SetChecked(c.chosen[name])
		box.OnChanged = func(is bool) {
			c.chosen[name] = is
			c.changed()
		}
		if c.full[name] {
			box.Disable()
		}
		checks = append(checks, box)
	}
	set(c.some, checks...)
}

// folders is the choice, in the order of the shared folders; nil is all.
func (c *folderChecks) folders() []string {
	if c.every.Checked {
		return nil
	}
	var names []string
	for _, folder := range c.face.st.Folders {
		if c.chosen[folder.Name] {
			names = append(names, folder.Name)
		}
	}
	return names
}

// none reports whether neither all nor any folder is chosen.
func (c *folderChecks) none() bool { return !c.every.Checked && len(c.folders()) == 0 }

// folded is a part of a form that opens by a button.
type folded struct {
	head *widget.Button
	body *fyne.Container
	all  *fyne.Container
}

func newFolded(name string, objects ...fyne.CanvasObject) *folded {
	d := &folded{body: stack(between, objects...)}
	d.head = quiet(name, "right", func() { d.open(!d.body.Visible()) })
	d.body.Hide()
	d.all = stack(inside, left(d.head), d.body)
	return d
}

func (d *folded) open(is bool) {
	visible(d.body, is)
	d.head.SetIcon(icon(map[bool]string{true: "down", false: "right"}[is]))
}
