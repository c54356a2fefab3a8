package upload

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"folderfront/server/catalogue"
)

// room is one shared folder named "docs", its catalogue and its uploads.
type room struct {
	*Uploads
	t       testing.TB
	c       *catalogue.Catalogue
	dir     string // the shared folder
	profile string
	share   catalogue.ID
}

func newRoom(t testing.TB) *room {
	t.Helper()
	r := roomAt(t.TempDir())
	r.t = t
	for _, d := range []string{r.dir, r.profile} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	r.open()
	t.Cleanup(func() { r.close() })
	return r
}

func roomAt(dir string) *room {
	return &room{dir: filepath.Join(dir, "docs"), profile: filepath.Join(dir, "profile")}
}

var quiet = slog.New(slog.DiscardHandler)

func (r *room) open() {
	r.t.Helper()
	if err := r.start(); err != nil {
		r.t.Fatal(err)
	}
}

// start opens the room, as the program does at its start.
func (r *room) start() (err error) {
	ctx := context.Background()
	if r.c, err = catalogue.Open(ctx, catalogue.Config{Path: filepath.Join(r.profile, "catalogue.db"), Logger: quiet}); err != nil {
		return err
	}
	if err := r.c.SetShares(ctx, []catalogue.Share{{Name: "docs", Path: r.dir}}); err != nil {
		return err
	}
	if r.Uploads, err = New(r.c, Config{Logger: quiet, MinimumFree: 1}); err != nil {
		return err
	}
	r.share = r.c.Status()[0].ID
	return r.Recover(ctx)
}

func (r *room) close() {
	if err := r.c.Close(); err != nil {
		r.t.Error(err)
	}
}

func (r *room) restart() {
	r.t.Helper()
	r.close()
	r.open()
}

// upload announces and sends a file into the shared folder.
func (r *room) upload(name, content string) catalogue.ID {
	r.t.Helper()
	entry, err := r.Init(context.Background(), r.share, name, "", "")
	if err != nil {
		r.t.Fatal(err)
	}
	r.receive(entry.ID, content)
	return entry.ID
}

func (r *room) receive(id catalogue.ID, content string) {
	r.t.Helper()
	if err := r.Receive(context.Background(), id, strings.NewReader(content), int64(len(content))); err != nil {
		r.t.Fatal(err)
	}
}

// lookup finds an entry that must be there.
func (r *room) lookup(id catalogue.ID) catalogue.Entry {
	r.t.Helper()
	entry, err := r.c.Lookup(context.Background(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	return entry
}

// content is what the file behind an id holds.
func (r *room) content(id catalogue.ID) string {
	r.t.Helper()
	f, _, err := r.c.OpenFile(context.Background(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	defer f.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(f); err != nil {
		r.t.Fatal(err)
	}
	return b.String()
}

// versions are the contents of a file's versions, the newest first.
func (r *room) versions(id catalogue.ID) []string {
	r.t.Helper()
	items, err := r.Versions(context.Background(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	contents := []string{}
	for _, i := range items {
		contents = append(contents, r.read(versionPath(i.ID)))
	}
	return contents
}

func (r *room) trashed() []Item {
	r.t.Helper()
	items, err := r.Trash(context.Background(), "")
	if err != nil {
		r.t.Fatal(err)
	}
	return items
}

// read reads a file beneath the shared folder, past the catalogue.
func (r *room) read(path string) string {
	r.t.Helper()
	b, err := os.ReadFile(filepath.Join(r.dir, filepath.FromSlash(path)))
	if err != nil {
		r.t.Fatal(err)
	}
	return string(b)
}

// write makes a file as any other program would.
func (r *room) write(path, content string) {
	r.t.Helper()
	name := filepath.Join(r.dir, filepath.FromSlash(path))
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(content), 0o644)); err != nil {
		r.t.Fatal(err)
	}
}

// tree is all that lies in the shared folder, as "path" or "path/", sorted; what is kept is not in it.
func (r *room) tree() []string {
	r.t.Helper()
	return tree(r.t, r.dir, true)
}

func tree(t testing.TB, dir string, skipStore bool) []string {
	t.Helper()
	all := []string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if skipStore && d.IsDir() && name == storeDir {
			return filepath.SkipDir
		}
		if d.IsDir() {
			name += "/"
		}
		all = append(all, filepath.ToSlash(name))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	sort.Strings(all)
	return all
}

// find gives the id of a file or folder by its path below the shared folder.
func (r *room) find(path string) catalogue.ID {
	r.t.Helper()
	id := r.share
	for _, name := range strings.Split(path, "/") {
		children, err := r.c.Children(context.Background(), id)
		if err != nil {
			r.t.Fatal(err)
		}
		at := -1
		for i, c := range children {
			if c.Name == name {
				at = i
			}
		}
		if at < 0 {
			r.t.Fatalf("%s: no %q", path, name)
		}
		id = children[at].ID
	}
	return id
}

// refused requires an error of the kind, with a sentence.
func refused(t testing.TB, err, kind error) {
	t.Helper()
	var said *catalogue.Error
	if !errors.Is(err, kind) || !errors.As(err, &said) || !strings.HasSuffix(said.Sentence, ".") {
		t.Fatalf("error %v, want a sentence of kind %v", err, kind)
	}
	for _, leak := range []string{os.TempDir(), storeDir, "openat", "errno"} {
		if strings.Contains(said.Sentence, leak) {
			t.Fatalf("sentence %q tells %q", said.Sentence, leak)
		}
	}
}

// prove tells whether the long forms of the tests are asked for.
func prove() bool { return os.Getenv("FOLDERFRONT_PROVE") != "" }
