//go:build linux

package catalogue

import (
	"fmt"
	"testing"
)

// TestFirstScanOfAnyNumberOfFiles has folders of sizes around those of the statements that a first
// scan inserts with.
func TestFirstScanOfAnyNumberOfFiles(t *testing.T) {
	w := newWorld(t, nil)
	for _, n := range []int{0, 1, 7, 8, 9, 63, 64, 65, 72, 73, 137, 200} {
		w.do(fmt.Sprintf("mkdir A/d%d", n))
		for i := range n {
			w.do(fmt.Sprintf("write A/d%d/f%d", n, i))
		}
	}
	w.open()
	defer func() { w.stop() }()
	w.scan()
	if s := w.difference(); s != "" {
		t.Fatal(s)
	}
	_, ids := w.inCatalogue()
	seen := map[ID]bool{}
	for path, id := range ids {
		if seen[id] {
			t.Errorf("%s has an id that something else has", path)
		}
		seen[id] = true
		if e, err := w.c.Lookup(t.Context(), id); err != nil || e.ID != id {
			t.Errorf("%s: %+v, %v", path, e, err)
		}
	}
	st := w.share("A").status()
	w.fillSecond(t)
	if st.Files != 699 || st.Folders != 12 {
		t.Errorf("%d files and %d folders are counted", st.Files, st.Folders)
	}
	w.do("write A/d0/f\nmv A/d64/f1 A/d8/g") // the next scan compares
	w.scan()
	if s := w.difference(); s != "" {
		t.Error(s)
	}
}

// fillSecond shares a further folder of the volume, into which a file of the first one went.
func (w *world) fillSecond(t *testing.T) {
	t.Helper()
	_, before := w.inCatalogue()
	w.dirs["C"] = w.dirs["T"] + "/C"
	for i := range 150 {
		w.do(fmt.Sprintf("write C/new/f%d\nwrite C/mixed/f%d", i, i))
	}
	w.do("mv A/d7/f3 C/mixed/moved")
	if err := w.c.SetShares(t.Context(), w.shares()); err != nil {
		t.Fatal(err)
	}
	if err := w.c.scanShare(t.Context(), w.share("C"), nil); err != nil {
		t.Fatal(err)
	}
	w.scan()
	if s := w.difference(); s != "" {
		t.Error(s)
	}
	if _, after := w.inCatalogue(); after["C/mixed/moved"] != before["A/d7/f3"] {
		t.Error("the file that moved lost its id")
	}
}
