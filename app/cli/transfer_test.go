package cli

import (
	"archive/zip"
	"bytes"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"folderfront/app/state"
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

// What people were named and set on one computer counts on the other, but for what is secret.
func TestPeopleAndSettingsMoveToAnotherComputer(t *testing.T) {
	env := []string{"FOLDERFRONT_API_KEY=" + anyKey}
	shared, profile := t.TempDir(), t.TempDir()
	writeTree(t, shared, "hello.txt")
	definitions := "version = 1\n[history]\ndays = 90\n" +
		"[[connection]]\nname = \"desk\"\nurl = \"http://127.0.0.1:9/\"\nleads_to = \"computer\"\nauth = \"bearer\"\n" +
		"[[action]]\nid = 1\nname = \"tell\"\ndisplay_name = \"Tell the desk\"\nkind = \"webhook\"\nconnection = \"desk\"\npath = \"/in\"\nbody = '{}'\nworkfront = true\n"
	if err := os.WriteFile(filepath.Join(profile, "settings.toml"), []byte(definitions), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startServing(t, profile, env, "--secrets", "file", "--share", "Brand="+shared, "--share", "Legal="+sample(t))
	s.plant("planted-password", "action", "secret", "connection/desk/password")
	s.plant("planted-password-of-ann", "people", "add", "ann@example.com", "--folder", "Brand=write", "--password-stdin")
	s.run("people", "add", "joe@example.com", "--folder", "Legal=read")
	exported := filepath.Join(t.TempDir(), "folderfront.zip")
	s.run("export", exported)
	s.stop()
	for name, text := range unzip(t, exported) {
		if bytes.Contains(text, []byte("planted")) || bytes.Contains(text, []byte(anyKey)) {
			t.Errorf("%s holds a secret", name)
		}
	}

	other := startServing(t, t.TempDir(), env, "--secrets", "file", "--share", "Brand="+shared, "--share", "Legal="+sample(t))
	if got := titles(other.list(anyKey, "/")); len(got) != 2 {
		t.Fatalf("before the import ann sees %v", got)
	}
	other.run("import", exported)
	people := runJSON[[]state.Person](other, "people", "list")
	if len(people) != 2 || people[0].Name != "ann@example.com" || people[0].Folders["Brand"] != "write" || people[0].HasPassword || people[1].Folders["Legal"] != "read" {
		t.Errorf("the people there: %+v", people)
	}
	if got := titles(other.list(anyKey, "/")); len(got) != 1 || got[0] != "Brand" {
		t.Errorf("after the import ann sees %v", got)
	}
	if _, info := other.get("", "serviceInfo", nil); !strings.Contains(string(info), `"displayName":"Tell the desk"`) {
		t.Errorf("what is offered there: %s", info)
	}
	if text, err := os.ReadFile(filepath.Join(other.profile, "settings.toml")); err != nil || !strings.Contains(string(text), "days = 90") {
		t.Errorf("the settings there: %s %v", text, err)
	}
	other.stop()
}

// unzip gives the content of each file of an archive.
func unzip(t *testing.T, path string) map[string][]byte {
	t.Helper()
	archive, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	all := map[string][]byte{}
	for _, part := range archive.File {
		r, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		if all[part.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
		r.Close()
	}
	return all
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
