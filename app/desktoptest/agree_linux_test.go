//go:build !headless || ci

package desktoptest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"folderfront/app/state"
)

// agreement compares what the faces of the program show. Icon and window are
// read by their pixels: a phase has the picture that it had when it was first
// seen, and none that another phase has.
type agreement struct {
	*desk
	icons, windows map[state.Phase]string
	longest        time.Duration // between a State and the last face to show it
}

// step is something that changes the phase.
type step struct {
	what string
	act  func()
	want state.Phase
}

// goalAgree is how long the faces may disagree. It is held only where speed is
// measured: elsewhere other programs have the processor.
const goalAgree = time.Second

// follow takes the steps and wants every face to show what the core says after
// each.
func (a *agreement) follow(steps []step) {
	a.t.Helper()
	for _, s := range steps {
		s.act()
		a.eventually(s.what+": the core to say "+s.want.Word(), func() bool {
			st, ok := a.state()
			return ok && st.Phase == s.want
		})
		known := a.windows[s.want] != ""
		if !known { // take the time to see what it looks like
			a.foot(20)
		}
		since := time.Now()
		last := a.differ(s.want)
		for end := since.Add(patience); last != nil && time.Now().Before(end); {
			last = a.differ(s.want)
		}
		if last != nil {
			a.t.Fatalf("%s, for %v: %v", s.what, patience, last)
		}
		if known {
			a.longest = max(a.longest, time.Since(since))
		}
	}
}

// differ says which face shows something else than the core.
func (a *agreement) differ(want state.Phase) error {
	st, ok := a.state()
	if !ok || st.Phase != want {
		return fmt.Errorf("the core says %q", st.Phase)
	}
	tooltip := strings.TrimPrefix(a.host.Tooltip(), "Folderfront · ")
	if word, _, _ := strings.Cut(tooltip, ":"); word != want.Word() {
		return fmt.Errorf("the tooltip says %q", tooltip)
	}
	if menu := a.host.Menu(); len(menu) == 0 || menu[0].Label != tooltip {
		return fmt.Errorf("the menu begins with %v, the tooltip says %q", menu, tooltip)
	}
	if err := recognise(a.icons, want, a.host.Icon()); err != nil {
		return fmt.Errorf("the icon: %w", err)
	}
	if err := recognise(a.windows, want, a.foot(2)); err != nil {
		return fmt.Errorf("the window: %w", err)
	}
	return a.commandLine(want)
}

// commandLine compares what the command line says with the core's State.
func (a *agreement) commandLine(want state.Phase) error {
	out, err := a.run(a.binary, "--profile", a.profile, "status", "--json")
	var said state.State
	if err != nil || json.Unmarshal([]byte(out), &said) != nil || said.Phase != want {
		return fmt.Errorf("the command line says %q, %v", said.Phase, err)
	}
	out, err = a.run(a.binary, "--profile", a.profile, "status")
	if headline, _, _ := strings.Cut(out, "\n"); err != nil || headline != said.Headline {
		return fmt.Errorf("the command line says %q, its State %q, %v", headline, said.Headline, err)
	}
	return nil
}

// recognise compares a picture with the one that is known of a phase, and
// learns it when it is new.
func recognise(known map[state.Phase]string, phase state.Phase, picture string) error {
	for other, its := range known {
		if other != phase && its == picture {
			return fmt.Errorf("it shows %s", other.Word())
		}
	}
	if before, seen := known[phase]; seen && before != picture {
		return fmt.Errorf("it does not show %s", phase.Word())
	}
	known[phase] = picture
	return nil
}

// foot is the foot of the window's rail, where icon and word of the phase are,
// once it is drawn.
func (a *agreement) foot(looks int) string {
	a.t.Helper()
	return a.part("SouthWest", "150x44+0+0", looks)
}

// part is a part of the window in pixels, seen from a corner, once it is drawn:
// so many looks in a row show the same.
func (d *desk) part(corner, size string, looks int) string {
	d.t.Helper()
	look := func() string {
		windows := d.windows()
		if len(windows) == 0 {
			return "no window"
		}
		out, err := d.run("import", "-silent", "-window", windows[0], "-gravity", corner, "-crop", size, "-depth", "8", "rgb:-")
		if err != nil {
			return "no picture"
		}
		return out
	}
	last := look()
	for same := 1; same < looks; same++ {
		time.Sleep(50 * time.Millisecond)
		if now := look(); now != last {
			last, same = now, 0
		}
	}
	return last
}

// head is the head of the window's page, once it is drawn.
func (d *desk) head(looks int) string {
	d.t.Helper()
	return d.part("NorthWest", "500x60+190+0", looks)
}

// report says how long the faces disagreed at most, and holds it against the
// goal where speed is measured.
func (a *agreement) report() {
	a.t.Helper()
	a.t.Logf("the faces disagreed for at most %v", a.longest)
	if os.Getenv("FOLDERFRONT_BENCH") != "" {
		fmt.Printf("%s: faces disagreed for at most %.2f s (goal at most %v: %s), reading them included\n", a.t.Name(), a.longest.Seconds(), goalAgree, met(a.longest <= goalAgree))
	}
}

// TestFacesAgree starts, pauses, stops and breaks sharing from tray, window,
// command line and settings file, and wants tray icon, tooltip, menu, window
// and command line to say what the core says each time.
func TestFacesAgree(t *testing.T) {
	a := &agreement{desk: newDesk(t), icons: map[state.Phase]string{}, windows: map[state.Phase]string{}}
	a.launch(t.TempDir())
	a.awaitWindow()
	a.eventually("the first key", func() bool { st, ok := a.state(); return ok && len(st.Keys) > 0 })
	a.follow([]step{
		{"at the start", func() {}, state.Live},
		{"stopped from the tray", func() { a.click("Stop sharing", state.Off) }, state.Off},
		{"started from the window", func() { a.awaitWindow(); a.press("ctrl+Return") }, state.Live},
		{"paused from the tray", func() { a.click("Pause sharing", state.Paused) }, state.Paused},
		{"resumed from the tray", func() { a.click("Resume sharing", state.Live) }, state.Live},
		{"stopped by a command", func() { a.do(state.Stop{}, nil) }, state.Off},
		{"started by a command", func() { a.do(state.Start{}, nil) }, state.Live},
		{"a way in that leads nowhere", func() {
			a.do(state.SetTunnel{Provider: "external", PublicURL: "https://files.folderfront.invalid"}, nil)
		}, state.Trouble},
		{"without it", func() { a.do(state.SetTunnel{Provider: "none"}, nil) }, state.Live},
	})
	a.editByHand()
	a.follow([]step{{"edited by hand", func() {}, state.Live}})
	a.sameAddress("http://" + a.listen + "/api/v1")
	a.report()
	a.quit()
}

// editByHand moves the program to another address and shares a second folder,
// as a person with an editor would.
func (a *agreement) editByHand() {
	a.t.Helper()
	file := filepath.Join(a.profile, "settings.toml")
	text, err := os.ReadFile(file)
	if err != nil {
		a.t.Fatal(err)
	}
	before := a.listen
	a.listen = freeAddress(a.t)
	edited := strings.Replace(string(text), before, a.listen, 1) + fmt.Sprintf("\n[[folder]]\nname = \"By hand\"\npath = %q\n", a.t.TempDir())
	if edited == string(text) {
		a.t.Fatalf("the settings hold no %s:\n%s", before, text)
	}
	write(a.t, file, edited)
	a.eventually("the edit to be in force", func() bool {
		st, ok := a.state()
		return ok && len(st.Folders) == 2 && st.LocalURL == "http://"+a.listen+"/api/v1"
	})
}

// sameAddress wants every face to tell the same Base API URL.
func (a *agreement) sameAddress(want string) {
	a.t.Helper()
	out, err := a.run(a.binary, "--profile", a.profile, "status")
	if err != nil || !strings.Contains(out, "Base API URL: "+want+"\n") {
		a.t.Errorf("the command line tells another address than %s: %v\n%s", want, err, out)
	}
	a.awaitWindow()
	a.press("ctrl+u")
	a.eventually("the window to copy "+want, func() bool { return a.clipboard() == want })
	a.clip("something else")
	a.host.Click("Copy Base API URL", func() bool { return a.clipboard() == want })
}
