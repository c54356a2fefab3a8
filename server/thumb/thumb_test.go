package thumb

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"folderfront/server/catalogue"
	"folderfront/server/thumb/render"
	"folderfront/server/worker"
)

// compiled is where WebAssembly's machine code is kept from one run of the tests to the next.
var compiled string

// The test program is its own worker, as Folderfront is.
func TestMain(m *testing.M) {
	if len(os.Args) < 2 || os.Args[1] != "worker" {
		if base, err := os.UserCacheDir(); err == nil {
			compiled = filepath.Join(base, "folderfront-tests", "wazero")
		}
		os.Exit(m.Run())
	}
	handlers := map[string]worker.Handler{
		render.Kind:        countedRender,
		render.KindPrepare: render.Prepare,
	}
	if err := worker.Serve(os.Stdin, os.Stdout, handlers); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// countedRender leaves a file for each render of a document in its temporary folder, and does
// as a document's name says if it is a special one.
func countedRender(ctx context.Context, job worker.Job) (worker.Result, error) {
	var args render.Args
	if err := job.Decode(&args); err != nil {
		return worker.Result{}, err
	}
	if f, err := os.CreateTemp(os.TempDir(), args.Name+"-*"); err == nil {
		f.Close()
	}
	switch args.Name {
	case "slow.png":
		for { // until the test lets it go on
			if _, err := os.Stat(filepath.Join(os.TempDir(), "go")); err == nil {
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
	case "crash.png":
		os.Exit(7)
	}
	return render.Handle(ctx, job)
}

// fixture is a share with a catalogue and everything else that Thumbs needs.
type fixture struct {
	*Thumbs
	t         *testing.T
	ctx       context.Context
	share     string // path
	workerDir string
	pools     []*worker.Pool
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	t.Setenv("XDG_CACHE_HOME", t.TempDir()) // the desktop's thumbnails
	ctx, cancel := context.WithCancel(context.Background())
	profile, share, workerDir := t.TempDir(), t.TempDir(), t.TempDir()
	for _, name := range []string{"TMPDIR", "TMP", "TEMP"} { // the worker's, by which it is watched
		t.Setenv(name, workerDir)
	}
	cat, err := catalogue.Open(ctx, catalogue.Config{Path: filepath.Join(profile, "catalogue.db")})
	if err != nil {
		t.Fatal(err)
	}
	if err := cat.SetShares(ctx, []catalogue.Share{{Name: "Work", Path: share}}); err != nil {
		t.Fatal(err)
	}
	f := &fixture{t: t, ctx: ctx, share: share, workerDir: workerDir}
	pool := f.newPool(worker.Config{Limit: time.Minute})
	thumbs, err := New(ctx, Config{Catalogue: cat, Pool: pool, Dir: filepath.Join(profile, "thumbs")})
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	t.Cleanup(func() {
		cancel()
		running.Wait()
		thumbs.Close()
		for _, p := range f.pools {
			p.Close()
		}
		cat.Close()
	})
	f.Thumbs = thumbs
	if err := os.WriteFile(filepath.Join(thumbs.cfg.Dir, "prepared-"+render.Prepared()), nil, 0o600); err != nil { // only some tests wait for that
		t.Fatal(err)
	}
	running.Go(func() { cat.Run(ctx) })
	running.Go(func() { thumbs.Run(ctx) })
	return f
}

// newPool makes a pool of workers that are this program, and lets the fixture close it.
func (f *fixture) newPool(cfg worker.Config) *worker.Pool {
	f.t.Helper()
	self, err := os.Executable()
	if err != nil {
		f.t.Fatal(err)
	}
	cfg.Command, cfg.CacheDir = []string{self, "worker"}, compiled
	p := worker.NewPool(f.ctx, cfg)
	f.pools = append(f.pools, p)
	return p
}

func (f *fixture) write(name string, data []byte) {
	f.t.Helper()
	if err := os.WriteFile(filepath.Join(f.share, name), data, 0o600); err != nil {
		f.t.Fatal(err)
	}
}

// entry waits until the catalogue knows the file as it now is.
func (f *fixture) entry(name string) catalogue.Entry {
	f.t.Helper()
	ctx := f.t.Context()
	root, err := f.cfg.Catalogue.Children(ctx, catalogue.Root)
	if err != nil || len(root) != 1 {
		f.t.Fatalf("%d shares, error %v", len(root), err)
	}
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		children, err := f.cfg.Catalogue.Children(ctx, root[0].ID)
		if err != nil {
			f.t.Fatal(err)
		}
		for _, c := range children {
			if c.Name == name {
				entry, err := f.cfg.Catalogue.Lookup(ctx, c.ID)
				if err != nil {
					f.t.Fatal(err)
				}
				return entry
			}
		}
	}
	f.t.Fatalf("%s is not in the catalogue", name)
	return catalogue.Entry{}
}

// get asks until there is a real picture, as a patient client does.
func (f *fixture) get(e catalogue.Entry, width int) Picture {
	f.t.Helper()
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		p, err := f.Get(f.t.Context(), e, width)
		if err != nil {
			f.t.Fatal(err)
		}
		if !p.Icon {
			return p
		}
	}
	f.t.Fatalf("no picture of %s", e.Name)
	return Picture{}
}

// renders counts the jobs the worker did under a name.
func (f *fixture) renders(name string) int {
	found, err := filepath.Glob(filepath.Join(f.workerDir, name+"-*"))
	if err != nil {
		f.t.Fatal(err)
	}
	return len(found)
}

func testPNG(w, h int, c color.Color) []byte {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.Set(x, y, c)
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		panic(err)
	}
	return out.Bytes()
}

func decoded(t *testing.T, p Picture) image.Image {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(p.Data))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func TestAPictureIsMadeOnceAndKept(t *testing.T) {
	f := newFixture(t)
	f.write("red.png", testPNG(600, 300, color.RGBA{255, 0, 0, 255}))
	e := f.entry("red.png")
	for i := range 3 {
		p := f.get(e, 200)
		if size := decoded(t, p).Bounds().Size(); size != image.Pt(200, 100) {
			t.Errorf("answer %d is %v, want 200 × 100", i, size)
		}
		if p.ContentType != "image/jpeg" || p.ETag != f.ETag(e, 200) || p.MaxAge == 0 {
			t.Errorf("answer %d: %s, ETag %s (want %s), age %v", i, p.ContentType, p.ETag, f.ETag(e, 200), p.MaxAge)
		}
	}
	r, g, b, _ := decoded(t, f.get(e, 200)).At(100, 50).RGBA()
	if r>>8 < 250 || g>>8 > 5 || b>>8 > 5 {
		t.Errorf("the centre is %d, %d, %d, want red", r>>8, g>>8, b>>8)
	}
	if n := f.renders("red.png"); n != 1 {
		t.Errorf("rendered %d times, want once", n)
	}
	// Another width of the same step is made from what is kept.
	if size := decoded(t, f.get(e, 150)).Bounds().Size(); size != image.Pt(150, 75) {
		t.Errorf("at 150 it is %v", size)
	}
	if n := f.renders("red.png"); n != 1 {
		t.Errorf("rendered %d times for two widths of one step, want once", n)
	}
}

func TestWidthsAreClampedAndNothingIsEnlarged(t *testing.T) {
	f := newFixture(t)
	f.write("small.png", testPNG(60, 30, color.White))
	f.write("tall.png", testPNG(100, 3000, color.White))
	for _, c := range []struct {
		name  string
		width int
		want  image.Point
	}{
		{"small.png", 200, image.Pt(60, 30)},
		{"small.png", 1 << 30, image.Pt(60, 30)},
		{"small.png", -5, image.Pt(16, 8)},
		{"tall.png", 50, image.Pt(7, 200)},
	} {
		if got := decoded(t, f.get(f.entry(c.name), c.width)).Bounds().Size(); got != c.want {
			t.Errorf("%s at %d is %v, want %v", c.name, c.width, got, c.want)
		}
	}
}

func TestAChangedFileGetsAnotherPicture(t *testing.T) {
	f := newFixture(t)
	f.write("a.png", testPNG(300, 300, color.Black))
	before := f.entry("a.png")
	f.get(before, 128)
	f.write("a.png", testPNG(300, 200, color.White))
	after := f.entry("a.png")
	if f.ETag(before, 128) == f.ETag(after, 128) {
		t.Fatal("the ETag is the same")
	}
	if size := decoded(t, f.get(after, 128)).Bounds().Size(); size != image.Pt(128, 85) {
		t.Errorf("the picture is still the old one: %v", size)
	}
}

func TestWhatIsMadeAhead(t *testing.T) {
	f := newFixture(t)
	f.write("asked.png", testPNG(300, 300, color.Black))
	f.write("other.png", testPNG(300, 300, color.Black))
	asked, other := f.entry("asked.png"), f.entry("other.png")
	f.get(asked, 300)
	for _, c := range []struct {
		name  string
		event catalogue.Event
		want  []int // widths
	}{
		{"uploaded", catalogue.Event{Kind: catalogue.Created, Entry: other, Own: true}, []int{DefaultWidth}},
		{"appeared on the disk", catalogue.Event{Kind: catalogue.Created, Entry: other}, nil},
		{"found by the first scan", catalogue.Event{Kind: catalogue.Created, Entry: other, Initial: true}, nil},
		{"changed, never asked for", catalogue.Event{Kind: catalogue.Changed, Entry: other}, nil},
		{"changed, asked for", catalogue.Event{Kind: catalogue.Changed, Entry: asked}, []int{512, 300}},
		{"changed again, not asked for since", catalogue.Event{Kind: catalogue.Changed, Entry: asked}, nil},
		{"a folder", catalogue.Event{Kind: catalogue.Created, Entry: catalogue.Entry{Folder: true}, Own: true}, nil},
		{"deleted", catalogue.Event{Kind: catalogue.Deleted, Entry: asked}, nil},
	} {
		wishes := make(chan wish, 10)
		f.follow(c.event, wishes)
		close(wishes)
		var got []int
		for w := range wishes {
			got = append(got, w.width)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: widths %v are made ahead, want %v", c.name, got, c.want)
		}
	}
	f.fulfil(t.Context(), wish{other, 200})
	f.fulfil(t.Context(), wish{other, 200})
	if n := f.renders("other.png"); n != 1 {
		t.Errorf("a wish was rendered %d times, want once", n)
	}
	if _, kept := f.cache.get(keyOf(other).file(200)); !kept {
		t.Error("what was made ahead is not kept")
	}
}

func TestWishesAreBounded(t *testing.T) {
	f := newFixture(t)
	f.write("a.png", testPNG(30, 30, color.Black))
	e := f.entry("a.png")
	wishes := make(chan wish, 3)
	for range 10 {
		f.follow(catalogue.Event{Kind: catalogue.Created, Entry: e, Own: true}, wishes)
	}
	if len(wishes) != 3 {
		t.Errorf("%d wishes are kept, want 3", len(wishes))
	}
}

func TestHeavyDocumentsWaitForEachOther(t *testing.T) {
	f := newFixture(t)
	release, err := f.lane(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f.write("page.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><rect width="1" height="1"/></svg>`))
	f.write("photo.png", testPNG(30, 30, color.Black))
	if p, err := f.Get(t.Context(), f.entry("page.svg"), 64); err != nil || !p.Icon || p.MaxAge != 0 {
		t.Errorf("while another is under way: icon %v, age %v, error %v", p.Icon, p.MaxAge, err)
	}
	if n := f.renders("page.svg"); n != 0 {
		t.Errorf("it was rendered %d times meanwhile", n)
	}
	f.get(f.entry("photo.png"), 64)
	release()
	f.get(f.entry("page.svg"), 64)
}

func TestManyAskingAtOnceShareOneRender(t *testing.T) {
	f := newFixture(t)
	f.write("slow.png", testPNG(300, 300, color.Black))
	e := f.entry("slow.png")
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, err := f.Get(t.Context(), e, 200); err != nil {
				t.Error(err)
			}
		})
	}
	for f.renders("slow.png") == 0 {
		time.Sleep(time.Millisecond)
	}
	if err := os.WriteFile(filepath.Join(f.workerDir, "go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	f.get(e, 200)
	if n := f.renders("slow.png"); n != 1 {
		t.Errorf("50 requests at once made %d renders", n)
	}
}

func TestASlowPictureIsAnIconFirst(t *testing.T) {
	f := newFixture(t)
	f.write("slow.png", testPNG(300, 300, color.Black))
	e := f.entry("slow.png")
	p, err := f.Get(t.Context(), e, 200)
	if err != nil || !p.Icon || p.MaxAge != 0 || p.ETag != "" {
		t.Errorf("got icon %v, age %v, ETag %q, error %v; want an icon that isn't kept", p.Icon, p.MaxAge, p.ETag, err)
	}
	if err := os.WriteFile(filepath.Join(f.workerDir, "go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f.get(e, 200) // it has been finished in the background
	if n := f.renders("slow.png"); n != 1 {
		t.Errorf("rendered %d times, want once", n)
	}
}

func TestNoPictureIsALastingIcon(t *testing.T) {
	f := newFixture(t)
	f.write("nothing.bin", []byte{0, 1, 2, 3, 0xff, 0xfe})
	f.write("crash.png", testPNG(300, 300, color.Black))
	f.write("empty.jpg", nil)
	for _, name := range []string{"crash.png", "nothing.bin", "empty.jpg"} { // the first has a fresh child, so is tried once
		e := f.entry(name)
		for range 3 {
			p, err := f.Get(t.Context(), e, 200)
			if err != nil || !p.Icon || p.MaxAge != iconAge || p.ETag == "" || p.ETag == f.ETag(e, 200) {
				t.Errorf("%s: icon %v, age %v, ETag %s, error %v", name, p.Icon, p.MaxAge, p.ETag, err)
			}
			if size := decoded(t, p).Bounds().Size(); size != image.Pt(200, 200) {
				t.Errorf("%s: the icon is %v", name, size)
			}
		}
		if n := f.renders(name); n != 1 {
			t.Errorf("%s: tried %d times, want once", name, n)
		}
	}
}

func TestAFolderIsAnIcon(t *testing.T) {
	f := newFixture(t)
	p, err := f.Get(t.Context(), catalogue.Entry{ID: catalogue.Root, Folder: true}, 64)
	if err != nil || !p.Icon || p.MaxAge == 0 {
		t.Errorf("icon %v, age %v, error %v", p.Icon, p.MaxAge, err)
	}
}

func TestAFileThatHasGoneIsNotFound(t *testing.T) {
	f := newFixture(t)
	f.write("gone.png", testPNG(30, 30, color.Black))
	e := f.entry("gone.png")
	if err := os.Remove(filepath.Join(f.share, "gone.png")); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Get(t.Context(), e, 64); !errors.Is(err, catalogue.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}

func TestTooManyAtOnceGetIcons(t *testing.T) {
	f := newFixture(t)
	f.mu.Lock()
	for i := range maxFlights {
		f.flights[fmt.Sprint(i)] = &flight{}
	}
	f.mu.Unlock()
	f.write("a.png", testPNG(30, 30, color.Black))
	p, err := f.Get(t.Context(), f.entry("a.png"), 64)
	if err != nil || !p.Icon || p.MaxAge != 0 {
		t.Errorf("icon %v, age %v, error %v; want an icon that isn't kept", p.Icon, p.MaxAge, err)
	}
}
