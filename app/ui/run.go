//go:build !headless || ci

package ui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/driver"
)

// ErrNoDisplay means that there is no screen to open a window on.
var ErrNoDisplay = errors.New("there is no display here, so no window can be opened; sharing goes on, and “folderfront serve” and the other commands do everything the window does")

// ErrNoOpenGL means that the display cannot draw the window.
var ErrNoOpenGL = errors.New("this display offers no OpenGL, so no window can be drawn; sharing goes on, and the tray and the commands of folderfront do everything the window does")

// Run opens the window on the main goroutine and returns when it is closed, ctx
// ends or the core ends its stream of States. It returns ErrNoDisplay or
// ErrNoOpenGL where no window is possible.
func Run(ctx context.Context, core Core) (err error) {
	if !hasDisplay() {
		return ErrNoDisplay
	}
	// Some displays make the toolkit panic deep inside its driver.
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("%w (%v)", ErrNoOpenGL, reason)
		}
	}()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var work sync.WaitGroup
	if cache, err := os.UserCacheDir(); err == nil {
		_ = os.MkdirAll(cache, 0o700) // the toolkit makes its own folder there, but not this one
	}
	a := app.NewWithID("io.folderfront.Folderfront")
	f := newFace(ctx, a, core, seam{
		away: func(job func()) { work.Go(job) },
		back: func(job func()) {
			// Once the window is closed the toolkit would run the job right here.
			if ctx.Err() == nil {
				fyne.Do(job)
			}
		},
	})
	f.win.SetOnClosed(cancel)
	// The window is closed rather than the toolkit told to quit: that panics
	// where the system could give it no file watcher.
	work.Go(func() { f.follow(f.win.Close) })
	f.win.Show()
	if hasWindow(f.win) {
		a.Run()
	} else {
		err = ErrNoOpenGL
	}
	cancel()
	work.Wait()
	return err
}

// hasWindow reports whether the system made the window that was shown: without
// OpenGL it does not, and the toolkit would wait for ever beside it.
func hasWindow(win fyne.Window) bool {
	native, ok := win.(driver.NativeWindow)
	if !ok {
		return true
	}
	has := false
	native.RunNative(func(context any) {
		switch c := context.(type) {
		case driver.X11WindowContext:
			has = c.WindowHandle != 0
		case driver.WaylandWindowContext:
			has = c.WaylandSurface != 0
		case driver.WindowsWindowContext:
			has = c.HWND != 0
		case driver.MacWindowContext:
			has = c.NSWindow != 0
		}
	})
	return has
}
