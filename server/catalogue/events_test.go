package catalogue

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// heard collects what a subscriber is told until it has been told n things.
func heard(t *testing.T, events <-chan Event, n int) []string {
	t.Helper()
	var lines []string
	timeout := time.After(30 * time.Second)
	for len(lines) < n {
		select {
		case e := <-events:
			line := fmt.Sprintf("%v %s", e.Kind, e.Path)
			if e.OldPath != "" {
				line = fmt.Sprintf("%v %s -> %s", e.Kind, e.OldPath, e.Path)
			}
			if e.Own {
				line += " (own)"
			}
			if e.Initial {
				line += " (initial)"
			}
			lines = append(lines, line)
		case <-timeout:
			t.Fatalf("heard only %q", lines)
		}
	}
	return lines
}

func TestEventsOfWhatHappensOutside(t *testing.T) {
	w := newWorld(t, nil)
	w.do("write A/d/f\nwrite A/g")
	w.open()
	defer func() { w.stop() }()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	events := w.c.Subscribe(ctx)
	w.scan()
	got := heard(t, events, 3)
	slices.Sort(got)
	if want := []string{"created d (initial)", "created d/f (initial)", "created g (initial)"}; !slices.Equal(got, want) {
		t.Errorf("the first scan: %q, want %q", got, want)
	}
	for _, step := range []struct {
		do   string
		want []string
	}{
		{"mv A/d A/e", []string{"renamed d -> e"}},
		{"mv A/g A/e/g", []string{"moved g -> e/g"}},
		{"write A/e/f", []string{"changed e/f"}},
		{"save A/e/f", []string{"changed e/f"}},
		{"rm A/e", []string{"deleted e -> ", "deleted e/f -> ", "deleted e/g -> "}},
		{"mkdir A/n", []string{"created n"}},
	} {
		w.do(step.do)
		w.scan()
		got := heard(t, events, len(step.want))
		slices.Sort(got)
		if !slices.Equal(got, step.want) {
			t.Errorf("%s: %q, want %q", step.do, got, step.want)
		}
	}
}

// TestOwnChangesLeaveTheWatcherNothing subscribes while changes come through the catalogue: each is
// told once, as its own.
func TestOwnChangesLeaveTheWatcherNothing(t *testing.T) {
	w := newWorld(t, nil)
	w.do("mkdir A/d")
	w.start()
	defer func() { w.stop() }()
	w.settled()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	events := w.c.Subscribe(ctx)
	root := child(t, w.c, Root, "A")
	made, err := w.c.CreateFolder(t.Context(), root.ID, "n")
	if err != nil {
		t.Fatal(err)
	}
	err = w.c.Edit(t.Context(), made.ID, func(e *Edit) error {
		if err := e.Root().WriteFile(filepath.Join(e.Dir(), "f"), []byte("x"), 0o666); err != nil {
			return err
		}
		_, err := e.Put("f", "", nil)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.c.Rename(t.Context(), made.ID, "m"); err != nil {
		t.Fatal(err)
	}
	w.settled()
	w.do("write A/outside")
	want := []string{"created n (own)", "created n/f (own)", "renamed n -> m (own)", "created outside"}
	if got := heard(t, events, 4); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestEditSeesEverythingAroundIt(t *testing.T) {
	c, dir, root := shared(t, false)
	write(t, filepath.Join(dir, "d/File.txt"), "x")
	d := child(t, c, root.ID, "d")
	err := c.Edit(t.Context(), d.ID, func(e *Edit) error {
		if e.Dir() != "d" || e.Share() != root.ID || e.Entry().ID != d.ID {
			t.Errorf("in %q of %v: %+v", e.Dir(), e.Share(), e.Entry())
		}
		found, ok, err := e.Child("FILE.TXT")
		if err != nil || !ok || found.Name != "File.txt" || found.Parent != d.ID {
			t.Errorf("Child: %+v, %v, %v", found, ok, err)
		}
		if _, ok, err := e.Child("other"); ok || err != nil {
			t.Errorf("a child that isn't there: %v, %v", ok, err)
		}
		if _, err := c.Lookup(t.Context(), found.ID); err != nil {
			t.Errorf("Lookup within an Edit: %v", err)
		}
		_, err = e.Put("not there", "", nil)
		if err == nil {
			t.Error("a file that isn't there was put")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	ids := map[uint64]bool{}
	for _, name := range []string{"n1", "n2"} {
		ids[c.Generation(root.ID)] = true
		if _, err := c.CreateFolder(t.Context(), root.ID, name); err != nil {
			t.Fatal(err)
		}
	}
	if ids[c.Generation(root.ID)] || len(ids) != 2 {
		t.Errorf("generations did not change: %v", ids)
	}
	path, err := c.Locate(t.Context(), d.ID)
	if err != nil || path != filepath.Join(dir, "d") {
		t.Errorf("Locate: %q, %v", path, err)
	}
}
