package catalogue

import (
	"context"
	"errors"
	"maps"
	"os"
	"testing"
	"time"
)

// TestMarksWaitForTheirCommit has a client's pass find a new folder, which Run is to watch: had Run
// met the mark before the commit, it would not know the folder yet.
func TestMarksWaitForTheirCommit(t *testing.T) {
	w := newWorld(t, nil)
	w.open()
	defer func() { w.stop() }()
	w.scan()
	w.do("mkdir A/d")
	s := w.share("A")
	p, err := w.c.newPass(s)
	if err != nil {
		t.Fatal(err)
	}
	p.shallow = true
	err = w.c.change(t.Context(), &change{}, func(ch *change) error {
		_, err := p.batch(ch, []task{{number: s.number, path: "."}})
		if n := s.dirtyCount(); n != 0 {
			t.Errorf("%d folders are dirty before the commit", n)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if dirty := s.takeDirty(10); len(dirty) != 1 || !dirty["d"] {
		t.Errorf("dirty after the commit: %v", dirty)
	}
	s.reconciled()
}

// TestFailedPassForgetsNothing has a pass fail that took what is dirty: it is dirty still.
func TestFailedPassForgetsNothing(t *testing.T) {
	w := newWorld(t, nil)
	w.do("write A/d/f")
	w.open()
	defer func() { w.stop() }()
	w.scan()
	s := w.share("A")
	w.c.markDirty(s, "d", true)
	if err := os.Rename(w.dirs["A"], w.path("T/away")); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := w.c.reconcileDirty(t.Context(), s, s.takeDirty(10), true, nil); !errors.Is(err, ErrOffline) {
			t.Errorf("a pass over a folder that is away: %v", err)
		}
		w.c.goOffline(s, missing)
	}
	if dirty := s.takeDirty(10); !dirty["d"] {
		t.Errorf("dirty is %v", dirty)
	}
	s.reconciled()
}

// TestLookupWhileMuchChanges looks for a file that is not where it was, while somebody changes its
// share for longer than anybody waits.
func TestLookupWhileMuchChanges(t *testing.T) {
	w := newWorld(t, func(c *Catalogue) { c.rhythm.wait = 50 * time.Millisecond })
	w.do("write A/f")
	w.open()
	defer func() { w.stop() }()
	w.scan()
	f := child(t, w.c, child(t, w.c, Root, "A").ID, "f")
	w.do("mv A/f A/g")
	s := w.share("A")
	if err := s.edit.lock(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err := w.c.Lookup(t.Context(), f.ID)
	s.release()
	var known *Error
	if !errors.Is(err, ErrBusy) || !errors.As(err, &known) {
		t.Errorf("while much changes: %v", err)
	}
	w.c.rhythm.wait = usual.wait
	if e, err := w.c.Lookup(t.Context(), f.ID); err != nil || e.Name != "g" {
		t.Errorf("after that: %+v, %v", e, err)
	}
}

// TestFoldersFoundBeforeAFailureAreLookedAtAgain has a pass end after a part of it was committed: what
// that part found is not read yet, and nothing else would ask for it.
func TestFoldersFoundBeforeAFailureAreLookedAtAgain(t *testing.T) {
	w := newWorld(t, nil)
	w.open()
	defer func() { w.stop() }()
	w.scan()
	w.do("write A/d/f")
	s := w.share("A")
	p, err := w.c.newPass(s)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	p.watch = func(path string) {
		if path == "." {
			time.Sleep(batchTime) // so that nothing more fits into the first transaction
		} else {
			cancel() // the second one fails
		}
	}
	if err := p.run(ctx, []task{{number: s.number, path: "."}}); !errors.Is(err, context.Canceled) {
		t.Errorf("the pass: %v", err)
	}
	if _, known := w.inCatalogue(); known["A/d"] == "" || known["A/d/f"] != "" {
		t.Fatalf("the catalogue has %v", known)
	}
	if deep, again := p.again["d"]; !again || !deep {
		t.Errorf("to be looked at again: %v", p.again)
	}
}

// TestFreshFolderThatAClientRead has a pass come to a folder that it found, after somebody else read
// what is in it.
func TestFreshFolderThatAClientRead(t *testing.T) {
	w := newWorld(t, nil)
	w.do("write A/d/f\nwrite A/d/e/g")
	w.open()
	defer func() { w.stop() }()
	w.scan()
	_, before := w.inCatalogue()
	s := w.share("A")
	d, err := w.c.store.read.byPlace(s.number, "d")
	if err != nil {
		t.Fatal(err)
	}
	p, err := w.c.newPass(s)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.run(t.Context(), []task{{number: d.number, path: "d", fresh: true, deep: true}}); err != nil {
		t.Fatal(err)
	}
	if _, after := w.inCatalogue(); !maps.Equal(before, after) {
		t.Errorf("the ids were %v and are %v", before, after)
	}
}

// TestKeeperTakesBreath: after a long reconciling the next one waits, but a client that asks doesn't.
func TestKeeperTakesBreath(t *testing.T) {
	w := newWorld(t, nil)
	w.do("write A/d/f")
	w.open()
	defer func() { w.stop() }()
	w.scan()
	s := w.share("A")
	d, err := s.open()
	if err != nil {
		t.Fatal(err)
	}
	far := time.Now().Add(time.Hour)
	k := &keeper{c: w.c, s: s, disk: d, nextScan: far, nextPass: far, breath: far, seen: time.Now().Round(0)}
	w.c.rhythm.quiet = 0
	folder := child(t, w.c, child(t, w.c, Root, "A").ID, "d")
	w.do("write A/d/g")
	w.c.markDirty(s, "d", false)
	if err := k.work(t.Context()); err != nil || s.dirtyCount() != 1 {
		t.Fatalf("%d folders are dirty, %v", s.dirtyCount(), err)
	}
	if idle := k.idle(); idle > w.c.rhythm.check {
		t.Errorf("the next look is after %v", idle)
	}
	if got := w.listedNames(folder.ID); len(got) != 2 {
		t.Errorf("a client sees %q", got)
	}
	w.c.markDirty(s, "d", false)
	k.breath = time.Time{}
	if err := k.work(t.Context()); err != nil || s.dirtyCount() != 0 {
		t.Fatalf("%d folders are dirty, %v", s.dirtyCount(), err)
	}
	if !k.breath.After(time.Now().Add(-time.Minute)) || k.breath.After(time.Now().Add(w.c.rhythm.patience)) {
		t.Errorf("the next may be at %v", k.breath)
	}
}
