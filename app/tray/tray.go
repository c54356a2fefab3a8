//go:build !headless || ci

// Package tray is the remote control in the system's tray: an icon, a tooltip
// and a menu, all made anew from one State by one loop.
//
// The host is the part of the desktop that shows tray icons (on Linux: whoever
// owns org.kde.StatusNotifierWatcher on the session bus). A stock GNOME has
// none; the tray then waits for one and reports that nothing is shown, so that
// the window never closes to nothing.
package tray

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"reflect"
	"sync"
	"time"

	"fyne.io/systray"

	"folderfront/app/state"
	"folderfront/app/words"
	"folderfront/assets"
)

// Core is what the tray needs of the running program: its States, and a way to
// send it commands. Errors of Do are sentences for a person.
type Core interface {
	States(ctx context.Context) iter.Seq[state.State]
	Do(ctx context.Context, command, answer any) error
}

// Config is what the tray cannot do by itself.
type Config struct {
	Open   func()           // opens the window, or brings it to the front
	Shown  func(shown bool) // told whenever an icon appears or can no longer be seen
	Logger *slog.Logger
}

// Run shows the tray until ctx ends or the core closes its stream of States.
// It must be called on the main goroutine, once in a process. Without a session
// bus, or when the bus ends under it, it returns ErrNoBus; without a host it
// waits for one.
func Run(parent context.Context, core Core, cfg Config) error {
	ctx, cancel := context.WithCancelCause(parent)
	var work sync.WaitGroup
	defer work.Wait()
	defer cancel(nil)
	lost := func() { cancel(ErrNoBus) }
	if err := watchHost(ctx, &work, cfg.Shown, lost); err != nil || ctx.Err() != nil {
		return err
	}
	t := &tray{core: core, cfg: cfg, lost: lost}
	prepare(cfg.Open)
	systray.Run(func() {
		work.Go(func() {
			t.follow(ctx)
			t.clear()
			systray.Quit()
		})
	}, nil)
	if errors.Is(context.Cause(ctx), ErrNoBus) {
		return ErrNoBus
	}
	return nil
}

// tray is what is shown at the moment. Only the loop of follow touches it.
type tray struct {
	core   Core
	cfg    Config
	lost   func()  // called when the bus has ended
	shown  []entry // the menu as it is, nil before the first
	clicks sync.WaitGroup
}

// settle is how long after the start the icon is set once more: the tray
// library loses what is set while it registers with the host.
const settle = time.Second

// follow shows each State until ctx or the stream ends.
func (t *tray) follow(ctx context.Context) {
	states := make(chan state.State)
	go func() {
		defer close(states)
		for st := range t.core.States(ctx) {
			select {
			case states <- st:
			case <-ctx.Done():
				return
			}
		}
	}()
	settled := time.After(settle)
	var last state.State
	for {
		select {
		case st, ok := <-states:
			if !ok {
				return
			}
			last = st
		case <-settled:
			settled = nil
		}
		t.show(ctx, last)
	}
}

// show makes icon, tooltip and menu agree with st. The menu is only built when
// it would differ, because building closes it under the person's pointer.
func (t *tray) show(ctx context.Context, st state.State) {
	if st.Phase == "" {
		return
	}
	// The tray library panics when the bus ends under it.
	defer func() {
		if recover() != nil {
			t.lost()
		}
	}()
	w := words.For(st.Settings.Language)
	st = w.State(st)
	setIcon(string(st.Phase))
	systray.SetTooltip(tooltip(st, w))
	entries := menu(st, w)
	if reflect.DeepEqual(entries, t.shown) {
		return
	}
	t.shown = entries
	systray.ResetMenu()
	for _, e := range entries {
		t.add(ctx, nil, e)
	}
}

// add puts an entry, and what is below it, into the menu. A goroutine waits for
// its clicks until the library closes the channel on the next ResetMenu.
func (t *tray) add(ctx context.Context, parent *systray.MenuItem, e entry) {
	if e.Separator {
		systray.AddSeparator()
		return
	}
	var item *systray.MenuItem
	if parent == nil {
		item = systray.AddMenuItem(escape(e.Label), "")
	} else {
		item = parent.AddSubMenuItem(escape(e.Label), "")
	}
	if e.Act == (action{}) && len(e.Below) == 0 {
		item.Disable()
	}
	for _, child := range e.Below {
		t.add(ctx, item, child)
	}
	t.clicks.Go(func() {
		for range item.ClickedCh {
			t.act(ctx, e.Act)
		}
	})
}

// act does what an entry stands for. A failure that the core knows of is in its
// next State; the window is the place to read it.
func (t *tray) act(ctx context.Context, a action) {
	var err error
	switch {
	case a.Command != nil:
		err = t.core.Do(ctx, a.Command, nil)
	case a.Copy != "":
		err = copyText(ctx, a.Copy)
	case a.Folder != "":
		err = open(a.Folder)
	case a.Try:
		err = t.try(ctx)
	case a.Window:
		t.cfg.Open()
	}
	if err != nil {
		t.cfg.Logger.Warn("the tray could not do what was chosen", "error", err)
		t.cfg.Open()
	}
}

// try opens the page that plays Workfront, in the person's browser.
func (t *tray) try(ctx context.Context) error {
	var page state.TryPage
	if err := t.core.Do(ctx, state.OpenTry{}, &page); err != nil {
		return err
	}
	return open(page.URL)
}

// clear ends the goroutines that wait for clicks.
func (t *tray) clear() {
	systray.ResetMenu()
	t.clicks.Wait()
}

// setIcon shows the icon of a phase. Which panel it lies on is only known on
// Windows and macOS.
func setIcon(phase string) {
	template := platformIcon(assets.TrayIcon(phase, assets.Light))
	systray.SetTemplateIcon(template, platformIcon(assets.TrayIcon(phase, panel())))
}
