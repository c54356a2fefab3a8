package cli

import (
	"bufio"
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
	"strings"
	"syscall"
	"testing"
	"time"
)

// serving is `folderfront serve --json` as a process of its own.
type serving struct {
	t       *testing.T
	profile string
	base    string // Base API URL
	cmd     *exec.Cmd
	lines   chan map[string]string // further events
	stderr  bytes.Buffer
}

func command(profile string, args ...string) *exec.Cmd {
	return programCommand(os.Args[0], profile, args...)
}

func programCommand(program, profile string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, append(args, "--profile", profile)...)
	cmd.Env = append(os.Environ(), "FOLDERFRONT_TEST_PROGRAM=1", "DBUS_SESSION_BUS_ADDRESS=", "XDG_RUNTIME_DIR="+profile)
	return cmd
}

func startServing(t *testing.T, profile string, env []string, args ...string) *serving {
	t.Helper()
	return startProgram(t, os.Args[0], profile, env, args...)
}

func startProgram(t *testing.T, program, profile string, env []string, args ...string) *serving {
	t.Helper()
	s := &serving{t: t, profile: profile, lines: make(chan map[string]string, 100)}
	s.cmd = programCommand(program, profile, append([]string{"serve", "--json", "--listen", "127.0.0.1:0"}, args...)...)
	s.cmd.Env = append(s.cmd.Env, env...)
	s.cmd.Stderr = &s.stderr
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.cmd.Process.Kill(); s.cmd.Wait() })
	go func() {
		defer close(s.lines)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			event := map[string]string{}
			if err := json.Unmarshal(lines.Bytes(), &event); err != nil {
				event["event"] = "no JSON: " + lines.Text()
			}
			s.lines <- event
		}
	}()
	ready := s.next()
	if ready["event"] != "ready" || !strings.HasPrefix(ready["baseAPIURL"], "http://127.0.0.1:") || !strings.HasSuffix(ready["baseAPIURL"], "/api/v1") {
		t.Fatalf("the first event is %v", ready)
	}
	s.base = ready["baseAPIURL"]
	return s
}

func (s *serving) next() map[string]string {
	s.t.Helper()
	select {
	case event, open := <-s.lines:
		if !open {
			s.cmd.Wait()
			s.t.Fatalf("the server ended: %s", s.stderr.String())
		}
		return event
	case <-time.After(60 * time.Second):
		s.t.Fatalf("no event: %s", s.stderr.String())
	}
	return nil
}

// stop interrupts the server and wants it to end well.
func (s *serving) stop() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	for range s.lines {
	}
	if err := s.cmd.Wait(); err != nil {
		s.t.Errorf("ended with %v: %s", err, s.stderr.String())
	}
}

func (s *serving) get(key, endpoint string, query url.Values) (status int, body []byte) {
	s.t.Helper()
	response, body := s.ask(key, endpoint, query)
	return response.StatusCode, body
}

// ask sends a GET, with names and values of further headers, and answers with the whole body,
// which is closed.
func (s *serving) ask(key, endpoint string, query url.Values, headers ...string) (*http.Response, []byte) {
	s.t.Helper()
	request, err := http.NewRequest(http.MethodGet, s.base+"/"+endpoint+"?"+query.Encode(), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("apiKey", key)
	request.Header.Set("username", "ann@example.com")
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response, body
}

type item struct{ Title, Kind, ID string }

func (s *serving) list(key, parent string) []item {
	s.t.Helper()
	status, body := s.get(key, "files", url.Values{"parentId": {parent}})
	var items []item
	if err := json.Unmarshal(body, &items); err != nil || status != 200 {
		s.t.Fatalf("files of %s: %d %s", parent, status, body)
	}
	return items
}

func (s *serving) run(args ...string) string {
	s.t.Helper()
	out, err := command(s.profile, args...).CombinedOutput()
	if err != nil {
		s.t.Fatalf("folderfront %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

func sample(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	writeTree(t, dir, "hello.txt")
	return dir
}

// writeTree makes files that say hello.
func writeTree(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("hello\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestServeIsAProviderForTheEnvironmentsKey(t *testing.T) {
	s := startServing(t, t.TempDir(), []string{"FOLDERFRONT_API_KEY=any form: at all"}, "--share", "Brand="+sample(t))
	shares := s.list("any form: at all", "/")
	if len(shares) != 1 || shares[0].Title != "Brand" || shares[0].Kind != "folder" {
		t.Fatalf("the root lists %v", shares)
	}
	files := s.list("any form: at all", shares[0].ID)
	if len(files) != 1 || files[0].Title != "hello.txt" {
		t.Fatalf("the share lists %v", files)
	}
	if status, body := s.get("any form: at all", "download", url.Values{"id": {files[0].ID}}); status != 200 || string(body) != "hello\n" {
		t.Errorf("download: %d %q", status, body)
	}
	if status, _ := s.get("another", "files", url.Values{"parentId": {"/"}}); status != 403 {
		t.Errorf("a wrong key got %d", status)
	}
	s.stop()
}

func TestServeShowsANewKeyOnce(t *testing.T) {
	profile, shared := t.TempDir(), sample(t)
	s := startServing(t, profile, nil, "--secrets", "file", "--share", "Brand="+shared)
	made := s.next()
	if made["event"] != "key" || !strings.HasPrefix(made["key"], "ffk_") {
		t.Fatalf("event %v, want a key", made)
	}
	id := s.list(made["key"], "/")[0].ID
	s.stop()

	s = startServing(t, profile, nil, "--secrets", "file", "--share", "Brand="+shared)
	if again := s.list(made["key"], "/")[0].ID; again != id {
		t.Errorf("the share's id was %s and is %s after a restart", id, again)
	}
	s.stop()
	for event := range s.lines {
		if event["event"] == "key" {
			t.Error("the key was shown again")
		}
	}
}

func TestCommandsTalkToTheRunningInstance(t *testing.T) {
	profile := t.TempDir()
	s := startServing(t, profile, []string{"FOLDERFRONT_API_KEY=k"}, "--secrets", "file", "--share", "Brand="+sample(t))
	s.run("folders", "add", "--name", "Work", sample(t))
	if got := fmt.Sprint(titles(s.list("k", "/"))); got != "[Brand Work]" {
		t.Errorf("the root lists %s", got)
	}
	key := s.run("key", "new", "Second")
	if got := s.list(key, "/"); len(got) != 2 {
		t.Errorf("the new key sees %v", got)
	}
	s.run("key", "revoke", strings.Split(key, "_")[1])
	if status, _ := s.get(key, "files", nil); status != 403 {
		t.Errorf("the revoked key got %d", status)
	}
	if got := s.run("status"); !strings.Contains(got, "Live. Sharing 2 folders.") || !strings.Contains(got, s.base) {
		t.Errorf("status says %q", got)
	}
	if out, err := command(profile, "serve").CombinedOutput(); err == nil || !strings.Contains(string(out), "is running already") {
		t.Errorf("a second one: %v %s", err, out)
	}
	s.run("folders", "pause", "Work")
	if got := fmt.Sprint(titles(s.list("k", "/"))); got != "[Brand]" {
		t.Errorf("with Work paused the root lists %s", got)
	}
	s.stop()
	text, err := os.ReadFile(filepath.Join(profile, "settings.toml"))
	if err != nil || strings.Contains(string(text), "name = 'Brand'") || !strings.Contains(string(text), "Work") {
		t.Errorf("flags must not be written, commands must: %s", text)
	}
}

func TestServeWithoutAKeyringSaysWhatToDo(t *testing.T) {
	out, err := command(t.TempDir(), "serve", "--listen", "127.0.0.1:0").CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(string(out), "--secrets file") {
		t.Errorf("%v: %s", err, out)
	}
}

func TestServeOnATakenPortSaysWhatToDo(t *testing.T) {
	s := startServing(t, t.TempDir(), []string{"FOLDERFRONT_API_KEY=k"})
	taken := strings.TrimSuffix(strings.TrimPrefix(s.base, "http://"), "/api/v1")
	cmd := command(t.TempDir(), "serve", "--listen", taken)
	cmd.Env = append(cmd.Env, "FOLDERFRONT_API_KEY=k")
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(string(out), "Another program uses the address "+taken) {
		t.Errorf("%v: %s", err, out)
	}
}

func TestWrongSettingsFileIsToldWithItsLine(t *testing.T) {
	profile := t.TempDir()
	os.WriteFile(filepath.Join(profile, "settings.toml"), []byte("version = 1\n[history]\ndays = 0\n"), 0o600)
	out, err := command(profile, "serve").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "line 3: days must be") {
		t.Errorf("%v: %s", err, out)
	}
}

func titles(items []item) (all []string) {
	for _, i := range items {
		all = append(all, i.Title)
	}
	return all
}

// send makes a call that changes something, and wants it to succeed.
func (s *serving) send(key, method, call, body string) {
	s.t.Helper()
	request, err := http.NewRequest(method, s.base+"/"+call, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("apiKey", key)
	request.Header.Set("username", "ann@example.com")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	if answer, err := io.ReadAll(response.Body); err != nil || response.StatusCode != http.StatusOK {
		s.t.Fatalf("%s %s: %d %s %v", method, call, response.StatusCode, answer, err)
	}
}
