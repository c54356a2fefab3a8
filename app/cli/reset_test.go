package cli

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"folderfront/app/control"
	"folderfront/app/state"
)

// everything is what lies under a folder: each path with its kind, size, time and
// content.
func everything(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		what := fmt.Sprint(info.Mode(), info.ModTime().UnixNano())
		if info.Mode().IsRegular() {
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			what += fmt.Sprintf(" %d %x", len(content), sha256.Sum256(content))
		}
		all[path] = what
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// A reset, with the program running or not, leaves nothing in the profile but
// what is the person's own, and no shared file, version or item of the trash
// changes.
func TestResetForgetsEverythingButTheFiles(t *testing.T) {
	for _, way := range []string{"running", "stopped", "from the window"} {
		t.Run(way, func(t *testing.T) {
			profile, shared := t.TempDir(), t.TempDir()
			writeTree(t, shared, "keep.txt", "deep/inner.txt", "gone.txt")
			writeTree(t, profile, "my own notes.txt", "cachet/x.txt")
			s := startServing(t, profile, []string{"FOLDERFRONT_API_KEY=k"}, "--secrets", "file", "--share", "Brand="+shared)
			s.run("key", "new", "--secrets", "file", "Agency")
			s.run("people", "add", "ann@example.com", "--folder", "Brand=write")
			keepsVersionAndTrash(s, "k")
			if way == "stopped" {
				s.stop()
			}
			before := everything(t, shared)
			if len(before) < 8 {
				t.Fatalf("no version and no trash to keep: %v", before)
			}

			if way == "from the window" {
				resetFromWindow(t, profile)
			} else if out := s.run("reset", "--secrets", "file", "--yes"); !strings.Contains(out, "keeps nothing here any more") {
				t.Fatalf("reset: %s", out)
			}
			if way != "stopped" {
				for range s.lines {
				}
				if err := s.cmd.Wait(); err != nil {
					t.Errorf("the running one ended with %v: %s", err, s.stderr.String())
				}
			}
			if after := everything(t, shared); !maps.Equal(before, after) {
				t.Errorf("the shared folder was\n%v and is\n%v", before, after)
			}
			names := []string{}
			for path := range everything(t, profile) {
				names = append(names, path)
			}
			if len(names) != 4 { // the folder itself, the notes, the folder cachet and its file
				t.Errorf("in the profile are left %q", names)
			}
		})
	}
}

// resetFromWindow sends the command that the window's button sends.
func resetFromWindow(t *testing.T, profile string) {
	t.Helper()
	t.Setenv("XDG_RUNTIME_DIR", profile) // where the socket of a long path is
	client, err := control.Dial(t.Context(), profile)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.Do(t.Context(), state.Reset{}, nil); err != nil {
		t.Fatal(err)
	}
}

// keepsVersionAndTrash overwrites a document and deletes one, as Workfront would.
func keepsVersionAndTrash(s *serving, key string) {
	s.t.Helper()
	share := s.list(key, "/")[0].ID
	ids := map[string]string{}
	for _, i := range s.list(key, share) {
		ids[i.Title] = i.ID
	}
	s.send(key, "POST", "uploadInit?parentId="+share+"&filename=keep.txt", "")
	s.send(key, "PUT", "upload?id="+ids["keep.txt"], "overwritten")
	s.send(key, "PUT", "delete?documentId="+ids["gone.txt"], "")
}

func TestResetWantsThePersonsWord(t *testing.T) {
	profile, shared := t.TempDir(), sample(t)
	s := startServing(t, profile, []string{"FOLDERFRONT_API_KEY=k"}, "--share", "Brand="+shared)
	s.stop()
	before := everything(t, profile)
	for answer, want := range map[string]string{"": "--yes", "yes\n": "Nothing was removed.", "\n": "Nothing was removed."} {
		cmd := command(profile, "reset")
		cmd.Stdin = strings.NewReader(answer)
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), want) || !strings.Contains(string(out), ".folderfront of each shared") {
			t.Errorf("%q: %v %s", answer, err, out)
		}
	}
	if after := everything(t, profile); !maps.Equal(before, after) {
		t.Error("the profile changed without the person's word")
	}
	cmd := command(profile, "reset")
	cmd.Stdin = bytes.NewBufferString("reset\n")
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "The keyring could not be reached") || !strings.Contains(string(out), "Everything else") {
		t.Errorf("with the word: %v %s", err, out)
	}
	if _, err := os.Stat(profile); !os.IsNotExist(err) {
		t.Errorf("the empty profile is left: %v", err)
	}
	if out, err := command(profile, "reset", "--yes").CombinedOutput(); err != nil {
		t.Errorf("where there is nothing: %v %s", err, out)
	}
}

// A profile whose settings are damaged can be reset, too; and a folder that is
// shared from within the profile stays.
func TestResetOfADamagedProfile(t *testing.T) {
	profile := t.TempDir()
	damaged := "version = 1\n[history]\ndays = 0\n"
	if err := os.WriteFile(filepath.Join(profile, "settings.toml"), []byte(damaged), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := command(profile, "reset", "--yes").CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	if _, err := os.Stat(filepath.Join(profile, "settings.toml")); !os.IsNotExist(err) {
		t.Error("the damaged settings are left:", err)
	}

	within := filepath.Join(profile, "cache", "shared")
	writeTree(t, within, "precious.txt")
	out, err := command(profile, "folders", "add", within).CombinedOutput()
	if err != nil {
		t.Fatalf("%v %s", err, out)
	}
	out, err = command(profile, "reset", "--yes").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "a shared folder lies in it") {
		t.Errorf("%v %s", err, out)
	}
	if _, err := os.Stat(filepath.Join(within, "precious.txt")); err != nil {
		t.Error("a shared file is gone:", err)
	}
}
