package catalogue

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// open makes a catalogue in a folder of its own, closed with the test.
func open(t testing.TB, path string) *Catalogue {
	t.Helper()
	c, err := Open(t.Context(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// shared makes a catalogue with one share over a new folder.
func shared(t testing.TB, readOnly bool) (c *Catalogue, dir string, root Entry) {
	t.Helper()
	dir = t.TempDir()
	c = open(t, filepath.Join(t.TempDir(), "catalogue.db"))
	if err := c.SetShares(t.Context(), []Share{{Name: "Work", Path: dir, ReadOnly: readOnly}}); err != nil {
		t.Fatal(err)
	}
	return c, dir, child(t, c, Root, "Work")
}

func write(t testing.TB, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
}

// child finds one name in a folder's listing.
func child(t testing.TB, c *Catalogue, parent ID, name string) Entry {
	t.Helper()
	children, err := c.Children(t.Context(), parent)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range children {
		if e.Name == name {
			return e
		}
	}
	t.Fatalf("no %q among %v", name, children)
	return Entry{}
}

func TestListingWithoutScan(t *testing.T) {
	c, dir, root := shared(t, false)
	write(t, filepath.Join(dir, "a/b.txt"), "hello")
	a := child(t, c, root.ID, "a")
	b := child(t, c, a.ID, "b.txt")
	if !a.Folder || b.Folder || b.Size != 5 || b.Parent != a.ID || b.Share != "Work" {
		t.Errorf("entries: %+v, %+v", a, b)
	}
	again, err := c.Lookup(t.Context(), b.ID)
	if err != nil || again != b {
		t.Errorf("Lookup: %+v, %v; want %+v", again, err, b)
	}
	f, _, err := c.OpenFile(t.Context(), b.ID)
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
}

func TestLookupSeesTheDisk(t *testing.T) {
	c, dir, root := shared(t, false)
	write(t, filepath.Join(dir, "f"), "1")
	f := child(t, c, root.ID, "f")
	write(t, filepath.Join(dir, "f"), "12345")
	if e, err := c.Lookup(t.Context(), f.ID); err != nil || e.Size != 5 {
		t.Errorf("after writing: %+v, %v", e, err)
	}
	os.Remove(filepath.Join(dir, "f"))
	if _, err := c.Lookup(t.Context(), f.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("after removing: %v", err)
	}
}

func TestVerbsKeepIDs(t *testing.T) {
	c, dir, root := shared(t, false)
	ctx := t.Context()
	write(t, filepath.Join(dir, "f.txt"), "x")
	f := child(t, c, root.ID, "f.txt")
	folder, err := c.CreateFolder(ctx, root.ID, "New")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := c.CreateFolder(ctx, root.ID, "New"); err != nil || again.ID != folder.ID {
		t.Errorf("made twice: %+v, %v", again, err)
	}
	if _, err := c.CreateFolder(ctx, root.ID, "f.txt"); !errors.Is(err, ErrExists) {
		t.Errorf("folder over a file: %v", err)
	}
	renamed, err := c.Rename(ctx, f.ID, "F.txt")
	if err != nil || renamed.ID != f.ID || renamed.Name != "F.txt" {
		t.Errorf("Rename: %+v, %v", renamed, err)
	}
	moved, err := c.Move(ctx, f.ID, folder.ID, "g.txt")
	if err != nil || moved.ID != f.ID || moved.Parent != folder.ID {
		t.Errorf("Move: %+v, %v", moved, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "New/g.txt")); err != nil {
		t.Error(err)
	}
	if _, err := c.Move(ctx, folder.ID, folder.ID, "in"); !errors.Is(err, ErrInvalid) {
		t.Errorf("into itself: %v", err)
	}
	if _, err := c.Rename(ctx, root.ID, "Other"); !errors.Is(err, ErrForbidden) {
		t.Errorf("rename of a share: %v", err)
	}
}

func TestReadOnlyShare(t *testing.T) {
	c, dir, root := shared(t, true)
	write(t, filepath.Join(dir, "f"), "x")
	f := child(t, c, root.ID, "f")
	if !f.ReadOnly {
		t.Error("the entry isn't read-only")
	}
	if _, err := c.CreateFolder(t.Context(), root.ID, "n"); !errors.Is(err, ErrForbidden) {
		t.Errorf("CreateFolder: %v", err)
	}
	if _, err := c.Rename(t.Context(), f.ID, "g"); !errors.Is(err, ErrForbidden) {
		t.Errorf("Rename: %v", err)
	}
	if _, err := c.CreateFolder(t.Context(), Root, "n"); !errors.Is(err, ErrForbidden) {
		t.Errorf("CreateFolder in Root: %v", err)
	}
}

func TestEditPutsWithExtraRows(t *testing.T) {
	c, _, root := shared(t, false)
	ctx := t.Context()
	if err := c.Migrate(ctx, "upload", []string{`CREATE TABLE upload_test (id TEXT)`}); err != nil {
		t.Fatal(err)
	}
	var announced, put Entry
	err := c.Edit(ctx, root.ID, func(e *Edit) (err error) {
		if announced, err = e.Announce("n.txt", nil); err != nil {
			return err
		}
		if err := e.Root().WriteFile("n.txt", []byte("new"), 0o666); err != nil {
			return err
		}
		put, err = e.Put("n.txt", announced.ID, func(tx *sql.Tx) error {
			_, err := tx.Exec(`INSERT INTO upload_test VALUES (?)`, announced.ID)
			return err
		})
		return err
	})
	if err != nil || !announced.Pending || put.Pending || put.ID != announced.ID || put.Size != 3 {
		t.Fatalf("announced %+v, put %+v, %v", announced, put, err)
	}
	rows := 0
	err = c.View(ctx, func(tx *sql.Tx) error {
		return tx.QueryRow(`SELECT count(*) FROM upload_test WHERE id=?`, announced.ID).Scan(&rows)
	})
	if err != nil || rows != 1 {
		t.Errorf("%d rows, %v", rows, err)
	}
	if e := child(t, c, root.ID, "n.txt"); e.ID != put.ID {
		t.Errorf("listed as %v", e.ID)
	}
}

func TestIDsSurviveRestart(t *testing.T) {
	dir, db := t.TempDir(), filepath.Join(t.TempDir(), "catalogue.db")
	write(t, filepath.Join(dir, "f"), "x")
	var ids [2]ID
	for i := range ids {
		c, err := Open(t.Context(), Config{Path: db})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.SetShares(t.Context(), []Share{{Name: "W", Path: dir}}); err != nil {
			t.Fatal(err)
		}
		ids[i] = child(t, c, child(t, c, Root, "W").ID, "f").ID
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if ids[0] != ids[1] {
		t.Errorf("%v became %v", ids[0], ids[1])
	}
}

func TestSubscribeTellsInOrder(t *testing.T) {
	c, _, root := shared(t, false)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	events := c.Subscribe(ctx)
	made, err := c.CreateFolder(ctx, root.ID, "n")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Rename(ctx, made.ID, "m"); err != nil {
		t.Fatal(err)
	}
	e := <-events
	if e.Kind != Created || e.Path != "n" || !e.Own || e.Entry.ID != made.ID {
		t.Errorf("first: %+v", e)
	}
	e = <-events
	if e.Kind != Renamed || e.OldPath != "n" || e.Path != "m" {
		t.Errorf("second: %+v", e)
	}
	cancel()
	for range events {
	}
}

func TestRunScans(t *testing.T) {
	c, dir, _ := shared(t, false)
	write(t, filepath.Join(dir, "a/b/c/d.txt"), "x")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- c.Run(ctx) }()
	deadline := time.Now().Add(30 * time.Second)
	for c.Status()[0].Files != 1 || c.Status()[0].Folders != 3 {
		if time.Now().After(deadline) {
			t.Fatalf("not scanned: %+v", c.Status())
		}
		time.Sleep(10 * time.Millisecond)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestPutOverAnotherMakesAnAlias(t *testing.T) {
	c, dir, root := shared(t, false)
	ctx := t.Context()
	write(t, filepath.Join(dir, "f.txt"), "x")
	f := child(t, c, root.ID, "f.txt")
	var announced, second, put Entry
	err := c.Edit(ctx, root.ID, func(e *Edit) (err error) {
		if announced, err = e.Announce("f.txt", nil); err != nil {
			return err
		}
		if second, err = e.Announce("f.txt", nil); err != nil {
			return err
		}
		if put, err = e.Put("f.txt", announced.ID, nil); err != nil {
			return err
		}
		return e.Alias(second.ID, put.ID)
	})
	if err != nil || put.ID != announced.ID {
		t.Fatalf("put %+v, %v; want the id %v", put, err, announced.ID)
	}
	for _, id := range []ID{f.ID, announced.ID, second.ID} {
		if e, err := c.Lookup(ctx, id); err != nil || e.ID != put.ID || e.Pending {
			t.Errorf("Lookup(%v): %+v, %v", id, e, err)
		}
	}
}

func TestPutOfARestoredFolderBringsBackWhatIsBelow(t *testing.T) {
	c, dir, root := shared(t, false)
	ctx := t.Context()
	write(t, filepath.Join(dir, "a/b/c/f"), "x")
	a := child(t, c, root.ID, "a")
	b := child(t, c, a.ID, "b")
	f := child(t, c, child(t, c, b.ID, "c").ID, "f")
	kept := filepath.Join(dir, ".folderfront/trash")
	if err := os.MkdirAll(kept, 0o777); err != nil {
		t.Fatal(err)
	}
	err := c.Edit(ctx, root.ID, func(e *Edit) error {
		return errors.Join(e.Root().Rename("a", ".folderfront/trash/a"), e.Remove(a.ID, nil))
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []ID{a.ID, b.ID, f.ID} {
		if _, err := c.Lookup(ctx, id); !errors.Is(err, ErrNotFound) {
			t.Errorf("deleted: %v", err)
		}
	}
	err = c.Edit(ctx, root.ID, func(e *Edit) error {
		if err := e.Root().Rename(".folderfront/trash/a", "again"); err != nil {
			return err
		}
		_, err := e.Put("again", a.ID, nil)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []ID{f.ID, b.ID, a.ID} {
		if e, err := c.Lookup(ctx, id); err != nil || e.ID != id {
			t.Errorf("restored: %+v, %v", e, err)
		}
	}
	if _, err := c.CreateFolder(ctx, b.ID, "n"); err != nil {
		t.Error(err)
	}
}

func TestShareGoneBeforeAnybodyNoticed(t *testing.T) {
	c, dir, root := shared(t, false)
	write(t, filepath.Join(dir, "d/f"), "x")
	d := child(t, c, root.ID, "d")
	f := child(t, c, d.ID, "f")
	if err := os.Rename(dir, dir+" away"); err != nil {
		t.Fatal(err)
	}
	for _, e := range []Entry{root, d, f} {
		if _, err := c.Lookup(t.Context(), e.ID); !errors.Is(err, ErrOffline) {
			t.Errorf("Lookup of %s: %v", e.Name, err)
		}
	}
	if _, err := c.Children(t.Context(), d.ID); !errors.Is(err, ErrOffline) {
		t.Errorf("Children: %v", err)
	}
	if err := c.Maintain(t.Context(), d.ID, func(*Edit) error { return nil }); !errors.Is(err, ErrOffline) {
		t.Errorf("Maintain: %v", err)
	}
	if _, _, err := c.OpenFile(t.Context(), f.ID); !errors.Is(err, ErrOffline) {
		t.Errorf("OpenFile: %v", err)
	}
}
