package try_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"folderfront/app/state"
	"folderfront/app/try"
)

// page is the page over a provider, served as the core serves it.
type page struct {
	*provider
	page     *try.Page
	origin   string
	language string
}

func newPage(t testing.TB) *page {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &page{provider: newProvider(t), origin: "http://" + listener.Addr().String(), language: "en"}
	p.page = try.NewPage(p.Picker, listener, func() string { return p.language }, slog.New(slog.DiscardHandler))
	ctx, end := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- p.page.Serve(ctx) }()
	t.Cleanup(func() {
		end()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return p
}

// visitor is a browser without a screen. It has no cookies yet.
type visitor struct {
	t    testing.TB
	http *http.Client
	home string // the page's address, once it was let in
}

func newVisitor(t testing.TB) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t: t, http: &http.Client{Jar: jar}}
}

// invited is a visitor whom the page has let in.
func (p *page) invited() *visitor {
	p.t.Helper()
	v := newVisitor(p.t)
	r, err := v.http.Get(p.page.URL())
	if err != nil {
		p.t.Fatal(err)
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusOK {
		p.t.Fatalf("an invitation is answered with %s", r.Status)
	}
	v.home = r.Request.URL.String()
	return v
}

// send makes a request with these headers and returns the status and the body.
func (v *visitor) send(method, address string, body io.Reader, headers ...string) (int, string, http.Header) {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), method, address, body)
	if err != nil {
		v.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
			continue
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := v.http.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return answer.StatusCode, string(text), answer.Header
}

// form is a form of the page's, sent as browsers do.
func (v *visitor) form(fields url.Values, headers ...string) (int, string) {
	v.t.Helper()
	headers = append([]string{"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin"}, headers...)
	status, text, _ := v.send(http.MethodPost, v.home+"do", strings.NewReader(fields.Encode()), headers...)
	return status, text
}

// TestAnInvitationWorksOnce lets one browser in, and nobody with its address.
func TestAnInvitationWorksOnce(t *testing.T) {
	p := newPage(t)
	address := p.page.URL()
	first, second := newVisitor(t), newVisitor(t)
	if status, _, _ := first.send(http.MethodHead, address, nil); status == http.StatusOK {
		t.Error("looking ahead uses the invitation up, and is let in")
	}
	status, text, _ := first.send(http.MethodGet, address, nil)
	if status != http.StatusOK || !strings.Contains(text, "Try it as Workfront would") {
		t.Fatalf("invited: %d %s", status, text)
	}
	if status, text, _ := second.send(http.MethodGet, address, nil); status != http.StatusForbidden || !strings.Contains(text, "works once") {
		t.Errorf("the same address again: %d %s", status, text)
	}
	v := p.invited()
	for _, path := range []string{"", "steps", "picture?size=10&id=x", "open?id=x", "download?id=x"} {
		if status, _, _ := second.send(http.MethodGet, v.home+path, nil); status != http.StatusForbidden {
			t.Errorf("without the cookie %q is answered with %d", path, status)
		}
		if status, _, _ := second.send(http.MethodGet, v.home+path, nil, "Cookie", "folderfront-try=guess"); status != http.StatusForbidden {
			t.Errorf("with a guessed cookie %q is answered with %d", path, status)
		}
	}
	u, err := url.Parse(v.home)
	if err != nil {
		t.Fatal(err)
	}
	if elsewhere := v.http.Jar.Cookies(&url.URL{Scheme: "http", Host: u.Host, Path: "/"}); len(elsewhere) != 0 {
		t.Errorf("other programs of this computer get the cookie: %v", elsewhere)
	}
}

// TestStrangersAreKeptOut plays web pages that know everything but the cookie's
// value, and some that have a browser send that too.
func TestStrangersAreKeptOut(t *testing.T) {
	p := newPage(t)
	v := p.invited()
	p.enter("Studio")
	fields := url.Values{"do": {"link"}, "id": {p.id("brief.txt")}}
	_, port, err := net.SplitHostPort(strings.TrimPrefix(p.origin, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	for name, headers := range map[string][]string{
		"another name, as after DNS rebinding": {"Host", "evil.example:" + port},
		"a name that ends like this one":       {"Host", "127.0.0.1.evil.example:" + port},
		"no port":                              {"Host", "127.0.0.1"},
		"another site":                         {"Sec-Fetch-Site", "cross-site"},
		"another port of this computer":        {"Sec-Fetch-Site", "same-site"},
		"another origin":                       {"Origin", "http://evil.example"},
		"another port's origin":                {"Origin", "http://127.0.0.1:1"},
	} {
		if status, _, _ := v.send(http.MethodGet, v.home, nil, headers...); status != http.StatusForbidden {
			t.Errorf("%s: the page is answered with %d", name, status)
		}
		if status, _ := v.form(fields, headers...); status != http.StatusForbidden {
			t.Errorf("%s: a form is answered with %d", name, status)
		}
		if status, _, _ := v.send(http.MethodGet, p.page.URL(), nil, headers...); status != http.StatusForbidden {
			t.Errorf("%s: an invitation is answered with %d", name, status)
		}
	}
	for name, headers := range map[string][]string{"a form that says nothing of where it is from": {"Sec-Fetch-Site", ""}, "a form sent by the address bar": {"Sec-Fetch-Site", "none"}} {
		if status, _ := v.form(fields, headers...); status != http.StatusForbidden {
			t.Errorf("%s is answered with %d", name, status)
		}
	}
	if got := p.View().Linked; len(got) != 0 {
		t.Fatalf("a stranger linked %v", got)
	}
	if status, _ := v.form(fields); status != http.StatusOK || len(p.View().Linked) != 1 {
		t.Errorf("the page's own form: %d", status)
	}
	for _, wrong := range []url.Values{{"do": {"nonsense"}}, {}} {
		if status, _ := v.form(wrong); status != http.StatusNotFound {
			t.Errorf("%v is answered with %d", wrong, status)
		}
	}
	for _, path := range []string{"nothing", "../", "../../static/page.html", "../../static/..%2fpage.go", "picture?size=0&id=x", "picture?size=100000&id=x", "picture?id=x"} {
		if status, _, _ := v.send(http.MethodGet, v.home+path, nil); status != http.StatusNotFound {
			t.Errorf("%s is answered with %d", path, status)
		}
	}
	if status, _, _ := v.send(http.MethodPost, v.home+"upload?in=x", strings.NewReader("no form"), "Sec-Fetch-Site", "same-origin"); status != http.StatusBadRequest {
		t.Errorf("an upload that is no form is answered with %d", status)
	}
}

// TestThePageHasNoKey reads everything that the page can say, and its headers.
func TestThePageHasNoKey(t *testing.T) {
	p := newPage(t)
	v := p.invited()
	p.enter("Studio")
	brief := p.id("brief.txt")
	v.form(url.Values{"do": {"act"}, "id": {brief}, "text": {"done"}})
	p.target.Key = "ffk_wrong_but_secret"
	v.form(url.Values{"do": {"link"}, "id": {brief}})
	p.target.Key = key
	for _, path := range []string{"", "steps", "?in=%2F", "?q=brief", "?doc=" + brief, "../../static/page.js", "../../static/page.css"} {
		status, text, header := v.send(http.MethodGet, v.home+path, nil, "Sec-Fetch-Site", "same-origin")
		if status != http.StatusOK || len(text) < 100 {
			t.Errorf("%s: %d, %d bytes", path, status, len(text))
		}
		if strings.Contains(text, key) || strings.Contains(text, "ffk_wrong") {
			t.Errorf("the key is in %s", path)
		}
		policy := header.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'; script-src 'self';") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") ||
			!strings.Contains(policy, "frame-ancestors 'none'") || header.Get("X-Content-Type-Options") != "nosniff" || header.Get("Cross-Origin-Resource-Policy") != "same-origin" {
			t.Errorf("%s has the headers %v", path, header)
		}
	}
}

// TestPicturesAreOnlyPictures has a provider send a page as a thumbnail.
func TestPicturesAreOnlyPictures(t *testing.T) {
	p := newPage(t)
	v := p.invited()
	p.enter("Studio", "Posters")
	picture := v.home + "picture?size=64&id=" + p.id("sunset.png")
	if status, _, header := v.send(http.MethodGet, picture, nil); status != http.StatusOK || header.Get("Content-Type") != "image/jpeg" {
		t.Errorf("a thumbnail: %d %v", status, header)
	}
	for _, kind := range []string{"text/html", "image/svg+xml", "image/jpeg; charset=utf-8, text/html", ""} {
		evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = []string{kind}
			io.WriteString(w, "<script>alert(1)</script>")
		}))
		p.target.Address = evil.URL
		if status, text, _ := v.send(http.MethodGet, picture, nil); status != http.StatusNotFound || strings.Contains(text, "alert") {
			t.Errorf("a thumbnail of the type %q: %d %s", kind, status, text)
		}
		evil.Close()
	}
}

// TestLinksLeadOnlyToTheWeb has a provider name scripts and files as links.
func TestLinksLeadOnlyToTheWeb(t *testing.T) {
	p := newPage(t)
	v := p.invited()
	for _, link := range []string{"javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "", "//evil.example", "http://%zz"} {
		evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, `{"title":"x","kind":"file","id":"x","viewLink":"`+link+`"}`)
		}))
		p.target.Address = evil.URL
		stay := *v.http
		stay.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		r, err := stay.Get(v.home + "open?id=x")
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if to, _ := r.Location(); to == nil || to.String() != v.home {
			t.Errorf("%q leads to %v", link, to)
		}
		evil.Close()
	}
}

// TestUploadAndDownloadThroughThePage sends two files at once, one with a name
// that wants out of its folder, and takes one back.
func TestUploadAndDownloadThroughThePage(t *testing.T) {
	p := newPage(t)
	v := p.invited()
	p.enter("Studio")
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	long := strings.Repeat("n", 251) + ".txt"
	for _, name := range []string{long, "../../outside.txt"} {
		part, err := form.CreateFormFile("file", name)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(part, "content of "+name)
	}
	form.Close()
	status, _, _ := v.send(http.MethodPost, v.home+"upload?in="+p.View().Folder(), &body, "Content-Type", form.FormDataContentType(), "Sec-Fetch-Site", "same-origin")
	if status != http.StatusOK {
		t.Errorf("an upload is answered with %d", status)
	}
	for name, want := range map[string]string{long: "content of " + long, "outside.txt": "content of ../../outside.txt"} {
		if got, err := os.ReadFile(filepath.Join(p.dir, name)); string(got) != want {
			t.Errorf("%.20s: %.40q %v", name, got, err)
		}
	}
	status, text, header := v.send(http.MethodGet, v.home+"download?id="+p.id(long), nil, "Sec-Fetch-Site", "same-origin")
	if status != http.StatusOK || text != "content of "+long || header.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(header.Get("Content-Disposition"), "attachment; filename=nnn") {
		t.Errorf("a download: %d %q %v", status, text, header)
	}
	if status, text, _ := v.send(http.MethodGet, v.home+"download?id=nothing", nil, "Sec-Fetch-Site", "same-origin"); status != http.StatusOK || !strings.Contains(text, "That did not work") {
		t.Errorf("a download of nothing: %d", status)
	}
	if s := p.View().Steps[0]; s.Step != state.TryDownload || s.Trouble == "" {
		t.Errorf("the step tells %+v", s)
	}
}

// TestThePageSpeaksThePersonsLanguage has one word of each.
func TestThePageSpeaksThePersonsLanguage(t *testing.T) {
	p := newPage(t)
	v := p.invited()
	for language, want := range map[string]string{"en": "What happened", "de": "Was geschah", "fr": "Ce qui s’est passé", "es": "Qué ha ocurrido", "ja": "起きたこと"} {
		p.language = language
		if _, text, _ := v.send(http.MethodGet, v.home, nil); !strings.Contains(text, want) || !strings.Contains(text, `<html lang="`+language+`">`) {
			t.Errorf("%s: %q is not there", language, want)
		}
	}
}

// TestFiguresAreThePersons writes days and sizes in the page's language, as the
// browser's region has them.
func TestFiguresAreThePersons(t *testing.T) {
	p := newPage(t)
	p.write("numbers.bin", strings.Repeat("x", 1_234_567))
	then := time.Date(2026, 3, 14, 15, 9, 0, 0, time.Local)
	if err := os.Chtimes(filepath.Join(p.dir, "numbers.bin"), then, then); err != nil {
		t.Fatal(err)
	}
	v := p.invited()
	p.enter("Studio")
	for _, c := range []struct{ language, accept, day, size string }{
		{"en", "en-US,en;q=0.9", "Mar 14, 2026 3:09 PM", "1.2 MB"},
		{"en", "en-GB", "14 Mar 2026 15:09", "1.2 MB"},
		{"de", "de-AT,en", "14.03.2026 15:09", "1,2 MB"},
		{"de", "en-US", "14.03.2026 15:09", "1,2 MB"},
		{"fr", "fr-CA", "2026-03-14 15 h 09", "1,2 Mo"},
		{"ja", "not a language;;", "2026/03/14 15:09", "1.2 MB"},
	} {
		p.language = c.language
		_, text, _ := v.send(http.MethodGet, v.home, nil, "Accept-Language", c.accept)
		if !strings.Contains(text, c.day) || !strings.Contains(text, c.size) {
			t.Errorf("%s for %q: %q or %q is not there", c.language, c.accept, c.day, c.size)
		}
	}
}
