//go:build !headless || ci

package desktoptest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"folderfront/app/state"
)

// TestFirstMinuteOnARealDesktop is the whole way of a newcomer: start, drop a
// folder, copy address and key, fetch a file with exactly these, quit from the
// tray.
func TestFirstMinuteOnARealDesktop(t *testing.T) {
	d := newDesk(t)
	folder := filepath.Join(t.TempDir(), "Brand assets")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	const content = "what Workfront is to get"
	if err := os.WriteFile(filepath.Join(folder, "plan.txt"), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	d.launch()
	window := d.awaitWindow()
	d.drop(folder, window)
	d.eventually("the dropped folder to be shared", func() bool {
		st, ok := d.state()
		return ok && len(st.Folders) == 1 && st.Folders[0].Path == folder && st.BaseAPIURL != "" && len(st.Keys) > 0
	})

	d.awaitWindow()
	d.press("ctrl+u")
	d.eventually("the address on the clipboard", func() bool { return strings.HasPrefix(d.clipboard(), "http://127.0.0.1:") })
	base := d.clipboard()
	d.press("ctrl+k")
	d.eventually("the key on the clipboard", func() bool { return strings.HasPrefix(d.clipboard(), "ffk_") })
	key := d.clipboard()

	if got := fetch(t, base, key, "Brand assets", "plan.txt"); got != content {
		t.Errorf("the file arrives as %q, want %q", got, content)
	}
	d.quit()
}

// fetch walks from the root to a file by name and downloads it, as Workfront does.
func fetch(t *testing.T, base, key string, path ...string) string {
	t.Helper()
	id := "/"
	for _, name := range path {
		var listing []struct{ Title, ID string }
		body := get(t, base+"/files?parentId="+url.QueryEscape(id), key)
		if err := json.Unmarshal(body, &listing); err != nil {
			t.Fatalf("%v in %s", err, body)
		}
		found := ""
		for _, entry := range listing {
			if entry.Title == name {
				found = entry.ID
			}
		}
		if found == "" {
			t.Fatalf("no %s in %s", name, body)
		}
		id = found
	}
	return string(get(t, base+"/download?id="+url.QueryEscape(id), key))
}

func get(t *testing.T, address, key string) []byte {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("apiKey", key)
	request.Header.Set("username", "anna@example.com")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v: %s", address, response.Status, err, body)
	}
	return body
}

// TestWindowComesAndGoes closes the window while sharing goes on, and brings it
// back by tray and by a second start, of which there is never a second core.
func TestWindowComesAndGoes(t *testing.T) {
	d := newDesk(t)
	d.launch(t.TempDir())
	d.awaitWindow()
	d.eventually("the tray to be known to the core", func() bool { st, ok := d.state(); return ok && st.Tray && st.Phase == state.Live })
	d.press("ctrl+w")
	d.eventually("the window to close", func() bool { return len(d.windows()) == 0 })
	if st, ok := d.state(); !ok || st.Phase != state.Live {
		t.Fatalf("with the window closed the core says %q", st.Phase)
	}
	d.host.Activate()
	d.eventually("a click on the tray to open the window", func() bool { return len(d.windows()) == 1 })

	second := t.TempDir()
	if out, err := d.run(d.binary, "--profile", d.profile, second); err != nil {
		t.Fatalf("a second start: %v: %s", err, out)
	}
	d.eventually("the second start to hand over its folder", func() bool { st, ok := d.state(); return ok && len(st.Folders) == 2 })
	if n := len(d.windows()); n != 1 {
		t.Errorf("%d windows after a second start, want 1", n)
	}
	d.quit()
}

// TestServeBesideTheDesktop starts a second program on the profile of one that runs: the second says
// so and ends, whichever of the two has the window, and the first goes on.
func TestServeBesideTheDesktop(t *testing.T) {
	d := newDesk(t)
	d.launch("--hidden", t.TempDir())
	d.eventually("sharing", func() bool { st, ok := d.state(); return ok && st.Phase == state.Live })
	out, err := d.run(d.binary, "serve", "--listen", "127.0.0.1:0", "--profile", d.profile)
	if exitCode(err) != 1 || !strings.Contains(out, "is running already with this profile") {
		t.Errorf("serve beside the desktop: exit %d, %q", exitCode(err), out)
	}
	if st, ok := d.state(); !ok || st.Phase != state.Live {
		t.Errorf("beside it the first says %q", st.Phase)
	}
	d.quit()

	serve := d.command(d.binary, "serve", "--listen", "127.0.0.1:0", "--profile", d.profile)
	serve.Env = append(serve.Env, "FOLDERFRONT_API_KEY=any")
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	d.eventually("serve to be live", func() bool { st, ok := d.state(); return ok && st.Phase == state.Live })
	out, err = d.run(d.binary, "--profile", d.profile)
	if exitCode(err) != 1 || !strings.Contains(out, "was started without a window") {
		t.Errorf("the desktop beside serve: exit %d, %q", exitCode(err), out)
	}
	if err := serve.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := serve.Wait(); err != nil {
		t.Errorf("serve ended with %v", err)
	}
}

// TestWithoutADisplay says in one sentence what is missing and what to do.
func TestWithoutADisplay(t *testing.T) {
	d := newDesk(t)
	for i, v := range d.env {
		if strings.HasPrefix(v, "DISPLAY=") {
			d.env[i] = "DISPLAY="
		}
	}
	out, err := d.run(d.binary, "--profile", d.profile)
	if exitCode(err) != 1 || !strings.Contains(out, "display") || !strings.Contains(out, "serve") || strings.Contains(out, "panic") {
		t.Errorf("without a display: exit %d, %q", exitCode(err), out)
	}
}

// TestStartAtLogin switches it on and off and looks at what the desktop reads.
func TestStartAtLogin(t *testing.T) {
	d := newDesk(t)
	d.launch("--hidden", t.TempDir())
	entry := filepath.Join(d.home, ".config", "autostart", "folderfront.desktop")
	yes, no := true, false
	d.do(state.ChangeSettings{StartAtLogin: &yes}, nil)
	data, err := os.ReadFile(entry)
	if err != nil || !strings.Contains(string(data), `"--hidden"`) || !strings.Contains(string(data), `"--secrets" "keyring"`) {
		t.Errorf("after switching it on: %v\n%s", err, data)
	}
	d.do(state.ChangeSettings{StartAtLogin: &no}, nil)
	if _, err := os.Stat(entry); !os.IsNotExist(err) {
		t.Errorf("after switching it off the entry is still there: %v", err)
	}
	if n := len(d.windows()); n != 0 {
		t.Errorf("a hidden start shows %d windows", n)
	}
	d.quit()
}

// TestStartAtLoginWithoutAPlaceForIt says so, and no longer once it works.
func TestStartAtLoginWithoutAPlaceForIt(t *testing.T) {
	d := newDesk(t)
	inTheWay := filepath.Join(d.home, ".config", "autostart")
	if err := os.MkdirAll(filepath.Dir(inTheWay), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, inTheWay, "a file where the folder should be")
	d.launch("--hidden", t.TempDir())
	told := func() bool {
		st, _ := d.state()
		return slices.ContainsFunc(st.Problems, func(p state.Problem) bool { return p.Area == "login" })
	}
	yes := true
	d.do(state.ChangeSettings{StartAtLogin: &yes}, nil)
	if !told() {
		t.Error("nothing is told of a start at login that could not be set")
	}
	if err := os.Remove(inTheWay); err != nil {
		t.Fatal(err)
	}
	d.do(state.ChangeSettings{StartAtLogin: &yes}, nil)
	if told() {
		t.Error("it is still told after it worked")
	}
	d.quit()
}

// TestWithoutATray shares from the window alone, on a desktop that shows no tray
// icon. Closing the window asks first, because it would end sharing.
func TestWithoutATray(t *testing.T) {
	d := newDesk(t)
	d.host.Leave()
	d.begin(t.TempDir())
	d.awaitWindow()
	d.eventually("sharing", func() bool { st, ok := d.state(); return ok && st.Phase == state.Live && len(st.Keys) > 0 })
	if st, _ := d.state(); st.Tray {
		t.Error("the core believes in a tray icon")
	}
	const middle = "300x200+0+0"
	before := d.part("Center", middle, 20)
	d.press("ctrl+w")
	d.eventually("the window to ask", func() bool { return d.part("Center", middle, 5) != before })
	d.look("without-a-tray")
	if st, ok := d.state(); !ok || st.Phase != state.Live || len(d.windows()) != 1 {
		t.Errorf("before the answer the core says %q, with %d windows", st.Phase, len(d.windows()))
	}
	d.do(state.Quit{}, nil)
	d.awaitEnd()
}

// TestWithoutOpenGL goes on sharing, and says why there is no window.
func TestWithoutOpenGL(t *testing.T) {
	d := newDesk(t, "-extension", "GLX")
	d.launch(t.TempDir())
	d.eventually("the core to say that the window could not be shown", func() bool {
		st, ok := d.state()
		return ok && st.Phase == state.Live && len(st.Problems) == 1 && st.Problems[0].Area == "window"
	})
	out, err := d.run(d.binary, "--profile", d.profile, "window")
	if exitCode(err) != 1 || !strings.Contains(out, "no OpenGL") || strings.Contains(out, "panic") {
		t.Errorf("the window without OpenGL: exit %d, %q", exitCode(err), out)
	}
	d.quit()
}

// TestTheDesktopGoesAway ends the session bus under the running program, as
// logging out does: no crash, and sharing goes on.
func TestTheDesktopGoesAway(t *testing.T) {
	d := newDesk(t)
	d.launch("--hidden", t.TempDir())
	d.eventually("sharing", func() bool { st, ok := d.state(); return ok && st.Phase == state.Live && st.Tray && len(st.Keys) > 0 })
	d.endBus()
	d.eventually("the core to know that the tray is gone", func() bool { st, ok := d.state(); return ok && !st.Tray && st.Phase == state.Live })
	d.do(state.Quit{}, nil)
	d.awaitEnd()
}

// TestEveryPageOnTheRealScreen turns to every page while sharing, theme and
// language change under it, and wants each to appear: the mark in the rail
// moves, and the page's head is another. awaitEnd holds what the toolkit said
// against it.
func TestEveryPageOnTheRealScreen(t *testing.T) {
	d := newDesk(t)
	d.launch(t.TempDir())
	d.awaitWindow()
	d.eventually("sharing", func() bool { st, ok := d.state(); return ok && st.Phase == state.Live && len(st.Keys) > 0 })
	const pages = 8
	shown := d.turn(pages, d.sight(20))
	dark, german, light, english := "dark", "de", "light", "en"
	for _, look := range []state.ChangeSettings{{Theme: &dark, Language: &german}, {Theme: &light, Language: &english}} {
		d.do(look, nil)
		d.eventually("the settings to be in force", func() bool {
			st, ok := d.state()
			return ok && st.Settings.Theme == *look.Theme && st.Settings.Language == *look.Language && st.Phase == state.Live
		})
		before := shown
		d.eventually("the window to look "+*look.Theme, func() bool { shown = d.sight(10); return shown.unlike(before) })
		marks := map[string]int{}
		for page := 1; page <= pages; page++ {
			shown = d.turn(page, shown)
			if other := marks[shown.rail]; other != 0 {
				t.Errorf("the rail marks page %d as it marked page %d", page, other)
			}
			marks[shown.rail] = page
			d.do(state.Stop{}, nil)
			d.do(state.Start{}, nil)
		}
	}
	d.quit()
}

// sight is what a page is known by, in pixels: the marks in the rail, and the
// head of the page.
type sight struct{ rail, head string }

func (s sight) unlike(other sight) bool { return s.rail != other.rail && s.head != other.head }

func (d *desk) sight(looks int) sight {
	d.t.Helper()
	return sight{d.part("NorthWest", "164x440+0+0", looks), d.head(looks)}
}

// turn turns to a page by its key and returns what it is known by, once that is
// unlike the page before.
func (d *desk) turn(page int, before sight) (now sight) {
	d.t.Helper()
	d.awaitWindow()
	d.press(fmt.Sprintf("ctrl+%d", page))
	d.eventually(fmt.Sprintf("page %d", page), func() bool { now = d.sight(2); return now.unlike(before) })
	return now
}
