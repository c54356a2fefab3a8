//go:build !headless || ci

package desktoptest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"folderfront/app/control"
	"folderfront/app/state"
	"folderfront/app/tray/traytest"
)

// binaryVariable names the built desktop program.
const binaryVariable = "FOLDERFRONT_DESKTOP"

// patience is how long a desk waits for what a person would wait for. It is
// long because machines that test are slow; nothing sleeps that long in vain.
const patience = 60 * time.Second

// desk is a private desktop with the program on it.
type desk struct {
	t       *testing.T
	env     []string
	home    string
	profile string
	listen  string // the address the program shares at
	host    *traytest.Host
	binary  string
	program *exec.Cmd
	ended   chan error
	output  *safeBuffer
	endBus  func() // ends the session bus
}

// newDesk starts display, window manager, session bus, keyring and tray host.
// The test is skipped, with the reason, where one of them is missing. The
// display is started with what options say beside the usual.
func newDesk(t *testing.T, options ...string) *desk {
	t.Helper()
	for _, tool := range []string{"Xvfb", "openbox", "xdotool", "xclip", "import", "dbus-daemon", "gnome-keyring-daemon"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("no %s here: the real desktop cannot be tested", tool)
		}
	}
	binary := os.Getenv(binaryVariable)
	if binary == "" {
		t.Skipf("%s names no built desktop program; make test sets it", binaryVariable)
	}
	home := t.TempDir()
	d := &desk{t: t, home: home, binary: binary, profile: filepath.Join(home, "profile"), output: &safeBuffer{}, ended: make(chan error, 1)}
	runtime := filepath.Join(home, "run")
	if err := os.Mkdir(runtime, 0o700); err != nil {
		t.Fatal(err)
	}
	d.listen = freeAddress(t)
	if err := os.Mkdir(d.profile, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(d.profile, "settings.toml"), fmt.Sprintf("[sharing]\nlisten = %q\n", d.listen))
	bus, endBus := traytest.StartBus(t)
	d.endBus = endBus
	d.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_RUNTIME_DIR=" + runtime,
		"LANG=en_US.UTF-8", "DBUS_SESSION_BUS_ADDRESS=" + bus, "FYNE_SCALE=1",
	}
	d.env = append(d.env, "DISPLAY="+d.startDisplay(options))
	d.background("openbox")
	d.unlockKeyring()
	d.host = traytest.NewHost(t, bus)
	return d
}

// startDisplay starts an X server on a free number and returns its name.
func (d *desk) startDisplay(options []string) string {
	d.t.Helper()
	cmd := d.command("Xvfb", append([]string{"-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"}, options...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		d.t.Fatal(err)
	}
	d.start(cmd)
	number, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		d.t.Fatalf("Xvfb gave no display: %v", err)
	}
	return ":" + strings.TrimSpace(number)
}

// keyringPassword is that of the desk's keyring.
const keyringPassword = "\n"

// unlockKeyring starts a Secret Service whose login keyring is open, and waits
// until it is on the bus: a call before that would start another one.
func (d *desk) unlockKeyring() {
	d.t.Helper()
	cmd := d.command("gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets")
	cmd.Stdin = strings.NewReader(keyringPassword)
	d.start(cmd)
	conn, err := dbus.Connect(d.variable("DBUS_SESSION_BUS_ADDRESS"))
	if err != nil {
		d.t.Fatal(err)
	}
	defer conn.Close()
	d.eventually("the keyring to be there", func() (owned bool) {
		err := conn.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, secretsName).Store(&owned)
		return err == nil && owned
	})
}

func (d *desk) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Env = d.env
	return cmd
}

// start runs a helper until the test ends.
func (d *desk) start(cmd *exec.Cmd) {
	d.t.Helper()
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
}

// variable is the value of a variable of the desk's environment.
func (d *desk) variable(name string) string {
	for _, v := range d.env {
		if value, is := strings.CutPrefix(v, name+"="); is {
			return value
		}
	}
	return ""
}

func (d *desk) background(name string, args ...string) { d.start(d.command(name, args...)) }

// run runs a command to its end and returns what it printed.
func (d *desk) run(name string, args ...string) (string, error) {
	var out bytes.Buffer
	cmd := d.command(name, args...)
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

// launch starts the program and waits for its tray icon.
func (d *desk) launch(args ...string) {
	d.t.Helper()
	d.begin(args...)
	d.host.Await()
}

// begin starts the program.
func (d *desk) begin(args ...string) {
	d.t.Helper()
	d.program = d.command(d.binary, append([]string{"--profile", d.profile}, args...)...)
	d.program.Stdout, d.program.Stderr = d.output, d.output
	// A group of its own, so that the window's process can be ended with it.
	d.program.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := d.program.Start(); err != nil {
		d.t.Fatal(err)
	}
	go func() { d.ended <- d.program.Wait() }()
	d.t.Cleanup(func() { _ = syscall.Kill(-d.program.Process.Pid, syscall.SIGKILL) })
}

// windows returns the ids of the visible windows of the program.
func (d *desk) windows() []string {
	out, err := d.run("xdotool", "search", "--onlyvisible", "--name", "^Folderfront$")
	if err != nil {
		return nil
	}
	return strings.Fields(out)
}

// awaitWindow waits for the window and gives it the focus.
func (d *desk) awaitWindow() string {
	d.t.Helper()
	d.eventually("the window", func() bool { return len(d.windows()) > 0 })
	id := d.windows()[0]
	if out, err := d.run("xdotool", "windowactivate", "--sync", id); err != nil {
		d.t.Fatalf("the window takes no focus: %s", out)
	}
	return id
}

// press types keys, one after the other, into the window that has the focus.
func (d *desk) press(keys ...string) {
	d.t.Helper()
	if out, err := d.run("xdotool", append([]string{"key", "--clearmodifiers", "--delay", "60"}, keys...)...); err != nil {
		d.t.Fatalf("pressing %v: %s", keys, out)
	}
}

// setClipboard lets the next paste insert a text.
func (d *desk) setClipboard(text string) {
	d.t.Helper()
	cmd := d.command("xclip", "-selection", "clipboard", "-in")
	cmd.Stdin = strings.NewReader(text)
	if err := cmd.Run(); err != nil {
		d.t.Fatalf("putting a text on the clipboard: %v", err)
	}
}

// clipboard returns what the next paste would insert.
func (d *desk) clipboard() string {
	out, err := d.run("xclip", "-selection", "clipboard", "-o")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(out)
}

// clip puts something else on the clipboard.
func (d *desk) clip(text string) {
	d.t.Helper()
	cmd := d.command("xclip", "-selection", "clipboard", "-i")
	cmd.Stdin = strings.NewReader(text)
	if err := cmd.Run(); err != nil {
		d.t.Fatalf("filling the clipboard: %v", err)
	}
}

// mouse moves the pointer, in absolute pixels, in small steps, as drags need.
func (d *desk) mouse(fromX, fromY, toX, toY int) {
	d.t.Helper()
	const steps = 12
	for i := range steps + 1 {
		x, y := fromX+(toX-fromX)*i/steps, fromY+(toY-fromY)*i/steps
		if out, err := d.run("xdotool", "mousemove", strconv.Itoa(x), strconv.Itoa(y)); err != nil {
			d.t.Fatalf("moving the pointer: %s", out)
		}
		time.Sleep(30 * time.Millisecond)
	}
}

// state returns the core's State as it is now, or false when it is gone.
func (d *desk) state() (state.State, bool) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	client, err := control.Dial(ctx, d.profile)
	if err != nil {
		return state.State{}, false
	}
	defer client.Close()
	for st := range client.States(ctx) {
		return st, true
	}
	return state.State{}, false
}

// do sends a command as the command line would.
func (d *desk) do(command, answer any) {
	d.t.Helper()
	client, err := control.Dial(d.t.Context(), d.profile)
	if err != nil {
		d.t.Fatal(err)
	}
	defer client.Close()
	if err := client.Do(d.t.Context(), command, answer); err != nil {
		d.t.Fatalf("%T: %v", command, err)
	}
}

// eventually waits until what is so.
func (d *desk) eventually(what string, is func() bool) {
	d.t.Helper()
	d.within(patience, what, is)
}

// within is eventually for what takes longer.
func (d *desk) within(limit time.Duration, what string, is func() bool) {
	d.t.Helper()
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if is() {
			return
		}
	}
	d.t.Fatalf("waited %v in vain for %s; the program said:\n%s", limit, what, d.output)
}

// click chooses an entry of the tray's menu that leads to a phase.
func (d *desk) click(label string, want state.Phase) {
	d.t.Helper()
	d.host.Click(label, func() bool { st, ok := d.state(); return ok && st.Phase == want })
}

// quit quits from the tray's menu.
func (d *desk) quit() {
	d.t.Helper()
	d.host.Click("Quit", func() bool { _, running := d.state(); return !running })
	d.awaitEnd()
}

// awaitEnd waits for the program to end in good order, its window with it, and
// holds what it printed against complaints of the toolkit.
func (d *desk) awaitEnd() {
	d.t.Helper()
	select {
	case err := <-d.ended:
		if err != nil {
			d.t.Errorf("the program ended with %v:\n%s", err, d.output)
		}
	case <-time.After(patience):
		d.t.Fatalf("the program did not end; it said:\n%s", d.output)
	}
	d.eventually("the window to be gone", func() bool { return len(d.windows()) == 0 })
	for _, complaint := range []string{"Error in Fyne call thread", "panic:", "DATA RACE", "fatal error"} {
		if strings.Contains(d.output.String(), complaint) {
			d.t.Errorf("the program said %q:\n%s", complaint, d.output)
		}
	}
}

// drop drags a folder from another program onto the middle of a window.
func (d *desk) drop(folder, window string) {
	d.t.Helper()
	python := "/usr/bin/python3"
	if out, err := d.run(python, "-c", "import gi; gi.require_version('Gtk', '3.0')"); err != nil {
		d.t.Skipf("no GTK for Python here, so nothing can be dropped from another program: %s", out)
	}
	d.background(python, "testdata/drag.py", folder)
	d.eventually("the drag source", func() bool {
		_, err := d.run("xdotool", "search", "--onlyvisible", "--name", "^Drag source$")
		return err == nil
	})
	fromX, fromY := d.middle("^Drag source$")
	toX, toY := d.middle("^Folderfront$")
	d.mouse(fromX, fromY, fromX, fromY)
	_, _ = d.run("xdotool", "mousedown", "1")
	d.mouse(fromX, fromY, toX, toY)
	d.mouse(toX, toY, toX+4, toY+4)
	_, _ = d.run("xdotool", "mouseup", "1")
}

// middle returns the absolute middle of the window with a name.
func (d *desk) middle(name string) (x, y int) {
	d.t.Helper()
	return d.centre("--name", name)
}

// centre returns the absolute middle of the first visible window that xdotool
// finds by a property.
func (d *desk) centre(property, pattern string) (x, y int) {
	d.t.Helper()
	out, err := d.run("xdotool", "search", "--onlyvisible", property, pattern, "getwindowgeometry", "--shell", "%1")
	if err != nil {
		d.t.Fatalf("no window %s: %s", pattern, out)
	}
	values := map[string]int{}
	for _, line := range strings.Split(out, "\n") {
		if key, after, ok := strings.Cut(line, "="); ok {
			if n, err := strconv.Atoi(after); err == nil {
				values[key] = n
			}
		}
	}
	return values["X"] + values["WIDTH"]/2, values["Y"] + values["HEIGHT"]/2
}

// safeBuffer collects what several processes print.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write adds p.
func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

// String is all so far.
func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// exitCode is the status of a command that ended.
func exitCode(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	if err != nil {
		return -1
	}
	return 0
}
