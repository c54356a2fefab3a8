package upload

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"folderfront/server/catalogue"
)

func TestDeleteRefuses(t *testing.T) {
	r := newRoom(t)
	ctx := context.Background()
	refused(t, r.Delete(ctx, catalogue.Root, ""), catalogue.ErrForbidden)
	refused(t, r.Delete(ctx, r.share, ""), catalogue.ErrForbidden)
	refused(t, r.Delete(ctx, r.c.NewID(), ""), catalogue.ErrNotFound)
	refused(t, r.Delete(ctx, "nonsense", ""), catalogue.ErrNotFound)
	if len(r.trashed()) != 0 {
		t.Error("something is in the trash")
	}
}

func TestDeleteForgetsAnAnnouncement(t *testing.T) {
	r := newRoom(t)
	ctx := context.Background()
	entry, err := r.Init(ctx, r.share, "a.txt", "", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Delete(ctx, entry.ID, ""); err != nil {
		t.Fatal(err)
	}
	refused(t, r.Receive(ctx, entry.ID, strings.NewReader("x"), 1), catalogue.ErrNotFound)
	if len(r.trashed()) != 0 || len(r.tree()) != 0 {
		t.Error("something is left")
	}
}

func TestRestoreMakesFoldersAnew(t *testing.T) {
	r := newRoom(t)
	ctx := context.Background()
	r.mkdir("one/two")
	r.write("one/two/file", "content")
	file := r.find("one/two/file")
	if err := r.Delete(ctx, file, ""); err != nil {
		t.Fatal(err)
	}
	item := r.trashed()[0]
	if item.Path != "one/two/file" {
		t.Errorf("path %q", item.Path)
	}
	if err := r.Delete(ctx, r.find("one"), ""); err != nil {
		t.Fatal(err)
	}
	entry, err := r.Restore(ctx, item.ID)
	if err != nil || entry.ID != file {
		t.Fatal(entry, err)
	}
	if diff := cmp.Diff([]string{"one/", "one/two/", "one/two/file"}, r.tree()); diff != "" {
		t.Error(diff)
	}
	// The folder comes back beside the one that was made for its file.
	back, err := r.Restore(ctx, r.trashed()[0].ID)
	if err != nil || back.Name != "one (2)" {
		t.Fatalf("%+v, %v", back, err)
	}
	if diff := cmp.Diff([]string{"one (2)/", "one (2)/two/", "one/", "one/two/", "one/two/file"}, r.tree()); diff != "" {
		t.Error(diff)
	}
}

func TestRestoreBringsBackEveryIDAtOnce(t *testing.T) {
	r := newRoom(t)
	ctx := context.Background()
	r.mkdir("a/b/c")
	r.write("a/b/c/file", "content")
	ids := map[string]catalogue.ID{}
	for _, path := range []string{"a", "a/b", "a/b/c", "a/b/c/file"} {
		ids[path] = r.find(path)
	}
	if err := r.Delete(ctx, ids["a"], ""); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Restore(ctx, r.trashed()[0].ID); err != nil {
		t.Fatal(err)
	}
	for path, id := range ids {
		if entry, err := r.c.Lookup(ctx, id); err != nil || entry.Name != filepath.Base(path) {
			t.Errorf("%s is %+v, %v", path, entry, err)
		}
	}
}

func TestRestoreRefusesAFileInTheWayOfAFolder(t *testing.T) {
	r := newRoom(t)
	ctx := context.Background()
	r.mkdir("sub")
	r.write("sub/file", "content")
	if err := r.Delete(ctx, r.find("sub/file"), ""); err != nil {
		t.Fatal(err)
	}
	item := r.trashed()[0].ID
	if err := r.Delete(ctx, r.find("sub"), ""); err != nil {
		t.Fatal(err)
	}
	r.write("sub", "a file now")
	_, err := r.Restore(ctx, item)
	refused(t, err, catalogue.ErrExists)
	if len(r.trashed()) != 2 {
		t.Error("the trash lost something")
	}
}

func TestReadOnlyShare(t *testing.T) {
	r := newRoom(t)
	ctx := context.Background()
	id := r.upload("a.txt", "one")
	r.receive(id, "two")
	gone := r.upload("b.txt", "gone")
	if err := r.Delete(ctx, gone, ""); err != nil {
		t.Fatal(err)
	}
	if err := r.c.SetShares(ctx, []catalogue.Share{{Name: "docs", Path: r.dir, ReadOnly: true}}); err != nil {
		t.Fatal(err)
	}
	_, err := r.Init(ctx, r.share, "new.txt", "", "")
	refused(t, err, catalogue.ErrForbidden)
	refused(t, r.Receive(ctx, id, strings.NewReader("three"), 5), catalogue.ErrForbidden)
	refused(t, r.Delete(ctx, id, ""), catalogue.ErrForbidden)
	if diff := cmp.Diff([]string{"a.txt"}, r.tree()); diff != "" {
		t.Error(diff)
	}
	// The person at this computer may.
	if _, err := r.Restore(ctx, r.trashed()[0].ID); err != nil {
		t.Error(err)
	}
	if got := r.content(gone); got != "gone" {
		t.Errorf("restored %q", got)
	}
}

func TestPermissionsAreKept(t *testing.T) {
	r := newRoom(t)
	id := r.upload("a.txt", "one")
	path := filepath.Join(r.dir, "a.txt")
	for _, c := range []struct{ before, after os.FileMode }{{0o640, 0o640}, {0o755, 0o755}, {0o600, 0o600}, {0o4755, 0o755}} {
		if err := os.Chmod(path, c.before.Perm()|setID(c.before)); err != nil {
			t.Fatal(err)
		}
		r.receive(id, "content for "+c.before.String())
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != c.after {
			t.Errorf("%v became %v, want %v", c.before, info.Mode(), c.after)
		}
	}
	if err := os.Chmod(r.dir, 0o770); err != nil {
		t.Fatal(err)
	}
	r.upload("new.txt", "x")
	if info, err := os.Stat(filepath.Join(r.dir, "new.txt")); err != nil || info.Mode() != 0o660 {
		t.Errorf("a new file in a folder of 0770 has %v, %v", info.Mode(), err)
	}
	if info, err := os.Stat(filepath.Join(r.dir, storeDir)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the hidden folder has %v, %v", info.Mode(), err)
	}
}

func setID(mode os.FileMode) os.FileMode {
	if mode&0o4000 != 0 {
		return os.ModeSetuid
	}
	return 0
}

// A hidden folder that is a symbolic link would show what is kept in another place.
func TestHiddenFolderMustBeAFolder(t *testing.T) {
	r := newRoom(t)
	id := r.upload("a.txt", "one")
	r.mkdir("public")
	if err := os.Symlink("public", filepath.Join(r.dir, storeDir)); err != nil {
		t.Skip("no symbolic links here: ", err)
	}
	refused(t, r.Receive(context.Background(), id, strings.NewReader("two"), 3), catalogue.ErrRefused)
	refused(t, r.Delete(context.Background(), id, ""), catalogue.ErrRefused)
	if diff := cmp.Diff([]string{".folderfront", "a.txt", "public/"}, r.tree()); diff != "" {
		t.Error(diff)
	}
	if got := r.content(id); got != "one" {
		t.Errorf("content %q", got)
	}
}

// Something that is no file never is overwritten.
func TestNameOfSomethingElse(t *testing.T) {
	r := newRoom(t)
	ctx := context.Background()
	entry, err := r.Init(ctx, r.share, "link", "", "")
	if err != nil {
		t.Fatal(err)
	}
	r.write("target", "target")
	if err := os.Symlink("target", filepath.Join(r.dir, "link")); err != nil {
		t.Skip("no symbolic links here: ", err)
	}
	refused(t, r.Receive(ctx, entry.ID, strings.NewReader("x"), 1), catalogue.ErrExists)
	_, err = r.Init(ctx, r.share, "LINK2", "", "")
	if err != nil {
		t.Error(err)
	}
	_, err = r.Init(ctx, r.share, "link", "", "")
	refused(t, err, catalogue.ErrExists)
	if got := r.read("target"); got != "target" {
		t.Errorf("the link's target holds %q", got)
	}
}

func (r *room) mkdir(path string) {
	r.t.Helper()
	if err := os.MkdirAll(filepath.Join(r.dir, filepath.FromSlash(path)), 0o755); err != nil {
		r.t.Fatal(err)
	}
}
