//go:build !headless || ci

package desktoptest

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"

	"folderfront/app/state"
)

// TestNotificationsOnARealDesktop has Workfront ask about a document that nobody
// knows, which a real notification daemon tells. A click on it opens the window;
// once notifications are switched off, none is told.
func TestNotificationsOnARealDesktop(t *testing.T) {
	d := newDesk(t)
	daemon := d.startNotifications()
	file := filepath.Join(d.profile, "settings.toml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	write(t, file, string(text)+"\n[[action]]\nid = 1\nname = \"archive\"\ndisplay_name = \"Archive\"\nkind = \"builtin\"\noperation = \"archive\"\nargument = \"Old\"\nworkfront = true\n")
	d.launch("--hidden", t.TempDir())
	key := d.key()
	d.eventually("sharing", func() bool { st, ok := d.state(); return ok && st.Phase == state.Live })

	d.askAbout(key, "first")
	d.eventually("a notification", func() bool { return daemon.displayed() == 1 })
	d.look("notification")
	if n := len(d.windows()); n != 0 {
		t.Fatalf("%d windows are open before the click", n)
	}
	x, y := d.centre("--class", "^Dunst$")
	d.mouse(x-5, y-5, x, y)
	if out, err := d.run("xdotool", "click", "1"); err != nil {
		t.Fatalf("clicking: %s", out)
	}
	d.eventually("the click to open the window", func() bool { return len(d.windows()) == 1 })
	d.eventually("the notification to go", func() bool { return daemon.displayed() == 0 })

	yes, no := true, false
	d.do(state.ChangeSettings{Notifications: &no}, nil)
	d.askAbout(key, "second")
	d.eventually("the question in the window", func() bool { st, _ := d.state(); return len(st.Actions.Unknown) == 2 })
	d.do(state.ChangeSettings{Notifications: &yes}, nil)
	d.askAbout(key, "third")
	d.eventually("another notification", func() bool { return daemon.displayed() > 0 })
	if told := daemon.displayed() + daemon.count("history"); told != 2 {
		t.Errorf("%d notifications were told, want 2: one was silenced", told)
	}
	d.quit()
}

// askAbout is Workfront with a custom action on a document that it never linked.
func (d *desk) askAbout(key, document string) {
	d.t.Helper()
	address := "http://" + d.listen + "/api/v1/customAction?name=archive&documentId=" + document
	request, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	request.Header.Set("apiKey", key)
	request.Header.Set("username", "anna@example.com")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		d.t.Fatal(err)
	}
	defer response.Body.Close()
	if answer, _ := io.ReadAll(response.Body); response.StatusCode != http.StatusNotFound {
		d.t.Fatalf("asking about an unknown document: %s %s", response.Status, answer)
	}
}

// notifications is the desk's notification daemon.
type notifications struct{ *desk }

// startNotifications starts dunst, which does what a click on a notification
// means and keeps each until it is clicked.
func (d *desk) startNotifications() notifications {
	d.t.Helper()
	if _, err := exec.LookPath("dunst"); err != nil {
		d.t.Skip("no dunst here: no notification can be seen or clicked")
	}
	config := filepath.Join(d.home, "dunstrc")
	write(d.t, config, "[global]\nmouse_left_click = do_action, close_current\nsticky_history = yes\nhistory_length = 20\n[urgency_normal]\ntimeout = 0\n")
	d.background("dunst", "-config", config)
	conn, err := dbus.Connect(d.variable("DBUS_SESSION_BUS_ADDRESS"))
	if err != nil {
		d.t.Fatal(err)
	}
	defer conn.Close()
	d.eventually("the notification daemon", func() (owned bool) {
		err := conn.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, "org.freedesktop.Notifications").Store(&owned)
		return err == nil && owned
	})
	return notifications{d}
}

func (n notifications) displayed() int { return n.count("displayed") }

// count is how many notifications are displayed, or in the history.
func (n notifications) count(which string) int {
	n.t.Helper()
	out, err := n.run("dunstctl", "count", which)
	number, bad := strconv.Atoi(strings.TrimSpace(out))
	if err != nil || bad != nil {
		n.t.Fatalf("dunstctl count %s: %v %q", which, err, out)
	}
	return number
}

// TestTheDesktopsOwnFolderDialog chooses a folder with the system's dialog
// program, here a stand-in that answers at once: it is asked for a folder, and
// what it answers is shared.
func TestTheDesktopsOwnFolderDialog(t *testing.T) {
	d := newDesk(t)
	bin, folder := t.TempDir(), t.TempDir()
	asked := filepath.Join(bin, "asked")
	script := "#!/bin/sh\necho \"$@\" >>'" + asked + "'\necho '" + folder + "'\n"
	if err := os.WriteFile(filepath.Join(bin, "zenity"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	for i, v := range d.env {
		if path, is := strings.CutPrefix(v, "PATH="); is {
			d.env[i] = "PATH=" + bin + ":" + path
		}
	}
	d.launch(t.TempDir())
	d.awaitWindow()
	d.press("ctrl+o")
	d.eventually("the chosen folder to be shared", func() bool {
		st, ok := d.state()
		return ok && len(st.Folders) == 2 && st.Folders[1].Path == folder
	})
	args, err := os.ReadFile(asked)
	if err != nil || !strings.Contains(string(args), "--file-selection") || !strings.Contains(string(args), "--directory") {
		t.Errorf("the dialog was asked for %q (%v)", args, err)
	}
	d.quit()
}
