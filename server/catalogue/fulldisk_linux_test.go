package catalogue

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"folderfront/server/disktest"
)

// TestDiskThatReallyFills has the store on a disk that gets full while it runs: what is known goes on
// being served, each failure has its sentence, and there is nothing left to do once there is room.
func TestDiskThatReallyFills(t *testing.T) {
	if !disktest.Inside(t) {
		return
	}
	dir := disktest.Mount(t, 12<<20)
	w := newWorld(t, func(c *Catalogue) { c.rhythm.retry = c.rhythm.quiet })
	w.db = filepath.Join(dir, "catalogue.db")
	w.do("write A/f\nmkdir A/d")
	w.start()
	defer func() { w.stop() }()
	w.settled()
	ctx := context.Background()
	if err := w.c.store.copy(ctx); err != nil {
		t.Fatal(err)
	}
	root := child(t, w.c, Root, "A")
	f := child(t, w.c, root.ID, "f")

	filler := disktest.Fill(t, dir, 0)
	for i := range 500 {
		write(t, filepath.Join(w.dirs["A"], "d", fmt.Sprintf("%d%s", i, strings.Repeat("n", 200))), "x")
	}
	eventually(t, func() string {
		if st := w.share("A").status(); st.Reason != storeFull {
			return fmt.Sprintf("the share says %q", st.Reason)
		}
		return ""
	})
	if e, err := w.c.Lookup(ctx, f.ID); err != nil || e.ID != f.ID {
		t.Errorf("Lookup on a full disk: %+v, %v", e, err)
	}
	if _, err := w.c.CreateFolder(ctx, root.ID, "made"); err != nil && !errors.Is(err, ErrNoSpace) {
		t.Errorf("CreateFolder on a full disk: %v", err)
	}
	if err := w.c.store.copy(ctx); err == nil {
		t.Error("a copy found room on a full disk")
	}
	if err := checkFile(ctx, copyPath(w.db)); err != nil {
		t.Errorf("the copy of before: %v", err)
	}

	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	w.settled()
	eventually(t, func() string { return w.share("A").status().Reason })
	if err := w.c.store.check(ctx); err != nil {
		t.Error(err)
	}
	if e, err := w.c.Lookup(ctx, f.ID); err != nil || e.Name != "f" {
		t.Errorf("Lookup after that: %+v, %v", e, err)
	}
}
