package upload

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"folderfront/server/catalogue"
	"folderfront/server/disktest"
)

// The system's trash, as the freedesktop specification wants it: a note for each thing, by which a
// file manager can put it back.
func TestEmptyTrashHandsOver(t *testing.T) {
	data := t.TempDir()
	t.Setenv("XDG_DATA_HOME", data)
	r := newRoom(t)
	ctx := context.Background()
	for _, content := range []string{"one", "two"} {
		if err := r.Delete(ctx, r.upload("ä %.txt", content), ""); err != nil {
			t.Fatal(err)
		}
	}
	r.mkdir("folder")
	r.write("folder/inside", "inside")
	if err := r.Delete(ctx, r.find("folder"), ""); err != nil {
		t.Fatal(err)
	}
	if err := r.EmptyTrash(ctx, "another share"); err != nil || len(r.trashed()) != 3 {
		t.Fatalf("the trash of another share was asked for: %v, %d left", err, len(r.trashed()))
	}
	if err := r.EmptyTrash(ctx, "docs"); err != nil {
		t.Fatal(err)
	}
	if left := r.trashed(); len(left) != 0 {
		t.Errorf("left in the trash: %+v", left)
	}
	want := []string{
		"Trash/", "Trash/files/", "Trash/files/folder/", "Trash/files/folder/inside", "Trash/files/ä %.txt", "Trash/files/ä % (2).txt",
		"Trash/info/", "Trash/info/folder.trashinfo", "Trash/info/ä %.txt.trashinfo", "Trash/info/ä % (2).txt.trashinfo",
	}
	if diff := cmp.Diff(sorted(want), tree(t, data, false)); diff != "" {
		t.Fatal(diff)
	}
	note, err := os.ReadFile(filepath.Join(data, "Trash/info/ä %.txt.trashinfo"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(note), "\n")
	original, err := url.PathUnescape(strings.TrimPrefix(lines[1], "Path="))
	if lines[0] != "[Trash Info]" || err != nil || original != filepath.Join(r.dir, "ä %.txt") || !strings.HasPrefix(lines[2], "DeletionDate=20") {
		t.Errorf("the note says %q", note)
	}
	r.mustBeClean()
}

// What the system's trash can't take stays.
func TestEmptyTrashFails(t *testing.T) {
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	if err := os.MkdirAll(filepath.Join(os.Getenv("XDG_DATA_HOME"), "Trash"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(blocked, filepath.Join(os.Getenv("XDG_DATA_HOME"), "Trash", "info")); err != nil {
		t.Fatal(err)
	}
	r := newRoom(t)
	ctx := context.Background()
	id := r.upload("a.txt", "one")
	if err := r.Delete(ctx, id, ""); err != nil {
		t.Fatal(err)
	}
	refused(t, r.EmptyTrash(ctx, ""), catalogue.ErrRefused)
	if _, err := r.Restore(ctx, r.trashed()[0].ID); err != nil {
		t.Error(err)
	}
	if got := r.content(id); got != "one" {
		t.Errorf("content %q", got)
	}
}

// onOtherDisk gives a room on a disk of its own, with something in its trash; the home folder's trash
// is on another.
func onOtherDisk(t *testing.T) (r *room, top string) {
	t.Helper()
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	top = disktest.Mount(t, 1<<20)
	r = roomAt(top)
	r.t = t
	r.profile = t.TempDir()
	r.mkdir("")
	r.open()
	t.Cleanup(r.close)
	if err := r.Delete(t.Context(), r.upload("a.txt", "one"), ""); err != nil {
		t.Fatal(err)
	}
	return r, top
}

// On a disk other than that of the home folder, the trash is at the disk's top: one that an
// administrator made, which others can't spoil, or else the user's own.
func TestTrashAtTheTopOfAnotherDisk(t *testing.T) {
	if !disktest.Inside(t) {
		return
	}
	user := strconv.Itoa(os.Getuid())
	for name, c := range map[string]struct {
		make func(top string) error
		want string
	}{
		"none yet":   {func(string) error { return nil }, ".Trash-" + user},
		"sticky":     {func(top string) error { return mkdirMode(top+"/.Trash", 0o777|os.ModeSticky) }, ".Trash/" + user},
		"not sticky": {func(top string) error { return mkdirMode(top+"/.Trash", 0o777) }, ".Trash-" + user},
		"a link": {func(top string) error {
			return errors.Join(mkdirMode(top+"/other", 0o777|os.ModeSticky), os.Symlink("other", top+"/.Trash"))
		}, ".Trash-" + user},
		"a link in a sticky one": {func(top string) error {
			return errors.Join(mkdirMode(top+"/.Trash", 0o777|os.ModeSticky), os.Mkdir(top+"/other", 0o700), os.Symlink("../other", top+"/.Trash/"+user))
		}, ".Trash-" + user},
	} {
		t.Run(name, func(t *testing.T) {
			r, top := onOtherDisk(t)
			if err := c.make(top); err != nil {
				t.Fatal(err)
			}
			if err := r.EmptyTrash(t.Context(), ""); err != nil {
				t.Fatal(err)
			}
			if b, err := os.ReadFile(filepath.Join(top, c.want, "files/a.txt")); err != nil || string(b) != "one" {
				t.Errorf("in the trash is %q, %v", b, err)
			}
			note, err := os.ReadFile(filepath.Join(top, c.want, "info/a.txt.trashinfo"))
			if err != nil || !strings.Contains(string(note), "\nPath=docs/a.txt\n") {
				t.Errorf("the note says %q, %v", note, err)
			}
		})
	}
}

func mkdirMode(name string, mode os.FileMode) error {
	return errors.Join(os.Mkdir(name, 0o700), os.Chmod(name, mode))
}

// A link in the place of the user's trash would give to others what is thrown away.
func TestTrashThatIsALinkIsRefused(t *testing.T) {
	if !disktest.Inside(t) {
		return
	}
	r, top := onOtherDisk(t)
	theirs := filepath.Join(top, "theirs")
	if err := errors.Join(os.Mkdir(theirs, 0o777), os.Symlink("theirs", filepath.Join(top, ".Trash-"+strconv.Itoa(os.Getuid())))); err != nil {
		t.Fatal(err)
	}
	err := r.EmptyTrash(t.Context(), "")
	refused(t, err, catalogue.ErrRefused)
	if !strings.Contains(err.Error(), "somebody else") {
		t.Errorf("the person is told: %v", err)
	}
	if got := tree(t, theirs, false); len(got) != 0 {
		t.Errorf("others got %q", got)
	}
	if _, err := r.Restore(t.Context(), r.trashed()[0].ID); err != nil {
		t.Fatal(err)
	}
	r.mustHave("a.txt", "one")
	r.mustBeClean()
}

// Neither what belongs to somebody else nor what is no folder is the user's trash.
func TestTrashOfSomebodyElseIsRefused(t *testing.T) {
	other := "/usr"
	if os.Getuid() == 0 {
		other = t.TempDir()
		if err := os.Chown(other, 12345, 12345); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{other, file} {
		root, err := openOwn(name)
		if err == nil {
			root.Close()
		}
		refused(t, err, catalogue.ErrRefused)
	}
}

// What lies in the trash without a note is not overwritten.
func TestTrashWithoutANoteIsKept(t *testing.T) {
	data := t.TempDir()
	t.Setenv("XDG_DATA_HOME", data)
	r := newRoom(t)
	if err := r.Delete(t.Context(), r.upload("a.txt", "one"), ""); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.MkdirAll(data+"/Trash/files", 0o700), os.WriteFile(data+"/Trash/files/a.txt", []byte("earlier"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := r.EmptyTrash(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	want := []string{"Trash/", "Trash/files/", "Trash/files/a (2).txt", "Trash/files/a.txt", "Trash/info/", "Trash/info/a (2).txt.trashinfo"}
	if diff := cmp.Diff(want, tree(t, data, false)); diff != "" {
		t.Error(diff)
	}
	if b, err := os.ReadFile(data + "/Trash/files/a.txt"); err != nil || string(b) != "earlier" {
		t.Errorf("what lay there is %q, %v", b, err)
	}
}

func sorted(all []string) []string {
	slices.Sort(all)
	return all
}
