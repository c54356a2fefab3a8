package secrets

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// contract is what every Store promises.
func contract(t *testing.T, s Store) {
	t.Helper()
	if _, err := s.Get("a"); !errors.Is(err, ErrNotFound) {
		t.Fatalf("a secret nobody set: %v, want ErrNotFound", err)
	}
	if err := s.Delete("a"); err != nil {
		t.Errorf("deleting what isn't there: %v", err)
	}
	long := strings.Repeat("ä€𝄞\n\"", 200)
	for _, secret := range []string{"one", "two", "", long} {
		if err := s.Set("a", secret); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Get("a"); err != nil || got != secret {
			t.Errorf("got %q, %v; want %q", got, err, secret)
		}
	}
	if _, err := s.Get("b"); !errors.Is(err, ErrNotFound) {
		t.Errorf("another name: %v, want ErrNotFound", err)
	}
	if err := s.Delete("a"); err != nil {
		t.Error(err)
	}
	if _, err := s.Get("a"); !errors.Is(err, ErrNotFound) {
		t.Errorf("after deleting: %v, want ErrNotFound", err)
	}
}

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secrets.json")
	contract(t, NewFile(path, os.WriteFile))
	if err := NewFile(path, os.WriteFile).Set("a", "kept"); err != nil {
		t.Fatal(err)
	}
	if got, err := NewFile(path, os.WriteFile).Get("a"); got != "kept" {
		t.Errorf("another start reads %q, %v", got, err)
	}
	if info, _ := os.Stat(path); runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
}

func TestFileThatOthersCanReadIsNotUsed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secrets.json")
	os.WriteFile(path, []byte(`{"a":"b"}`), 0o644)
	_, err := NewFile(path, os.WriteFile).Get("a")
	if !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("got %v", err)
	}
}

func TestDamagedFileIsLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secrets.json")
	os.WriteFile(path, []byte("{"), 0o600)
	if err := NewFile(path, os.WriteFile).Set("a", "b"); !errors.Is(err, ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	if text, _ := os.ReadFile(path); string(text) != "{" {
		t.Error("the damaged file was changed")
	}
}

// Two profiles never meet in the keyring.
func TestAccountsDiffer(t *testing.T) {
	if account("/a", "x") == account("/b", "x") || account("/a", "x") == account("/a", "y") {
		t.Error("two secrets share an account")
	}
}
