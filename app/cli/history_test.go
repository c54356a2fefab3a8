package cli

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"folderfront/app/state"
)

const anyKey = "any form: at all"

// put sends a PUT or POST, and answers the status and the body.
func (s *serving) put(method, endpoint string, query url.Values, body io.Reader) (int, string) {
	s.t.Helper()
	request, err := http.NewRequest(method, s.base+"/"+endpoint+"?"+query.Encode(), body)
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("apiKey", anyKey)
	request.Header.Set("username", "ann@example.com")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err.Error()
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func (s *serving) history() []state.HistoryItem {
	s.t.Helper()
	var items []state.HistoryItem
	if err := json.Unmarshal([]byte(s.run("history", "list", "--json")), &items); err != nil {
		s.t.Fatal(err)
	}
	return items
}

func TestWhatWasDeletedAndOverwrittenIsPutBack(t *testing.T) {
	shared := sample(t)
	s := startServing(t, t.TempDir(), []string{"FOLDERFRONT_API_KEY=" + anyKey}, "--share", "Brand="+shared)
	brand := s.list(anyKey, "/")[0]
	file := s.list(anyKey, brand.ID)[0]
	if status, body := s.put("POST", "uploadInit", url.Values{"parentId": {brand.ID}, "filename": {"hello.txt"}}, nil); status != 200 {
		t.Fatal(status, body)
	}
	if status, body := s.put("PUT", "upload", url.Values{"id": {file.ID}}, strings.NewReader("newer")); status != 200 {
		t.Fatal(status, body)
	}
	if status, body := s.put("PUT", "delete", url.Values{"documentId": {file.ID}}, nil); status != 200 {
		t.Fatal(status, body)
	}
	if left := s.list(anyKey, brand.ID); len(left) != 0 {
		t.Fatalf("still listed: %v", left)
	}
	items := s.history()
	if len(items) != 2 || items[0].Kind != "trash" || items[0].By != "ann@example.com" || items[1].Kind != "version" || items[1].Path != "hello.txt" {
		t.Fatalf("history %+v", items)
	}
	s.run("history", "restore", items[0].Item)
	if back := s.list(anyKey, brand.ID); len(back) != 1 || back[0].ID != file.ID {
		t.Fatalf("after the restore: %v", back)
	}
	s.run("history", "restore", items[1].Item)
	if b, err := os.ReadFile(filepath.Join(shared, "hello.txt")); err != nil || string(b) != "hello\n" {
		t.Errorf("the file holds %q, %v", b, err)
	}
	if items = s.history(); len(items) != 1 || items[0].Size != int64(len("newer")) {
		t.Errorf("history after both: %+v", items)
	}
	out, err := command(s.profile, "history", "restore", "nothing").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "no longer kept") {
		t.Errorf("restoring nothing: %v %s", err, out)
	}
	s.stop()
}

func TestUploadKilledInTheMiddleLeavesNothing(t *testing.T) {
	profile, shared := t.TempDir(), sample(t)
	environment := []string{"FOLDERFRONT_API_KEY=" + anyKey}
	s := startServing(t, profile, environment, "--share", "Brand="+shared)
	brand := s.list(anyKey, "/")[0]
	_, body := s.put("POST", "uploadInit", url.Values{"parentId": {brand.ID}, "filename": {"new.bin"}}, nil)
	var announced item
	if err := json.Unmarshal([]byte(body), &announced); err != nil {
		t.Fatal(err, body)
	}
	content, sender := io.Pipe()
	answered := make(chan int)
	go func() {
		status, _ := s.put("PUT", "upload", url.Values{"id": {announced.ID}}, content)
		answered <- status
	}()
	if _, err := sender.Write(make([]byte, 1<<20)); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(30 * time.Second); len(names(t, shared)) < 2; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the upload never began")
		}
	}
	if err := s.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	sender.CloseWithError(io.ErrUnexpectedEOF)
	if status := <-answered; status == 200 {
		t.Error("a cut upload was acknowledged")
	}
	s.cmd.Wait()

	s = startServing(t, profile, environment, "--share", "Brand="+shared)
	if left := names(t, shared); len(left) != 1 {
		t.Errorf("after the restart the folder has %q", left)
	}
	if status, body := s.put("PUT", "upload", url.Values{"id": {announced.ID}}, strings.NewReader("whole")); status != 200 {
		t.Errorf("sent again: %d %s", status, body)
	}
	if b, err := os.ReadFile(filepath.Join(shared, "new.bin")); err != nil || string(b) != "whole" {
		t.Errorf("the file holds %q, %v", b, err)
	}
	s.stop()
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}
