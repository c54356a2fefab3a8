//go:build !headless || ci

package tray

import (
	"context"
	"iter"
	"log/slog"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"folderfront/app/state"
	"folderfront/app/tray/traytest"
)

// daemon is a notification daemon in memory: it takes notifications and can
// click on them.
type daemon struct {
	conn  *dbus.Conn
	taken chan [2]string // title and body
}

// Notify takes one notification.
func (d *daemon) Notify(_ string, _ uint32, _, title, body string, _ []string, _ map[string]dbus.Variant, _ int32) (uint32, *dbus.Error) {
	d.taken <- [2]string{title, body}
	return 7, nil
}

func (d *daemon) click(t *testing.T, id uint32) {
	t.Helper()
	if err := d.conn.Emit(noticePath, noticeName+".ActionInvoked", id, "default"); err != nil {
		t.Fatal(err)
	}
}

// channelCore publishes the States that a test sends.
type channelCore chan state.State

func (c channelCore) States(ctx context.Context) iter.Seq[state.State] {
	return func(yield func(state.State) bool) {
		for st := range c {
			if !yield(st) {
				return
			}
		}
	}
}

func (c channelCore) Do(context.Context, any, any) error { return nil }

// TestNotificationsAreClickable sends one over a real bus, and opens the window
// for a click on it and for no other program's.
func TestNotificationsAreClickable(t *testing.T) {
	bus, _ := traytest.StartBus(t)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", bus)
	conn, err := dbus.Connect(bus)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	d := &daemon{conn: conn, taken: make(chan [2]string, 8)}
	if err := conn.Export(d, noticePath, noticeName); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.RequestName(noticeName, dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
	core := make(channelCore)
	opened := make(chan struct{}, 8)
	done := make(chan struct{})
	go func() {
		defer close(done)
		Notify(t.Context(), core, Config{Open: func() { opened <- struct{}{} }, Logger: slog.New(slog.DiscardHandler)})
	}()
	settings := state.Settings{Notifications: true, Language: "en"}
	core <- state.State{Phase: state.Live, Settings: settings}
	core <- state.State{Phase: state.Trouble, Settings: settings, Problem: &state.Problem{Sentence: "<b>A & B</b>"}}
	if got := receive(t, d.taken); got != [2]string{"Trouble", "&lt;b&gt;A &amp; B&lt;/b&gt;"} {
		t.Errorf("the notification is %q", got)
	}
	// The answer with the id travels behind the notification; a State after it
	// is only taken once it is in.
	core <- state.State{Phase: state.Trouble, Settings: settings}
	d.click(t, 99)
	d.click(t, 7)
	receive(t, opened)
	if len(opened) != 0 {
		t.Error("a click on another program's notification opens the window")
	}
	close(core)
	receive(t, done)
}

func receive[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(30 * time.Second):
		t.Fatal("waited 30 s in vain")
		panic("unreachable")
	}
}
