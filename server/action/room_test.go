package action

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"folderfront/server/action/outgoing"
	"folderfront/server/catalogue"
	"folderfront/server/upload"
)

// room is Actions over a real catalogue and real files.
type room struct {
	*Actions
	t        testing.TB
	dir      string
	cat      *catalogue.Catalogue
	uploads  *upload.Uploads
	share    catalogue.ID
	desktop  []string
	secrets  map[string]string
	restart  func()
	commands bool
	missing  bool // secrets that aren't there are an error
	own      netip.AddrPort
	patience time.Duration // of eventually

	mu       sync.Mutex
	goneOnes []string
	noRoute  bool
}

func newRoom(t testing.TB) *room {
	t.Helper()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "poster.pdf"), []byte("one"), 0o644))
	must(t, os.WriteFile(filepath.Join(dir, "notes.txt"), []byte("two"), 0o644))
	return newRoomAt(t, t.TempDir(), dir)
}

// newRoomAt is a room over a folder with at least two files.
func newRoomAt(t testing.TB, profile, dir string) *room {
	t.Helper()
	r := &room{t: t, dir: dir, secrets: map[string]string{}, commands: true, patience: 30 * time.Second}
	log := slog.New(slog.DiscardHandler)
	var stop func()
	start := func() {
		ctx, cancel := context.WithCancel(context.Background())
		var err error
		r.cat, err = catalogue.Open(ctx, catalogue.Config{Path: filepath.Join(profile, "catalogue.db"), Logger: log})
		must(t, err)
		r.uploads, err = upload.New(r.cat, upload.Config{Logger: log, MinimumFree: 1})
		must(t, err)
		must(t, r.cat.SetShares(ctx, []catalogue.Share{{Name: "Brand", Path: r.dir}}))
		must(t, r.uploads.Recover(ctx))
		r.Actions, err = New(ctx, Config{
			Catalogue: r.cat, Uploads: r.uploads, Logger: log, Commands: func() bool { return r.commands },
			Origin: func() string { return "https://files.example.com" },
			Secret: func(name string) (string, error) {
				if _, there := r.secrets[name]; !there && r.missing {
					return "", errors.New("no such secret")
				}
				return r.secrets[name], nil
			},
			Own: func() []netip.AddrPort { return []netip.AddrPort{r.own} },
			Gone: func(connection string) {
				r.mu.Lock()
				defer r.mu.Unlock()
				r.goneOnes = append(r.goneOnes, connection)
			},
			Desktop: func(operation, what string) error {
				r.desktop = append(r.desktop, operation+" "+what)
				return nil
			},
		})
		must(t, err)
		r.offline = func() bool {
			r.mu.Lock()
			defer r.mu.Unlock()
			return r.noRoute
		}
		var running sync.WaitGroup
		running.Go(func() { r.cat.Run(ctx) })
		running.Go(func() { r.Actions.Run(ctx) })
		stop = func() { cancel(); running.Wait(); must(t, r.cat.Close()) }
	}
	start()
	t.Cleanup(func() { stop() })
	r.restart = func() { stop(); start() }
	r.share = r.cat.Status()[0].ID
	r.scanned()
	return r
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// eventually waits for what happens in its own time.
func (r *room) eventually(what string, holds func() bool) {
	r.t.Helper()
	for end := time.Now().Add(r.patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if holds() {
			return
		}
	}
	r.t.Fatalf("%s did not come", what)
}

// scanned waits until the catalogue knows the share: what comes later is news.
func (r *room) scanned() {
	r.t.Helper()
	r.eventually("the first scan", func() bool {
		s := r.cat.Status()[0]
		return s.State == catalogue.Ready && s.Files >= 2
	})
}

// id finds a file of the share by name.
func (r *room) id(name string) catalogue.ID {
	r.t.Helper()
	return r.entry(name).ID
}

// known tells whether the catalogue has met a file of the share.
func (r *room) known(name string) bool {
	r.t.Helper()
	children, err := r.cat.Children(r.t.Context(), r.share)
	must(r.t, err)
	return slices.ContainsFunc(children, func(c catalogue.Entry) bool { return c.Name == name })
}

// below finds an entry by its path within the share.
func (r *room) below(path string) (at catalogue.Entry) {
	r.t.Helper()
	at.ID = r.share
	for _, name := range strings.Split(path, "/") {
		children, err := r.cat.Children(r.t.Context(), at.ID)
		must(r.t, err)
		i := slices.IndexFunc(children, func(c catalogue.Entry) bool { return c.Name == name })
		if i < 0 {
			r.t.Fatalf("%s is not there", path)
		}
		at = children[i]
	}
	return at
}

func (r *room) entry(name string) catalogue.Entry {
	r.t.Helper()
	return r.below(name)
}

func (r *room) setOffline(offline bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.noRoute = offline
}

func (r *room) goneNames() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string{}, r.goneOnes...)
}

func (r *room) define(d Definitions) {
	r.t.Helper()
	must(r.t, r.SetDefinitions(d))
}

// log returns the ended runs, oldest first.
func (r *room) ended() []Run {
	r.t.Helper()
	all, err := r.Log(r.t.Context(), Filter{})
	must(r.t, err)
	var ended []Run
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].State == Done || all[i].State == Failed {
			ended = append(ended, all[i])
		}
	}
	return ended
}

// bin records what it receives.
type bin struct {
	*httptest.Server
	mu     sync.Mutex
	got    []received
	status int
}

type received struct {
	method, url, body string
	header            http.Header
}

func newBin(t *testing.T) *bin {
	b := &bin{status: http.StatusOK}
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		b.mu.Lock()
		b.got = append(b.got, received{r.Method, r.URL.String(), string(body), r.Header})
		status := b.status
		b.mu.Unlock()
		w.Header().Set("X-Seen", "yes")
		w.WriteHeader(status)
		io.WriteString(w, `{"thanks":true}`)
	}))
	t.Cleanup(b.Close)
	return b
}

func (b *bin) all() []received {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]received{}, b.got...)
}

func (b *bin) answer(status int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.status = status
}

// everyone may do everything.
var everyone = Caller{Name: "ann@example.com", May: func(string, bool) bool { return true }}

func hook(b *bin) Connection {
	return Connection{Name: "hook", URL: b.URL, Class: outgoing.Computer}
}

func webhook(id int32, name, body string) Action {
	return Action{ID: id, Name: name, DisplayName: "Send " + name, Kind: Webhook, Connection: "hook", Path: "/in", Body: body, Workfront: true}
}

func builtin(id int32, name, operation, argument string) Action {
	return Action{ID: id, Name: name, DisplayName: name, Kind: Builtin, Operation: operation, Argument: argument, Workfront: true}
}
