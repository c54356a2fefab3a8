package cli

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"

	"folderfront/app/state"
)

// The built program's page plays Workfront against the program itself.
func TestTryPlaysWorkfront(t *testing.T) {
	const key = "ffk_only_for_this_test"
	s := startServing(t, t.TempDir(), []string{"FOLDERFRONT_API_KEY=" + key}, "--share", "Brand="+sample(t))
	page := runJSON[state.TryPage](s, "try")
	if !strings.HasPrefix(page.URL, "http://127.0.0.1:") || strings.Contains(page.URL, key) {
		t.Fatalf("the page's address is %q", page.URL)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := (&http.Client{Jar: jar}).Get(page.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s %v", answer.Status, err)
	}
	for _, want := range []string{"Brand", s.base, "which Workfront can’t reach", "Connected"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the page doesn't say %q", want)
		}
	}
	if strings.Contains(string(text), key) {
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
