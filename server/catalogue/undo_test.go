package catalogue

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
)

// fullStore gives the store of a world no room to grow.
func (w *world) fullStore() {
	w.t.Helper()
	if _, err := w.c.store.writer.Exec("PRAGMA max_page_count=1"); err != nil {
		w.t.Fatal(err)
	}
}

// TestVerbsOnAFullStoreChangeNothing does each verb until the store has no room for its row: then
// the disk is as it was, and the sentence says so.
func TestVerbsOnAFullStoreChangeNothing(t *testing.T) {
	long := strings.Repeat("n", 200)
	verbs := []struct {
		name string
		do   func(w *world, i int) (was, would string, err error)
	}{
		{"make a folder", func(w *world, i int) (string, string, error) {
			name := fmt.Sprint(long, i)
			_, err := w.c.CreateFolder(w.t.Context(), child(w.t, w.c, Root, "A").ID, name)
			return "A", "A/" + name, err
		}},
		{"rename a file", func(w *world, i int) (string, string, error) {
			was, name := fmt.Sprint("f", i), fmt.Sprint(long, i)
			f := child(w.t, w.c, child(w.t, w.c, Root, "A").ID, was)
			_, err := w.c.Rename(w.t.Context(), f.ID, name)
			return "A/" + was, "A/" + name, err
		}},
		{"move a file to another share", func(w *world, i int) (string, string, error) {
			was, name := fmt.Sprint("f", i), fmt.Sprint(long, i)
			f := child(w.t, w.c, child(w.t, w.c, Root, "A").ID, was)
			_, err := w.c.Move(w.t.Context(), f.ID, child(w.t, w.c, Root, "B").ID, name)
			return "A/" + was, "B/" + name, err
		}},
	}
	for _, verb := range verbs {
		t.Run(verb.name, func(t *testing.T) {
			w := newWorld(t, nil)
			for i := range 200 {
				w.do(fmt.Sprintf("write A/f%d", i))
			}
			w.open()
			defer func() { w.stop() }()
			w.scan()
			w.fullStore()
			was, would, err := "", "", error(nil)
			for i := 0; err == nil && i < 200; i++ {
				was, would, err = verb.do(w, i)
			}
			var known *Error
			if !errors.Is(err, ErrNoSpace) || !errors.As(err, &known) || !strings.Contains(known.Sentence, "Nothing was changed") {
				t.Fatalf("on a full store: %v", err)
			}
			if _, err := os.Lstat(w.path(would)); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("%s: %v, want none", would, err)
			}
			if _, err := os.Lstat(w.path(was)); err != nil {
				t.Error(err)
			}
			if s := w.difference(); s != "" {
				t.Error(s)
			}
		})
	}
}
