package upload

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"folderfront/server/catalogue"
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

// On a disk other than that of the home folder, the trash is at the disk's top.
func TestTrashAtTheTopOfAnotherDisk(t *testing.T) {
	other, err := os.MkdirTemp("/dev/shm", "folderfront-trash-")
	if err != nil {
		t.Skip("no second disk here: ", err)
	}
	defer os.RemoveAll(other)
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	content := filepath.Join(other, "content")
	if err := os.WriteFile(content, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	disk, err := diskOf(content)
	if err != nil {
		t.Fatal(err)
	}
	if home, err := diskOf(os.Getenv("XDG_DATA_HOME")); err != nil || home == disk {
		t.Skip("the home folder is on that disk too: ", err)
	}
	trash, top, err := trashFor(content, disk)
	if err != nil || top != "/dev/shm" || !strings.HasPrefix(trash, "/dev/shm/.Trash") {
		t.Errorf("trash %q at %q, %v", trash, top, err)
	}
}

func sorted(all []string) []string {
	slices.Sort(all)
	return all
}
