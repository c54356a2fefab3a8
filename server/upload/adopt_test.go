package upload

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestTrashOutlivesTheProfile loses the profile: what was deleted is listed anew, and goes back to
// where it lay under the id it had.
func TestTrashOutlivesTheProfile(t *testing.T) {
	ctx := context.Background()
	r := newRoom(t)
	r.write("d/old.txt", "old")
	r.write("d/stays.txt", "here")
	r.write("e/f/deep.txt", "deep")
	file, folder := r.find("d/old.txt"), r.find("e")
	if err := r.Delete(ctx, file, "ann"); err != nil {
		t.Fatal(err)
	}
	if err := r.Delete(ctx, folder, ""); err != nil {
		t.Fatal(err)
	}
	r.close()
	if err := os.RemoveAll(r.profile); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(r.profile, 0o755); err != nil {
		t.Fatal(err)
	}
	r.open()
	for range 2 {
		if err := r.adopt(ctx); err != nil {
			t.Fatal(err)
		}
	}
	items := r.trashed()
	if len(items) != 2 || items[1].Path != "d/old.txt" || items[1].Size != 3 || items[0].Path != "e" || !items[0].Folder {
		t.Fatalf("listed: %+v", items)
	}
	for _, i := range items {
		if _, err := r.Restore(ctx, i.ID); err != nil {
			t.Fatal(err)
		}
	}
	if r.content(file) != "old" || r.find("d/old.txt") != file || r.find("e") != folder || r.read("e/f/deep.txt") != "deep" {
		t.Error("not all is back under its id")
	}
	r.mustBeClean()
}

// TestForgedTrashIsNotAdopted puts manifests into the trash that no deletion wrote.
func TestForgedTrashIsNotAdopted(t *testing.T) {
	ctx := context.Background()
	r := newRoom(t)
	mine := r.upload("mine.txt", "mine")
	for name, change := range map[string]func(*manifest){
		"":              func(m *manifest) { m.ID = string(mine) }, // this one is whole, but the id is in use
		"above":         func(m *manifest) { m.Exact = []byte("../x") },
		"absolute":      func(m *manifest) { m.Exact = []byte("/etc/x") },
		"no path":       func(m *manifest) { m.Exact = nil },
		"no id":         func(m *manifest) { m.ID = "../../x" },
		"a folder":      func(m *manifest) { m.Folder = true },
		"other content": func(m *manifest) { m.Exact = []byte("y") },
		"no time":       func(m *manifest) { m.Deleted = time.Time{} },
	} {
		m := manifest{ID: string(r.c.NewID()), Exact: []byte("x"), Deleted: time.Now()}
		change(&m)
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		place := trashPath(ItemID(r.c.NewID()))
		r.write(filepath.Join(place, "files/x"), "forged "+name)
		r.write(filepath.Join(place, "manifest.json"), string(text))
	}
	r.write(filepath.Join(trashDir, "no id", "manifest.json"), "{}")
	r.write(filepath.Join(trashPath(ItemID(r.c.NewID())), "manifest.json"), strings.Repeat("x", maxManifest+1))
	if err := r.adopt(ctx); err != nil {
		t.Fatal(err)
	}
	items := r.trashed()
	if len(items) != 1 || items[0].Path != "x" || items[0].File == mine {
		t.Fatalf("listed: %+v", items)
	}
	if _, err := r.Restore(ctx, items[0].ID); err != nil {
		t.Fatal(err)
	}
	if r.content(mine) != "mine" || r.read("x") != "forged " {
		t.Error("a forged manifest changed a file")
	}
}

// loseProfile stops the program and starts it without all that it knew.
func (r *room) loseProfile() {
	r.t.Helper()
	r.close()
	if err := errors.Join(os.RemoveAll(r.profile), os.Mkdir(r.profile, 0o755)); err != nil {
		r.t.Fatal(err)
	}
	r.open()
	for range 2 { // the second time finds nothing more
		if err := r.adopt(context.Background()); err != nil {
			r.t.Fatal(err)
		}
	}
}

// TestVersionsOutliveTheProfile loses the profile: the old contents are those of the files that lie
// where they were overwritten last, and of files that are gone.
func TestVersionsOutliveTheProfile(t *testing.T) {
	ctx := context.Background()
	r := newRoom(t)
	r.mkdir("d")
	changed, deleted, renamed, gone := r.upload("changed", "c1"), r.upload("deleted", "d1"), r.upload("was", "w1"), r.upload("gone", "g1")
	r.receive(changed, "c2")
	r.receive(changed, "c3")
	r.receive(deleted, "d2")
	r.receive(gone, "g2")
	r.receive(renamed, "w2")
	if _, err := r.c.Move(ctx, renamed, r.find("d"), "is"); err != nil {
		t.Fatal(err)
	}
	r.receive(renamed, "w3")
	if err := r.Delete(ctx, deleted, "ann"); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(r.dir, "gone")); err != nil {
		t.Fatal(err)
	}
	r.loseProfile()
	r.mustKeep(r.find("changed"), "c2", "c1")
	r.mustKeep(r.find("d/is"), "w2", "w1")
	r.mustKeep(deleted, "d1")
	r.mustKeep(gone, "g1")
	for _, i := range r.trashed() {
		if _, err := r.Restore(ctx, i.ID); err != nil || i.By != "ann" {
			t.Fatal(i, err)
		}
	}
	r.mustKeep(r.find("deleted"), "d1")
	versions, err := r.Versions(ctx, gone)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Restore(ctx, versions[0].ID); err != nil {
		t.Fatal(err)
	}
	r.mustHave("changed", "c3", "d/is", "w3", "deleted", "d2", "gone", "g1")
	r.mustBe(gone, "gone") // its links live again
	r.mustBeClean()
}

// TestVersionsOutliveADamagedProfile goes back to a profile of yesterday: what was overwritten since
// is listed, under the ids that are known.
func TestVersionsOutliveADamagedProfile(t *testing.T) {
	r := newRoom(t)
	id := r.upload("a.txt", "one")
	r.receive(id, "two")
	r.close()
	yesterday := os.DirFS(r.profile)
	kept := filepath.Join(t.TempDir(), "kept")
	if err := os.CopyFS(kept, yesterday); err != nil {
		t.Fatal(err)
	}
	r.open()
	r.receive(id, "three")
	r.close()
	if err := errors.Join(os.RemoveAll(r.profile), os.CopyFS(r.profile, os.DirFS(kept))); err != nil {
		t.Fatal(err)
	}
	r.open()
	if err := r.adopt(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.mustKeep(id, "two", "one")
	r.mustBeClean()
}

// TestForgedVersionsAreNotAdopted puts manifests and contents into the store that no upload wrote.
func TestForgedVersionsAreNotAdopted(t *testing.T) {
	r := newRoom(t)
	mine := r.upload("mine.txt", "mine")
	dir, second := r.twoShares()
	if err := os.WriteFile(filepath.Join(dir, "theirs"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	theirs, err := r.c.Children(t.Context(), second)
	if err != nil || len(theirs) != 1 {
		t.Fatal(theirs, err)
	}
	for name, change := range map[string]func(*manifest){
		"whole":          func(*manifest) {},
		"another folder": func(m *manifest) { m.ID, m.Exact = string(theirs[0].ID), []byte("theirs") },
		"above":          func(m *manifest) { m.Exact = []byte("../x") },
		"no id":          func(m *manifest) { m.ID = "../../x" },
		"a folder":       func(m *manifest) { m.Folder = true },
		"trash":          func(m *manifest) { m.Overwritten, m.Deleted = time.Time{}, m.Overwritten },
	} {
		m := manifest{ID: string(mine), Exact: []byte("mine.txt"), Overwritten: time.Now()}
		change(&m)
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		place := versionPath(ItemID(r.c.NewID()))
		r.write(place, name)
		r.write(place+".json", string(text))
	}
	r.mkdir(versionPath(ItemID(r.c.NewID())))
	r.write(versionPath(ItemID(r.c.NewID())), "no manifest")
	if err := r.adopt(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.mustKeep(mine, "whole")
	r.mustKeep(theirs[0].ID)
	all, err := r.History(t.Context(), "")
	if err != nil || len(all) != 2 {
		t.Errorf("listed: %+v, %v", all, err)
	}
}
