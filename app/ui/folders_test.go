//go:build !headless || ci

package ui

import "testing"

// TestAFolderSaysWhatIsWrong tells beside a folder what keeps it from being followed, even while it is
// shared; a paused one only that it is paused.
func TestAFolderSaysWhatIsWrong(t *testing.T) {
	const full = "The disk with Folderfront's own records is full."
	core := typical()
	f := newTestFace(t, core)
	for _, page := range []string{"Home", "Folders"} {
		f.open(page)
		for _, paused := range []bool{false, true} {
			core.st.Folders[0].Reason, core.st.Folders[0].Paused = full, paused
			follow(f, core)
			if says(f, full) == paused {
				t.Errorf("%s: paused is %v, and said is %v, too", page, paused, paused)
			}
		}
		core.st.Folders[0].Reason, core.st.Folders[0].Paused = "", false
		follow(f, core)
		if says(f, full) {
			t.Errorf("%s: said of a folder that is in order", page)
		}
	}
}
