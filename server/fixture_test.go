package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"folderfront/server/catalogue"
	"folderfront/server/conformance"
	"folderfront/server/search/text"
	"folderfront/server/thumb/render"
	"folderfront/server/worker"
)

// TestMain makes this test's own binary the worker of its servers.
func TestMain(m *testing.M) {
	if len(os.Args) < 2 || os.Args[1] != "worker" {
		os.Exit(m.Run())
	}
	if err := worker.Serve(os.Stdin, os.Stdout, map[string]worker.Handler{render.Kind: render.Handle, text.Job: text.Handle}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// testKey is the key that fixtures accept.
const testKey = "key-of-the-tests"

// fixture is a whole provider in this process, over folders of its own.
type fixture struct {
	*Server
	t       testing.TB
	profile string
	shares  []catalogue.Share
	limits  Limits
	log     *slog.Logger
	base    string // Base API URL
	client  *conformance.Client
	told    told
	end     func()
}

// told collects what the server notes.
type told struct {
	mu     sync.Mutex
	events []Event
}

func (t *told) add(e Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.events = append(t.events, e)
}

// all returns the events so far, the oldest first.
func (t *told) all() []Event {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.events)
}

// newFixture shares the given folders; with none, a writable "Work" and a
// read-only "Archive" with a few files in them.
func newFixture(t testing.TB, shares ...catalogue.Share) *fixture {
	t.Helper()
	f := &fixture{t: t, profile: t.TempDir(), shares: shares}
	if len(shares) == 0 {
		f.shares = []catalogue.Share{{Name: "Work", Path: t.TempDir()}, {Name: "Archive", Path: t.TempDir(), ReadOnly: true}}
		f.write("Work/report.txt", "The quick brown fox reports.\n")
		f.write("Work/Photos/sunset 2.txt", "two")
		f.write("Work/Photos/sunset 10.txt", "ten")
		f.write("Work/Empty/.keep", "")
		f.write("Archive/old.txt", "old")
	}
	f.start()
	t.Cleanup(func() { f.end() })
	return f
}

// start opens and serves; it may be called again after end.
func (f *fixture) start() {
	f.t.Helper()
	self, err := os.Executable()
	if err != nil {
		f.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s, err := Open(ctx, Config{Profile: f.profile, Logger: f.log, Noted: f.told.add, Limits: f.limits, WorkerCommand: []string{self, "worker"}})
	if err != nil {
		f.t.Fatal(err)
	}
	s.Auth.SetEnvironmentKey(testKey)
	if err := s.SetShares(ctx, f.shares); err != nil {
		f.t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		f.t.Fatal(err)
	}
	origin := "http://" + ln.Addr().String()
	s.SetOptions(Options{Origin: origin})
	f.Server, f.base = s, origin+"/api/v1"
	transport := &http.Transport{}
	f.client = &conformance.Client{BaseURL: f.base, Credential: conformance.Credential{APIKey: testKey, Username: "ann@example.com"}, HTTP: &http.Client{Transport: transport}}
	ended := make(chan error, 2)
	go func() { ended <- s.Run(ctx) }()
	go func() { ended <- s.Serve(ctx, ln, Loopback) }()
	f.end = func() {
		f.end = func() {}
		transport.CloseIdleConnections()
		cancel()
		for range 2 {
			if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
				f.t.Error(err)
			}
		}
		if err := s.Close(); err != nil {
			f.t.Error(err)
		}
	}
}

// disk is the absolute path of "Share/path".
func (f *fixture) disk(path string) string {
	name, rest, _ := strings.Cut(path, "/")
	for _, sh := range f.shares {
		if sh.Name == name {
			return filepath.Join(sh.Path, filepath.FromSlash(rest))
		}
	}
	f.t.Fatalf("no share %s", name)
	return ""
}

// write puts a file on the disk, as another program would.
func (f *fixture) write(path, content string) {
	f.t.Helper()
	full := f.disk(path)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		f.t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(content), 0o644); err != nil {
		f.t.Fatal(err)
	}
}

// find walks the API from the root to "Share/path".
func (f *fixture) find(path string) conformance.Item {
	f.t.Helper()
	at := conformance.Item{ID: "/"}
	for _, name := range strings.Split(path, "/") {
		children, err := f.client.Files(f.t.Context(), at.ID)
		if err != nil {
			f.t.Fatal(err)
		}
		at = conformance.Item{}
		for _, child := range children {
			if child.Title == name {
				at = child
			}
		}
		if at.ID == "" {
			f.t.Fatalf("%s is not listed (%s)", path, name)
		}
	}
	return at
}

// do makes a call as the client, and fails the test when nothing is answered.
func (f *fixture) do(call conformance.Call) *conformance.Answer {
	f.t.Helper()
	a, err := f.client.Do(f.t.Context(), call)
	if err != nil {
		f.t.Fatal(err)
	}
	return a
}

// eventually polls until the condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}
