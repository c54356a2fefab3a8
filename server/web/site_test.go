package web_test

import (
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"folderfront/server"
	"folderfront/server/auth"
	"folderfront/server/catalogue"
	"folderfront/server/thumb/render"
	"folderfront/server/upload"
	"folderfront/server/web/webtest"
	"folderfront/server/worker"
)

// site is the whole server over two real folders, reached by HTTPS as through a
// tunnel.
type site struct {
	*httptest.Server
	t         testing.TB
	server    *server.Server
	auth      *auth.Auth
	catalogue *catalogue.Catalogue
	uploads   *upload.Uploads
	dir       string // of the shared folder Designs
	private   string // of the shared folder Private

	mu    sync.Mutex
	noted []string // what the server told
}

var waitFor = webtest.WaitFor

// TestMain lets this program be the server's worker as well.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "worker" {
		if err := worker.Serve(os.Stdin, os.Stdout, map[string]worker.Handler{render.Kind: render.Handle}); err != nil {
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	webtest.Stop()
	os.Exit(code)
}

const (
	person   = "jane@example.com"
	password = "correct horse battery"
)

// newSite shares two folders, Designs (read and write) and Private, and knows
// jane, who may change Designs and has a password, and joe, who may do nothing.
func newSite(t testing.TB) *site {
	t.Helper()
	s := &site{t: t, dir: t.TempDir(), private: t.TempDir()}
	s.write("Brief.txt", "Hello from the brief.\n")
	if err := os.WriteFile(filepath.Join(s.private, "Salaries.txt"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelError}))
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if s.server, err = server.Open(t.Context(), server.Config{Profile: t.TempDir(), Logger: log, Noted: s.note, WorkerCommand: []string{self, "worker"}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.server.Close() })
	s.auth, s.catalogue, s.uploads = s.server.Auth, s.server.Catalogue, s.server.Uploads
	s.share(catalogue.Share{Name: "Designs", Path: s.dir}, catalogue.Share{Name: "Private", Path: s.private})
	s.auth.SetPeople([]auth.Person{{Name: person, Rights: map[string]auth.Right{"Designs": auth.Write}}, {Name: "joe"}})
	if err := s.auth.SetPassword(t.Context(), person, password); err != nil {
		t.Fatal(err)
	}
	s.Server = httptest.NewTLSServer(s.server.Handler(server.Loopback))
	t.Cleanup(s.Server.Close)
	s.links(false)
	return s
}

// note collects what the server notes.
func (s *site) note(e server.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noted = append(s.noted, e.Verb+" "+e.Title+" "+e.Person)
}

func (s *site) notes() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.noted)
}

func (s *site) share(shares ...catalogue.Share) {
	s.t.Helper()
	if err := s.server.SetShares(s.t.Context(), shares); err != nil {
		s.t.Fatal(err)
	}
}

// links allows signed links into Designs, or not.
func (s *site) links(allowed bool) {
	options := server.Options{Origin: s.URL}
	if allowed {
		options.Links = []string{"Designs"}
	}
	s.server.SetOptions(options)
}

// write puts a file into Designs.
func (s *site) write(name, content string) {
	s.t.Helper()
	path := filepath.Join(s.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// find returns what lies at a path that begins with a shared folder's name.
func (s *site) find(path string) catalogue.Entry {
	s.t.Helper()
	at := catalogue.Entry{ID: catalogue.Root}
	for name := range strings.SplitSeq(path, "/") {
		children, err := s.catalogue.Children(s.t.Context(), at.ID)
		if err != nil {
			s.t.Fatal(err)
		}
		i := slices.IndexFunc(children, func(e catalogue.Entry) bool { return e.Name == name })
		if i < 0 {
			s.t.Fatalf("%s: there is no %s", path, name)
		}
		at = children[i]
	}
	return at
}

// visitor is a browser without a screen: it keeps cookies and follows no
// redirect by itself.
type visitor struct {
	*http.Client
	s *site
}

func (s *site) visitor() *visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &visitor{s: s, Client: &http.Client{
		Jar:           jar,
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// page is an answer with its body read.
type page struct {
	*http.Response
	body string
}

func (v *visitor) send(r *http.Request) page {
	v.s.t.Helper()
	resp, err := v.Do(r)
	if err != nil {
		v.s.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		v.s.t.Fatal(err)
	}
	return page{resp, string(raw)}
}

func (v *visitor) open(path string) page {
	v.s.t.Helper()
	r, err := http.NewRequest("GET", v.s.URL+path, nil)
	if err != nil {
		v.s.t.Fatal(err)
	}
	return v.send(r)
}

// post sends a form as our own page would.
func (v *visitor) post(path string, fields ...string) page {
	v.s.t.Helper()
	return v.postFrom("same-origin", path, fields...)
}

func (v *visitor) postFrom(site, path string, fields ...string) page {
	v.s.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	r, err := http.NewRequest("POST", v.s.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		v.s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if site != "" {
		r.Header.Set("Sec-Fetch-Site", site)
	}
	return v.send(r)
}

// signedIn is a visitor who is jane.
func (s *site) signedIn() *visitor {
	s.t.Helper()
	v := s.visitor()
	if got := v.post("/signin", "do", "password", "username", person, "password", password); got.StatusCode != http.StatusSeeOther {
		s.t.Fatalf("sign in: %d %s", got.StatusCode, got.body)
	}
	return v
}

// newTLS serves another site and returns its origin.
func newTLS(t testing.TB, handle http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewTLSServer(handle)
	t.Cleanup(server.Close)
	return server.URL
}

// testWriter gives log lines to the test.
type testWriter struct{ t testing.TB }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Helper()
	w.t.Log(strings.TrimSpace(string(p)))
	return len(p), nil
}
