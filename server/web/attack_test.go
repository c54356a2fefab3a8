package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"folderfront/server/web/webtest"
	"folderfront/server/worker/pdfium/pdftest"
)

const script = `<script>fetch("/view/?stolen")</script>`

// weapons are documents that run script when a browser opens them as what they
// claim or appear to be.
var weapons = map[string]string{
	"page.html":    "<!doctype html><body>" + script + `<img src=x onerror="` + `document.title='owned'` + `">`,
	"page.htm":     "<!doctype html>" + script,
	"page.xhtml":   `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><script>document.title="owned"</script></html>`,
	"drawing.svg":  `<svg xmlns="http://www.w3.org/2000/svg"><script>document.title="owned"</script></svg>`,
	"feed.xml":     `<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="#"?><x xmlns:h="http://www.w3.org/1999/xhtml"><h:script>document.title="owned"</h:script></x>`,
	"archive.mht":  "MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n" + script,
	"noextension":  "<!doctype html>" + script,
	"picture.png":  "<!doctype html>" + script,
	"document.pdf": "<!doctype html>" + script,
	"sound.wav":    "<!doctype html>" + script,
	"note.txt":     "<!doctype html>" + script,
	"evil.js":      `document.title="owned"`,
}

// Stored XSS: whatever a document is, opening each of its addresses runs
// nothing of it; what could run is only a download.
func TestNothingInADocumentRuns(t *testing.T) {
	s := newSite(t)
	for name, content := range weapons {
		s.write(name, content)
	}
	v := s.signedIn()
	for name := range weapons {
		id := string(s.find("Designs/" + name).ID)
		got := v.open("/get/" + id)
		if !strings.HasPrefix(got.Header.Get("Content-Disposition"), "attachment") {
			t.Errorf("%s is no download: %q", name, got.Header.Get("Content-Disposition"))
		}
		for _, path := range []string{"/get/" + id, "/view/" + id + "/content", "/view/" + id + "/picture"} {
			got := v.open(path)
			csp := got.Header.Get("Content-Security-Policy")
			if !strings.HasPrefix(csp, "default-src 'none'") || strings.Contains(csp, "script") || got.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s at %s: policy %q, %q", name, path, csp, got.Header.Get("X-Content-Type-Options"))
			}
			kind := got.Header.Get("Content-Type")
			inline := got.StatusCode == http.StatusOK && !strings.HasPrefix(got.Header.Get("Content-Disposition"), "attachment") && !strings.HasSuffix(path, "/picture")
			if inline && (strings.Contains(kind, "html") || strings.Contains(kind, "xml") || strings.Contains(kind, "svg") || kind == "") {
				t.Errorf("%s at %s is shown as %q", name, path, kind)
			}
		}
		if page := v.open("/view/" + id); strings.Contains(page.body, script) || strings.Contains(page.body, "onerror=\"document") {
			t.Errorf("%s: its page holds its content unescaped", name)
		}
	}
	c := webtest.New(t)
	c.Open(s.URL + "/signin")
	signIn(c, password)
	c.Heading("Shared folders")
	for name := range weapons {
		id := string(s.find("Designs/" + name).ID)
		for _, path := range []string{"/view/" + id, "/view/" + id + "/content", "/get/" + id} {
			// A download ends the navigation before it begins, which is an error here.
			_ = chromedp.Do(c.Context, chromedp.Navigate(s.URL+path))
			if title, err := chromedp.Run(c.Context, chromedp.Title()); err == nil && title == "owned" {
				t.Errorf("%s ran at %s", name, path)
			}
		}
	}
	if c.Asked(s.URL + "/view/?stolen") {
		t.Error("a document's script sent a request")
	}
}

// Names are attacks too: of pages, headers and logs.
func TestNamesAreOnlyText(t *testing.T) {
	s := newSite(t)
	names := []string{
		`"><img src=x onerror=alert(1)>.txt`, "<script>alert(1)<⁄script>.html", "a\r\nSet-Cookie: x=1.txt", "{{.}}.txt", "javascript:alert(1).pdf",
		"'; alert(1);'.svg", "\u202egpj.exe", "%0d%0aX: 1.txt",
	}
	made := 0
	for _, name := range names {
		if os.WriteFile(filepath.Join(s.dir, name), []byte("x"), 0o600) == nil {
			made++
		}
	}
	if made < 4 {
		t.Skipf("this file system takes only %d of the names", made)
	}
	v := s.signedIn()
	folder := v.open("/view/" + string(s.find("Designs").ID))
	pages := map[string]page{"the folder": folder}
	items, err := s.catalogue.Children(t.Context(), s.find("Designs").ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range items {
		pages["the page of "+e.Name] = v.open("/view/" + string(e.ID))
		got := v.open("/get/" + string(e.ID))
		if got.StatusCode != http.StatusOK || len(got.Cookies()) > 0 || got.Header.Get("X") != "" {
			t.Errorf("%q: the download is %d with headers %v", e.Name, got.StatusCode, got.Header)
		}
	}
	for where, got := range pages {
		if got.StatusCode != http.StatusOK || strings.Contains(got.body, "<img src=x") || strings.Contains(got.body, "<script") || strings.Contains(got.body, `href="javascript:`) {
			t.Errorf("%s: %d, a name became markup", where, got.StatusCode)
		}
	}
}

// Clickjacking: no page may be framed by another site; only a document's own
// content, and that by our pages alone.
func TestNoPageIsFramed(t *testing.T) {
	s := newSite(t)
	newWorkfront(t, s)
	s.write("document.pdf", string(pdftest.Text("x")))
	id := string(s.find("Designs/document.pdf").ID)
	v := s.signedIn()
	for path, frame := range map[string]string{
		"/signin": "DENY", "/signin/wait": "DENY", "/view/": "DENY", "/view/" + id: "DENY", "/get/" + id: "DENY", "/oauth2/authorize?state=s": "DENY",
		"/view/" + id + "/picture": "DENY", "/signin/nothing": "DENY", "/view/" + id + "/content": "SAMEORIGIN",
	} {
		got := v.open(path)
		ancestors := "frame-ancestors 'none'"
		if frame == "SAMEORIGIN" || strings.HasPrefix(path, "/get/") || strings.HasSuffix(path, "/picture") {
			ancestors = "frame-ancestors 'self'"
		}
		if got.Header.Get("X-Frame-Options") != frame || !strings.Contains(got.Header.Get("Content-Security-Policy"), ancestors) {
			t.Errorf("%s: %q, %q", path, got.Header.Get("X-Frame-Options"), got.Header.Get("Content-Security-Policy"))
		}
	}
	evil := evilSite(t, fmt.Sprintf(`<iframe id=f src="%s/oauth2/authorize?state=s"></iframe>`, s.URL))
	c := webtest.New(t)
	c.Open(evil)
	waitFor(t, "the browser's refusal", func() bool { return c.Said("frame-ancestors") })
}

// Every page's policy: nothing inline, nothing from elsewhere, no script.
func TestPolicyOfEveryPage(t *testing.T) {
	s := newSite(t)
	newWorkfront(t, s)
	v := s.signedIn()
	for _, path := range []string{"/signin", "/signin/out", "/signin/warning", "/view/", "/signin/nothing", "/link/x", "/oauth2/authorize?state=s", "/view/" + string(s.find("Designs/Brief.txt").ID)} {
		got := v.open(path)
		csp := got.Header.Get("Content-Security-Policy")
		for _, bad := range []string{"unsafe", "*", "data:", "script-src"} {
			if strings.Contains(csp, bad) {
				t.Errorf("%s: the policy has %s: %s", path, bad, csp)
			}
		}
		for _, want := range []string{"default-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s: the policy lacks %s: %s", path, want, csp)
			}
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "private, no-store"} {
			if got.Header.Get(name) != want {
				t.Errorf("%s: %s is %q", path, name, got.Header.Get(name))
			}
		}
		for _, bad := range []string{"<script", "style=", "onclick", "http-equiv"} {
			if strings.Contains(got.body, bad) {
				t.Errorf("%s holds %s", path, bad)
			}
		}
	}
}

// evilSite serves a page of an attacker, on another origin.
func evilSite(t *testing.T, body string) string {
	t.Helper()
	server := newTLS(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, "<!doctype html><title>evil</title><h1>evil</h1>%s", body)
	})
	return strings.Replace(server, "127.0.0.1", "localhost", 1)
}

// CSRF: no form that changes something can be sent from another site, neither
// by its headers nor by a real browser that holds the session.
func TestFormsOfOtherSites(t *testing.T) {
	s := newSite(t)
	s.links(true)
	w := newWorkfront(t, s)
	view := "/view/" + string(s.find("Designs/Brief.txt").ID)
	forms := map[string][]string{
		"/oauth2/authorize?state=s": {"do", "allow"},
		"/signout":                  {},
		"/signin":                   {"do", "password", "username", person, "password", password},
		view:                        {"do", "link"},
	}
	v := s.signedIn()
	for path, fields := range forms {
		for _, from := range []string{"cross-site", "same-site"} {
			got := v.postFrom(from, path, fields...)
			if got.StatusCode != http.StatusForbidden || !strings.Contains(got.body, "Sent from another site") {
				t.Errorf("%s from a %s page: %d", path, from, got.StatusCode)
			}
		}
		for _, origin := range []string{"https://evil.example", "null", "http://" + strings.TrimPrefix(s.URL, "https://") + ".evil.example"} {
			r, err := http.NewRequest("POST", s.URL+path, strings.NewReader(url.Values{"do": {"allow"}}.Encode()))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Origin", origin)
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if got := v.send(r); got.StatusCode != http.StatusForbidden {
				t.Errorf("%s with Origin %s: %d", path, origin, got.StatusCode)
			}
		}
	}

	c := webtest.New(t)
	c.Open(s.URL + "/signin")
	signIn(c, password)
	c.Heading("Shared folders")
	for path := range forms {
		c.Open(evilSite(t, fmt.Sprintf(`<form method=post action="%s%s"><button name=do value=allow>x</button></form>`, s.URL, path)))
		c.Do(chromedp.Click(chromedp.CSS("button")))
		c.Heading("Sent from another site")
	}
	c.Open(s.URL + "/view/")
	c.Heading("Shared folders")
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.got != nil {
		t.Error("another site gave a consent")
	}
}

// A GET changes nothing, whatever it asks for.
func TestGetChangesNothing(t *testing.T) {
	s := newSite(t)
	s.links(true)
	newWorkfront(t, s)
	v := s.signedIn()
	view := "/view/" + string(s.find("Designs/Brief.txt").ID)
	for _, path := range []string{"/oauth2/authorize?state=s&do=allow", "/signout", "/signout?do=1", view + "?do=link", "/signin?do=password&username=" + person + "&password=x"} {
		if got := v.open(path); got.StatusCode == http.StatusSeeOther || strings.Contains(got.body, "/link/") {
			t.Errorf("GET %s: %d", path, got.StatusCode)
		}
	}
	if got := v.open(view); got.StatusCode != http.StatusOK {
		t.Errorf("a GET signed jane out: %d", got.StatusCode)
	}
	stranger := s.visitor()
	if got := stranger.post("/signin?do=password&username="+person+"&password="+url.QueryEscape(password), "do", "password"); got.StatusCode == http.StatusSeeOther {
		t.Error("a password was taken from the query")
	}
}

// Open redirect: no parameter, path or header moves a browser to another site.
func TestNoReturnTrick(t *testing.T) {
	s := newSite(t)
	for _, evil := range []string{"https://evil.example", "//evil.example", `/\evil.example`, "https:evil.example", "/%2f/evil.example", "\\\\evil.example", "%0d%0aLocation:https://evil.example"} {
		quoted := url.QueryEscape(evil)
		for _, path := range []string{
			"/signin?back=" + quoted, "/signin?return=" + quoted, "/signin?next=" + quoted, "/signin?url=" + quoted,
			"/view/" + url.PathEscape(evil), "/view/?get=" + quoted, "/get/" + url.PathEscape(evil),
		} {
			v := s.visitor()
			r, err := http.NewRequest("POST", s.URL+path, strings.NewReader(url.Values{"do": {"password"}, "username": {person}, "password": {password}, "back": {evil}}.Encode()))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			r.Header.Set("X-Forwarded-Host", "evil.example")
			r.Header.Set("Referer", "https://evil.example/")
			got := v.send(r)
			if to := got.Header.Get("Location"); to != "" && (!strings.HasPrefix(to, "/view/") || strings.Contains(to, "evil")) {
				t.Errorf("%s leads to %q", path, to)
			}
		}
	}
	w := newWorkfront(t, s)
	v := s.signedIn()
	for _, query := range []string{"redirect_uri=https://evil.example/", "redirect_uri=" + url.QueryEscape(w.URL+"/return.evil.example"), "redirect_uri=" + url.QueryEscape(w.URL+"/return/../x"), "client_id=x&redirect_uri=https://evil.example/"} {
		for _, got := range []page{v.open("/oauth2/authorize?state=s&" + query), v.post("/oauth2/authorize?state=s&"+query, "do", "allow"), v.post("/oauth2/authorize?state=s&"+query, "do", "deny")} {
			if got.StatusCode != http.StatusBadRequest || got.Header.Get("Location") != "" {
				t.Errorf("%s: %d to %q", query, got.StatusCode, got.Header.Get("Location"))
			}
		}
	}
	if got := v.open("/oauth2/authorize?state=s&response_type=token"); !strings.HasPrefix(got.Header.Get("Location"), w.URL+"/return?error=unsupported_response_type") {
		t.Errorf("a refusal goes to %q", got.Header.Get("Location"))
	}
}

// User enumeration: the pages for a known and an unknown name are the same.
func TestPagesDoNotTellWhoIsKnown(t *testing.T) {
	s := newSite(t)
	same := func(fields func(name string) []string) {
		t.Helper()
		bodies := map[string]bool{}
		for _, name := range []string{person, "joe", "mallory@example.com"} {
			got := s.visitor().post("/signin", fields(name)...)
			bodies[fmt.Sprint(got.StatusCode, got.Header.Get("Location"), strings.ReplaceAll(got.body, name, ""))] = true
		}
		if len(bodies) != 1 {
			t.Errorf("the answers differ: %v", bodies)
		}
	}
	same(func(name string) []string {
		return []string{"do", "password", "username", name, "password", "wrong password"}
	})
	same(func(name string) []string { return []string{"do", "ask", "username", name} })
}

// A session of one browser is of no use as another's credential, and a cookie
// is no credential of the API.
func TestCookiesStayInTheirPlace(t *testing.T) {
	s := newSite(t)
	v := s.signedIn()
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequest("GET", s.URL+"/api/v1/metadata", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range v.Jar.Cookies(u) {
		if !strings.HasPrefix(c.Name, "__Host-") {
			t.Errorf("cookie %s is not bound to the host", c.Name)
		}
		r.AddCookie(c)
	}
	if got := s.visitor().send(r); got.StatusCode != http.StatusForbidden {
		t.Error("the API takes a browser's cookie, so other sites could call it")
	}
}
