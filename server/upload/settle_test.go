package upload

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"folderfront/server/catalogue"
)

// TestSettlingANewFileKeepsTheVersionsOfOthers stops the program before a new file got to its name,
// where other files have versions: only what was begun is taken back.
func TestSettlingANewFileKeepsTheVersionsOfOthers(t *testing.T) {
	r := newRoom(t)
	id := r.upload("a.txt", "one")
	r.receive(id, "two")
	entry, err := r.Init(context.Background(), r.share, "b.txt", "", "")
	if err != nil {
		t.Fatal(err)
	}
	begun := publication{id: string(entry.ID), folder: r.share, name: "b.txt", file: entry.ID, size: 5, hash: []byte("none")}
	if err := r.c.Update(context.Background(), func(tx *sql.Tx) error { return begun.insert(tx) }); err != nil {
		t.Fatal(err)
	}
	r.write(temporary(entry.ID), "begun")
	r.restart()
	r.mustKeep(id, "one")
	r.mustHave("a.txt", "two")
	r.mustBeClean()
}

// twoShares gives the room a second shared folder, and answers it.
func (r *room) twoShares() (dir string, id catalogue.ID) {
	r.t.Helper()
	dir = filepath.Join(filepath.Dir(r.dir), "second")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := r.c.SetShares(context.Background(), []catalogue.Share{{Name: "docs", Path: r.dir}, {Name: "second", Path: dir}}); err != nil {
		r.t.Fatal(err)
	}
	for _, s := range r.c.Status() {
		if s.Name == "second" {
			id = s.ID
		}
	}
	return dir, id
}

// movedAway is a file with one version that went to another shared folder, where its version is not.
func (r *room) movedAway() (file catalogue.ID, version ItemID, dir string) {
	r.t.Helper()
	ctx := context.Background()
	dir, second := r.twoShares()
	file = r.upload("a.txt", "one")
	r.receive(file, "two")
	if _, err := r.c.Move(ctx, file, second, "a.txt"); err != nil {
		r.t.Fatal(err)
	}
	items, err := r.Versions(ctx, file)
	if err != nil || len(items) != 1 {
		r.t.Fatal(items, err)
	}
	return file, items[0].ID, dir
}

func TestRestoreFromAnotherSharedFolder(t *testing.T) {
	ctx := context.Background()
	r := newRoom(t)
	file, version, dir := r.movedAway()
	if _, err := r.Restore(ctx, version); err != nil {
		t.Fatal(err)
	}
	if got := r.content(file); got != "one" {
		t.Errorf("restored %q", got)
	}
	items, err := r.Versions(ctx, file)
	if err != nil || len(items) != 1 || items[0].Share != "second" {
		t.Fatalf("kept: %+v, %v", items, err)
	}
	if b, err := os.ReadFile(filepath.Join(dir, versionPath(items[0].ID))); err != nil || string(b) != "two" {
		t.Errorf("the version holds %q, %v", b, err)
	}
	if left := tree(t, filepath.Join(r.dir, storeDir), false); len(left) != 1 {
		t.Errorf("left of the restored version: %q", left)
	}
}

// TestSettlingARestoreFromAnotherSharedFolder stops the program before the content came from there.
func TestSettlingARestoreFromAnotherSharedFolder(t *testing.T) {
	ctx := context.Background()
	r := newRoom(t)
	file, version, _ := r.movedAway()
	begun := publication{id: string(version), folder: r.lookup(file).Parent, name: "a.txt", file: file, item: version, size: 3}
	if err := r.c.Update(ctx, func(tx *sql.Tx) error { return begun.insert(tx) }); err != nil {
		t.Fatal(err)
	}
	r.restart()
	r.twoShares()
	if err := r.settle(ctx); err != nil {
		t.Fatal(err)
	}
	if got := r.content(file); got != "two" {
		t.Errorf("the file holds %q", got)
	}
	r.mustKeep(file, "one")
	if _, err := r.Restore(ctx, version); err != nil {
		t.Fatal(err)
	}
	if got := r.content(file); got != "one" {
		t.Errorf("restored %q", got)
	}
}

// TestOnlyPlacesOfItemsAreRemoved gives removeKept what must never go.
func TestOnlyPlacesOfItemsAreRemoved(t *testing.T) {
	r := newRoom(t)
	r.receive(r.upload("a.txt", "one"), "two")
	if err := r.Delete(t.Context(), r.upload("b.txt", "gone"), ""); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(r.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	before := tree(t, r.dir, false)
	whole := item{Item: Item{ID: r.trashed()[0].ID, Kind: Trash}}.places()[0]
	for _, name := range []string{
		"", ".", storeDir, versionsDir, trashDir, versionPath(""), versionPath(".."), trashPath(""), versionPath("") + "/.json",
		"a.txt", whole + "/files", storeDir + "/" + string(r.trashed()[0].ID),
	} {
		if err := removeKept(root, whole, name); err == nil {
			t.Errorf("%q was removed", name)
		}
	}
	if diff := cmp.Diff(before, tree(t, r.dir, false)); diff != "" {
		t.Error(diff)
	}
}

// TestCopyThatGoesIsNotTakenForPublished fails while a restored copy is taken back, when something
// else has the name by then: the item is the only one that has the content.
func TestCopyThatGoesIsNotTakenForPublished(t *testing.T) {
	r := newRoom(t)
	trashed := r.stuckRestore()
	r.restart()
	r.mustHave("a.txt", "another program's")
	r.mustBeClean()
	if items := r.trashed(); len(items) != 1 || r.read(trashed.content()) != "deleted" {
		t.Fatalf("the trash has %+v", items)
	}
}

// TestRestoreAfterOneThatIsStuck tries again before anything is settled.
func TestRestoreAfterOneThatIsStuck(t *testing.T) {
	r := newRoom(t)
	trashed := r.stuckRestore()
	if _, err := r.Restore(t.Context(), trashed.ID); err != nil {
		t.Fatal(err)
	}
	r.mustHave("a.txt", "deleted")
	r.mustKeep(trashed.File, "another program's")
	r.mustBeClean()
}

// stuckRestore leaves a restore from another disk in the journal: its copy was whole, another program
// took the name, and then there was no room for the records.
func (r *room) stuckRestore() (trashed item) {
	r.t.Helper()
	ctx := context.Background()
	file := r.upload("a.txt", "deleted")
	if err := r.Delete(ctx, file, ""); err != nil {
		r.t.Fatal(err)
	}
	trashed, err := r.item(ctx, r.trashed()[0].ID)
	if err != nil {
		r.t.Fatal(err)
	}
	copied := publication{id: string(trashed.ID), folder: r.share, name: "a.txt", file: file, item: trashed.ID, copied: true, size: 7}
	if err := r.c.Update(ctx, func(tx *sql.Tx) error { return copied.insert(tx) }); err != nil {
		r.t.Fatal(err)
	}
	r.write(temporary(copied.id), "deleted")
	r.write("a.txt", "another program's")
	err = r.c.Maintain(ctx, r.share, func(e *catalogue.Edit) error {
		s := &publishing{publication: &copied, u: r.Uploads, edit: e, root: e.Root(), restored: &trashed}
		s.locate()
		ended, end := context.WithCancel(ctx)
		end()
		s.undo(ended)
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return trashed
}
