//go:build linux

package catalogue

import (
	"os"
	"testing"
)

// TestKnowAgainWhileRunning has the head of a file remembered after somebody asked for it, and anew
// after it changed; what has none, or is gone, is passed over.
func TestKnowAgainWhileRunning(t *testing.T) {
	w := newWorld(t, nil)
	w.do("write A/f\nwrite A/gone\nwrite A/d/g")
	w.start()
	defer func() { w.stop() }()
	w.settled()
	root := child(t, w.c, Root, "A")
	f, gone, d := child(t, w.c, root.ID, "f"), child(t, w.c, root.ID, "gone"), child(t, w.c, root.ID, "d")
	for range 2 {
		w.c.KnowAgain(d)
		if err := os.Remove(w.path("A/gone")); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		w.c.KnowAgain(gone)
		w.c.KnowAgain(f)
		eventually(t, func() string { return w.headless(t, "f") })
		w.do("write A/f")
		w.settled()
		if w.headless(t, "f") == "" {
			t.Error("the head of the old content stands for the new one")
		}
		f = child(t, w.c, root.ID, "f")
	}
	var n int
	if err := w.c.store.reader.QueryRow(`SELECT count(*) FROM head WHERE number<>?`, f.Number).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d other heads are remembered, %v", n, err)
	}
}

// headless tells that the head of a file of A is not remembered.
func (w *world) headless(t *testing.T, name string) string {
	n, err := w.c.store.read.byPlace(w.share("A").number, name)
	if err != nil {
		t.Fatal(err)
	}
	if _, known, err := w.c.store.read.head(n); err != nil || !known {
		return "the head is not remembered"
	}
	return ""
}
