package upload

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"folderfront/server/catalogue"
)

// model is what a shared folder should be after any sequence of operations.
type model struct {
	files map[catalogue.ID]*modelFile // those that were uploaded, deleted or not
	trash []catalogue.ID              // in the order of deletion
}

type modelFile struct {
	path     string
	content  string
	versions []string // the newest first
	deleted  bool
}

// Any sequence of uploads, new versions, renames, deletions, restores, failures and restarts leaves
// exactly what a simple model says: names, contents, ids, versions and trash.
func TestAnySequence(t *testing.T) {
	if !prove() {
		if err := flag.Set("rapid.checks", "8"); err != nil {
			t.Fatal(err)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		m := &machine{T: rt, room: newSequenceRoom(t), model: model{files: map[catalogue.ID]*modelFile{}}}
		defer m.room.close()
		rt.Repeat(map[string]func(*rapid.T){
			"upload":  m.upload,
			"version": m.version,
			"broken":  m.broken,
			"rename":  m.rename,
			"delete":  m.delete,
			"restore": m.restore,
			"revert":  m.revert,
			"restart": m.restart,
			"":        m.compare,
		})
	})
}

type machine struct {
	*rapid.T
	room  *room
	model model
	clock int
}

// newSequenceRoom is a room that its user closes.
func newSequenceRoom(t *testing.T) *room {
	r := roomAt(t.TempDir())
	r.t = t
	r.mkdir("")
	if err := os.Mkdir(r.profile, 0o755); err != nil {
		t.Fatal(err)
	}
	r.open()
	r.SetConfig(manyVersions)
	return r
}

var manyVersions = Config{Logger: quiet, MinimumFree: 1, Retention: Retention{Versions: 1000}}

func (m *machine) restart(*rapid.T) {
	m.room.restart()
	m.room.SetConfig(manyVersions)
}

var fileNames = rapid.SampledFrom([]string{"a.txt", "b.txt", "c d.bin", "ü.pdf"})

func (m *machine) text() string {
	m.clock++
	return fmt.Sprint("content ", m.clock, strings.Repeat("x", rapid.IntRange(0, 300).Draw(m.T, "length")))
}

// living picks a file that isn't deleted.
func (m *machine) living() (catalogue.ID, *modelFile) {
	return m.pick(func(f *modelFile) bool { return !f.deleted })
}

func (m *machine) pick(wanted func(*modelFile) bool) (catalogue.ID, *modelFile) {
	var ids []catalogue.ID
	for id, f := range m.model.files {
		if wanted(f) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		m.Skip("no file for this")
	}
	slices.Sort(ids)
	id := rapid.SampledFrom(ids).Draw(m.T, "file")
	return id, m.model.files[id]
}

func (m *machine) named(path string) (catalogue.ID, bool) {
	for id, f := range m.model.files {
		if !f.deleted && f.path == path {
			return id, true
		}
	}
	return "", false
}

func (m *machine) upload(rt *rapid.T) {
	name, content := fileNames.Draw(rt, "name"), m.text()
	id := m.room.upload(name, content)
	before, taken := m.named(name)
	switch {
	case taken && before != id:
		rt.Fatalf("a new version of %s has another id", name)
	case taken:
		m.model.files[id].write(content)
	default:
		if m.model.files[id] != nil {
			rt.Fatalf("a new file has an id that was used")
		}
		m.model.files[id] = &modelFile{path: name, content: content}
	}
}

func (f *modelFile) write(content string) {
	f.versions = append([]string{f.content}, f.versions...)
	f.content = content
}

func (m *machine) version(*rapid.T) {
	id, f := m.living()
	content := m.text()
	if _, err := m.room.Init(context.Background(), m.room.share, f.path, "", ""); err != nil {
		m.Fatal(err)
	}
	m.room.receive(id, content)
	f.write(content)
}

// broken uploads are refused and change nothing.
func (m *machine) broken(rt *rapid.T) {
	name := fileNames.Draw(rt, "name")
	entry, err := m.room.Init(context.Background(), m.room.share, name, "", "")
	if err != nil {
		rt.Fatal(err)
	}
	if err := m.room.Receive(context.Background(), entry.ID, strings.NewReader("short"), 100); err == nil {
		rt.Fatal("a short body was taken")
	}
}

func (m *machine) rename(rt *rapid.T) {
	id, f := m.living()
	name := fileNames.Draw(rt, "name")
	holder, taken := m.named(name)
	_, err := m.room.c.Rename(context.Background(), id, name)
	if blocked := taken && holder != id; blocked != (err != nil) {
		rt.Fatalf("rename to %s: %v, taken %v", name, err, blocked)
	}
	if err == nil {
		f.path = name
	}
}

func (m *machine) delete(rt *rapid.T) {
	id, f := m.living()
	if err := m.room.Delete(context.Background(), id, "somebody"); err != nil {
		rt.Fatal(err)
	}
	f.deleted = true
	m.model.trash = append(m.model.trash, id)
}

// restore puts something back from the trash. A file that has its name by then becomes one with it.
func (m *machine) restore(rt *rapid.T) {
	if len(m.model.trash) == 0 {
		rt.Skip("nothing in the trash")
	}
	at := rapid.IntRange(0, len(m.model.trash)-1).Draw(rt, "item")
	id := m.model.trash[at]
	items := m.room.trashed()
	slices.Reverse(items)
	entry, err := m.room.Restore(context.Background(), items[at].ID)
	if err != nil || entry.ID != id {
		rt.Fatalf("restored %+v, %v; want %s", entry, err, id)
	}
	f := m.model.files[id]
	if other, taken := m.named(f.path); taken {
		over := m.model.files[other]
		f.versions = append(append([]string{over.content}, over.versions...), f.versions...)
		delete(m.model.files, other)
	}
	f.deleted = false
	m.model.trash = slices.Delete(m.model.trash, at, at+1)
}

// revert restores a version.
func (m *machine) revert(rt *rapid.T) {
	id, f := m.pick(func(f *modelFile) bool { return !f.deleted && len(f.versions) > 0 })
	items, err := m.room.Versions(context.Background(), id)
	if err != nil || len(items) != len(f.versions) {
		rt.Fatalf("%d versions, %v; want %d", len(items), err, len(f.versions))
	}
	at := rapid.IntRange(0, len(items)-1).Draw(rt, "version")
	content := m.room.read(versionPath(items[at].ID))
	if _, err := m.room.Restore(context.Background(), items[at].ID); err != nil {
		rt.Fatal(err)
	}
	f.versions = slices.Delete(f.versions, slices.Index(f.versions, content), slices.Index(f.versions, content)+1)
	f.write(content)
}

// compare looks at everything.
func (m *machine) compare(rt *rapid.T) {
	want := map[string]string{}
	for id, f := range m.model.files {
		if !f.deleted {
			want[f.path] = f.content
			if got := m.room.lookup(id); got.Name != path.Base(f.path) {
				rt.Fatalf("%s is named %q, want %q", id, got.Name, f.path)
			}
		}
		kept := m.room.versions(id)
		slices.Sort(kept)
		expected := slices.Sorted(slices.Values(f.versions))
		if diff := cmp.Diff(expected, kept); diff != "" && len(expected)+len(kept) > 0 {
			rt.Fatalf("versions of %s: %s", f.path, diff)
		}
	}
	got := map[string]string{}
	for _, p := range m.room.tree() {
		got[p] = m.room.read(p)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		rt.Fatal(diff)
	}
	if items := m.room.trashed(); len(items) != len(m.model.trash) {
		rt.Fatalf("%d in the trash, want %d", len(items), len(m.model.trash))
	}
	m.room.mustBeClean()
}
