package cli

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Links live on when a person takes their folders to another computer.
func TestIdsMoveToAnotherComputer(t *testing.T) {
	env := []string{"FOLDERFRONT_API_KEY=" + anyKey}
	first, second := t.TempDir(), t.TempDir()
	writeTree(t, first, "hello.txt", "deep/inner.txt")
	exported := filepath.Join(t.TempDir(), "folderfront.zip")

	s := startServing(t, t.TempDir(), env, "--share", "Brand="+first)
	share := s.list(anyKey, "/")[0].ID
	for _, i := range s.list(anyKey, share) {
		if i.Title == "hello.txt" {
			s.overwrite(share, i, "newer")
		}
	}
	before := map[string]string{}
	for _, i := range s.list(anyKey, share) {
		before[i.Title] = i.ID
	}
	s.run("export", exported)
	if out, err := command(s.profile, "export", exported).CombinedOutput(); err == nil || !strings.Contains(string(out), "nothing was exported") {
		t.Errorf("an existing file: %v %s", err, out)
	}
	s.stop()

	if err := os.CopyFS(filepath.Join(second, "copy"), os.DirFS(first)); err != nil { // with what is hidden
		t.Fatal(err)
	}
	second = filepath.Join(second, "copy")
	writeTree(t, second, "new.txt")
	other := startServing(t, t.TempDir(), env, "--share", "Brand="+second)
	other.run("import", exported)
	if got := other.list(anyKey, "/")[0].ID; got != share {
		t.Errorf("the share is %s, was %s", got, share)
	}
	for _, i := range other.list(anyKey, share) {
		if before[i.Title] != "" && before[i.Title] != i.ID {
			t.Errorf("%s is %s, was %s", i.Title, i.ID, before[i.Title])
		}
	}
	items := other.history()
	if len(items) != 1 || items[0].Path != "hello.txt" {
		t.Fatalf("the history there: %+v", items)
	}
	other.run("history", "restore", items[0].Item)
	if b, err := os.ReadFile(filepath.Join(second, "hello.txt")); err != nil || strings.Contains(string(b), "newer") {
		t.Errorf("the restored file holds %q, %v", b, err)
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

// overwrite uploads another content of a file.
func (s *serving) overwrite(folder string, file item, content string) {
	s.t.Helper()
	if status, body := s.put("POST", "uploadInit", url.Values{"parentId": {folder}, "filename": {file.Title}}, nil); status != 200 {
		s.t.Fatal(status, body)
	}
	if status, body := s.put("PUT", "upload", url.Values{"id": {file.ID}}, strings.NewReader(content)); status != 200 {
		s.t.Fatal(status, body)
	}
}
