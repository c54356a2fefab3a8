//go:build !headless || ci

package desktoptest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"folderfront/app/state"
)

const tryWindow = "^Try it as Workfront would$"

// TestTryOnARealDesktop opens the window that plays Workfront, clicks the shared
// folder and a document open with the mouse, and closes the window, which leaves
// the other one open.
func TestTryOnARealDesktop(t *testing.T) {
	d := newDesk(t)
	folder := filepath.Join(t.TempDir(), "Brand assets")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "plan.txt"), []byte("the plan"), 0o644); err != nil {
		t.Fatal(err)
	}
	d.launch(folder)
	d.awaitWindow()
	d.eventually("sharing with a key", func() bool { st, ok := d.state(); return ok && st.Phase == state.Live && len(st.Keys) > 0 })
	d.press("ctrl+t")
	d.eventually("the window that plays Workfront", func() bool { return d.shown(tryWindow) })
	d.eventually("the shared folder in it", func() bool {
		v := d.tried()
		return len(v.Items) == 1 && v.Items[0].Title == "Brand assets" && v.Trouble == ""
	})
	d.look("try-root")

	d.clickRow()
	d.eventually("the click to open the folder", func() bool { v := d.tried(); return len(v.Items) == 1 && v.Items[0].Title == "plan.txt" })
	d.clickRow()
	d.eventually("the click to choose the document", func() bool { v := d.tried(); return v.Chosen != nil && v.Chosen.Title == "plan.txt" })
	d.eventually("its thumbnails", func() bool {
		for _, s := range d.tried().Steps {
			if s.Step == state.TryPictures && s.Count > 1 && s.Trouble == "" {
				return true
			}
		}
		return false
	})
	d.look("try-chosen")

	v := d.tried()
	if v.Way != "local" || !strings.HasPrefix(v.Address, "http://127.0.0.1:") {
		t.Errorf("without a tunnel it goes by %q, %q", v.Way, v.Address)
	}
	d.press("ctrl+w")
	d.eventually("the window to close", func() bool { return !d.shown(tryWindow) })
	if n := len(d.windows()); n != 1 {
		t.Errorf("%d windows are left, want 1", n)
	}
	d.quit()
}

// shown tells whether a window of that name can be seen.
func (d *desk) shown(name string) bool {
	out, err := d.run("xdotool", "search", "--onlyvisible", "--name", name)
	return err == nil && strings.TrimSpace(out) != ""
}

// tried is what the picker shows.
func (d *desk) tried() state.TryView {
	d.t.Helper()
	var v state.TryView
	d.do(state.Try{Step: state.TryShow}, &v)
	return v
}

// clickRow clicks the first row of the picker's list.
func (d *desk) clickRow() {
	d.t.Helper()
	x, y := d.middle(tryWindow)
	x, y = x-560+200, y-380+290 // of a window of 1120 by 760
	d.mouse(x-5, y-5, x, y)
	if out, err := d.run("xdotool", "click", "1"); err != nil {
		d.t.Fatalf("clicking: %s", out)
	}
}

// look saves a picture of the screen where FOLDERFRONT_SCREENSHOTS says.
func (d *desk) look(name string) {
	d.t.Helper()
	dir := os.Getenv("FOLDERFRONT_SCREENSHOTS")
	if dir == "" {
		return
	}
	if out, err := d.run("import", "-window", "root", filepath.Join(dir, name+".png")); err != nil {
		d.t.Fatalf("no picture of the screen: %s", out)
	}
}
