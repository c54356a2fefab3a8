package web_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"folderfront/server/auth"
	"folderfront/server/catalogue"
	"folderfront/server/upload"
	"folderfront/server/web"
)

// site is the pages over real rooms, served by HTTPS as through a tunnel.
type site struct {
	*httptest.Server
	t         testing.TB
	auth      *auth.Auth
	catalogue *catalogue.Catalogue
	uploads   *upload.Uploads
	dir       string // of the shared folder Designs
	links     atomic.Bool
	mu        sync.Mutex
	seen      []string // verb and title
}

const (
	person   = "jane@example.com"
	password = "correct horse battery"
)

// newSite shares two folders, Designs (read and write) and Private, and knows
// jane, who may change Designs and has a password, and joe, who may do nothing.
func newSite(t testing.TB) *site {
	t.Helper()
	s := &site{t: t, dir: t.TempDir()}
	profile, private := t.TempDir(), t.TempDir()
	s.write("Brief.txt", "Hello from the brief.\n")
	if err := os.WriteFile(filepath.Join(private, "Salaries.txt"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	var err error
	if s.catalogue, err = catalogue.Open(t.Context(), catalogue.Config{Path: filepath.Join(profile, "catalogue.db"), Logger: log}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.catalogue.Close() })
	if s.auth, err = auth.Open(t.Context(), auth.Config{Path: filepath.Join(profile, "auth.db"), Logger: log}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.auth.Close() })
	if s.uploads, err = upload.New(s.catalogue, upload.Config{Logger: log}); err != nil {
		t.Fatal(err)
	}
	if err := s.catalogue.SetShares(t.Context(), []catalogue.Share{{Name: "Designs", Path: s.dir}, {Name: "Private", Path: private}}); err != nil {
		t.Fatal(err)
	}
	s.auth.SetPeople([]auth.Person{{Name: person, Rights: map[string]auth.Right{"Designs": auth.Write}}, {Name: "joe"}})
	if err := s.auth.SetPassword(t.Context(), person, password); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/oauth2/token", s.auth.Token)
	mux.HandleFunc("/oauth2/revoke", s.auth.Revoke)
	mux.Handle("/", web.New(web.Config{
		Auth: s.auth, Catalogue: s.catalogue, Uploads: s.uploads, Logger: log,
		Origin: func() string { return s.URL }, LinksAllowed: func(share string) bool { return share == "Designs" && s.links.Load() },
		List: s.list, Type: kindOf, Serve: s.serve, Thumbnail: s.thumbnail, Seen: s.note,
	}))
	s.Server = httptest.NewTLSServer(mux)
	t.Cleanup(s.Server.Close)
	return s
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

func (s *site) list(ctx context.Context, who auth.Principal, folder catalogue.ID) ([]catalogue.Entry, error) {
	all, err := s.catalogue.Children(ctx, folder)
	all = slices.DeleteFunc(all, func(e catalogue.Entry) bool { return who.May(e.Share) < auth.Read })
	slices.SortFunc(all, func(a, b catalogue.Entry) int { return strings.Compare(a.Name, b.Name) })
	return all, err
}

func kindOf(_ context.Context, e catalogue.Entry) string {
	ending := filepath.Ext(e.Name)
	if kind, ok := map[string]string{".md": "text/markdown", ".mov": "video/quicktime", ".webm": "video/webm", ".wav": "audio/wav", ".mp4": "video/mp4", ".mht": "multipart/related"}[ending]; ok {
		return kind
	}
	kind, _, _ := mime.ParseMediaType(mime.TypeByExtension(ending))
	return kind
}

func (s *site) serve(w http.ResponseWriter, r *http.Request, e catalogue.Entry, inline bool) error {
	file, e, err := s.catalogue.OpenFile(r.Context(), e.ID)
	if err != nil {
		return err
	}
	defer file.Close()
	disposition := "attachment"
	if inline {
		disposition = "inline"
	}
	w.Header().Set("Content-Type", kindOf(r.Context(), e))
	w.Header().Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": e.Title()}))
	http.ServeContent(w, r, "", e.Modified, file)
	return nil
}

func (s *site) thumbnail(w http.ResponseWriter, r *http.Request, e catalogue.Entry, width int) error {
	w.Header().Set("Content-Type", "image/svg+xml")
	_, err := io.WriteString(w, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3" width="400" height="300"><rect width="4" height="3" fill="#dde6e6"/></svg>`)
	return err
}

func (s *site) note(_ *http.Request, verb string, who auth.Principal, e catalogue.Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, verb+" "+e.Title()+" "+who.Name())
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

// waitFor polls until done or too late.
func waitFor(t testing.TB, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain for " + what)
		}
	}
}
