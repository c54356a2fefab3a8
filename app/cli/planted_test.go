package cli

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"folderfront/app/state"
	"folderfront/tunnel/tunneltest"
)

// TestSecretsAreToldNowhere plants a secret of each kind, uses each, rightly and
// wrongly, and looks for all of them in what Folderfront tells: the log, the
// settings, the State, the activity and the log of actions.
func TestSecretsAreToldNowhere(t *testing.T) {
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) }))
	defer receiver.Close()
	_, flags := edge(t, tunneltest.Options{Tokens: []string{"planted-ngrok-token"}})
	profile, shared := t.TempDir(), t.TempDir()
	writeTree(t, shared, "one.txt")
	definitions := "version = 1\n[[connection]]\nname = \"desk\"\nurl = \"" + receiver.URL + "\"\nleads_to = \"computer\"\nauth = \"bearer\"\n" +
		"[[action]]\nid = 1\nname = \"tell\"\ndisplay_name = \"Tell\"\nkind = \"webhook\"\nconnection = \"desk\"\npath = \"/in\"\nbody = '{}'\n"
	if err := os.WriteFile(filepath.Join(profile, "settings.toml"), []byte(definitions), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startServing(t, profile, []string{"FOLDERFRONT_API_KEY=planted-key-of-the-run", "FOLDERFRONT_NGROK_TOKEN=planted-ngrok-token"},
		append(flags, "--secrets", "file", "--share", "Brand="+shared)...)
	s.tunnel("live")
	s.plant("planted-wrong-ngrok-token", "tunnel", "token")
	s.plant("planted-passphrase", "tunnel", "passphrase")
	s.plant("planted-password", "action", "secret", "connection/desk/password")
	s.plant("planted-signing-secret", "action", "secret", "connection/desk/signing")
	s.plant("planted-password-of-ann", "people", "add", "ann@example.com", "--folder", "Brand=write", "--password-stdin")
	if out, err := command(profile, "action", "run", "tell", filepath.Join(shared, "one.txt")).CombinedOutput(); err == nil || !strings.Contains(string(out), "400") {
		t.Errorf("the receiver refuses what is sent: %v %s", err, out)
	}
	for _, key := range []string{"planted-key-of-the-run", "planted-wrong-key"} {
		s.ask(key, "search", url.Values{"query": {"planted-query"}}, "Authorization", "Bearer planted-wrong-bearer")
	}
	secrets := append(s.connectAnn("planted-password-of-ann"), "planted")
	s.browse(map[string]string{}, "/oauth2/authorize", url.Values{"do": {"password"}, "username": {"ann@example.com"}, "password": {"planted-wrong-password"}})

	told := s.run("status", "--json") + s.run("activity", "list", "--json") + s.run("action", "log", "--json") + s.run("sessions", "list", "--json") + s.run("key", "list", "--json")
	s.stop()
	for _, name := range []string{"folderfront.log", "settings.toml"} {
		text, err := os.ReadFile(filepath.Join(profile, name))
		if err != nil {
			t.Fatal(err)
		}
		told += string(text)
	}
	for _, there := range []string{`"msg":"served"`, `"route":"search"`, "ann@example.com", `"action": "tell"`} {
		if !strings.Contains(told, there) {
			t.Errorf("what is told lacks %s, so it was not looked at", there)
		}
	}
	for _, secret := range secrets {
		if at := strings.Index(told, secret); at >= 0 {
			t.Errorf("a secret is told: …%s…", told[max(0, at-150):min(len(told), at+80)])
		}
	}
}

// plant gives a command a secret on its standard input. Whether it is taken does
// not matter.
func (s *serving) plant(secret string, args ...string) {
	s.t.Helper()
	cmd := command(s.profile, append(args, "--secrets", "file")...)
	cmd.Stdin = strings.NewReader(secret + "\n")
	if out, err := cmd.CombinedOutput(); strings.Contains(string(out), "planted") {
		s.t.Errorf("%v tells the secret: %v %s", args, err, out)
	}
}

// connectAnn has Ann connect Workfront by OAuth2 and uses her token. It returns
// every secret that was made: of keys, client, code, tokens and cookies.
func (s *serving) connectAnn(password string) (secrets []string) {
	s.t.Helper()
	key := regexp.MustCompile(`ffk_\w+`).FindString(s.run("key", "new", "Agency", "--secrets", "file"))
	client := runJSON[state.NewClientAnswer](s, "oauth", "new", "--redirect-uri", "https://example.my.workfront.com/return")
	ann := map[string]string{}
	s.browse(ann, "/oauth2/authorize", url.Values{"do": {"password"}, "username": {"ann@example.com"}, "password": {password}})
	back, err := s.browse(ann, "/oauth2/authorize", url.Values{"do": {"allow"}}).Location()
	if err != nil {
		s.t.Fatal(err)
	}
	code := back.Query().Get("code")
	redeem := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "client_id": {client.ClientID}, "client_secret": {client.ClientSecret}}
	endpoint, err := url.Parse(client.TokenEndpointURL)
	if err != nil {
		s.t.Fatal(err)
	}
	response, err := http.PostForm(strings.TrimSuffix(s.base, "/api/v1")+endpoint.Path, redeem)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	var token struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	if err := json.NewDecoder(response.Body).Decode(&token); err != nil {
		s.t.Fatal(err)
	}
	if status, body := s.bearer(token.Access); status != http.StatusOK {
		s.t.Errorf("the API with the token: %d %s", status, body)
	}
	secrets = []string{key, client.ClientSecret, code, token.Access, token.Refresh}
	for _, cookie := range ann {
		secrets = append(secrets, cookie)
	}
	for _, secret := range secrets {
		if len(secret) < 16 {
			s.t.Fatalf("no secret was made: %q", secrets)
		}
	}
	return secrets
}
