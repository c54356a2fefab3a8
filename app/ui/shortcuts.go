//go:build !headless || ci

package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"folderfront/app/state"
)

// shortcuts are the keys for the main acts: Ctrl (⌘ on a Mac) with a digit opens
// the page of that place in the rail, with O a folder picker, with U copies the
// Base API URL, with K the API key, with T opens the window that plays Workfront,
// with N makes an action, with F searches files to run one on, with Return starts
// or stops sharing, with W closes the window, with Q quits.
func (f *face) shortcuts() {
	keys := map[fyne.KeyName]func(){
		fyne.KeyO: f.pick,
		fyne.KeyU: f.copyAddress,
		fyne.KeyK: f.copyKey,
		fyne.KeyT: f.try,
		fyne.KeyN: func() { f.inActions((*actions).create) },
		fyne.KeyF: func() { f.inActions((*actions).searchFiles) },
		fyne.KeyW: f.close,
		fyne.KeyQ: f.askQuit,
		fyne.KeyReturn: func() {
			if f.st.Sharing() {
				f.do(state.Stop{}, nil)
				return
			}
			f.do(state.Start{}, nil)
		},
	}
	for i, p := range places() {
		keys[fyne.KeyName(rune('1'+i))] = func() {
			if f.first == nil {
				f.open(p.name)
			}
		}
	}
	for key, act := range keys {
		f.win.Canvas().AddShortcut(&desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierShortcutDefault}, func(fyne.Shortcut) {
			if f.begun {
				act()
			}
		})
	}
}

// inActions opens the page of actions, once the program is set up, and does
// something there.
func (f *face) inActions(do func(*actions)) {
	if f.first != nil {
		return
	}
	f.open("Actions")
	if p, is := f.pages["Actions"].(*actions); is {
		do(p)
	}
}

func (f *face) copyAddress() {
	if f.st.BaseAPIURL != "" {
		f.app.Clipboard().SetContent(f.st.BaseAPIURL)
	}
}

func (f *face) copyKey() {
	if len(f.st.Keys) > 0 {
		f.reveal(f.st.Keys[0].ID, f.app.Clipboard().SetContent)
	}
}
