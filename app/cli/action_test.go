package cli

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// put sends JSON as a program does.
func (s *serving) putJSON(endpoint, body string) (status int, answer string) {
	s.t.Helper()
	request, err := http.NewRequest(http.MethodPut, s.base+"/"+endpoint, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header = http.Header{"Apikey": {"k"}, "Username": {"ann"}, "Content-Type": {"application/json"}}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// Actions of the settings file are offered to Workfront, run for it and by
// hand, and stand in the log.
func TestActionsOfTheSettingsFile(t *testing.T) {
	received := make(chan string, 10)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		received <- r.Header.Get("Authorization") + " " + string(body)
	}))
	defer receiver.Close()
	profile, shared := t.TempDir(), t.TempDir()
	writeTree(t, shared, "one.txt", "two.txt")
	definitions := `
[[connection]]
name = "desk"
url = "` + receiver.URL + `"
leads_to = "computer"
auth = "bearer"

[[action]]
id = 1
name = "archive"
display_name = "Archive"
kind = "builtin"
operation = "archive"
argument = "Old"
workfront = true

[[action]]
id = 2
name = "tell"
display_name = "Tell the desk"
kind = "webhook"
connection = "desk"
path = "/in"
body = '{"name": "{{ file.name }}"}'
`
	if err := os.WriteFile(filepath.Join(profile, "settings.toml"), []byte("version = 1\n"+definitions), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startServing(t, profile, []string{"FOLDERFRONT_API_KEY=k"}, "--secrets", "file", "--share", "Brand="+shared)
	secret := command(profile, "action", "secret", "connection/desk/password", "--secrets", "file")
	secret.Stdin = strings.NewReader("t0ken\n")
	if out, err := secret.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}

	_, info := s.get("", "serviceInfo", nil)
	var service struct {
		CustomActions []struct{ Name, DisplayName string }
	}
	if err := json.Unmarshal(info, &service); err != nil || len(service.CustomActions) != 1 || service.CustomActions[0].DisplayName != "Archive" {
		t.Errorf("serviceInfo offers %s", info)
	}
	s.run("action", "document", "d0c", filepath.Join(shared, "one.txt"))
	for _, endpoint := range []string{"customAction", "customName"} {
		if status, body := s.get("k", endpoint, url.Values{"name": {"archive"}, "documentId": {"d0c"}, "documentVersionId": {"v"}}); status != 200 || string(body) != `{"status":"success"}` {
			t.Errorf("%s: %d %s", endpoint, status, body)
		}
	}
	if _, err := os.Stat(filepath.Join(shared, "Old", "one.txt")); err != nil {
		t.Error(err)
	}
	status, body := s.get("k", "customAction", url.Values{"name": {"archive"}, "documentId": {"unknown"}})
	if status != 404 || !bytes.Contains(body, []byte(`"status":"failure"`)) {
		t.Errorf("an unknown document: %d %s", status, body)
	}

	if out := s.run("action", "run", "tell", filepath.Join(shared, "two.txt")); !strings.Contains(out, "done") {
		t.Errorf("run: %s", out)
	}
	if got := <-received; got != `Bearer t0ken {"name": "two.txt"}` {
		t.Errorf("the receiver got %s", got)
	}
	if out := s.run("action", "log", "--json"); !strings.Contains(out, `"action": "tell"`) || strings.Contains(out, "t0ken") {
		t.Errorf("log: %s", out)
	}

	for body, want := range map[string]int{
		`{"ids": [], "webhookId": 2}`:            204,
		`{"ids": null, "webhookId": 2}`:          500,
		`{"webhookId": 2}`:                       500,
		`{"ids": [1.5], "webhookId": 2}`:         500,
		`{"ids": [99999], "webhookId": 2}`:       403,
		`{"ids": [1], "webhookId": 77}`:          500,
		`{"ids": [1], "webhookId": 99999999999}`: 500,
		`nonsense`:                               500,
	} {
		if status, answer := s.putJSON("file/customAction", body); status != want {
			t.Errorf("%s: %d %s, want %d", body, status, answer, want)
		}
	}
	s.stop()
}
