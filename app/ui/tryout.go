//go:build !headless || ci

package ui

import (
	"net/url"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"folderfront/app/state"
)

// tryout is the window that plays Workfront's document picker: what is listed at
// the left; at the right the document that was chosen, what Workfront keeps, and
// what happened. It shows the picker's view and keeps no truth of its own.
type tryout struct {
	face    *face
	win     fyne.Window
	view    state.TryView
	asked   int // counts the steps asked for, so that only the last one's view is shown
	way     *text
	address *text
	what    *text // happened last,
	latest  *text // and how long it took
	person  *widget.SelectEntry
	trouble *widget.Label
	failed  fyne.CanvasObject
	waiting *widget.ProgressBarInfinite
	picker  *tryoutPicker
	chosen  *tryoutDocument
	kept    *fyne.Container
	steps   *tryoutSteps
}

// try opens the window that plays Workfront, or brings it up.
func (f *face) try() {
	if f.tryout != nil {
		f.tryout.win.RequestFocus()
		return
	}
	t := newTryout(f)
	f.tryout = t
	t.win.SetOnClosed(func() { f.tryout = nil })
	t.win.Show()
	t.take(state.Try{Step: state.TryConnect})
}

func newTryout(f *face) *tryout {
	t := &tryout{face: f, win: f.app.NewWindow(lang.L("Try it as Workfront would")), way: strong(""), address: mono(""), trouble: prose("")}
	t.what = figure("")
	t.latest = newText("", sizeHeading, colorAccent)
	t.latest.whole, t.latest.style.Bold, t.latest.align = true, true, fyne.TextAlignTrailing
	t.person = widget.NewSelectEntry(nil)
	t.person.OnSubmitted = t.play
	t.trouble.Importance = widget.WarningImportance
	t.failed = grounded(newPanel(colorNotice, colorAmber, 8), flush(t.trouble))
	t.waiting = widget.NewProgressBarInfinite()
	t.picker, t.chosen, t.kept, t.steps = newTryoutPicker(t), newTryoutDocument(t), stack(inside), newTryoutSteps(t)
	right := newFollowing(container.New(column{}, stack(between, t.chosen.all, t.kept, t.steps.all)))
	split := container.NewHSplit(padded(between, t.picker.all), right)
	split.Offset = 0.5
	t.win.SetIcon(appIcon())
	t.win.SetPadded(false)
	t.win.SetContent(container.NewBorder(t.top(), nil, nil, nil, split))
	t.win.Resize(fyne.NewSize(1120, 760))
	t.win.SetOnDropped(t.dropped)
	t.win.Canvas().AddShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyW, Modifier: fyne.KeyModifierShortcutDefault}, func(fyne.Shortcut) { t.win.Close() })
	t.render(state.TryView{})
	return t
}

// top says against what the picker plays, and as whom.
func (t *tryout) top() fyne.CanvasObject {
	anew := button(lang.L("Begin anew"), "refresh", func() { t.take(state.Try{Step: state.TryConnect}) })
	page := button(lang.L("Show it in the browser"), "open", t.openPage)
	play := button(lang.L("Play this user"), "person", func() { t.play(t.person.Text) })
	title := newText(lang.L("Try it as Workfront would"), sizeHeading, colorText)
	title.style.Bold = true
	return container.NewVBox(padded(between, stack(inside,
		ends(title, line(inside, page, anew)),
		ends(stack(2, t.way, t.address), stack(0, t.what, t.latest)),
		ends(container.NewBorder(nil, nil, middle(whole(small(lang.L("Workfront user")+" "))), nil, t.person), play),
		t.failed)), t.waiting)
}

// take asks for a step and shows what came of it.
func (t *tryout) take(c state.Try) { t.then(c, func() {}) }

func (t *tryout) then(c state.Try, after func()) {
	t.asked++
	mine := t.asked
	t.waiting.Show()
	t.waiting.Start()
	var v state.TryView
	t.face.ask(c, &v, func(err error) {
		if mine != t.asked || t.face.tryout != t {
			return
		}
		if err != nil {
			v = t.view
			v.Trouble = err.Error()
		}
		t.render(v)
		if v.Trouble == "" {
			after()
		}
	})
}

// look shows how things are, after what happened beside the steps.
func (t *tryout) look() {
	var v state.TryView
	mine := t.asked
	t.face.ask(state.Try{Step: state.TryShow}, &v, func(err error) {
		if err == nil && mine == t.asked && t.face.tryout == t {
			t.render(v)
		}
	})
}

// play is another Workfront user from now on.
func (t *tryout) play(person string) {
	t.then(state.Try{Step: state.TryAs, Text: person}, func() { t.take(state.Try{Step: state.TryConnect}) })
}

// openPage shows the same in the browser.
func (t *tryout) openPage() {
	var page state.TryPage
	t.face.ask(state.OpenTry{}, &page, func(err error) {
		if err == nil {
			err = t.browse(page.URL)
		}
		if err != nil {
			t.fail(err)
		}
	})
}

// browse opens an address in the person's browser.
func (t *tryout) browse(address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	return t.face.app.OpenURL(u)
}

func (t *tryout) fail(err error) {
	t.view.Trouble = err.Error()
	t.render(t.view)
}

// render shows a view.
func (t *tryout) render(v state.TryView) {
	listing := t.view.Folder() != v.Folder() || t.view.Query != v.Query || len(t.view.Items) != len(v.Items)
	t.view = v
	t.waiting.Stop()
	t.waiting.Hide()
	t.way.set(t.face.words.Way(v.Way))
	t.way.setColor(t.wayColor())
	t.address.set(v.Address)
	t.person.SetOptions(v.People)
	if t.win.Canvas().Focused() != t.person {
		t.person.SetText(v.Person)
	}
	t.trouble.SetText(v.Trouble)
	visible(t.failed, v.Trouble != "")
	t.picker.render(v, listing)
	t.chosen.render(v)
	t.renderKept(v)
	t.steps.render(v)
	t.what.set("")
	t.latest.set("")
	if len(v.Steps) > 0 && v.Steps[0].Trouble == "" {
		t.what.set(t.face.words.Step(v.Steps[0]))
		t.latest.set(t.steps.took(v.Steps[0]))
	}
}

// wayColor is the colour of the words that say by which way the provider is asked.
func (t *tryout) wayColor() fyne.ThemeColorName {
	switch t.view.Way {
	case "public":
		return colorAccent
	case "":
		return colorMuted
	}
	return colorAmber
}

// renderKept shows what Workfront keeps of the documents that were linked.
func (t *tryout) renderKept(v state.TryView) {
	visible(t.kept, len(v.Linked) > 0)
	rows := []fyne.CanvasObject{strong(lang.L("What Workfront keeps"))}
	for _, l := range v.Linked {
		name := quiet("", "", func() { t.take(state.Try{Step: state.TryChoose, ID: l.ID}) })
		name.Alignment = widget.ButtonAlignLeading
		name.SetText(shortName(l.Title))
		rows = append(rows, name,
			fact(lang.L("Its own id"), l.DocumentID), fact(lang.L("Id here"), l.ID), fact(lang.L("Link"), l.ViewLink))
	}
	set(t.kept, card(rows...))
}

// fact is a name with a value beside it.
func fact(name, value string) fyne.CanvasObject {
	return container.NewBorder(nil, nil, fixedWidth(120, small(name)), nil, mono(value))
}
