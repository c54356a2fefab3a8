package auth

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func readFile(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestStoreIsTheOwnersAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no permission bits; the profile folder's list of rights protects the file")
	}
	path := filepath.Join(t.TempDir(), "auth.db")
	open(t, path, newClock())
	for _, name := range []string{path, path + "-wal"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", filepath.Base(name), info.Mode())
		}
	}
}

func TestOpenWritesNothingTwice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "auth.db")
	if err := open(t, path, newClock()).Close(); err != nil {
		t.Fatal(err)
	}
	open(t, path, newClock())
	info, err := os.Stat(path + "-wal") // where all that is written goes first
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() != 0 {
		t.Errorf("opening it again wrote %d bytes", info.Size())
	}
}

func TestOpenRefusesWhatItCannotRead(t *testing.T) {
	dir := t.TempDir()
	newer := filepath.Join(dir, "newer.db")
	a := open(t, newer, newClock())
	if _, err := a.store.writer.Exec("PRAGMA user_version = 1000"); err != nil {
		t.Fatal(err)
	}
	a.Close()
	noise := filepath.Join(dir, "noise.db")
	if err := os.WriteFile(noise, []byte(strings.Repeat("noise", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{newer, noise, filepath.Join(dir, "missing", "auth.db"), dir} {
		if a, err := Open(t.Context(), Config{Path: path}); err == nil {
			a.Close()
			t.Errorf("%s opened", filepath.Base(path))
		}
	}
}

func TestOpenPathsWithOddNames(t *testing.T) {
	for _, name := range []string{"a b", "a%20b?x=1#y", "ü☃"} {
		dir := filepath.Join(t.TempDir(), name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Skipf("this file system takes no %q: %v", name, err)
		}
		path := filepath.Join(dir, "auth.db")
		open(t, path, newClock())
		if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			t.Errorf("%q: the database lies elsewhere: %v", name, err)
		}
	}
}
