//go:build linux || darwin

package catalogue

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestRenameNewAndExchange(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a"), "a")
	write(t, filepath.Join(dir, "b"), "b")
	folder, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	holds := func(name, want string) {
		t.Helper()
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
			t.Errorf("%s holds %q, %v; want %q", name, got, err, want)
		}
	}
	if err := RenameNew(folder, "a", folder, "b"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("onto a file: %v", err)
	}
	if err := RenameNew(folder, "none", folder, "c"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of nothing: %v", err)
	}
	holds("a", "a")
	holds("b", "b")
	if err := RenameNew(folder, "a", folder, "c"); err != nil {
		t.Fatal(err)
	}
	holds("c", "a")
	err = Exchange(folder, "b", "c")
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip("this disk can't exchange: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	holds("b", "a")
	holds("c", "b")
	if err := Exchange(folder, "b", "none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("with nothing: %v", err)
	}
	holds("b", "a")
}
