//go:build !headless || ci

// Package ui is the window: it shows the core's State on a few pages and sends
// the core what the person decides. It keeps no truth of its own.
//
// A face is one window with its pages. Each page builds its widgets once and is
// rendered whole from every State. A seam is the way by which work leaves the
// goroutine of the window and comes back to it: everything slow goes through
// face.do or face.ask, and nothing else starts a goroutine.
package ui

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"folderfront/app/state"
	"folderfront/app/words"
)

// Core is what the window needs of the running program: its States, and a way to
// send it commands and get their answers. Errors of Do are sentences for a
// person. Both may be used concurrently.
type Core interface {
	States(ctx context.Context) iter.Seq[state.State]
	Do(ctx context.Context, command, answer any) error
}

// seam carries work off the window's goroutine and back onto it.
type seam struct {
	away func(func()) // runs elsewhere
	back func(func()) // runs on the window's goroutine
}

// page is one screen of the window.
type page interface {
	object() fyne.CanvasObject
	render(st state.State)
}

// place is an entry of the rail: a page by its name.
type place struct {
	name  string // English, the key of its translations
	icon  string
	build func(*face) page
}

// places are the pages, in the order of the rail.
func places() []place {
	return []place{
		{"Home", "home", newHome},
		{"Folders", "folder", newFolders},
		{"Connection", "connection", newConnection},
		{"Access", "access", newAccess},
		{"Actions", "actions", newActions},
		{"Activity", "activity", newActivity},
		{"History", "history", newHistory},
		{"Settings", "settings", newSettings},
	}
}

// face is one window. Its fields belong to the window's goroutine.
type face struct {
	ctx   context.Context
	core  Core
	seam  seam
	app   fyne.App
	win   fyne.Window
	now   func() time.Time
	after func(time.Duration) <-chan time.Time

	st       state.State
	format   words.Format
	language string
	words    words.Words // says what the core says in English

	gallery *gallery
	rail    *rail
	body    *fyne.Container // the current page, or the first run
	notice  *banner
	asking  *approvalBar
	unsure  *questionBar
	pages   map[string]page
	current string
	first   *firstRun // while the program is being set up
	begun   bool      // a State has arrived
	picking bool      // a folder picker is open
	tryout  *tryout   // while it is open
}

// newFace makes the window; it shows nothing before the first State.
func newFace(ctx context.Context, app fyne.App, core Core, s seam) *face {
	f := &face{ctx: ctx, core: core, seam: s, app: app, now: time.Now, after: time.After}
	f.gallery = newGallery(f)
	app.Settings().SetTheme(look{})
	f.win = app.NewWindow("Folderfront")
	f.win.SetIcon(appIcon())
	f.win.Resize(fyne.NewSize(960, 640))
	f.win.SetPadded(false)
	f.win.SetMaster()
	f.win.SetOnDropped(f.dropped)
	f.win.SetCloseIntercept(f.close)
	f.win.SetContent(container.NewCenter(newText(lang.L("Waiting for Folderfront…"), sizeText, colorMuted)))
	return f
}

// follow shows each State of the core until its stream ends, then calls ended on
// the window's goroutine. A window that is slower than the core shows the newest
// State and none that is older.
func (f *face) follow(ended func()) {
	var mu sync.Mutex
	var newest *state.State
	for st := range f.core.States(f.ctx) {
		mu.Lock()
		waiting := newest != nil
		newest = &st
		mu.Unlock()
		if waiting {
			continue
		}
		f.seam.back(func() {
			mu.Lock()
			st := *newest
			newest = nil
			mu.Unlock()
			f.show(st)
		})
	}
	f.seam.back(ended)
}

// show renders a State, in the person's language.
func (f *face) show(st state.State) {
	previous := f.st
	if st.Settings.Language != f.language || !f.begun {
		f.words = words.For(cmp.Or(st.Settings.Language, words.SystemLocale()))
	}
	st = f.words.State(st)
	f.st = st
	if !f.begun {
		f.begin()
	}
	if st.Settings.Theme != previous.Settings.Theme {
		f.app.Settings().SetTheme(look{st.Settings.Theme})
	}
	if st.Settings.Language != f.language {
		f.build()
	}
	if st.Summons > previous.Summons {
		f.win.RequestFocus()
	}
	f.render()
}

// begin builds the window for the first State. A program that shares nothing yet
// is being set up.
func (f *face) begin() {
	f.begun = true
	f.current = places()[0].name
	f.build()
	if len(f.st.Folders) == 0 {
		f.first = newFirstRun(f)
		f.win.SetContent(f.first.object())
	}
}

// build makes all of the window in the language of the State.
func (f *face) build() {
	f.language = f.st.Settings.Language
	if err := speak(f.language); err != nil {
		fyne.LogError("the texts could not be read", err)
	}
	f.format = f.words.Format(f.language, words.SystemLocale())
	f.pages = map[string]page{}
	f.rail = newRail(f)
	f.notice, f.asking, f.unsure = newBanner(f), newApprovalBar(f), newQuestionBar(f)
	f.body = container.NewStack()
	f.shortcuts()
	if f.first != nil {
		f.first = newFirstRun(f)
		f.win.SetContent(f.first.object())
		return
	}
	f.enter()
}

// enter shows the pages, after the set-up or without one.
func (f *face) enter() {
	f.first = nil
	f.win.SetContent(container.NewBorder(nil, nil, f.rail.object(), nil,
		container.NewBorder(container.NewVBox(f.asking.all, f.unsure.all, f.notice.object()), nil, nil, nil, f.body)))
	f.open(f.current)
}

// open turns to a page.
func (f *face) open(name string) {
	f.current = name
	f.render()
	set(f.body, f.pages[name].object())
}

// render makes what is visible agree with the State.
func (f *face) render() {
	if f.first != nil {
		f.first.render(f.st)
		return
	}
	p, ok := f.pages[f.current]
	if !ok {
		p = f.make(f.current)
		f.pages[f.current] = p
	}
	f.rail.render(f.st, f.current)
	f.asking.render(f.st)
	f.unsure.render(f.st)
	f.notice.render(f.st)
	p.render(f.st)
}

func (f *face) make(name string) page {
	all := places()
	for _, p := range all {
		if p.name == name {
			return p.build(f)
		}
	}
	return all[0].build(f)
}

// do sends a command. A failure is told in the window; after, which may be nil,
// runs when it went well.
func (f *face) do(command any, after func()) {
	f.ask(command, nil, func(err error) {
		if err != nil {
			f.notice.fail(err)
			return
		}
		if after != nil {
			after()
		}
	})
}

// ask sends a command and calls then, on the window's goroutine, when answer is
// filled or the command has failed.
func (f *face) ask(command, answer any, then func(error)) {
	f.seam.away(func() {
		err := f.core.Do(f.ctx, command, answer)
		f.seam.back(func() {
			if err != nil {
				err = errors.New(f.words.Sentence(err.Error()))
			}
			f.words.Answer(answer)
			then(err)
		})
	})
}
