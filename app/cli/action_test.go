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
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"folderfront/app/state"
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

// The flags choose runs of the log, resend what failed, and limit a key to what
// a receiver answers with.
func TestFlagsOfActions(t *testing.T) {
	var broken atomic.Bool
	broken.Store(true)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if broken.Load() {
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
	defer receiver.Close()
	profile, shared := t.TempDir(), t.TempDir()
	writeTree(t, shared, "one.txt", "two.txt")
	definitions := `version = 1

[[connection]]
name = "desk"
url = "` + receiver.URL + `"
leads_to = "computer"

[[action]]
id = 1
name = "tell"
display_name = "Tell the desk"
kind = "webhook"
connection = "desk"
path = "/in"
body = '{}'

[[action]]
id = 2
name = "mark"
display_name = "Mark"
kind = "builtin"
operation = "tag"
argument = "seen"
workfront = true
`
	if err := os.WriteFile(filepath.Join(profile, "settings.toml"), []byte(definitions), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startServing(t, profile, []string{"FOLDERFRONT_API_KEY=k"}, "--secrets", "file", "--share", "Brand="+shared)
	one := filepath.Join(shared, "one.txt")
	s.run("action", "document", "d0c", one)
	if status, body := s.get("k", "customAction", url.Values{"name": {"mark"}, "documentId": {"d0c"}}); status != 200 {
		t.Fatalf("%d %s", status, body)
	}
	s.run("action", "run", "mark", filepath.Join(shared, "two.txt"))
	if out, err := command(profile, "action", "run", "tell", one).CombinedOutput(); err == nil || !bytes.Contains(out, []byte("tell did not succeed")) {
		t.Errorf("a run that fails: %v, %s", err, out)
	}

	for _, c := range []struct {
		flags string
		want  []string // newest first
	}{
		{"", []string{"tell one.txt", "mark two.txt", "mark one.txt"}},
		{"--file two", []string{"mark two.txt"}},
		{"--person ann@example.com", []string{"mark one.txt"}},
		{"--person bob", nil},
		{"--by hand", []string{"tell one.txt", "mark two.txt"}},
		{"--by workfront", []string{"mark one.txt"}},
		{"--by hand --file one", []string{"tell one.txt"}},
		{"--since 24h --limit 1", []string{"tell one.txt"}},
		{"--since 1ns", nil},
	} {
		var runs []struct{ Action, Title string }
		if err := json.Unmarshal([]byte(s.run(append([]string{"action", "log", "--json"}, strings.Fields(c.flags)...)...)), &runs); err != nil {
			t.Fatalf("%s: %v", c.flags, err)
		}
		var got []string
		for _, run := range runs {
			got = append(got, run.Action+" "+run.Title)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("log %s: %s", c.flags, diff)
		}
	}

	broken.Store(false)
	for _, c := range [][2]string{{"mark", "0"}, {"tell", "1"}, {"tell", "0"}} {
		if out := s.run("action", "resend", "--all-failed", "--action", c[0]); out != c[1] {
			t.Errorf("of %s were resent %s, want %s", c[0], out, c[1])
		}
	}
	for _, args := range [][]string{{"action", "resend"}, {"action", "resend", "x", "--all-failed"}} {
		if out, err := command(profile, args...).CombinedOutput(); err == nil || !bytes.Contains(out, []byte("takes a run's id, or --all-failed")) {
			t.Errorf("%v: %v, %s", args, err, out)
		}
	}

	key := s.run("key", "new", "receiver", "--limit", "tags,notes")
	if status, body := s.get(key, "files", url.Values{"parentId": {"/"}}); status != 403 || !bytes.Contains(body, []byte("was made for something else")) {
		t.Errorf("a limited key: %d %s", status, body)
	}
	if out := s.run("key", "list"); !strings.Contains(out, "tags, notes") {
		t.Errorf("keys: %s", out)
	}
	if out, err := command(profile, "key", "new", "x", "--limit", "everything").CombinedOutput(); err == nil || !bytes.Contains(out, []byte("a key can be limited to tags, notes")) {
		t.Errorf("an unknown limit: %v, %s", err, out)
	}
	s.stop()
}

// A rule that was stopped, or is switched off, says so where rules are listed.
func TestARulesRowTellsWhetherItRuns(t *testing.T) {
	rule := state.Rule{Name: "new posters", Matches: 3, Sentence: "When a file is created, then send."}
	stopped, paused := rule, rule
	stopped.Stopped, paused.Paused = true, true
	for _, c := range []struct {
		rule state.Rule
		want string
	}{
		{rule, "new posters\t3\tWhen a file is created, then send."},
		{stopped, "new posters\t3\tWhen a file is created, then send. It ran in circles and was stopped; save the settings to start it again."},
		{paused, "new posters\t3\tWhen a file is created, then send. It is switched off."},
	} {
		if got := ruleRow(c.rule); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
