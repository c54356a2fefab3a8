package app

import (
	"context"
	"errors"

	"folderfront/app/state"
)

func (a *App) faceVerbs() verbs {
	v := verbs{}
	act(v, a.ShowWindow)
	return v
}

// ShowWindow opens the window or brings it up. What was wrong with the last one
// is told no more: a new one may go well.
func (a *App) ShowWindow(context.Context, state.ShowWindow) error {
	if a.options.OpenWindow == nil {
		return errors.New("The running Folderfront was started without a window. Quit it and start it from the desktop.")
	}
	a.mu.Lock()
	a.summons++
	a.mu.Unlock()
	a.setProblem("window", nil)
	a.publish()
	return a.options.OpenWindow()
}

// SetTray says whether a tray icon is shown.
func (a *App) SetTray(shown bool) {
	a.mu.Lock()
	a.tray = shown
	a.mu.Unlock()
	a.publish()
}

// WindowClosed says that the window's process ended, with the reason when it
// crashed. A crash never ends sharing; a person who closes the only face of
// the program, or wants it so, ends it.
func (a *App) WindowClosed(crash error) {
	a.mu.Lock()
	tray := a.tray
	a.mu.Unlock()
	if crash != nil {
		a.setProblem("window", &state.Problem{
			Sentence: "The window could not be shown; sharing goes on.",
			Advice:   "Update the graphics driver, or use the tray and the command line.",
		})
		a.publish()
		return
	}
	if !tray || !a.current().Desktop.KeepRunning {
		a.quit()
	}
}
