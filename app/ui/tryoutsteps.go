//go:build !headless || ci

package ui

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"folderfront/app/state"
	"folderfront/app/words"
)

// tryoutDocument shows the document that was chosen and what can be done with it.
type tryoutDocument struct {
	trial   *tryout
	picture *canvas.Image
	name    *widget.Label
	facts   *text
	acts    *fyne.Container
	own     *fyne.Container // custom actions
	hint    *widget.Label
	some    *fyne.Container
	all     *fyne.Container
	shown   string // the id whose picture is shown
}

const tryoutPicture = 480 // pixels

func newTryoutDocument(t *tryout) *tryoutDocument {
	d := &tryoutDocument{trial: t, picture: picture(nil, 160), name: prose(""), facts: small(""), own: stack(4)}
	d.name.TextStyle.Bold = true
	d.name.Wrapping = fyne.TextWrapBreak
	d.hint = prose(lang.L("Choose a document to link, open or download it."))
	d.hint.Importance = widget.LowImportance
	link := primary(lang.L("Link it"), func() { d.take(state.Try{Step: state.TryLink}, func() {}) })
	open := button(lang.L("Open the link"), "", func() { d.take(state.Try{Step: state.TryOpen}, d.openLink) })
	download := button(lang.L("Download"), "", func() { d.take(state.Try{Step: state.TryDownload, Path: downloads()}, func() {}) })
	d.acts = stack(4, link, container.NewGridWithColumns(2, open, download))
	d.some = stack(inside, d.picture, flush(d.name), d.facts, d.acts, d.own)
	d.all = card(d.some, flush(d.hint))
	return d
}

// take takes a step with the document.
func (d *tryoutDocument) take(c state.Try, after func()) {
	c.ID = d.trial.view.Chosen.ID
	d.trial.then(c, after)
}

// shortName fits on a button in the smallest window.
func shortName(s string) string {
	const most = 22
	return fit(plain(s), true, func(s string) bool { return utf8.RuneCountInString(s) <= most })
}

func (d *tryoutDocument) openLink() {
	if c := d.trial.view.Chosen; c != nil {
		if err := d.trial.browse(c.ViewLink); err != nil {
			d.trial.fail(err)
		}
	}
}

// downloads is the folder where a person looks for what was downloaded.
func downloads() string {
	home, err := os.UserHomeDir()
	if err != nil {
		return os.TempDir()
	}
	folder := filepath.Join(home, "Downloads")
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return home
	}
	return folder
}

func (d *tryoutDocument) render(v state.TryView) {
	visible(d.some, v.Chosen != nil)
	visible(d.hint, v.Chosen == nil)
	if v.Chosen == nil {
		d.shown = ""
		return
	}
	f := d.trial.face.format
	d.name.SetText(plain(v.Chosen.Title))
	facts := []string{f.Moment(v.Chosen.Modified)}
	if v.Chosen.Size >= 0 {
		facts = append(facts, f.Size(v.Chosen.Size))
	}
	if v.Chosen.ReadOnly {
		facts = append(facts, lang.L("read only"))
	}
	d.facts.set(joined(facts...))
	var actions []fyne.CanvasObject
	for _, a := range v.Actions {
		actions = append(actions, button(shortName(a.DisplayName), "actions", func() { d.take(state.Try{Step: state.TryAct, Text: a.Name}, func() {}) }))
	}
	set(d.own, actions...)
	d.fetch(v.Chosen.ID)
}

// fetch shows the document's picture once it is there.
func (d *tryoutDocument) fetch(id string) {
	if d.shown == id {
		return
	}
	d.shown = id
	d.picture.Resource = nil
	d.picture.Refresh()
	var answer state.Picture
	d.trial.face.ask(state.TryPicture{ID: id, Width: tryoutPicture}, &answer, func(err error) {
		if err != nil || d.shown != id || len(answer.JPEG) == 0 {
			return
		}
		d.picture.Resource = fyne.NewStaticResource(fmt.Sprintf("try-%s-%d.jpg", id, len(answer.JPEG)), bytes.Clone(answer.JPEG))
		d.picture.Refresh()
		d.trial.look()
	})
}

// tryoutSteps tells what happened: each step with the time it took and, when it is
// opened, its requests and answers.
type tryoutSteps struct {
	trial *tryout
	rows  *fyne.Container
	open  int // the number of the step that is opened
	all   *fyne.Container
}

func newTryoutSteps(t *tryout) *tryoutSteps {
	s := &tryoutSteps{trial: t, rows: stack(4)}
	s.all = card(strong(lang.L("What happened")), s.rows)
	return s
}

func (s *tryoutSteps) render(v state.TryView) {
	var rows []fyne.CanvasObject
	for _, step := range v.Steps {
		rows = append(rows, s.row(step))
		if step.Number == s.open {
			for _, e := range step.Exchanges {
				rows = append(rows, exchange(e, s.trial.face.format))
			}
		}
	}
	visible(s.all, len(rows) > 0)
	set(s.rows, rows...)
}

// row is a step: a mark, what it was, the time it took, and a button that opens
// it.
func (s *tryoutSteps) row(step state.TryStep) fyne.CanvasObject {
	f, mark := s.trial.face, tinted("check", colorAccent)
	if step.Trouble != "" {
		mark = tinted("cross", colorAmber)
	}
	words := []fyne.CanvasObject{label(joined(f.words.Step(step), f.format.Found(step)))}
	if about := s.about(step); about != "" {
		words = append(words, small(about))
	}
	if step.Trouble != "" {
		why := prose(step.Trouble)
		why.Importance = widget.WarningImportance
		words = append(words, flush(why))
	}
	arrow := "right"
	if step.Number == s.open {
		arrow = "down"
	}
	more := quiet("", arrow, func() { s.toggle(step.Number) })
	if len(step.Exchanges) == 0 {
		more.Disable()
	}
	took := newText(s.took(step), sizeText, colorText)
	took.style.Bold, took.whole = true, true
	return container.NewBorder(nil, nil, middle(picture(mark, 18)), container.NewHBox(middle(took), more), padLeft(inside, stack(2, words...)))
}

func (s *tryoutSteps) toggle(number int) {
	if s.open == number {
		number = 0
	}
	s.open = number
	s.render(s.trial.view)
}

func (s *tryoutSteps) about(step state.TryStep) string {
	switch {
	case step.Kept != "":
		return lang.L("Kept as {{.Path}}", map[string]any{"Path": step.Kept})
	case step.Step == state.TryBrowse && step.About == "":
		return lang.L("Shared folders")
	}
	return step.About
}

func (s *tryoutSteps) took(step state.TryStep) string {
	if step.Running {
		return lang.L("under way")
	}
	took := s.trial.face.format.Took(step.Took)
	if step.Step == state.TryPictures && step.Count > 1 {
		took += " " + lang.L("each")
	}
	return took
}

// exchange is a request with its answer, to be read and copied.
func exchange(e state.TryExchange, f words.Format) fyne.CanvasObject {
	request := e.Method + " " + e.Target + "\n" + headers(e.RequestHeader)
	if e.RequestBody != "" {
		request += "\n" + e.RequestBody
	}
	answer := lang.L("No answer came.")
	if e.Status != "" {
		answer = e.Status + "\n" + headers(e.ResponseHeader)
	}
	if e.ResponseBody != "" {
		answer += "\n" + e.ResponseBody
	}
	return padLeft(around, stack(4,
		small(lang.L("Request")), verbatim(request),
		ends(small(lang.L("Answer")), figure(f.Took(e.Took))), verbatim(answer)))
}

func headers(fields []state.TryField) string {
	var all strings.Builder
	for _, h := range fields {
		fmt.Fprintf(&all, "%s: %s\n", h.Name, h.Value)
	}
	return all.String()
}

// verbatim is text as it went over the wire.
func verbatim(content string) fyne.CanvasObject {
	lines := strings.Split(strings.TrimRight(content, "\n"), "\n")
	for i, l := range lines {
		lines[i] = plain(l)
	}
	l := widget.NewLabel(strings.Join(lines, "\n"))
	l.TextStyle.Monospace = true
	l.Wrapping = fyne.TextWrapBreak
	l.Selectable = true
	l.SizeName = theme.SizeNameCaptionText
	return container.NewStack(newPanel(colorField, colorEdge, 6), l)
}
