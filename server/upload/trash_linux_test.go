package upload

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"folderfront/server/catalogue"
	"folderfront/server/disktest"
)

// A folder of another disk is copied into the trash. While a program writes in it, it stays.
func TestDeletingAcrossDisksWaitsForWriters(t *testing.T) {
	if !disktest.Inside(t) {
		return
	}
	r := newRoom(t)
	r.mkdir("disk")
	disk := filepath.Join(r.dir, "disk")
	if err := unix.Mount("none", disk, "tmpfs", 0, "size=64m"); err != nil {
		t.Skipf("no small disk can be mounted here: %v", err)
	}
	defer unix.Unmount(disk, unix.MNT_DETACH)
	r.write("disk/folder/log", strings.Repeat("x", 4<<20))
	id := r.find("disk/folder")
	stop, stopped := make(chan struct{}), make(chan error)
	go func() {
		var err error
		for ended := false; !ended && err == nil; {
			err = appendByte(filepath.Join(disk, "folder/log"))
			select {
			case <-stop:
				ended = true
			default:
			}
		}
		stopped <- err
	}()
	var err error
	for end := time.Now().Add(30 * time.Second); err == nil && time.Now().Before(end); {
		if err = r.Delete(t.Context(), id, ""); err == nil { // it wrote nothing in that moment
			_, err = r.Restore(t.Context(), r.trashed()[0].ID)
		}
	}
	close(stop)
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
	refused(t, err, catalogue.ErrBusy)
	r.mustBe(id, "folder")
	r.mustBeClean()
	if err := r.Delete(t.Context(), id, ""); err != nil {
		t.Errorf("now that nobody writes: %v", err)
	}
}

// appendByte writes to the end of a file, where there is one.
func appendByte(name string) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err == nil {
		_, err = f.WriteString("x")
		err = errors.Join(err, f.Close())
	}
	return err
}
