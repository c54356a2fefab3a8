//go:build !headless || ci

package tray

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"folderfront/app/state"
	"folderfront/app/tray/traytest"
)

// The tray library may run once in a process, so the test starts itself again:
// the child is a tray with a scripted core, its stdin the States as JSON lines,
// its stdout what it was told to do.
const childVariable = "FOLDERFRONT_TEST_TRAY"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		os.Exit(child())
	}
	os.Exit(m.Run())
}

func child() int {
	say := func(format string, args ...any) { fmt.Printf(format+"\n", args...) }
	err := Run(context.Background(), &scriptedCore{say: say}, Config{
		Open:   func() { say("open") },
		Shown:  func(shown bool) { say("shown %v", shown) },
		Logger: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	if err != nil {
		say("%v", err)
		return 1
	}
	say("ended")
	return 0
}

// scriptedCore takes its States from stdin and ends with it.
type scriptedCore struct{ say func(string, ...any) }

func (c *scriptedCore) States(context.Context) iter.Seq[state.State] {
	return func(yield func(state.State) bool) {
		in := json.NewDecoder(os.Stdin)
		for {
			var st state.State
			if in.Decode(&st) != nil || !yield(st) {
				return
			}
		}
	}
}

func (c *scriptedCore) Do(_ context.Context, command, answer any) error {
	c.say("%T", command)
	if page, ok := answer.(*state.TryPage); ok {
		page.URL = "http://127.0.0.1:1/start/once"
	}
	return nil
}

// log collects what the child says.
type log struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *log) has(line string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(l.text.String(), line+"\n")
}

// String is all that was said.
func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// ownRace finds a data race, in a report of the race detector, whose access is
// in this program. The tray library and its D-Bus properties have some between
// themselves when a panel reads an icon while the next one is set.
var ownRace = regexp.MustCompile(`(?m)^(Previous )?(Read|Write|read|write) at .*\n\s+folderfront/`)

// startTray runs a child on the bus and returns a way to send it States, its
// output, and what waits for its end.
func startTray(t *testing.T, bus string) (send func(state.State), out *log, wait func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"=1", "DBUS_SESSION_BUS_ADDRESS="+bus, "LANG=en_US.UTF-8", "LC_ALL=", "LANGUAGE=", "GORACE=exitcode=0")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out = &log{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	encoder := json.NewEncoder(stdin)
	send = func(st state.State) {
		if err := encoder.Encode(st); err != nil {
			t.Errorf("sending a State: %v", err)
		}
	}
	wait = func() {
		stdin.Close()
		done := make(chan error, 1)
		go func() { done <- cmd.Wait() }()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("the tray ended with %v:\n%s", err, out)
			}
			if ownRace.MatchString(out.String()) {
				t.Errorf("a data race of the tray's own:\n%s", out)
			}
		case <-time.After(30 * time.Second):
			t.Error("the tray did not end")
		}
	}
	return send, out, wait
}

// fakeOpener stands in for the program that opens pages and folders, and returns
// the file into which it writes what it was asked to open.
func fakeOpener(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	opened := filepath.Join(dir, "opened")
	script := "#!/bin/sh\nprintf '%s\\n' \"$1\" > '" + opened + "'\n"
	if err := os.WriteFile(filepath.Join(dir, "xdg-open"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	return opened
}

// TestTrayOverDBus plays a panel: it follows icon, tooltip and menu through the
// phases and clicks what a person would.
func TestTrayOverDBus(t *testing.T) {
	bus, _ := traytest.StartBus(t)
	host := traytest.NewHost(t, bus)
	opened := fakeOpener(t)
	send, out, wait := startTray(t, bus)
	send(state.State{Phase: state.Off})
	host.Await()

	icons := map[string]state.Phase{}
	for _, phase := range []state.Phase{state.Off, state.Connecting, state.Live, state.Paused, state.Trouble} {
		send(state.State{Phase: phase})
		host.Eventually("the tooltip of "+string(phase), func() bool {
			return strings.HasPrefix(host.Tooltip(), "Folderfront · "+phase.Word())
		})
		host.Eventually("an icon of its own for "+string(phase), func() bool {
			_, taken := icons[host.Icon()]
			return !taken
		})
		icons[host.Icon()] = phase
	}

	send(state.State{Phase: state.Live, BaseAPIURL: "https://a.example/api/v1", LocalURL: "http://127.0.0.1:1", Folders: []state.Folder{{Name: "my_plans", Path: t.TempDir()}}})
	for _, click := range []struct{ label, says string }{
		{"Stop sharing", "state.Stop"},
		{"Pause sharing", "state.Pause"},
		{"Open window", "open"},
		{"Quit", "state.Quit"},
	} {
		host.Click(click.label, func() bool { return out.has(click.says) })
	}
	host.Click("Try it as Workfront would", func() bool {
		target, err := os.ReadFile(opened)
		return err == nil && string(target) == "http://127.0.0.1:1/start/once\n"
	})
	host.Eventually("the folder's name as it is", func() bool {
		_, ok := traytest.Find(host.Menu(), "my_plans")
		return ok
	})
	wait()
	if !out.has("ended") {
		t.Errorf("the tray did not end in good order:\n%s", out)
	}
}

// TestTrayWaitsForAHost starts without a panel, as on a stock GNOME: nothing is
// shown, and the icon comes when a host does.
func TestTrayWaitsForAHost(t *testing.T) {
	bus, _ := traytest.StartBus(t)
	send, out, wait := startTray(t, bus)
	go send(state.State{Phase: state.Off})
	deadline := time.Now().Add(30 * time.Second)
	for !out.has("shown false") && time.Now().Before(deadline) {
		time.Sleep(10 * time.Millisecond)
	}
	host := traytest.NewHost(t, bus)
	host.Await()
	host.Eventually("being told that the icon is there", func() bool { return out.has("shown true") })
	host.Activate()
	host.Eventually("the window to open", func() bool { return out.has("open") })
	wait()
}

func TestTrayWithoutABusSaysSo(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "")
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	err := Run(t.Context(), nil, Config{Shown: func(bool) {}})
	if !errors.Is(err, ErrNoBus) {
		t.Errorf("Run without a session bus: %v, want ErrNoBus", err)
	}
}
