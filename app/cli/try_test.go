package cli

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"

	"folderfront/app/control"
	"folderfront/app/state"
	"folderfront/tunnel/tunneltest"
)

// The built program's page plays Workfront against the program itself.
func TestTryPlaysWorkfront(t *testing.T) {
	const key = "ffk_only_for_this_test"
	s := startServing(t, t.TempDir(), []string{"FOLDERFRONT_API_KEY=" + key}, "--share", "Brand="+sample(t))
	page := runJSON[state.TryPage](s, "try")
	if !strings.HasPrefix(page.URL, "http://127.0.0.1:") || strings.Contains(page.URL, key) {
		t.Fatalf("the page's address is %q", page.URL)
	}
	text := open(t, page.URL)
	for _, want := range []string{"Brand", s.base, "which Workfront can’t reach", "Connected"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page doesn't say %q", want)
		}
	}
	if strings.Contains(text, key) {
		t.Error("the page has the key")
	}
	if plain := s.run("try"); !strings.HasPrefix(plain, "http://127.0.0.1:") || plain == page.URL || json.Valid([]byte(plain)) {
		t.Errorf("the command prints %q", plain)
	}
	s.stop()
	if out, err := command(s.profile, "try").CombinedOutput(); err == nil || !strings.Contains(string(out), "not running") {
		t.Errorf("without a running Folderfront: %v %s", err, out)
	}
}

// open opens a page as a browser does that keeps cookies.
func open(t *testing.T, address string) string {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := (&http.Client{Jar: jar}).Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v", address, answer.Status, err)
	}
	return string(text)
}

// With a tunnel the page goes all the way round through it, and by this
// computer's own address as soon as the tunnel is down, which it says.
func TestTryGoesThroughTheTunnel(t *testing.T) {
	e, flags := edge(t, tunneltest.Options{})
	s := startServing(t, t.TempDir(), forTests, append(flags, "--share", "Brand="+sample(t))...)
	live, _ := s.tunnel("live")
	before := s.state().Tunnel.Requests
	text := open(t, runJSON[state.TryPage](s, "try").URL)
	for _, want := range []string{"Through the internet, as Workfront", live["baseAPIURL"], "Brand"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page doesn't say %q", want)
		}
	}
	if after := s.state().Tunnel.Requests; after < before+2 {
		t.Errorf("%d requests went through the tunnel, at first %d", after, before)
	}
	e.Down()
	s.tunnel("reconnecting", "failed")
	text = open(t, runJSON[state.TryPage](s, "try").URL) // shows what was, until a step is taken
	if !strings.Contains(text, "Through the internet") {
		t.Error("a page that took no step has changed")
	}
	t.Setenv("XDG_RUNTIME_DIR", s.profile) // where the socket of a long path is
	client, err := control.Dial(t.Context(), s.profile)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var view state.TryView
	if err := client.Do(t.Context(), state.Try{Step: state.TryConnect}, &view); err != nil {
		t.Fatal(err)
	}
	if view.Way != "down" || view.Address != s.base || view.Trouble != "" || len(view.Items) != 1 {
		t.Errorf("with the tunnel down: %+v", view)
	}
}
