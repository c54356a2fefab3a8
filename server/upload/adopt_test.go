package upload

import (
	"context"
	"encoding/json"
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
