// Package webtest opens pages in a real Chromium, for the tests of everything
// that a browser sees: keyboard, console, requests, screenshots, and
// accessibility by axe-core's rules.
package webtest

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
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
)

// The browser is started when the first test needs it and ended with the last.
var browser struct {
	once sync.Once
	ctx  context.Context
	stop func()
	why  string // it can't be had
}

// Stop ends the browser, if one was started. Call it when all tests have run.
func Stop() {
	if browser.stop != nil {
		browser.stop()
	}
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

// Chrome is a browser of its own, with no cookies, whose every request and
// message is noted.
type Chrome struct {
	Context  context.Context
	t        testing.TB
	mu       sync.Mutex
	requests []string
	messages []string
}

// New returns a browser with no cookies; the test is skipped where there is no
// Chromium.
func New(t testing.TB) *Chrome {
	t.Helper()
	browser.once.Do(startBrowser)
	if browser.why != "" {
		t.Skip("not tested in a browser: " + browser.why)
	}
	ctx, stop := chromedp.NewContext(browser.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(stop)
	ctx, cancel := context.WithTimeout(ctx, 4*time.Minute)
	t.Cleanup(cancel)
	c := &Chrome{t: t, Context: ctx}
	if err := chromedp.Listen(ctx, c.note); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *Chrome) note(event any) {
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

// Asked tells whether a request went to an address that begins so.
func (c *Chrome) Asked(prefix string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.ContainsFunc(c.requests, func(r string) bool { return strings.HasPrefix(r, prefix) })
}

// Said tells whether the console has said something with these words.
func (c *Chrome) Said(words string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Contains(strings.Join(c.messages, "\n"), words)
}

// Quiet wants a silent console and no request to anywhere but these origins.
func (c *Chrome) Quiet(origins ...string) {
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

func (c *Chrome) Do(steps ...chromedp.Action[chromedp.Void]) {
	c.t.Helper()
	if err := chromedp.Do(c.Context, steps...); err != nil {
		c.t.Fatal(err)
	}
}

func (c *Chrome) Open(address string) {
	c.t.Helper()
	c.Do(chromedp.Navigate(address))
}

func Get[T any](c *Chrome, action chromedp.Action[T]) T {
	c.t.Helper()
	v, err := chromedp.Run(c.Context, action)
	if err != nil {
		c.t.Fatal(err)
	}
	return v
}

// Eval runs a script in the page, past its Content-Security-Policy.
func Eval[T any](c *Chrome, script string) T {
	c.t.Helper()
	return Get(c, chromedp.Evaluate[T](script))
}

// Heading waits for a page with that first heading.
func (c *Chrome) Heading(want string) {
	c.t.Helper()
	var got string
	for deadline := time.Now().Add(30 * time.Second); got != want; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			c.t.Fatalf("waited for the page %q, but there is %q at %s", want, got, Get(c, chromedp.Location()))
		}
		// In the middle of a navigation there is nothing to ask.
		got, _ = chromedp.Run(c.Context, chromedp.Evaluate[string](`document.readyState === "complete" && document.querySelector("h1")?.textContent || ""`))
	}
}

// Keys types as a person at the keyboard does.
func (c *Chrome) Keys(words ...string) {
	c.t.Helper()
	for _, w := range words {
		c.Do(chromedp.KeyEvent(w))
	}
}

// Focused waits until the page has put the focus where it belongs.
func (c *Chrome) Focused(selector string) {
	c.t.Helper()
	WaitFor(c.t, "the focus on "+selector, func() bool {
		got, err := chromedp.Run(c.Context, chromedp.Evaluate[bool](`document.hasFocus() && (document.activeElement?.matches(`+quote(selector)+`) ?? false)`))
		return err == nil && got
	})
}

// TabTo presses Tab until the focus is on what the selector names, and wants a
// ring around it that a person can see.
func (c *Chrome) TabTo(selector string) {
	c.t.Helper()
	for range 40 {
		if Eval[bool](c, `document.activeElement?.matches(`+quote(selector)+`) ?? false`) {
			if Eval[string](c, `getComputedStyle(document.activeElement).outlineStyle`) == "none" {
				c.t.Errorf("the focus on %s can't be seen", selector)
			}
			return
		}
		c.Keys(kb.Tab)
	}
	c.t.Fatalf("%s can't be reached with the keyboard", selector)
}

func quote(s string) string { return "`" + s + "`" }

// Look sets the theme and the size of the window, in pixels.
func (c *Chrome) Look(theme string, width, height int64) {
	c.t.Helper()
	_, err := chromedp.Call(c.Context, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}},
	})
	if err != nil {
		c.t.Fatal(err)
	}
	c.Do(chromedp.EmulateViewport(width, height))
}

// Picture saves a screenshot where FOLDERFRONT_SCREENSHOTS says.
func (c *Chrome) Picture(name string) {
	c.t.Helper()
	dir := os.Getenv("FOLDERFRONT_SCREENSHOTS")
	if dir == "" {
		return
	}
	raw := Get(c, chromedp.CaptureScreenshot())
	if err := os.WriteFile(filepath.Join(dir, name+".png"), raw, 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// axeSource is the source of axe-core, fetched with npm once and kept in the
// user's cache, or why there is none.
var axeSource = sync.OnceValues(func() (string, error) {
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

// Fits wants the page to be no wider than the window of that width in pixels,
// saves its picture, and holds it against axe-core's rules where that is to be
// had.
func (c *Chrome) Fits(name, theme string, width, height int64) {
	c.t.Helper()
	c.Look(theme, width, height)
	if wide := Eval[int](c, `document.documentElement.scrollWidth`); wide > int(width) {
		c.t.Errorf("%s is %d wide on a screen of %d", name, wide, width)
	}
	c.Picture(fmt.Sprintf("%s-%s-%d", name, theme, width))
	source, err := axeSource()
	if err != nil {
		c.t.Logf("%s: accessibility is not checked: %v", name, err)
		return
	}
	Eval[any](c, source+";0")
	found := Get(c, chromedp.Evaluate[[]string](`axe.run(document, {iframes: false}).then(r => r.violations.map(v => v.id + ": " + v.help + " " + v.nodes.map(n => n.html + " " + n.failureSummary).join(" | ")))`, chromedp.EvalAwaitPromise))
	for _, v := range found {
		c.t.Errorf("%s, %s, %d wide: %s", name, theme, width, v)
	}
}

// WaitFor polls until something is so, and fails the test after half a minute.
func WaitFor(t testing.TB, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain for " + what)
		}
	}
}
