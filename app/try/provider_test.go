package try_test

import (
	"context"
	"errors"
	"image"
	"image/color"
	"image/png"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"folderfront/app/state"
	"folderfront/app/try"
	"folderfront/server"
	"folderfront/server/action"
	"folderfront/server/catalogue"
	"folderfront/server/search/text"
	"folderfront/server/thumb/render"
	"folderfront/server/web/webtest"
	"folderfront/server/worker"
)

// TestMain lets this program be the server's worker as well.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "worker" {
		if err := worker.Serve(os.Stdin, os.Stdout, map[string]worker.Handler{render.Kind: render.Handle, text.Job: text.Handle}); err != nil {
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	webtest.Stop()
	os.Exit(code)
}

// key is the provider's API key in these tests; it must never be seen.
const key = "ffk_secret_ABCDEFGHIJKLMNOPQRSTUVWXYZ_sum"

// provider is a whole server over one shared folder, and a picker that plays
// Workfront against it.
type provider struct {
	*try.Picker
	t      testing.TB
	server *server.Server
	http   *httptest.Server
	dir    string // the shared folder Studio
	target try.Target
	off    bool
}

func newProvider(t testing.TB) *provider {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{t: t, dir: t.TempDir()}
	if p.server, err = server.Open(t.Context(), server.Config{Profile: t.TempDir(), WorkerCommand: []string{self, "worker"}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.server.Close() })
	p.server.Auth.SetEnvironmentKey(key)
	p.write("brief.txt", "Hello from the brief.\n")
	p.write("Posters/spring.txt", "A poster for spring.\n")
	p.picture("Posters/sunset.png")
	p.write("Empty/.keep", "")
	if err := p.server.SetShares(t.Context(), []catalogue.Share{{Name: "Studio", Path: p.dir}}); err != nil {
		t.Fatal(err)
	}
	err = p.server.Actions.SetDefinitions(action.Definitions{Actions: []action.Action{
		{ID: 1, Name: "done", DisplayName: "Mark as done", Kind: action.Builtin, Operation: "tag", Argument: "done", Workfront: true},
		{ID: 2, Name: "bad", DisplayName: "Rename badly", Kind: action.Builtin, Operation: "rename", Argument: "a/b", Workfront: true},
	}})
	if err != nil {
		t.Fatal(err)
	}
	p.serve(p.server.Handler(server.Loopback))
	ctx, end := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- p.server.Run(ctx) }()
	t.Cleanup(func() {
		end()
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	p.Picker = try.New(try.Config{
		Target: func(context.Context) (try.Target, error) {
			if p.off {
				return try.Target{}, errors.New("Sharing is off. Start sharing, then begin anew.")
			}
			return p.target, nil
		},
		Introduce: func(ctx context.Context, documentID, fileID string) error {
			return p.server.Uploads.Remember(ctx, documentID, "", catalogue.ID(fileID))
		},
		Transport: &http.Transport{DialContext: p.dial},
		Patience:  patience,
	})
	return p
}

// publicName is under which the provider is known to the internet, after public.
const publicName = "studio.example.com"

// public has the provider asked under its public name.
func (p *provider) public() {
	p.server.SetOptions(server.Options{Origin: "http://" + publicName})
	p.target.Address = "http://" + publicName + "/api/v1"
}

// dial finds the provider under its public name.
func (p *provider) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if address == publicName+":80" {
		address = p.http.Listener.Addr().String()
	}
	return new(net.Dialer).DialContext(ctx, network, address)
}

// serve answers at an address of its own from now on.
func (p *provider) serve(h http.Handler) {
	p.http = httptest.NewServer(h)
	p.t.Cleanup(p.http.Close)
	p.server.SetOptions(server.Options{Origin: p.http.URL})
	p.target = try.Target{Address: p.http.URL + "/api/v1", Way: "public", Key: key}
}

func (p *provider) write(name, content string) {
	p.t.Helper()
	path := filepath.Join(p.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		p.t.Fatal(err)
	}
}

// picture writes a picture with something to see in it.
func (p *provider) picture(name string) {
	p.t.Helper()
	p.write(name, "")
	img := image.NewNRGBA(image.Rect(0, 0, 480, 320))
	for y := range 320 {
		for x := range 480 {
			img.SetNRGBA(x, y, color.NRGBA{uint8(240 - y/3), uint8(90 + x/6 + 40*(len(name)%3)), uint8(60 + y/2), 255})
		}
	}
	file, err := os.Create(filepath.Join(p.dir, filepath.FromSlash(name)))
	if err != nil {
		p.t.Fatal(err)
	}
	defer file.Close()
	if err := png.Encode(file, img); err != nil {
		p.t.Fatal(err)
	}
}

// enter opens the folders one in the other, from the root, by their names.
func (p *provider) enter(names ...string) {
	p.t.Helper()
	p.Browse(p.t.Context(), "/")
	for _, name := range names {
		p.Browse(p.t.Context(), p.id(name))
	}
}

// id is that of an entry that is listed.
func (p *provider) id(title string) string {
	p.t.Helper()
	for _, i := range p.View().Items {
		if i.Title == title {
			return i.ID
		}
	}
	p.t.Fatalf("%q is not listed: %v", title, titles(p.View().Items))
	return ""
}

func titles(items []state.TryItem) (all []string) {
	for _, i := range items {
		all = append(all, i.Title)
	}
	return all
}

// did wants the newest step to be of a kind, and good or, with words, bad for a
// reason that has them.
func (p *provider) did(kind, words string) state.TryStep {
	p.t.Helper()
	s := p.View().Steps[0]
	if s.Step != kind || s.Running || words == "" && s.Trouble != "" || !strings.Contains(s.Trouble, words) {
		p.t.Fatalf("the newest step is %s %q, trouble %q; want %s, %q", s.Step, s.About, s.Trouble, kind, words)
	}
	if p.View().Trouble != s.Trouble {
		p.t.Errorf("the view tells %q, the step %q", p.View().Trouble, s.Trouble)
	}
	return s
}

// nobody is an address at which nothing answers.
func nobody(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String() + "/api/v1"
}
