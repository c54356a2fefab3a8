//go:build !headless || ci

package tray

import (
	"context"
	"strings"
	"sync"

	"github.com/godbus/dbus/v5"
)

const (
	noticeName = "org.freedesktop.Notifications"
	noticePath = "/org/freedesktop/Notifications"
)

// markup escapes what a notification's body would take for markup.
var markup = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// notifier returns what shows a notification over the session bus, and what ends
// the watch for clicks (freedesktop.org, Desktop Notifications Specification).
func notifier(cfg Config) (show func(context.Context, notification) error, end func()) {
	nothing := func(context.Context, notification) error { return nil }
	if !hasSessionBus() {
		return nothing, func() {}
	}
	conn, err := dbus.ConnectSessionBus()
	if err != nil {
		return nothing, func() {}
	}
	clicks := make(chan *dbus.Signal, 16)
	conn.Signal(clicks)
	_ = conn.AddMatchSignal(dbus.WithMatchInterface(noticeName), dbus.WithMatchMember("ActionInvoked"))
	own := &shownNotices{ids: map[uint32]bool{}}
	var work sync.WaitGroup
	work.Go(func() {
		for click := range clicks {
			if len(click.Body) == 2 {
				if id, ok := click.Body[0].(uint32); ok && own.has(id) {
					cfg.Open()
				}
			}
		}
	})
	show = func(ctx context.Context, n notification) error {
		var id uint32
		err := conn.Object(noticeName, noticePath).CallWithContext(ctx, noticeName+".Notify", 0,
			"Folderfront", uint32(0), "folderfront", n.Title, markup.Replace(n.Body), []string{"default", n.Title},
			map[string]dbus.Variant{"desktop-entry": dbus.MakeVariant("folderfront")}, int32(-1)).Store(&id)
		own.add(id)
		return err
	}
	return show, func() {
		conn.Close()
		work.Wait()
	}
}

// shownNotices are the ids of our own notifications: clicks on those of other
// programs are heard as well.
type shownNotices struct {
	mu  sync.Mutex
	ids map[uint32]bool
}

func (s *shownNotices) add(id uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ids[id] = true
}

func (s *shownNotices) has(id uint32) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ids[id]
}
