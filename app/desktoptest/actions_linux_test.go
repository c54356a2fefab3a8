//go:build !headless || ci

package desktoptest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"folderfront/app/state"
)

// TestAnActionOnARealDesktop makes an action by keyboard alone: paste the
// receiver's address, send a test, save, then run it on a file; what was sent
// arrives.
func TestAnActionOnARealDesktop(t *testing.T) {
	d := newDesk(t)
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "poster.txt"), []byte("a poster"), 0o644); err != nil {
		t.Fatal(err)
	}
	d.launch(folder)
	d.eventually("sharing", func() bool {
		st, ok := d.state()
		return ok && st.Phase == state.Live && len(st.Folders) == 1 && st.Folders[0].Files == 1
	})
	var bin state.Bin
	d.do(state.StartBin{}, &bin)
	d.setClipboard(bin.URL)

	d.awaitWindow()
	d.press("ctrl+n")
	d.press("ctrl+v")
	send := []string{"Tab", "Tab", "Tab", "Tab", "space"} // from the address to “Send a test”
	d.eventually("a test to arrive", func() bool {
		d.press(send...)
		// A pressed button lets go of the focus, so the next way is from the top.
		send = []string{"Tab", "Tab", "Tab", "Tab", "Tab", "Tab", "Tab", "Tab", "space"}
		return d.arrived("poster.txt") > 0
	})
	d.press("Tab", "Tab", "space") // past “Back” to “Save”
	var list state.ActionList
	d.eventually("the action to be saved", func() bool { d.do(state.ListActions{}, &list); return len(list.Actions) == 1 })
	if a := list.Actions[0]; a.Kind != "webhook" || !strings.HasPrefix(bin.URL, list.Connections[0].URL) || list.Connections[0].LeadsTo != "computer" {
		t.Errorf("saved %+v with %+v", a, list.Connections)
	}

	before := d.arrived("poster.txt")
	d.eventually("the action to run on the file", func() bool {
		d.press("ctrl+f", "Tab", "space", "space") // the files, their list, the first, its action
		return d.arrived("poster.txt") > before
	})
	var runs []state.ActionRun
	d.eventually("the run to be in the log", func() bool {
		d.do(state.ActionLog{Trigger: "hand"}, &runs)
		return len(runs) > 0 && runs[0].State == "done" && runs[0].Title == "poster.txt"
	})
	d.quit()
}

// arrived counts the messages in the receiver that hold a text.
func (d *desk) arrived(text string) (n int) {
	d.t.Helper()
	var bin state.Bin
	d.do(state.ShowBin{}, &bin)
	for _, a := range bin.Arrived {
		if strings.Contains(a.Body, text) {
			n++
		}
	}
	return n
}
