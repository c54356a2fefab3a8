package try_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"folderfront/app/state"
	"folderfront/app/try"
	"folderfront/server/web/webtest"
)

// shown waits for the page to show words in what a selector names.
func shown(t *testing.T, c *webtest.Chrome, selector, words string) {
	t.Helper()
	webtest.WaitFor(t, fmt.Sprintf("%q in %s", words, selector), func() bool {
		text, err := chromedp.Run(c.Context, chromedp.Evaluate[string]("document.readyState === 'complete' && [...document.querySelectorAll(`"+selector+"`)].map(e => e.textContent).join('\\n') || ''"))
		return err == nil && strings.Contains(text, words)
	})
}

// keeps has the browser keep downloads in a folder.
func keeps(t *testing.T, c *webtest.Chrome, dir string) {
	t.Helper()
	on := true
	_, err := chromedp.CallBrowser(c.Context, cdpbrowser.SetDownloadBehavior, cdpbrowser.SetDownloadBehaviorParams{
		Behavior: "allow", DownloadPath: dir, EventsEnabled: &on, BrowserContextID: chromedp.FromContext(c.Context).BrowserContextID,
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestTheDemonstrationByKeyboard is what a presenter does on the page, without a
// mouse, with the console silent and no request to anywhere else.
func TestTheDemonstrationByKeyboard(t *testing.T) {
	p := newPage(t)
	c := webtest.New(t)
	dir := t.TempDir()
	keeps(t, c, dir)
	c.Open(p.page.URL())
	c.Heading("Try it as Workfront would")
	shown(t, c, ".where", "Through the internet, as Workfront")
	shown(t, c, ".items", "Studio")
	c.TabTo(".items a")
	c.Keys(kb.Enter)
	shown(t, c, ".items", "brief.txt")
	c.TabTo(".items a[href*='?in=" + p.id("Posters") + "']")
	c.Keys(kb.Enter)
	shown(t, c, ".path", "Posters")
	shown(t, c, ".steps", "2 thumbnails")

	c.TabTo(".items a[href*='?doc=" + p.id("sunset.png") + "']")
	c.Keys(kb.Enter)
	shown(t, c, "#chosen", "sunset.png")
	c.TabTo("#link")
	c.Keys(kb.Enter)
	shown(t, c, ".kept", p.http.URL+"/view/")
	c.TabTo("button[value=act]")
	c.Keys(kb.Enter)
	shown(t, c, ".steps", "Ran an action")
	c.TabTo("#download")
	c.Keys(kb.Enter)
	webtest.WaitFor(t, "the download", func() bool {
		info, err := os.Stat(filepath.Join(dir, "sunset.png"))
		return err == nil && info.Size() > 0
	})
	shown(t, c, ".steps", "Downloaded a document")

	c.TabTo(".step summary")
	c.Keys(" ")
	webtest.WaitFor(t, "the request to be shown", func() bool {
		return webtest.Eval[bool](c, `!!document.querySelector("details[open] pre")?.offsetHeight`)
	})

	c.TabTo("input[type=search]")
	c.Keys("spring", kb.Enter)
	shown(t, c, ".path", "Found “spring”")
	shown(t, c, ".items", "spring.txt")
	c.Quiet(p.origin)
}

// TestOpenLeadsToTheDocumentsPage follows the link in a tab of its own, where a
// stranger is asked to sign in.
func TestOpenLeadsToTheDocumentsPage(t *testing.T) {
	p := newPage(t)
	c := webtest.New(t)
	c.Open(p.page.URL())
	p.enter("Studio")
	brief := p.id("brief.txt")
	here := webtest.Get(c, chromedp.Location())
	c.Open(here + "open?id=" + brief)
	c.Heading("Sign in")
	if at := webtest.Get(c, chromedp.Location()); at != p.http.URL+"/view/"+brief {
		t.Errorf("the link leads to %s", at)
	}
	if s := p.did(state.TryOpen, ""); len(s.Exchanges) == 0 {
		t.Error("the step tells of no request")
	}
}

// TestFilesAreSentByChoosing gives the page's file input a file, which sends it.
func TestFilesAreSentByChoosing(t *testing.T) {
	p := newPage(t)
	c := webtest.New(t)
	c.Open(p.page.URL())
	p.enter("Studio")
	c.Open(webtest.Get(c, chromedp.Location()))
	file := filepath.Join(t.TempDir(), "from Workfront.txt")
	if err := os.WriteFile(file, []byte("sent by a browser"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.Do(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{file}))
	shown(t, c, "#chosen", "from Workfront.txt")
	if got, err := os.ReadFile(filepath.Join(p.dir, "from Workfront.txt")); string(got) != "sent by a browser" {
		t.Errorf("%q %v", got, err)
	}
	c.Quiet(p.origin)
}

// TestDroppedFilesAreSent drops a file that a script made, as the browser does
// with one from the desktop.
func TestDroppedFilesAreSent(t *testing.T) {
	p := newPage(t)
	c := webtest.New(t)
	c.Open(p.page.URL())
	p.enter("Studio")
	c.Open(webtest.Get(c, chromedp.Location()))
	webtest.Eval[bool](c, `(() => {
		const data = new DataTransfer();
		data.items.add(new File(["dropped content"], "dropped.txt"));
		for (const type of ["dragover", "drop"]) document.body.dispatchEvent(new DragEvent(type, {dataTransfer: data, bubbles: true, cancelable: true}));
		return true;
	})()`)
	shown(t, c, "#chosen", "dropped.txt")
	if got, err := os.ReadFile(filepath.Join(p.dir, "dropped.txt")); string(got) != "dropped content" {
		t.Errorf("%q %v", got, err)
	}
	c.Quiet(p.origin)
}

// TestHostileNamesStayText lists documents whose names would be script, links or
// layout if a page took them for more than text.
func TestHostileNamesStayText(t *testing.T) {
	p := newPage(t)
	names := []string{
		`<img src=x onerror="document.title='owned'">.txt`, `"><script>document.title='owned'<` + "\\" + `script>`, `javascript:alert(1)`,
		`' onmouseover='document.title=1.txt`, `{{.View.Address}}.txt`, "\u202egnp.exe", strings.Repeat("W", 255),
	}
	for _, name := range names {
		p.write(name, "<script>document.title='owned'</script>")
	}
	c := webtest.New(t)
	c.Open(p.page.URL())
	here := webtest.Get(c, chromedp.Location())
	p.enter("Studio")
	for _, name := range names {
		p.Link(t.Context(), p.id(name))
		p.Search(t.Context(), name)
		p.enter("Studio")
		p.Choose(p.id(name))
		c.Open(here)
		shown(t, c, "#chosen", name)
		if title := webtest.Eval[string](c, "document.title"); title != "Try it as Workfront would – Folderfront" {
			t.Errorf("%q made the title %q", name, title)
		}
		if n := webtest.Eval[int](c, `document.querySelectorAll("main script, [onerror], [onmouseover], a[href^='javascript']").length`); n != 0 {
			t.Errorf("%q became %d elements", name, n)
		}
	}
	c.Fits("hostile", "light", 360, 740)
	c.Quiet(p.origin)
}

// TestAnotherPageCantUseIt frames the page and calls it from another origin, in
// a browser that was let in.
func TestAnotherPageCantUseIt(t *testing.T) {
	p := newPage(t)
	c := webtest.New(t)
	c.Open(p.page.URL())
	shown(t, c, ".items", "Studio")
	home := webtest.Get(c, chromedp.Location())
	evil := newPage(t) // any other page of this computer
	c.Open(evil.page.URL())
	before := len(p.View().Steps)
	for _, script := range []string{
		`fetch("` + home + `", {credentials: "include"}).then(r => r.text()).catch(() => "kept out")`,
		`fetch("` + home + `do", {method: "POST", credentials: "include", mode: "no-cors", body: new URLSearchParams({do: "connect"})}).then(() => "sent").catch(() => "kept out")`,
	} {
		got := webtest.Get(c, chromedp.Evaluate[string](script, chromedp.EvalAwaitPromise))
		if strings.Contains(got, "Studio") {
			t.Errorf("another page reads %s", got)
		}
	}
	if after := len(p.View().Steps); after != before {
		t.Errorf("another page took %d steps", after-before)
	}
}

// TestThePageLooksRight shows the page in every condition, in both themes, small
// and large, and holds each against axe-core's rules.
func TestThePageLooksRight(t *testing.T) {
	p := newPage(t)
	p.public()
	c := webtest.New(t)
	c.Open(p.page.URL())
	here := webtest.Get(c, chromedp.Location())
	n := 0
	look := func(name string) {
		t.Helper()
		n++
		for i, l := range []struct {
			theme         string
			width, height int64
		}{{"light", 1440, 900}, {"dark", 1440, 900}, {"light", 390, 844}, {"dark", 390, 844}} {
			if os.Getenv("FOLDERFRONT_SCREENSHOTS") == "" && i != n%4 {
				continue // each look has its turn; all of them when pictures are wanted
			}
			c.Look(l.theme, l.width, l.height)
			c.Open(here)
			webtest.WaitFor(t, "the pictures", func() bool {
				return webtest.Eval[bool](c, `[...document.images].every(i => i.loading === "lazy" || i.complete)`)
			})
			c.Fits(name, l.theme, l.width, l.height)
		}
	}
	look("root")
	p.write("Campaign 2026/Logo.svg", `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 80 80"><rect width="80" height="80" fill="#f4c95d"/><circle cx="40" cy="40" r="24" fill="#0b7a75"/></svg>`)
	p.write("Campaign 2026/Spoken text.txt", strings.Repeat("Spring comes to town, and with it the new collection.\nTwelve pieces in four colours.\n\n", 12))
	p.write("Campaign 2026/Showreel.mp4", "no film at all")
	p.picture("Campaign 2026/Poster A1.png")
	p.picture("Campaign 2026/Poster A2 wide.png")
	p.write("Campaign 2026/Drafts/x.txt", "x")
	p.enter("Studio", "Campaign 2026")
	look("folder")
	p.Choose(p.id("Poster A1.png"))
	look("chosen")
	p.Link(t.Context(), p.id("Poster A1.png"))
	p.Act(t.Context(), p.id("Poster A1.png"), "done")
	look("linked")
	c.Open(here)
	c.Do(chromedp.Click(chromedp.CSS(".step:nth-child(2) summary")))
	c.Fits("exchange", "dark", 1440, 900)
	p.enter("Studio", "Empty")
	look("empty")
	p.target.Way = "down"
	p.target.Key = "wrong"
	p.Browse(t.Context(), "/")
	look("wrongkey")
	p.target = try.Target{Address: nobody(t), Way: "local", Key: key, People: []string{"ann@example.com", "joe@example.com"}}
	p.Connect(t.Context())
	look("nobody")
	c.Open(p.origin + "/start/used")
	c.Fits("refused", "light", 1440, 900)
}
