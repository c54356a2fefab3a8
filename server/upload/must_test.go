package upload

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"folderfront/server/catalogue"
)

// mustHave compares the files of the shared folder, given as pairs of path and content.
func (r *room) mustHave(want ...string) {
	r.t.Helper()
	got := []string{}
	for _, path := range r.tree() {
		if !strings.HasSuffix(path, "/") {
			got = append(got, path, r.read(path))
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		r.t.Fatalf("the folder has %q, want %q", got, want)
	}
}

// mustBe requires that an id is of this name, and listed under it where it is no alias.
func (r *room) mustBe(id catalogue.ID, name string) {
	r.t.Helper()
	if entry := r.lookup(id); entry.Name != name || entry.Pending {
		r.t.Fatalf("the id has %+v, want %q", entry, name)
	}
}

func (r *room) mustKeep(id catalogue.ID, want ...string) {
	r.t.Helper()
	if got := r.versions(id); fmt.Sprint(got) != fmt.Sprint(want) {
		r.t.Fatalf("versions %q, want %q", got, want)
	}
}

// mustTell requires that the manifest of an item tells what it was.
func (r *room) mustTell(i item) {
	r.t.Helper()
	var m manifest
	text := r.read(i.manifest())
	err := json.Unmarshal([]byte(text), &m)
	other := i.Kind == Trash && m.ID != string(i.File) // a version's file may have become one with another
	if err != nil || string(m.Exact) != i.Path || other || m.Folder != i.Folder || !m.at(i.Kind).Equal(i.Time) {
		r.t.Errorf("the manifest of %+v is %s, %v", i.Item, text, err)
	}
}

// mustBeClean requires that the journal is empty and that nothing lies about: each thing in the
// hidden folder is that of an item.
func (r *room) mustBeClean() {
	r.t.Helper()
	ctx := context.Background()
	if left, err := r.publications(ctx, `TRUE`); err != nil || len(left) != 0 {
		r.t.Fatalf("publications left: %+v, %v", left, err)
	}
	items, err := r.items(ctx, `TRUE`)
	if err != nil {
		r.t.Fatal(err)
	}
	known := map[string]bool{versionsDir: true, trashDir: true}
	for _, i := range items {
		if i.stage != kept {
			r.t.Errorf("item %s is at stage %d", i.ID, i.stage)
		}
		for _, place := range i.places() {
			known[place] = true
		}
		if _, err := os.Lstat(filepath.Join(r.dir, i.content())); err != nil {
			r.t.Errorf("an item without content: %v", err)
		}
		r.mustTell(i)
	}
	for _, path := range tree(r.t, r.dir, false) {
		parts := strings.Split(strings.TrimSuffix(path, "/"), "/")
		if parts[0] == storeDir && len(parts) > 1 && !known[strings.Join(parts[:min(len(parts), 3)], "/")] {
			r.t.Errorf("litter: %s", path)
		}
		if strings.Contains(path, ".part") {
			r.t.Errorf("a temporary file is left: %s", path)
		}
	}
}
