//go:build !headless || ci

package tray

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"fyne.io/systray"
	"github.com/godbus/dbus/v5"

	"folderfront/assets"
)

// ErrNoBus means that there is no session bus, over which alone a tray could be
// reached.
var ErrNoBus = errors.New("this session has no message bus, so no tray icon can be shown; the window and the command line do everything the tray does")

const watcher = "org.kde.StatusNotifierWatcher"

// watchHost returns once a host is there, or ctx has ended, and goes on telling
// shown, from a goroutine of work, whether there is one, and lost when the bus
// has ended. It looks for a bus before it connects, because a connection without
// one starts a bus daemon.
func watchHost(ctx context.Context, work *sync.WaitGroup, shown func(bool), lost func()) error {
	if !hasSessionBus() {
		return ErrNoBus
	}
	conn, err := dbus.ConnectSessionBus(dbus.WithContext(ctx))
	if err != nil {
		return ErrNoBus
	}
	changes := make(chan *dbus.Signal, 16)
	conn.Signal(changes)
	err = conn.AddMatchSignal(
		dbus.WithMatchSender("org.freedesktop.DBus"),
		dbus.WithMatchInterface("org.freedesktop.DBus"),
		dbus.WithMatchMember("NameOwnerChanged"),
		dbus.WithMatchArg(0, watcher),
	)
	if err != nil {
		conn.Close()
		return ErrNoBus
	}
	present := hasOwner(conn)
	shown(present)
	first := make(chan error, 1)
	work.Go(func() {
		defer conn.Close()
		followHost(ctx, changes, present, first, shown)
		if ctx.Err() == nil {
			lost()
		}
	})
	return <-first
}

// followHost tells shown of each change. The first host that is seen is told to
// first, and so is that none will be: ErrNoBus when the bus has ended.
func followHost(ctx context.Context, changes <-chan *dbus.Signal, present bool, first chan<- error, shown func(bool)) {
	told := false
	tell := func(err error) {
		if !told {
			told = true
			first <- err
		}
	}
	for {
		if present {
			tell(nil)
		}
		select {
		case <-ctx.Done():
			tell(nil)
			return
		case change, ok := <-changes:
			if !ok {
				shown(false)
				tell(ErrNoBus)
				return
			}
			if len(change.Body) == 3 {
				owner, _ := change.Body[2].(string)
				present = owner != ""
				shown(present)
			}
		}
	}
}

func hasOwner(conn *dbus.Conn) bool {
	var has bool
	err := conn.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, watcher).Store(&has)
	return err == nil && has
}

func hasSessionBus() bool {
	if os.Getenv("DBUS_SESSION_BUS_ADDRESS") != "" {
		return true
	}
	runtime := os.Getenv("XDG_RUNTIME_DIR")
	if runtime == "" {
		return false
	}
	_, err := os.Stat(filepath.Join(runtime, "bus"))
	return err == nil
}

// prepare names the item and lets a left click open the window.
func prepare(open func()) {
	systray.SetTitle("Folderfront")
	systray.SetOnTapped(open)
}

// panel is unknown: desktops colour it as they like.
func panel() assets.Panel { return assets.Either }

func platformIcon(png []byte) []byte { return png }

// escape keeps an underscore from becoming a mnemonic.
func escape(label string) string { return strings.ReplaceAll(label, "_", "__") }
