package catalogue

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// spoil overwrites a part of a file with noise.
func spoil(t *testing.T, path string, from, to int64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(bytes.Repeat([]byte("noise!"), int(to-from)/6), from); err != nil {
		t.Fatal(err)
	}
}

func aside(t *testing.T, db string) []string {
	t.Helper()
	found, err := filepath.Glob(db + ".damaged-*")
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestDamagedStoreComesBackFromItsCopy(t *testing.T) {
	w := newWorld(t, nil)
	w.do("write A/d/f\nwrite A/g")
	w.open()
	w.scan()
	_, before := w.inCatalogue()
	if err := w.c.store.copy(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.do("write A/late")
	w.scan()
	w.stop()
	spoil(t, w.db, 0, 4096)
	w.open()
	defer func() { w.stop() }()
	w.scan()
	_, after := w.inCatalogue()
	for path, id := range before {
		if after[path] != id {
			t.Errorf("%s lost its id", path)
		}
	}
	if s := w.difference(); s != "" {
		t.Error(s)
	}
	if len(aside(t, w.db)) == 0 {
		t.Error("the damaged file was not kept")
	}
}

func TestDamagedStoreAndCopyBeginAnew(t *testing.T) {
	w := newWorld(t, nil)
	w.do("write A/f")
	w.open()
	w.scan()
	if err := w.c.store.copy(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.stop()
	spoil(t, w.db, 0, 4096)
	spoil(t, copyPath(w.db), 0, 4096)
	w.open()
	defer func() { w.stop() }()
	w.scan()
	if s := w.difference(); s != "" {
		t.Error(s)
	}
}

func TestDamageWhileRunningIsPutRightAtTheNextStart(t *testing.T) {
	w := newWorld(t, nil)
	for i := range 200 {
		write(t, filepath.Join(w.dirs["A"], strings.Repeat("n", 100), strings.Repeat("f", 1+i)), "x")
	}
	w.open()
	w.scan()
	if err := w.c.store.copy(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.stop()
	st, err := os.Stat(w.db)
	if err != nil {
		t.Fatal(err)
	}
	spoil(t, w.db, st.Size()-8192, st.Size())
	w.open() // the head is sound: nobody notices yet
	if err := w.c.storeError(w.c.store.check(t.Context())); !errors.Is(err, ErrRefused) {
		t.Fatalf("the check of a damaged store: %v", err)
	}
	w.stop()
	w.open()
	defer func() { w.stop() }()
	w.scan()
	if s := w.difference(); s != "" {
		t.Error(s)
	}
	if len(aside(t, w.db)) == 0 {
		t.Error("the damaged file was not kept")
	}
	if _, err := os.Stat(suspectPath(w.db)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the note is still there: %v", err)
	}
}

// A start waits for the disk only when it has something new to keep.
func TestStartWritesNothing(t *testing.T) {
	w := newWorld(t, nil)
	w.do("write A/d/f\nwrite A/g")
	w.open()
	w.scan()
	w.stop()
	w.open()
	defer func() { w.stop() }()
	st, err := os.Stat(w.db + "-wal") // where all that is written goes first
	if err != nil {
		t.Fatal(err)
	}
	if st.Size() != 0 {
		t.Errorf("a start with nothing new wrote %d bytes", st.Size())
	}
	w.scan()
	if s := w.difference(); s != "" {
		t.Error(s)
	}
}

func TestTombstonesGoAfterTheirTime(t *testing.T) {
	w := newWorld(t, nil)
	w.do("write A/d/f\nwrite A/g")
	w.open()
	defer func() { w.stop() }()
	w.scan()
	_, before := w.inCatalogue()
	w.do("rm A/d")
	w.scan()
	if err := w.c.purge(t.Context(), time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := w.c.store.read.byID(before["A/d/f"]); err != nil {
		t.Errorf("a fresh tombstone: %v", err)
	}
	if err := w.c.purge(t.Context(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := w.c.store.read.byID(before["A/d/f"]); !errors.Is(err, errNoNode) {
		t.Errorf("an old tombstone: %v", err)
	}
	if _, err := w.c.Lookup(t.Context(), before["A/g"]); err != nil {
		t.Errorf("what lives: %v", err)
	}
}

func TestExportMovesIDsToAnotherComputer(t *testing.T) {
	w := newWorld(t, nil)
	w.do("write A/d/f\nwrite A/g\nmkdir B/e")
	write(t, filepath.Join(w.dirs["A"], "odd \xff name"), "x")
	w.open()
	w.scan()
	_, before := w.inCatalogue()
	share := child(t, w.c, Root, "A").ID
	var file bytes.Buffer
	if err := w.c.Export(t.Context(), &file); err != nil {
		t.Fatal(err)
	}
	w.stop()

	for _, known := range []bool{false, true} { // the other computer may have scanned already
		w.db = filepath.Join(t.TempDir(), "catalogue.db")
		w.open()
		if known {
			w.scan()
		}
		_, own := w.inCatalogue()
		for range 2 {
			if err := w.c.Import(t.Context(), bytes.NewReader(file.Bytes())); err != nil {
				t.Fatal(err)
			}
		}
		w.scan()
		_, after := w.inCatalogue()
		for path, id := range before {
			if after[path] != id {
				t.Errorf("known %v: %q has not its old id", known, path)
			}
		}
		for path, id := range own {
			if e, err := w.c.Lookup(t.Context(), id); err != nil || e.ID != before[path] {
				t.Errorf("the id that %q had here: %v, %v", path, e.ID, err)
			}
		}
		if e, err := w.c.Lookup(t.Context(), share); err != nil || e.Name != "A" {
			t.Errorf("the share's id: %+v, %v", e, err)
		}
		if s := w.difference(); s != "" {
			t.Error(s)
		}
		w.stop()
	}
}

func TestImportRefusesWhatIsNoExport(t *testing.T) {
	head := `{"format":"folderfront ids","version":1}` + "\n"
	id := string(newID())
	c, dir, root := shared(t, false)
	write(t, filepath.Join(dir, "f"), "x")
	f := child(t, c, root.ID, "f")
	for _, file := range []string{
		"", "{", "null", `{"format":"other","version":1}`, `{"format":"folderfront ids","version":2}`,
		head + `{"id":"x"}`, head + `{"id":"` + id + `"}`, head + `{"id":"` + id + `","share":"Work","path":"a/b"}`,
		head + `{"id":"` + id + `","aliasOf":"` + string(newID()) + `"}`,
		head + `{"id":"` + id + `","share":"Work","folder":true}` + "\n" + `{"id":"` + string(newID()) + `","share":"Work","path":".."}`,
		head + `{"id":"` + id + `","share":"Work","folder":true}` + "\n" + `{"id":"` + string(newID()) + `","share":"Work","path":"/etc"}`,
		head + `{"id":"` + id + `","share":"Work","folder":true}` + "\n" + `truncat`,
	} {
		if err := c.Import(t.Context(), strings.NewReader(file)); !errors.Is(err, ErrInvalid) {
			t.Errorf("%q: %v", file, err)
		}
	}
	if e, err := c.Lookup(t.Context(), f.ID); err != nil || e.ID != f.ID {
		t.Errorf("after refusals: %+v, %v", e, err)
	}
}

func FuzzImport(f *testing.F) {
	f.Add(`{"format":"folderfront ids","version":1}` + "\n" + `{"id":"` + string(newID()) + `","share":"S","folder":true}`)
	f.Add(`{"format":"folderfront ids","version":1}` + "\n" + `{"id":"aaaaaaaaaaaaaaaaaaaaaaaaaa","aliasOf":"aaaaaaaaaaaaaaaaaaaaaaaaaa"}`)
	f.Add("{}")
	c, err := Open(context.Background(), Config{Path: filepath.Join(f.TempDir(), "catalogue.db")})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { c.Close() })
	f.Fuzz(func(t *testing.T, file string) {
		err := c.Import(t.Context(), strings.NewReader(file))
		if err != nil && !errors.Is(err, ErrInvalid) {
			t.Error(err)
		}
	})
}
