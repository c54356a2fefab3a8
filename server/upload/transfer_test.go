package upload

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"folderfront/server/catalogue"
)

// exported writes what another computer takes over.
func (r *room) exported() (ids, index bytes.Buffer) {
	r.t.Helper()
	ctx := context.Background()
	if err := r.c.Export(ctx, &ids); err != nil {
		r.t.Fatal(err)
	}
	if err := r.Export(ctx, &index); err != nil {
		r.t.Fatal(err)
	}
	return ids, index
}

// TestHistoryMovesToAnotherComputer copies a shared folder with all that is hidden in it, and
// imports the rest.
func TestHistoryMovesToAnotherComputer(t *testing.T) {
	ctx := context.Background()
	r := newRoom(t)
	id := r.upload("a.txt", "one")
	r.receive(id, "two")
	r.receive(id, "three")
	gone := r.upload("b.txt", "gone")
	if err := r.Delete(ctx, gone, "ann"); err != nil {
		t.Fatal(err)
	}
	if err := r.Remember(ctx, "doc", "v1", id); err != nil {
		t.Fatal(err)
	}
	ids, index := r.exported()

	other := roomAt(t.TempDir())
	other.t = t
	if err := os.CopyFS(other.dir, os.DirFS(r.dir)); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(other.profile, 0o755); err != nil {
		t.Fatal(err)
	}
	other.open()
	t.Cleanup(other.close)
	own := other.find("a.txt")
	other.upload("a.txt", "four") // it has a history of its own already
	for range 2 {
		x, err := ReadIndex(bytes.NewReader(index.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if err := other.c.Import(ctx, bytes.NewReader(ids.Bytes())); err != nil {
			t.Fatal(err)
		}
		if err := other.Import(ctx, x); err != nil {
			t.Fatal(err)
		}
	}
	other.share = r.share
	if got := other.versions(id); strings.Join(got, " ") != "three two one" {
		t.Errorf("versions there: %q", got)
	}
	trashed := other.trashed()
	if len(trashed) != 1 || trashed[0].File != gone || trashed[0].By != "ann" || trashed[0].Path != "b.txt" {
		t.Fatalf("trash there: %+v", trashed)
	}
	if e, err := other.Restore(ctx, trashed[0].ID); err != nil || e.ID != gone || other.content(gone) != "gone" {
		t.Errorf("restored there: %+v, %v", e, err)
	}
	if file, err := other.FileOf(ctx, "doc", "v1"); err != nil || file != id {
		t.Errorf("the document's file there: %v, %v; want %v", file, err, id)
	}
	if other.content(id) != "four" || other.content(own) != "four" {
		t.Error("the content there was changed")
	}
	other.mustBeClean()
}

func TestReadIndexRefusesWhatIsNone(t *testing.T) {
	const id = "aaaaaaaaaaaaaaaaaaaaaaaaaa"
	head := `{"format":"folderfront history","version":1}` + "\n"
	line := func(change func(*indexItem)) string {
		i := indexItem{ID: id, Kind: Version, Share: id, File: id, Parent: id, Path: []byte("d/a")}
		change(&i)
		text, err := json.Marshal(indexLine{Item: &i})
		if err != nil {
			t.Fatal(err)
		}
		return head + string(text)
	}
	if x, err := ReadIndex(strings.NewReader(line(func(*indexItem) {}))); err != nil || len(x.items) != 1 || x.items[0].Name != "a" {
		t.Fatalf("a sound one: %+v, %v", x, err)
	}
	for name, file := range map[string]string{
		"empty": "", "no JSON": "{", "another format": `{"format":"other","version":1}`,
		"another version": `{"format":"folderfront history","version":2}`, "cut": head + `{"item`, "nothing": head + `{}`,
		"a path as id":          line(func(i *indexItem) { i.ID = "../../../x" }),
		"root as file":          line(func(i *indexItem) { i.File = "/" }),
		"no share":              line(func(i *indexItem) { i.Share = "" }),
		"no parent":             line(func(i *indexItem) { i.Parent = "x" }),
		"another kind":          line(func(i *indexItem) { i.Kind = "other" }),
		"a negative size":       line(func(i *indexItem) { i.Size = -1 }),
		"no path":               line(func(i *indexItem) { i.Path = nil }),
		"the share":             line(func(i *indexItem) { i.Path = []byte(".") }),
		"above":                 line(func(i *indexItem) { i.Path = []byte("../a") }),
		"absolute":              line(func(i *indexItem) { i.Path = []byte("/a") }),
		"a version of a folder": line(func(i *indexItem) { i.Folder = true }),
		"a NUL":                 line(func(i *indexItem) { i.Path = []byte("a\x00b") }),
		"no document":           head + `{"document":{"file":"` + id + `"}}`,
		"document's file":       head + `{"document":{"document":"d","file":"x"}}`,
		"both":                  strings.TrimSuffix(line(func(*indexItem) {}), "}") + `,"document":{"document":"d","file":"` + id + `"}}`,
	} {
		_, err := ReadIndex(strings.NewReader(file))
		refused(t, err, catalogue.ErrInvalid)
		if err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// FuzzReadIndex wants of every file that is taken that no item can reach out of its folder.
func FuzzReadIndex(f *testing.F) {
	const id = "aaaaaaaaaaaaaaaaaaaaaaaaaa"
	head := `{"format":"folderfront history","version":1}` + "\n"
	f.Add(head + `{"item":{"id":"` + id + `","kind":"trash","share":"` + id + `","file":"` + id + `","parent":"` + id + `","path":"ZC9h"}}`)
	f.Add(head + `{"document":{"document":"d","version":"v","file":"` + id + `","time":1}}`)
	f.Add("{}")
	f.Fuzz(func(t *testing.T, file string) {
		x, err := ReadIndex(strings.NewReader(file))
		if err != nil {
			return
		}
		for _, i := range x.items {
			for _, place := range append(i.places(), i.content(), i.manifest()) {
				if !filepath.IsLocal(place) || !strings.HasPrefix(place, storeDir+"/") {
					t.Errorf("%q is kept at %q", i.Path, place)
				}
			}
		}
	})
}
