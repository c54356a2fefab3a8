package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"folderfront/app/state"
)

// runJSON runs a command with --json and reads its answer.
func runJSON[T any](s *serving, args ...string) (answer T) {
	s.t.Helper()
	if out := s.run(append(args, "--json")...); json.Unmarshal([]byte(out), &answer) != nil {
		s.t.Fatalf("folderfront %s printed %s", strings.Join(args, " "), out)
	}
	return answer
}

func TestPeopleAndTheirRights(t *testing.T) {
	profile := t.TempDir()
	s := startServing(t, profile, []string{"FOLDERFRONT_API_KEY=k"}, "--share", "Brand="+sample(t), "--share", "Legal="+sample(t))
	if got := fmt.Sprint(titles(s.list("k", "/"))); got != "[Brand Legal]" {
		t.Fatalf("with nobody named the root lists %s", got)
	}
	s.run("people", "add", "joe@example.com")
	if status, body := s.get("k", "files", url.Values{"parentId": {"/"}}); status != 403 {
		t.Fatalf("ann is not named, yet got %d %s", status, body)
	}
	ann := runJSON[state.Person](s, "people", "add", "Ann@Example.com", "--folder", "Brand=write", "--folder", "Legal=read")
	if ann.Folders["Brand"] != "write" || ann.Folders["Legal"] != "read" || ann.HasPassword {
		t.Errorf("added as %+v", ann)
	}
	legal := s.list("k", "/")[1].ID
	if status, _ := s.get("k", "metadata", url.Values{"id": {legal}}); status != 200 {
		t.Errorf("a folder that ann may read: %d", status)
	}
	s.run("people", "add", "ann@example.com", "--folder", "Legal=none")
	if got := fmt.Sprint(titles(s.list("k", "/"))); got != "[Brand]" {
		t.Errorf("ann now sees %s", got)
	}
	if status, _ := s.get("k", "metadata", url.Values{"id": {legal}}); status != 404 {
		t.Errorf("a folder that ann may not see: %d", status)
	}
	if people := runJSON[[]state.Person](s, "people", "list"); len(people) != 2 {
		t.Errorf("listed: %+v", people)
	}
	s.run("people", "remove", "ANN@example.com")
	if status, _ := s.get("k", "files", url.Values{"parentId": {"/"}}); status != 403 {
		t.Errorf("removed, yet got %d", status)
	}
	s.stop()
}

func TestPasswordFromStandardInput(t *testing.T) {
	profile := t.TempDir()
	add := func(password string) (string, int) {
		cmd := command(profile, "people", "add", "ann@example.com", "--password-stdin", "--json", "--secrets", "file")
		cmd.Stdin = strings.NewReader(password)
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return string(out), exit.ExitCode()
		}
		return string(out), 0
	}
	if out, code := add("short\n"); code != 1 || !strings.Contains(out, "at least 8 characters") {
		t.Errorf("a short one: %d %s", code, out)
	}
	if out, code := add("two\nlines are too many\n"); code != 2 {
		t.Errorf("two lines: %d %s", code, out)
	}
	if out, code := add("correct horse battery\r\n"); code != 0 || !strings.Contains(out, `"hasPassword": true`) && !strings.Contains(out, `"hasPassword":true`) {
		t.Errorf("a good one: %d %s", code, out)
	}
	if text, err := os.ReadFile(filepath.Join(profile, "settings.toml")); err != nil || strings.Contains(string(text), "argon2") || strings.Contains(string(text), "horse") {
		t.Errorf("the settings hold the password: %v", err)
	}
}

// The whole of OAuth2 over the built program: sign-in by password, consent, the
// code redeemed with the parameters in the query, the API with the token, and
// the grant listed and revoked.
func TestOAuthConnectsAPerson(t *testing.T) {
	s := startServing(t, t.TempDir(), []string{"FOLDERFRONT_API_KEY=k"}, "--share", "Brand="+sample(t), "--share", "Legal="+sample(t))
	add := command(s.profile, "people", "add", "ann@example.com", "--folder", "Brand=read", "--password-stdin")
	add.Stdin = strings.NewReader("correct horse battery\n")
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	made := runJSON[state.NewClientAnswer](s, "oauth", "new", "--redirect-uri", "https://example.my.workfront.com/return")
	ann := map[string]string{}
	const authorize = "/oauth2/authorize?state=s%20%26"
	s.browse(ann, authorize, url.Values{"do": {"password"}, "username": {"ann@example.com"}, "password": {"correct horse battery"}})
	back, err := s.browse(ann, authorize, url.Values{"do": {"allow"}}).Location()
	if err != nil || back.Host != "example.my.workfront.com" || back.Query().Get("state") != "s &" {
		t.Fatalf("the browser is sent to %v, %v", back, err)
	}
	redeem := url.Values{"grant_type": {"authorization_code"}, "code": {back.Query().Get("code")}, "client_id": {made.ClientID}, "client_secret": {made.ClientSecret}}
	response, err := http.Post(made.TokenEndpointURL+"?"+redeem.Encode(), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var token struct {
		Access string `json:"access_token"`
	}
	if err := json.NewDecoder(response.Body).Decode(&token); err != nil || token.Access == "" {
		t.Fatalf("redeeming the code: %d %v", response.StatusCode, err)
	}
	if status, body := s.bearer(token.Access); status != 200 || !strings.Contains(body, "Brand") || strings.Contains(body, "Legal") {
		t.Fatalf("the API with the token: %d %s", status, body)
	}
	grants := runJSON[[]state.Grant](s, "oauth", "grants")
	if len(grants) != 1 || grants[0].Person != "ann@example.com" || grants[0].ClientID != made.ClientID {
		t.Fatalf("grants %+v", grants)
	}
	s.run("oauth", "revoke", grants[0].ID)
	if status, body := s.bearer(token.Access); status != 403 {
		t.Errorf("after the revocation: %d %s", status, body)
	}
	s.stop()
}

// bearer lists the root with an access token.
func (s *serving) bearer(token string) (int, string) {
	s.t.Helper()
	request, err := http.NewRequest(http.MethodGet, s.base+"/files", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// browse sends a form or, without fields, opens a page, with the cookies that
// a browser would bring, and adds those that it gets. (A browser takes Secure
// cookies from this computer itself; Go's jar does not.)
func (s *serving) browse(cookies map[string]string, path string, fields url.Values) *http.Response {
	s.t.Helper()
	method := http.MethodGet
	if fields != nil {
		method = http.MethodPost
	}
	request, err := http.NewRequest(method, strings.TrimSuffix(s.base, "/api/v1")+path, strings.NewReader(fields.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	for name, value := range cookies {
		request.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	for _, c := range response.Cookies() {
		cookies[c.Name] = c.Value
	}
	return response
}

func TestLetABrowserIn(t *testing.T) {
	s := startServing(t, t.TempDir(), []string{"FOLDERFRONT_API_KEY=k"}, "--secrets", "file")
	s.run("folders", "add", "--name", "Brand", sample(t))
	s.run("people", "add", "ann@example.com", "--folder", "Brand=read")
	document := s.list("k", s.list("k", "/")[0].ID)[0].ID
	ann := map[string]string{}
	if got := s.browse(ann, "/view/"+document, url.Values{"do": {"ask"}, "username": {"Ann@example.com"}}); got.StatusCode != http.StatusSeeOther {
		t.Fatalf("ask: %d", got.StatusCode)
	}
	waiting := runJSON[[]state.Approval](s, "sessions", "waiting")
	if len(waiting) != 1 || !waiting[0].Known {
		t.Fatalf("waiting: %+v", waiting)
	}
	s.run("sessions", "approve", fmt.Sprint(waiting[0].Number))
	if got := s.browse(ann, "/signin/wait?hold=1", nil); got.Header.Get("Location") != "/view/"+document {
		t.Fatalf("approved: %d to %q", got.StatusCode, got.Header.Get("Location"))
	}
	if got := s.browse(ann, "/view/"+document, nil); got.StatusCode != http.StatusOK {
		t.Errorf("the document: %d", got.StatusCode)
	}
	if got := s.browse(ann, "/view/"+document, url.Values{"do": {"link"}}); got.StatusCode != http.StatusForbidden {
		t.Errorf("a link while links are off: %d", got.StatusCode)
	}
	s.run("folders", "links", "Brand", "on")
	made, err := io.ReadAll(s.browse(ann, "/view/"+document, url.Values{"do": {"link"}}).Body)
	if err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`/link/[\w.~-]+`).FindString(string(made))
	if got := s.browse(map[string]string{}, link, nil); link == "" || got.StatusCode != http.StatusSeeOther {
		t.Errorf("the link %q while links are on: %d", link, got.StatusCode)
	}
	s.run("folders", "end-links")
	if got := s.browse(map[string]string{}, link, nil); got.StatusCode == http.StatusSeeOther {
		t.Errorf("the link after all were ended: %d to %s", got.StatusCode, got.Header.Get("Location"))
	}
	sessions := runJSON[[]state.Session](s, "sessions", "list")
	if len(sessions) != 1 || sessions[0].Person != "ann@example.com" || sessions[0].Way != "approval" {
		t.Fatalf("sessions: %+v", sessions)
	}
	s.run("sessions", "revoke", sessions[0].ID)
	if got := s.browse(ann, "/view/"+document, nil); got.StatusCode != http.StatusForbidden {
		t.Errorf("after the revocation: %d", got.StatusCode)
	}
	s.browse(map[string]string{}, "/signin", url.Values{"do": {"ask"}, "username": {"mallory"}})
	stranger := runJSON[[]state.Approval](s, "sessions", "waiting")
	if len(stranger) != 1 || stranger[0].Known {
		t.Fatalf("waiting: %+v", stranger)
	}
	s.run("sessions", "deny", fmt.Sprint(stranger[0].Number))
	if left := runJSON[[]state.Approval](s, "sessions", "waiting"); len(left) != 0 {
		t.Errorf("denied, yet waiting: %+v", left)
	}
	s.stop()
}

func TestWrongWordsAboutAccess(t *testing.T) {
	profile := t.TempDir()
	for line, want := range map[string]struct {
		code int
		says string
	}{
		"people add":                                    {2, "a Workfront username"},
		"people add jane --folder Brand":                {2, "SHARE=read"},
		"people add jane --folder Brand=all":            {2, "SHARE=read"},
		"people add jane --folder Brand=read":           {1, "No shared folder is named"},
		"people remove jane":                            {1, "Nobody is named"},
		"oauth new":                                     {2, "--redirect-uri"},
		"folders links Brand maybe":                     {2, "on or off"},
		"oauth revoke x":                                {1, "nothing with the id"},
		"sessions approve 47":                           {1, "No browser with the number 47"},
		"oauth new --redirect-uri http://evil.example/": {1, "address"},
	} {
		out, err := command(profile, append(strings.Fields(line), "--secrets", "file")...).CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != want.code || !strings.Contains(string(out), want.says) {
			t.Errorf("%s: %v %s", line, err, out)
		}
	}
}

func TestOAuthOnTheCommandLine(t *testing.T) {
	s := startServing(t, t.TempDir(), []string{"FOLDERFRONT_API_KEY=k"})
	origin := strings.TrimSuffix(s.base, "/api/v1")
	made := runJSON[state.NewClientAnswer](s, "oauth", "new", "--redirect-uri", "https://example.my.workfront.com/return")
	if made.AuthenticationURL != origin+"/oauth2/authorize" || made.TokenEndpointURL != origin+"/oauth2/token" || made.ClientID == "" || made.ClientSecret == "" {
		t.Errorf("made %+v", made)
	}
	if text := s.run("oauth", "new", "--redirect-uri", "https://example.my.workfront.com/return"); len(strings.Split(text, "\n")) != 4 || !strings.Contains(text, "Client Secret") {
		t.Errorf("for people: %s", text)
	}
	clients := runJSON[[]state.Client](s, "oauth", "clients")
	if len(clients) != 2 {
		t.Fatalf("clients %+v", clients)
	}
	s.run("oauth", "remove", clients[1].ID)
	if left := runJSON[[]state.Client](s, "oauth", "clients"); len(left) != 1 || left[0].ID != made.ClientID {
		t.Errorf("left %+v", left)
	}
	if grants := runJSON[[]state.Grant](s, "oauth", "grants"); len(grants) != 0 {
		t.Errorf("grants %+v", grants)
	}
	s.stop()
}
