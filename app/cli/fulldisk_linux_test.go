package cli

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"folderfront/server/disktest"
)

// upload sends a new content under a name, and answers what the program said.
func (s *serving) upload(folder, name, content string) (status int, answer string) {
	s.t.Helper()
	status, body := s.put("POST", "uploadInit", url.Values{"parentId": {folder}, "filename": {name}}, nil)
	if status != 200 {
		return status, body
	}
	var announced struct{ ID string }
	if err := json.Unmarshal([]byte(body), &announced); err != nil {
		s.t.Fatalf("%v: %s", err, body)
	}
	return s.put("PUT", "upload", url.Values{"id": {announced.ID}}, strings.NewReader(content))
}

// eventually asks until it is so.
func (s *serving) eventually(what string, is func() bool) {
	s.t.Helper()
	for end := time.Now().Add(90 * time.Second); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("%s does not come: %s", what, s.run("status"))
		}
	}
}

// TestDisksThatReallyFill runs the program with its profile and the shared folder on small disks, and
// fills first the one, then the other: what can't be done is told, no content is lost, and all goes on
// once there is room.
func TestDisksThatReallyFill(t *testing.T) {
	if !disktest.Inside(t) {
		return
	}
	profile, shared := disktest.Mount(t, 16<<20), disktest.Mount(t, 64<<20)
	if err := os.WriteFile(filepath.Join(profile, "settings.toml"), []byte("[uploads]\nminimum_free_mb = 0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startServing(t, profile, []string{"FOLDERFRONT_API_KEY=" + anyKey}, "--share", "Brand="+shared)
	brand := s.list(anyKey, "/")[0].ID
	holds := func(name, want string) {
		t.Helper()
		if got, err := os.ReadFile(filepath.Join(shared, name)); err != nil || string(got) != want {
			t.Errorf("%s holds %d bytes, %v; want %d", name, len(got), err, len(want))
		}
	}
	well := func(status int, answer string) {
		t.Helper()
		if status != 200 {
			t.Fatalf("%d %s", status, answer)
		}
	}
	full := func(status int, answer string) {
		t.Helper()
		if status != 500 || !strings.Contains(answer, "full") && !strings.Contains(answer, "space") {
			t.Errorf("on a full disk: %d %s", status, answer)
		}
	}
	small, large := "the first content", strings.Repeat("a larger content. ", 50_000)
	well(s.upload(brand, "plan.txt", small))
	well(s.upload(brand, "plan.txt", small+" again"))

	filler := disktest.Fill(t, shared, 64<<10)
	full(s.upload(brand, "plan.txt", large))
	full(s.upload(brand, "other.txt", large))
	holds("plan.txt", small+" again")
	if kept := s.history(); len(kept) != 1 || kept[0].Size != int64(len(small)) {
		t.Errorf("history on a full disk: %+v", kept)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	well(s.upload(brand, "plan.txt", large))
	s.run("history", "restore", s.history()[1].Item)
	holds("plan.txt", small)

	notes := 0
	s.eventually("the word that the disk is full", func() bool {
		filler = disktest.Fill(t, profile, 0) // again and again: what was only for a while makes room
		for range 100 {
			if notes < 3000 { // the records' journal has room that it took before
				writeNote(t, shared, notes)
				notes++
			}
		}
		return strings.Contains(s.run("status"), "records is full")
	})
	if status, _ := s.upload(brand, "plan.txt", "what there may be no room to note"); status != 200 {
		holds("plan.txt", small)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	s.eventually("the listing", func() bool { return len(s.list(anyKey, brand)) == notes+1 })
	for _, note := range []int{0, notes / 2, notes - 1} {
		s.eventually("what is in a note", func() bool {
			status, body := s.get(anyKey, "search", url.Values{"query": {noteWord(note, 0)}})
			var found []item
			return status == 200 && json.Unmarshal(body, &found) == nil && len(found) == 1
		})
	}
	well(s.upload(brand, "plan.txt", "at last"))
	holds("plan.txt", "at last")
	s.stop()
}

// writeNote writes a file of 4 KiB of words that no other one has.
func writeNote(t *testing.T, shared string, number int) {
	t.Helper()
	var words strings.Builder
	for i := range 256 {
		words.WriteString(noteWord(number, i) + " ")
	}
	if err := os.WriteFile(filepath.Join(shared, fmt.Sprintf("note %d.txt", number)), []byte(words.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func noteWord(note, word int) string { return fmt.Sprintf("marzipan%04x%03x", note, word) }
