//go:build linux && (!headless || ci)

// Package traytest is a tray host for tests: a private session bus, and on it a
// StatusNotifierWatcher that takes one item and lets a test see and do what a
// person could, as a panel would: icon, tooltip, menu, click.
package traytest

import (
	"bufio"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// StartBus starts a private session bus that lives until end is called, or as
// long as the test, and returns its address. It skips the test, saying why, where there is no
// dbus-daemon.
func StartBus(t *testing.T) (address string, end func()) {
	t.Helper()
	program, err := exec.LookPath("dbus-daemon")
	if err != nil {
		t.Skip("no dbus-daemon here: the tray over D-Bus cannot be tested")
	}
	cmd := exec.Command(program, "--session", "--nofork", "--nopidfile", "--print-address=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	t.Cleanup(end)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("dbus-daemon gave no address: %v", err)
	}
	return strings.TrimSpace(line), end
}

// Host is a tray host. Its methods may be called from any goroutine.
type Host struct {
	t     testing.TB
	conn  *dbus.Conn
	items chan string // bus names of the items that registered
	item  string
}

const (
	watcherName = "org.kde.StatusNotifierWatcher"
	itemPath    = "/StatusNotifierItem"
	itemFace    = "org.kde.StatusNotifierItem"
	menuFace    = "com.canonical.dbusmenu"
	patience    = 30 * time.Second
)

// NewHost becomes the host of the bus at address until the test ends.
func NewHost(t *testing.T, address string) *Host {
	t.Helper()
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	h := &Host{t: t, conn: conn, items: make(chan string, 8)}
	if err := conn.Export(registrar{h.items}, "/StatusNotifierWatcher", watcherName); err != nil {
		t.Fatal(err)
	}
	if reply, err := conn.RequestName(watcherName, dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatalf("could not become the tray host: %v %v", reply, err)
	}
	return h
}

// Leave takes the host off the desktop, as on one that has none.
func (h *Host) Leave() {
	h.t.Helper()
	if _, err := h.conn.ReleaseName(watcherName); err != nil {
		h.t.Fatal(err)
	}
}

// registrar is the one method of a StatusNotifierWatcher that an item calls.
type registrar struct{ items chan string }

// RegisterStatusNotifierItem is called by an item with its object path.
func (r registrar) RegisterStatusNotifierItem(_ string, sender dbus.Sender) *dbus.Error {
	r.items <- string(sender)
	return nil
}

// Await waits for an item to register and makes it the one the host shows.
func (h *Host) Await() {
	h.t.Helper()
	select {
	case h.item = <-h.items:
	case <-time.After(patience):
		h.t.Fatal("no tray icon registered")
	}
}

// Tooltip returns what hovering would show.
func (h *Host) Tooltip() string {
	h.t.Helper()
	v := h.property("ToolTip")
	fields, ok := v.Value().([]any)
	if !ok || len(fields) != 4 {
		h.t.Fatalf("a tooltip of form %T", v.Value())
	}
	text, _ := fields[2].(string)
	return text
}

// Icon returns the pixels that are shown, as ARGB; equal icons are equal strings.
func (h *Host) Icon() string {
	h.t.Helper()
	return fmt.Sprint(h.property("IconPixmap").Value())
}

func (h *Host) property(name string) dbus.Variant {
	h.t.Helper()
	v, err := h.conn.Object(h.item, itemPath).GetProperty(itemFace + "." + name)
	if err != nil {
		h.t.Fatalf("property %s of the tray icon: %v", name, err)
	}
	return v
}

// Activate clicks the icon.
func (h *Host) Activate() {
	h.t.Helper()
	if err := h.conn.Object(h.item, itemPath).Call(itemFace+".Activate", 0, 0, 0).Err; err != nil {
		h.t.Fatalf("clicking the tray icon: %v", err)
	}
}

// Line is an entry of the menu.
type Line struct {
	ID      int32
	Label   string // without the escapes of mnemonics
	Enabled bool
	Below   []Line
}

// Menu returns the whole menu as it is now.
func (h *Host) Menu() []Line {
	h.t.Helper()
	var revision uint32
	var root layout
	path, ok := h.property("Menu").Value().(dbus.ObjectPath)
	if !ok {
		h.t.Fatal("the tray icon has no menu")
	}
	call := h.conn.Object(h.item, path).Call(menuFace+".GetLayout", 0, int32(0), int32(-1), []string{})
	if err := call.Store(&revision, &root); err != nil {
		h.t.Fatalf("reading the tray menu: %v", err)
	}
	return lines(root)
}

// layout is dbusmenu's (ia{sv}av).
type layout struct {
	ID         int32
	Properties map[string]dbus.Variant
	Children   []dbus.Variant
}

func lines(l layout) []Line {
	var out []Line
	for _, child := range l.Children {
		var c layout
		if err := dbus.Store([]any{child.Value()}, &c); err != nil {
			continue
		}
		label, _ := c.Properties["label"].Value().(string)
		enabled, known := c.Properties["enabled"].Value().(bool)
		out = append(out, Line{
			ID:      c.ID,
			Label:   strings.ReplaceAll(label, "__", "_"),
			Enabled: enabled || !known,
			Below:   lines(c),
		})
	}
	return out
}

// Find looks for a label in the menu and all below it.
func Find(menu []Line, label string) (Line, bool) {
	for _, l := range menu {
		if l.Label == label {
			return l, true
		}
		if found, ok := Find(l.Below, label); ok {
			return found, true
		}
	}
	return Line{}, false
}

// Click chooses the entry with a label until done says that it was done: the
// menu may be made anew, with other ids, between reading it and choosing.
func (h *Host) Click(label string, done func() bool) {
	h.t.Helper()
	h.Eventually("what choosing "+label+" does", func() bool {
		if done() {
			return true
		}
		entry, ok := Find(h.Menu(), label)
		if ok && entry.Enabled {
			h.choose(entry)
		}
		for range 20 {
			time.Sleep(50 * time.Millisecond)
			if done() {
				return true
			}
		}
		return false
	})
}

// choose sends the click on an entry.
func (h *Host) choose(entry Line) {
	h.t.Helper()
	path := h.property("Menu").Value().(dbus.ObjectPath)
	call := h.conn.Object(h.item, path).Call(menuFace+".Event", 0, entry.ID, "clicked", dbus.MakeVariant(""), uint32(0))
	if call.Err != nil {
		h.t.Fatalf("choosing %s: %v", entry.Label, call.Err)
	}
}

// Eventually waits until what is so, and fails the test when it never is.
func (h *Host) Eventually(what string, is func() bool) {
	h.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if is() {
			return
		}
	}
	h.t.Fatalf("waited %v in vain for %s", patience, what)
}
