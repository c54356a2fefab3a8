package web_test

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"folderfront/server/thumb/render"
	"folderfront/server/worker"
)

// The browser is started when the first test needs it and ended with the last.
var browser struct {
	once sync.Once
	ctx  context.Context
	stop func()
	why  string // it can't be had
}

// TestMain lets this program be the server's worker as well.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "worker" {
		if err := worker.Serve(os.Stdin, os.Stdout, map[string]worker.Handler{render.Kind: render.Handle}); err != nil {
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	if browser.stop != nil {
		browser.stop()
	}
	os.Exit(code)
}

func startBrowser() {
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		browser.why = "no Chromium is installed on this computer"
		return
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.IgnoreCertErrors,
		chromedp.Flag("disable-gpu", true), chromedp.Flag("autoplay-policy", "no-user-gesture-required"))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	allocator, stop1 := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, stop2 := chromedp.NewContext(allocator)
	browser.ctx, browser.stop = ctx, func() { chromedp.Cancel(ctx); stop2(); stop1() }
	if err := chromedp.Do(ctx); err != nil {
		browser.why = "Chromium does not start: " + err.Error()
	}
}

// chrome is a browser of its own, with no cookies, whose every request and
// message is noted.
type chrome struct {
	t        testing.TB
	ctx      context.Context
	mu       sync.Mutex
	requests []string
	messages []string
}

func newChrome(t testing.TB) *chrome {
	t.Helper()
	browser.once.Do(startBrowser)
	if browser.why != "" {
		t.Skip("not tested in a browser: " + browser.why)
	}
	ctx, stop := chromedp.NewContext(browser.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(stop)
	ctx, cancel := context.WithTimeout(ctx, 4*time.Minute)
	t.Cleanup(cancel)
	c := &chrome{t: t, ctx: ctx}
	if err := chromedp.Listen(ctx, c.note); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *chrome) note(event any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		c.requests = append(c.requests, e.Request.URL)
	case *log.EventEntryAdded:
		// A page that is meant to be a refusal has a status to match, which the
		// browser remarks upon. That is no message of the page.
		if e.Entry.Source != "network" || !strings.Contains(e.Entry.Text, "status of 40") {
			c.messages = append(c.messages, string(e.Entry.Source)+": "+e.Entry.Text)
		}
	case *runtime.EventConsoleAPICalled:
		c.messages = append(c.messages, "console."+string(e.Type))
	case *runtime.EventExceptionThrown:
		c.messages = append(c.messages, "exception: "+e.ExceptionDetails.Text)
	}
}

// asked tells whether a request went to an address that begins so.
func (c *chrome) asked(prefix string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.ContainsFunc(c.requests, func(r string) bool { return strings.HasPrefix(r, prefix) })
}

// quiet wants a silent console and no request to anywhere but these origins.
func (c *chrome) quiet(origins ...string) {
	c.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range c.messages {
		c.t.Errorf("the console says: %s", m)
	}
	for _, r := range c.requests {
		u, err := url.Parse(r)
		if err != nil || !slices.Contains(origins, u.Scheme+"://"+u.Host) && u.Scheme != "chrome-extension" && u.Scheme != "data" && r != "about:blank" {
			c.t.Errorf("a request left for %s", r)
		}
	}
}

func (c *chrome) do(steps ...chromedp.Action[chromedp.Void]) {
	c.t.Helper()
	if err := chromedp.Do(c.ctx, steps...); err != nil {
		c.t.Fatal(err)
	}
}

func (c *chrome) open(address string) {
	c.t.Helper()
	c.do(chromedp.Navigate(address))
}

func get[T any](c *chrome, action chromedp.Action[T]) T {
	c.t.Helper()
	v, err := chromedp.Run(c.ctx, action)
	if err != nil {
		c.t.Fatal(err)
	}
	return v
}

// eval runs a script in the page, past its Content-Security-Policy.
func eval[T any](c *chrome, script string) T {
	c.t.Helper()
	return get(c, chromedp.Evaluate[T](script))
}

// heading waits for a page with that first heading.
func (c *chrome) heading(want string) {
	c.t.Helper()
	var got string
	for deadline := time.Now().Add(30 * time.Second); got != want; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			c.t.Fatalf("waited for the page %q, but there is %q at %s", want, got, get(c, chromedp.Location()))
		}
		// In the middle of a navigation there is nothing to ask.
		got, _ = chromedp.Run(c.ctx, chromedp.Evaluate[string](`document.readyState === "complete" && document.querySelector("h1")?.textContent || ""`))
	}
}

// keys types as a person at the keyboard does.
func (c *chrome) keys(words ...string) {
	c.t.Helper()
	for _, w := range words {
		c.do(chromedp.KeyEvent(w))
	}
}

// focused waits until the page has put the focus where it belongs.
func (c *chrome) focused(selector string) {
	c.t.Helper()
	waitFor(c.t, "the focus on "+selector, func() bool {
		got, err := chromedp.Run(c.ctx, chromedp.Evaluate[bool](`document.hasFocus() && (document.activeElement?.matches(`+quote(selector)+`) ?? false)`))
		return err == nil && got
	})
}

// signIn fills the sign-in page with the keyboard, beginning where its focus is.
func (c *chrome) signIn(password string) {
	c.t.Helper()
	c.heading("Sign in")
	c.focused("#username")
	c.keys(person, kb.Tab, password, kb.Enter)
}

// tabTo presses Tab until the focus is on what the selector names, and wants a
// ring around it that a person can see.
func (c *chrome) tabTo(selector string) {
	c.t.Helper()
	for range 40 {
		if eval[bool](c, `document.activeElement?.matches(`+quote(selector)+`) ?? false`) {
			if eval[string](c, `getComputedStyle(document.activeElement).outlineStyle`) == "none" {
				c.t.Errorf("the focus on %s can't be seen", selector)
			}
			return
		}
		c.keys(kb.Tab)
	}
	c.t.Fatalf("%s can't be reached with the keyboard", selector)
}

func quote(s string) string { return "`" + s + "`" }

// look sets the theme and the size of the window, in pixels.
func (c *chrome) look(theme string, width, height int64) {
	c.t.Helper()
	_, err := chromedp.Call(c.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}},
	})
	if err != nil {
		c.t.Fatal(err)
	}
	c.do(chromedp.EmulateViewport(width, height))
}

// picture saves a screenshot where FOLDERFRONT_SCREENSHOTS says.
func (c *chrome) picture(name string) {
	c.t.Helper()
	dir := os.Getenv("FOLDERFRONT_SCREENSHOTS")
	if dir == "" {
		return
	}
	raw := get(c, chromedp.CaptureScreenshot())
	if err := os.WriteFile(filepath.Join(dir, name+".png"), raw, 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// axe returns the source of axe-core, fetched with npm once and kept in the
// user's cache, or why there is none.
var axe = sync.OnceValues(func() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	const version = "4.14.1"
	dir := filepath.Join(cache, "folderfront-test")
	packed := filepath.Join(dir, "axe-core-"+version+".tgz")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	if _, err := os.Stat(packed); err != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, "npm", "pack", "--silent", "axe-core@"+version)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", errors.New("npm can't fetch axe-core: " + strings.TrimSpace(string(out)))
		}
	}
	return fromTar(packed, "package/axe.min.js")
})

func fromTar(path, name string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		return "", err
	}
	for members := tar.NewReader(unzipped); ; {
		header, err := members.Next()
		if err != nil {
			return "", errors.New(name + " is not in the package")
		}
		if header.Name == name {
			raw, err := io.ReadAll(members)
			return string(raw), err
		}
	}
}
