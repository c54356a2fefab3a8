package upload

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"folderfront/server/catalogue"
)

// A copy of a file that is being written could be half old, half new: there is none.
func TestCopyOfAFileThatChangesIsRefused(t *testing.T) {
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	f, err := os.Create(filepath.Join(dir, "a"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(16 << 20); err != nil {
		t.Fatal(err)
	}
	stop, stopped := make(chan struct{}), make(chan error)
	go func() {
		for n := int64(16 << 20); ; n++ {
			select {
			case <-stop:
				stopped <- nil
				return
			default:
			}
			if _, err := f.WriteAt([]byte("x"), n); err != nil {
				<-stop
				stopped <- err
				return
			}
		}
	}()
	for end := time.Now().Add(30 * time.Second); err == nil && time.Now().Before(end); {
		err = copyFile(root, "a", root, "b")
		if _, there := root.Stat("b"); err == nil {
			there = root.Remove("b")
			err = there
		} else if !errors.Is(there, os.ErrNotExist) {
			t.Errorf("something is left of the copy: %v", there)
		}
	}
	close(stop)
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
	refused(t, err, catalogue.ErrBusy)
	if err := copyFile(root, "a", root, "b"); err != nil {
		t.Errorf("now that nobody writes: %v", err)
	}
}

// Whatever changes in a folder while it is copied to another disk shows.
func TestStateOf(t *testing.T) {
	for name, change := range map[string]func(dir string) error{
		"appended": func(dir string) error { return os.WriteFile(dir+"/sub/a", []byte("longer"), 0o600) },
		"made":     func(dir string) error { return os.WriteFile(dir+"/sub/b", nil, 0o600) },
		"removed":  func(dir string) error { return os.Remove(dir + "/sub/a") },
		"renamed":  func(dir string) error { return os.Rename(dir+"/sub/a", dir+"/sub/c") },
		"touched":  func(dir string) error { return os.Chtimes(dir+"/sub/a", time.Time{}, time.Unix(5, 0)) },
		"emptied":  func(dir string) error { return os.RemoveAll(dir + "/sub") },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := errors.Join(os.Mkdir(dir+"/sub", 0o700), os.WriteFile(dir+"/sub/a", []byte("one"), 0o600)); err != nil {
				t.Fatal(err)
			}
			root, err := os.OpenRoot(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer root.Close()
			before, err := stateOf(root, ".")
			if again, errAgain := stateOf(root, "."); err != nil || errAgain != nil || !bytes.Equal(before, again) {
				t.Fatalf("the state of an unchanged folder is another one: %v, %v", err, errAgain)
			}
			if err := change(dir); err != nil {
				t.Fatal(err)
			}
			if after, err := stateOf(root, "."); err != nil || bytes.Equal(before, after) {
				t.Errorf("the state is the same, %v", err)
			}
		})
	}
}
