package web_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"golang.org/x/oauth2"

	"folderfront/server/auth"
	"folderfront/server/web/webtest"
	"folderfront/server/worker/pdfium/pdftest"
)

// workfront plays the part of Workfront that a browser meets: it takes the
// answer of the consent page and redeems the code.
type workfront struct {
	*httptest.Server
	conf oauth2.Config
	mu   sync.Mutex
	last url.Values // what the browser brought
	got  *oauth2.Token
}

func newWorkfront(t *testing.T, s *site) *workfront {
	t.Helper()
	w := &workfront{}
	w.Server = httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.last = r.URL.Query()
		if r.URL.Path != "/return" {
			http.NotFound(rw, r)
			return
		}
		heading := "Refused"
		if code := w.last.Get("code"); code != "" {
			token, err := w.conf.Exchange(withClient(r, s), code)
			if err != nil {
				t.Error(err)
				return
			}
			w.got, heading = token, "Connected"
		}
		rw.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(rw, "<!doctype html><title>Workfront</title><link rel=icon href=data:,><h1>%s</h1>", heading)
	}))
	t.Cleanup(w.Close)
	client, secret, err := s.auth.NewClient(t.Context(), w.URL+"/return")
	if err != nil {
		t.Fatal(err)
	}
	w.conf = oauth2.Config{
		ClientID: client.ID, ClientSecret: secret, RedirectURL: w.URL + "/return",
		Endpoint: oauth2.Endpoint{AuthURL: s.URL + "/oauth2/authorize", TokenURL: s.URL + "/oauth2/token"},
	}
	return w
}

// withClient makes the OAuth2 client trust the site's certificate.
func withClient(r *http.Request, s *site) context.Context {
	return context.WithValue(r.Context(), oauth2.HTTPClient, s.Client())
}

// bearer lists the root with an access token, which must show what jane may see.
func (s *site) bearer(token string) error {
	r, err := http.NewRequest("GET", s.URL+"/api/v1/files", nil)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	got := s.visitor().send(r)
	if got.StatusCode != http.StatusOK || !strings.Contains(got.body, `"Designs"`) || strings.Contains(got.body, `"Private"`) {
		return fmt.Errorf("%d %s", got.StatusCode, got.body)
	}
	return nil
}

// signIn fills the sign-in page with the keyboard, beginning where its focus is.
func signIn(c *webtest.Chrome, password string) {
	c.Heading("Sign in")
	c.Focused("#username")
	c.Keys(person, kb.Tab, password, kb.Enter)
}

// Test 1 of the spec, then test 10: the service is provisioned in the browser,
// by keyboard alone; the access token is invalidated, and refreshed.
func TestProvisionThenRefresh(t *testing.T) {
	s := newSite(t)
	w := newWorkfront(t, s)
	c := webtest.New(t)
	c.Open(w.conf.AuthCodeURL("state & more"))
	signIn(c, password)
	c.Heading("Let Workfront in?")
	c.TabTo("button[value=allow]")
	c.Keys(kb.Enter)
	c.Heading("Connected")
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.last.Get("state") != "state & more" || w.got == nil {
		t.Fatalf("Workfront got %v", w.last)
	}
	if err := s.bearer(w.got.AccessToken); err != nil {
		t.Fatal(err)
	}
	revoked, err := s.Client().PostForm(s.URL+"/oauth2/revoke", url.Values{"token": {w.got.AccessToken}, "client_id": {w.conf.ClientID}, "client_secret": {w.conf.ClientSecret}})
	if err != nil || revoked.StatusCode != http.StatusOK {
		t.Fatalf("invalidate: %v %v", revoked, err)
	}
	if err := s.bearer(w.got.AccessToken); err == nil {
		t.Fatal("the invalidated token still works")
	}
	w.got.Expiry = time.Now().Add(-time.Second)
	fresh, err := w.conf.TokenSource(withClient(httptest.NewRequest("GET", "/", nil), s), w.got).Token()
	if err != nil || s.bearer(fresh.AccessToken) != nil {
		t.Fatalf("refresh: %v", err)
	}
	c.Quiet(s.URL, w.URL)
}

func TestDeclineConsent(t *testing.T) {
	s := newSite(t)
	w := newWorkfront(t, s)
	c := webtest.New(t)
	c.Open(w.conf.AuthCodeURL("s"))
	signIn(c, password)
	c.Heading("Let Workfront in?")
	c.TabTo("button[value=deny]")
	c.Keys(kb.Enter)
	c.Heading("Refused")
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.last.Get("error") != "access_denied" || w.last.Get("state") != "s" || w.last.Has("code") {
		t.Errorf("Workfront got %v", w.last)
	}
	c.Quiet(s.URL, w.URL)
}

// Tests 3 and 4 of the spec: the link opens the document; signed out, it leads
// through the sign-in page to the document.
func TestOpenLink(t *testing.T) {
	s := newSite(t)
	address := s.URL + "/view/" + string(s.find("Designs/Brief.txt").ID)
	c := webtest.New(t)
	c.Open(address)
	signIn(c, "wrong")
	waitFor(t, "the refusal", func() bool { return webtest.Eval[bool](c, `!!document.querySelector("[role=alert]")`) })
	c.Focused("#password")
	c.Keys(password, kb.Enter)
	c.Heading("Brief.txt")
	if got := webtest.Get(c, chromedp.Location()); got != address {
		t.Errorf("led to %s", got)
	}
	c.Open(address)
	c.Heading("Brief.txt")
	c.TabTo("header form button")
	c.Keys(kb.Enter)
	c.Heading("You are signed out")
	c.Open(address)
	c.Heading("Sign in")
	c.Quiet(s.URL)
}

// Test 5 of the spec: the download begins, from the page and from the link that
// Workfront keeps, signed in or not.
func TestDownload(t *testing.T) {
	s := newSite(t)
	e := s.find("Designs/Brief.txt")
	c := webtest.New(t)
	dir := t.TempDir()
	on := true
	_, err := chromedp.CallBrowser(c.Context, cdpbrowser.SetDownloadBehavior, cdpbrowser.SetDownloadBehaviorParams{
		Behavior: "allow", DownloadPath: dir, EventsEnabled: &on, BrowserContextID: chromedp.FromContext(c.Context).BrowserContextID,
	})
	if err != nil {
		t.Fatal(err)
	}
	arrived := func() bool {
		raw, err := os.ReadFile(filepath.Join(dir, "Brief.txt"))
		return err == nil && string(raw) == "Hello from the brief.\n"
	}
	c.Open(s.URL + "/get/" + string(e.ID))
	signIn(c, password)
	c.Heading("Brief.txt")
	waitFor(t, "the download after the sign-in", arrived)
	if err := os.Remove(filepath.Join(dir, "Brief.txt")); err != nil {
		t.Fatal(err)
	}
	c.Open(s.URL + "/view/" + string(e.ID))
	c.Heading("Brief.txt")
	c.TabTo("a[download]")
	c.Keys(kb.Enter)
	waitFor(t, "the download from the page", arrived)
	c.Quiet(s.URL)
}

// Sign-in by approval: the page shows the owner's number and goes on by itself.
func TestApprovalInTheBrowser(t *testing.T) {
	s := newSite(t)
	c := webtest.New(t)
	c.Open(s.URL + "/view/" + string(s.find("Designs/Brief.txt").ID))
	c.Heading("Sign in")
	c.TabTo("#asker")
	c.Keys(person, kb.Enter)
	c.Heading("Waiting for the owner")
	pending, err := s.auth.Approvals(t.Context())
	if err != nil || len(pending) != 1 {
		t.Fatalf("pending %v, %v", pending, err)
	}
	if got := webtest.Eval[string](c, `document.querySelector(".number").textContent`); got != fmt.Sprint(pending[0].Number) {
		t.Errorf("the page shows %s, the owner sees %d", got, pending[0].Number)
	}
	if err := s.auth.Approve(t.Context(), pending[0].ID); err != nil {
		t.Fatal(err)
	}
	c.Heading("Brief.txt")
	c.Quiet(s.URL)
}

// fill puts one document of each kind into Designs.
func (s *site) fill() {
	s.write("Poster.png", poster())
	s.write("Jingle.wav", tone())
	s.write("Contract.pdf", string(pdftest.Text("Contract between the two")))
	s.write("Notes.md", "# Notes\n\n* first\n* second\n\n> Shown as it is written.\n")
	s.write("app.js", "// Code is shown as text.\nfunction greet(name) {\n\treturn `Hello ${name}`;\n}\n")
	s.write("Layout.indd", "not for browsers")
	s.write("A rather long name of a document that somebody wrote without thinking of narrow screens, final version 2 (really).txt", "x")
	s.write("Spring campaign/Poster.png", poster())
	s.write("Spring campaign/Deep/er/Text.txt", "x")
}

// Each kind of document is shown by the browser itself, under the policy.
func TestBrowserShowsDocuments(t *testing.T) {
	s := newSite(t)
	s.fill()
	c := webtest.New(t)
	c.Open(s.URL + "/signin")
	signIn(c, password)
	c.Heading("Shared folders")
	shown := func(name, script string) {
		t.Helper()
		c.Open(s.URL + "/view/" + string(s.find("Designs/"+name).ID))
		c.Heading(name)
		waitFor(t, name+" to be shown", func() bool { return webtest.Eval[bool](c, script) })
	}
	shown("Poster.png", `document.querySelector(".stage img").naturalWidth === 640`)
	shown("Jingle.wav", `document.querySelector("audio").duration > 0.9`)
	shown("Layout.indd", `document.querySelector(".stage img").naturalWidth > 0`)
	shown("Notes.md", `document.querySelector("pre").textContent.startsWith("# Notes")`)
	shown("Contract.pdf", `!!document.querySelector("iframe")`)
	waitFor(t, "the browser's PDF viewer", func() bool { return c.Asked("chrome-extension://") })
	c.Quiet(s.URL)
}

// A video can be sought: the browser asks for a part in the middle.
func TestSeekInVideo(t *testing.T) {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("no video to show: ffmpeg is not installed on this computer")
	}
	s := newSite(t)
	clip := filepath.Join(s.dir, "Clip.webm")
	out, err := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=duration=5:size=160x90:rate=10", "-c:v", "libvpx", "-b:v", "1M", "-y", clip).CombinedOutput()
	if err != nil {
		t.Skipf("no video to show: ffmpeg can't make one here: %s", out)
	}
	c := webtest.New(t)
	c.Open(s.URL + "/view/" + string(s.find("Designs/Clip.webm").ID))
	signIn(c, password)
	c.Heading("Clip.webm")
	waitFor(t, "the video", func() bool { return webtest.Eval[bool](c, `document.querySelector("video").readyState >= 1`) })
	webtest.Eval[float64](c, `document.querySelector("video").currentTime = 4`)
	waitFor(t, "the sought place", func() bool {
		return webtest.Eval[bool](c, `(v => !v.seeking && v.readyState >= 2 && v.currentTime >= 3.9)(document.querySelector("video"))`)
	})
	c.Quiet(s.URL)
}

// look is a theme and a size of the window in pixels.
type look struct {
	theme         string
	width, height int64
}

// looks are all that the nth page is looked at in. The ordinary tests take one,
// by turns of two that differ in everything.
func looks(n int) []look {
	all := []look{{"light", 1280, 900}, {"dark", 360, 740}, {"dark", 1280, 900}, {"light", 360, 740}}
	if os.Getenv("FOLDERFRONT_PROVE") == "1" {
		return all
	}
	return all[n%2 : n%2+1]
}

// Every page, light and dark, on a desktop and on a phone: no violation of
// axe-core's rules, nothing wider than the screen, nothing on the console.
func TestEveryPageLooksRight(t *testing.T) {
	s := newSite(t)
	s.fill()
	s.links(true)
	w := newWorkfront(t, s)
	announced, err := s.uploads.Init(t.Context(), s.find("Designs").ID, "Brief.txt", "", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.uploads.Receive(t.Context(), announced.ID, strings.NewReader("Hello again from the brief.\nIt has a second line now.\n"), -1); err != nil {
		t.Fatal(err)
	}
	view := func(path string) string { return "/view/" + string(s.find(path).ID) }
	c := webtest.New(t)
	pages := 0
	check := func(name, path string) {
		t.Helper()
		pages++
		for _, l := range looks(pages) {
			c.Look(l.theme, l.width, l.height)
			c.Open(path)
			c.Fits(name, l.theme, l.width, l.height)
		}
	}
	check("signin", s.URL+"/signin")
	check("signedout", s.URL+"/signin/out")
	check("warning", s.URL+"/signin/warning")
	check("badlink", s.URL+"/link/x")
	c.Open(s.URL + "/signin")
	c.Do(chromedp.SetValue(chromedp.CSS("#asker"), person))
	c.Do(chromedp.Click(chromedp.CSS("button[value=ask]")))
	c.Heading("Waiting for the owner")
	check("wait", s.URL+"/signin/wait")
	c.Open(s.URL + "/signin")
	signIn(c, "wrong")
	waitFor(t, "the refusal", func() bool { return webtest.Eval[bool](c, `!!document.querySelector("[role=alert]")`) })
	c.Picture("signin-wrong")
	c.Focused("#password")
	c.Keys(password, kb.Enter)
	c.Heading("Shared folders")
	for name, path := range map[string]string{
		"root": "/view/", "folder": view("Designs"), "subfolder": view("Designs/Spring campaign/Deep/er"),
		"text": view("Designs/Brief.txt"), "picture": view("Designs/Poster.png"), "audio": view("Designs/Jingle.wav"), "pdf": view("Designs/Contract.pdf"),
		"markdown": view("Designs/Notes.md"), "code": view("Designs/app.js"), "preview": view("Designs/Layout.indd"),
		"longname":   view("Designs/A rather long name of a document that somebody wrote without thinking of narrow screens, final version 2 (really).txt"),
		"notfound":   "/view/aaaaaaaaaaaaaaaaaaaaaaaaaa",
		"notallowed": view("Private/Salaries.txt"),
		"nothing":    "/signin/nowhere",
		"consent":    "/oauth2/authorize?state=s",
		"badclient":  "/oauth2/authorize?client_id=x",
	} {
		check(name, s.URL+path)
	}
	c.Open(s.URL + view("Designs/Brief.txt"))
	c.Do(chromedp.Click(chromedp.CSS("button[value=link]")))
	c.Heading("A link to Brief.txt")
	c.Picture("link")
	s.auth.SetPeople([]auth.Person{{Name: person}})
	check("nofolders", s.URL+"/view/")
	check("consentnone", s.URL+"/oauth2/authorize?state=s")
	c.Quiet(s.URL, w.URL)
}

// poster is a picture of 640 × 480.
func poster() string {
	img := image.NewRGBA(image.Rect(0, 0, 640, 480))
	for y := range 480 {
		for x := range 640 {
			img.Set(x, y, color.RGBA{uint8(20 + x/8), uint8(90 + y/4), 140, 255})
			if dx, dy := x-420, y-200; dx*dx+dy*dy < 90*90 {
				img.Set(x, y, color.RGBA{244, 201, 93, 255})
			}
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		panic(err)
	}
	return out.String()
}

// tone is a second of 440 Hz as a WAV file.
func tone() string {
	const rate = 8000
	var out bytes.Buffer
	out.WriteString("RIFF")
	binary.Write(&out, binary.LittleEndian, uint32(36+rate))
	out.WriteString("WAVEfmt ")
	for _, v := range []any{uint32(16), uint16(1), uint16(1), uint32(rate), uint32(rate), uint16(1), uint16(8)} {
		binary.Write(&out, binary.LittleEndian, v)
	}
	out.WriteString("data")
	binary.Write(&out, binary.LittleEndian, uint32(rate))
	for i := range rate {
		out.WriteByte(byte(128 + 60*math.Sin(2*math.Pi*440*float64(i)/rate)))
	}
	return out.String()
}
