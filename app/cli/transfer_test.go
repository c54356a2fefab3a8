package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Links live on when a person takes their folders to another computer.
func TestIdsMoveToAnotherComputer(t *testing.T) {
	env := []string{"FOLDERFRONT_API_KEY=k"}
	first, second := t.TempDir(), t.TempDir()
	writeTree(t, first, "hello.txt", "deep/inner.txt")
	exported := filepath.Join(t.TempDir(), "folderfront.zip")

	s := startServing(t, t.TempDir(), env, "--share", "Brand="+first)
	share := s.list("k", "/")[0].ID
	before := map[string]string{}
	for _, i := range s.list("k", share) {
		before[i.Title] = i.ID
	}
	s.run("export", exported)
	if out, err := command(s.profile, "export", exported).CombinedOutput(); err == nil || !strings.Contains(string(out), "nothing was exported") {
		t.Errorf("an existing file: %v %s", err, out)
	}
	s.stop()

	writeTree(t, second, "hello.txt", "deep/inner.txt", "new.txt")
	other := startServing(t, t.TempDir(), env, "--share", "Brand="+second)
	other.run("import", exported)
	if got := other.list("k", "/")[0].ID; got != share {
		t.Errorf("the share is %s, was %s", got, share)
	}
	for _, i := range other.list("k", share) {
		if before[i.Title] != "" && before[i.Title] != i.ID {
			t.Errorf("%s is %s, was %s", i.Title, i.ID, before[i.Title])
		}
	}
	damaged := filepath.Join(t.TempDir(), "damaged.zip")
	if err := os.WriteFile(damaged, []byte("PK nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := command(other.profile, "import", damaged).CombinedOutput(); err == nil || !strings.Contains(string(out), "Nothing was taken over") {
		t.Errorf("a damaged file: %v %s", err, out)
	}
	other.stop()
}
