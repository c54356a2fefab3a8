package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"strings"
	"testing"

	"folderfront/server/conformance"
)

// The built program is examined by its own check command, as any provider is.
func TestCheckFindsNothingWrongWithServe(t *testing.T) {
	shared := t.TempDir()
	writeTree(t, shared, "hello.txt", "notes/plan.txt")
	s := startServing(t, t.TempDir(), []string{"FOLDERFRONT_API_KEY=a-key-for-this-check"}, "--share", "Brand="+shared)
	cmd := command(t.TempDir(), "check", s.base, "--api-key-env", "KEY", "--write", "--json")
	cmd.Env = append(cmd.Env, "KEY=a-key-for-this-check")
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("check: %v", err)
	}
	held := 0
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		var r resultEvent
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		if r.Result == "failed" {
			t.Errorf("%s: %s: %s", r.Group, r.Case, r.Reason)
		}
		if r.Result == "held" {
			held++
		}
	}
	if held < 80 {
		t.Errorf("only %d cases held", held)
	}
}

func TestCheckTellsAWrongKey(t *testing.T) {
	s := startServing(t, t.TempDir(), []string{"FOLDERFRONT_API_KEY=right"}, "--share", "Brand="+sample(t))
	cmd := command(t.TempDir(), "check", s.base, "--api-key-env", "KEY")
	cmd.Env = append(cmd.Env, "KEY=wrong")
	out, err := cmd.CombinedOutput()
	exit, failed := err.(*exec.ExitError)
	if !failed || exit.ExitCode() != 1 || !strings.Contains(string(out), "✗ Test 1") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestCheckWantsACredentialThatIsThere(t *testing.T) {
	out, err := command(t.TempDir(), "check", "http://127.0.0.1:1/api/v1", "--api-key-env", "NO_SUCH_VARIABLE").CombinedOutput()
	exit, failed := err.(*exec.ExitError)
	if !failed || exit.ExitCode() != 2 || !strings.Contains(string(out), "NO_SUCH_VARIABLE, which is empty") {
		t.Errorf("%v\n%s", err, out)
	}
}

// Every case of the suite is printed once for a person, with a tick, or with the
// reason on the line below; all ten tests of the specification are among them.
func TestCheckPrintsATickOrAReasonForEach(t *testing.T) {
	s := startServing(t, t.TempDir(), []string{"FOLDERFRONT_API_KEY=k"}, "--share", "Brand="+sample(t))
	cmd := command(t.TempDir(), "check", s.base, "--api-key-env", "KEY")
	cmd.Env = append(cmd.Env, "KEY=k")
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("check: %v", err)
	}
	lines := strings.Split(string(out), "\n")
	told, writing := 0, 0
	for i, line := range lines {
		mark, rest, _ := strings.Cut(line, " ")
		switch mark {
		case "✓":
			if !strings.HasSuffix(rest, " ms)") {
				t.Errorf("%q tells no time", line)
			}
		case "✗", "–":
			if !strings.HasPrefix(lines[i+1], "    ") {
				t.Errorf("%q has no reason", line)
			}
			if strings.Contains(lines[i+1], "it writes, which was not allowed") {
				writing++
			}
		default:
			continue
		}
		told++
	}
	if all := len(conformance.Cases()); told != all || writing < 20 {
		t.Errorf("%d of %d cases are told, %d left out because they write", told, all, writing)
	}
	for test := range 10 {
		if !strings.Contains(string(out), fmt.Sprintf(" Test %d: ", test+1)) {
			t.Errorf("test %d of the specification is not among them", test+1)
		}
	}
}

// Test 10 of the specification refreshes a token, with a grant from the flags.
func TestCheckRefreshesAToken(t *testing.T) {
	s := startServing(t, t.TempDir(), []string{"FOLDERFRONT_API_KEY=k"}, "--share", "Brand="+sample(t))
	origin, err := url.Parse(strings.TrimSuffix(s.base, "/api/v1"))
	if err != nil {
		t.Fatal(err)
	}
	forward := httputil.NewSingleHostReverseProxy(origin)
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			if r.FormValue("refresh_token") != "refresh" || r.FormValue("client_id") != "id" || r.FormValue("client_secret") != "secret" {
				w.WriteHeader(http.StatusForbidden)
			}
			io.WriteString(w, `{"access_token":"new","refresh_token":"next","expires_in":3600}`)
			return
		}
		if r.Header.Get("Authorization") == "Bearer new" {
			r.Header.Set("apiKey", "k")
			r.Header.Del("Authorization")
		}
		r.Host = origin.Host
		forward.ServeHTTP(w, r)
	}))
	defer provider.Close()
	for secret, want := range map[string]string{"secret": "✓ Test 10", "wrong": "✗ Test 10"} {
		cmd := command(t.TempDir(), "check", provider.URL+"/api/v1", "--api-key-env", "KEY",
			"--token-url", provider.URL+"/token", "--client-id", "id", "--client-secret-env", "SECRET", "--refresh-token-env", "REFRESH")
		cmd.Env = append(cmd.Env, "KEY=k", "SECRET="+secret, "REFRESH=refresh")
		if out, _ := cmd.Output(); !strings.Contains(string(out), want) {
			t.Errorf("with the secret %q there is no %q:\n%s", secret, want, out)
		}
	}
	for flag, want := range map[string]string{"--token-url": "together", "--client-id": "together", "--api-key-env": "not both"} {
		cmd := command(t.TempDir(), "check", provider.URL, "--bearer-env", "Y", flag, "z")
		cmd.Env = append(cmd.Env, "Y=token")
		out, err := cmd.CombinedOutput()
		if exit, failed := err.(*exec.ExitError); !failed || exit.ExitCode() != 2 || !strings.Contains(string(out), want) {
			t.Errorf("%s: %v %s", flag, err, out)
		}
	}
}

// Where nothing answers, the first case says so and the exit status tells it.
func TestCheckOfNobody(t *testing.T) {
	cmd := command(t.TempDir(), "check", "http://127.0.0.1:1/api/v1", "--api-key-env", "KEY")
	cmd.Env = append(cmd.Env, "KEY=k")
	out, err := cmd.Output()
	exit, failed := err.(*exec.ExitError)
	if !failed || exit.ExitCode() != 1 || !strings.Contains(string(out), "✗ Test 1") || !strings.Contains(string(out), "was not answered") {
		t.Errorf("%v\n%s", err, out)
	}
}
