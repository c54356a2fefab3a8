package web_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"folderfront/server/auth"
	"folderfront/server/catalogue"
	"folderfront/server/upload"
)

// Tests 3, 4 and 5 of the spec, without a screen.
func TestStrangerIsLedToTheDocument(t *testing.T) {
	s := newSite(t)
	e := s.find("Designs/Brief.txt")
	v := s.visitor()
	stranger := v.open("/view/" + string(e.ID))
	if stranger.StatusCode != http.StatusForbidden || !strings.Contains(stranger.body, "<h1>Sign in</h1>") || strings.Contains(stranger.body, "Brief") {
		t.Fatalf("a stranger sees %d %s", stranger.StatusCode, stranger.body)
	}
	action := regexp.MustCompile(`action="([^"]*)"`).FindStringSubmatch(stranger.body)
	wrong := v.post(action[1], "do", "password", "username", person, "password", "wrong")
	if wrong.StatusCode != http.StatusForbidden || !strings.Contains(wrong.body, `role="alert"`) {
		t.Fatalf("a wrong password: %d", wrong.StatusCode)
	}
	in := v.post(action[1], "do", "password", "username", person, "password", password)
	if in.StatusCode != http.StatusSeeOther || in.Header.Get("Location") != "/view/"+string(e.ID) {
		t.Fatalf("signed in: %d to %q", in.StatusCode, in.Header.Get("Location"))
	}
	seen := v.open("/view/" + string(e.ID))
	for _, want := range []string{"<h1>Brief.txt</h1>", "Hello from the brief.", "Designs", "22 bytes", person, "Download"} {
		if !strings.Contains(seen.body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	got := v.open("/get/" + string(e.ID))
	if got.body != "Hello from the brief.\n" || !strings.HasPrefix(got.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("the download: %q, %q", got.body, got.Header.Get("Content-Disposition"))
	}
	noted := s.notes()
	for _, want := range []string{"viewed Brief.txt " + person, "downloaded Brief.txt " + person} {
		if !slices.Contains(noted, want) {
			t.Errorf("noted %q, lacks %q", noted, want)
		}
	}
}

func TestDownloadAfterSignIn(t *testing.T) {
	s := newSite(t)
	e := s.find("Designs/Brief.txt")
	v := s.visitor()
	stranger := v.open("/get/" + string(e.ID))
	action := regexp.MustCompile(`action="([^"]*)"`).FindStringSubmatch(stranger.body)
	if stranger.StatusCode != http.StatusForbidden || len(action) == 0 {
		t.Fatalf("a stranger gets %d", stranger.StatusCode)
	}
	in := v.post(action[1], "do", "password", "username", person, "password", password)
	page := v.open(in.Header.Get("Location"))
	if page.StatusCode != http.StatusOK || page.Header.Get("Refresh") != "0; url=/get/"+string(e.ID) {
		t.Fatalf("after the sign-in: %d, refresh %q", page.StatusCode, page.Header.Get("Refresh"))
	}
}

func TestFolderPages(t *testing.T) {
	s := newSite(t)
	s.write("Spring/Poster & <b>.txt", "x")
	if err := os.Mkdir(filepath.Join(s.dir, "Empty"), 0o700); err != nil {
		t.Fatal(err)
	}
	v := s.signedIn()
	root := v.open("/view/")
	if root.StatusCode != http.StatusOK || !strings.Contains(root.body, ">Designs</a>") || strings.Contains(root.body, "Private") {
		t.Errorf("the root: %d %s", root.StatusCode, root.body)
	}
	for path, want := range map[string][]string{
		"Designs":        {"<h1>Designs</h1>", ">Brief.txt</a>", ">Spring</a>", "22 bytes"},
		"Designs/Spring": {"<h1>Spring</h1>", ">Designs</a>", "Poster &amp; &lt;b&gt;.txt"},
		"Designs/Empty":  {"This folder is empty."},
	} {
		got := v.open("/view/" + string(s.find(path).ID))
		for _, w := range want {
			if got.StatusCode != http.StatusOK || !strings.Contains(got.body, w) {
				t.Errorf("%s: %d, lacks %q", path, got.StatusCode, w)
			}
		}
	}
	if got := v.open("/get/" + string(s.find("Designs").ID)); got.StatusCode != http.StatusSeeOther {
		t.Errorf("the download of a folder: %d", got.StatusCode)
	}
}

// What a person may not see, what is gone, and what never was each say so; a
// stranger can't tell them apart.
func TestRefusals(t *testing.T) {
	s := newSite(t)
	s.write("Gone.txt", "x")
	gone := string(s.find("Designs/Gone.txt").ID)
	if err := os.Remove(filepath.Join(s.dir, "Gone.txt")); err != nil {
		t.Fatal(err)
	}
	private := string(s.find("Private/Salaries.txt").ID)
	never := "aaaaaaaaaaaaaaaaaaaaaaaaaa"
	stranger, jane := s.visitor(), s.signedIn()
	for _, prefix := range []string{"/view/", "/get/", "/view/%s/content", "/view/%s/picture"} {
		for id, want := range map[string]int{private: 403, gone: 404, never: 404, "..%2f..%2fetc": 404, "x": 404} {
			path := prefix + id
			if strings.Contains(prefix, "%s") {
				path = fmt.Sprintf(prefix, id)
			}
			if got := jane.open(path); got.StatusCode != want || strings.Contains(got.body, "Salaries") || strings.Contains(got.body, "secret") {
				t.Errorf("jane at %s: %d, want %d", path, got.StatusCode, want)
			}
			if got := stranger.open(path); got.StatusCode != 403 || !strings.Contains(got.body, "<h1>Sign in</h1>") {
				t.Errorf("a stranger at %s: %d", path, got.StatusCode)
			}
		}
	}
	for path, want := range map[string]int{"/signin/x": 404, "/signin": 200, "/signin/out": 200, "/signin/warning": 200, "/oauth2/authorize": 400, "/static/nothing": 404, "/link/x": 403, "/signout": 404} {
		if got := stranger.open(path); got.StatusCode != want || got.Header.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("%s: %d %s", path, got.StatusCode, got.Header.Get("Content-Type"))
		}
	}
	for _, method := range []string{"PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"} {
		r, err := http.NewRequest(method, s.URL+"/view/"+never, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := jane.send(r); got.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", method, got.StatusCode)
		}
	}
}

// Rights hold at the next request, not at the next sign-in.
func TestRightsChangeAtOnce(t *testing.T) {
	s := newSite(t)
	v := s.signedIn()
	path := "/view/" + string(s.find("Designs/Brief.txt").ID)
	for _, step := range []struct {
		people []auth.Person
		want   int
	}{
		{[]auth.Person{{Name: person, Rights: map[string]auth.Right{"Designs": auth.Read}}}, 200},
		{[]auth.Person{{Name: person}}, 403},
		{[]auth.Person{{Name: person, Rights: map[string]auth.Right{auth.AnyShare: auth.Read}}}, 200},
		{[]auth.Person{{Name: "joe"}}, 403},
		{nil, 403},
	} {
		s.auth.SetPeople(step.people)
		for _, p := range []string{path, path + "/content", path + "/picture", strings.Replace(path, "view", "get", 1)} {
			got := v.open(p)
			if allowed := got.StatusCode < 400; allowed != (step.want == 200) {
				t.Errorf("%s with %v: %d, want %d", p, step.people, got.StatusCode, step.want)
			}
		}
	}
}

func TestSharedFolderGoneOrPaused(t *testing.T) {
	s := newSite(t)
	v := s.signedIn()
	path := "/view/" + string(s.find("Designs/Brief.txt").ID)
	s.share(catalogue.Share{Name: "Designs", Path: s.dir, Paused: true})
	if got := v.open(path); got.StatusCode != http.StatusNotFound || !strings.Contains(got.body, "Not available at the moment") {
		t.Errorf("paused: %d", got.StatusCode)
	}
	s.share()
	if got := v.open(path); got.StatusCode != http.StatusNotFound {
		t.Errorf("no longer shared: %d", got.StatusCode)
	}
}

func TestTextIsShownWhole(t *testing.T) {
	s := newSite(t)
	v := s.signedIn()
	for name, tt := range map[string]struct{ content, want string }{
		"utf8.txt":    {"Grüße ☃ <script>alert(1)</script>", "Grüße ☃ &lt;script&gt;alert(1)&lt;/script&gt;"},
		"bom.txt":     {"\xef\xbb\xbfplain", ">plain<"},
		"utf16.txt":   {"\xff\xfeG\x00r\x00\xfc\x00n\x00", ">Grün<"},
		"latin.txt":   {"Gr\xfcn", ">Grün<"},
		"notes.md":    {"# Title\n[x](javascript:alert(1))", "# Title\n[x](javascript:alert(1))"},
		"code.json":   {`{"a": "</pre>"}`, "{&#34;a&#34;: &#34;&lt;/pre&gt;&#34;}"},
		"long.txt":    {strings.Repeat("é", 200<<10), "This is the beginning."},
		"control.txt": {"a\x00b", "a\ufffdb"},
	} {
		s.write(name, tt.content)
		got := v.open("/view/" + string(s.find("Designs/"+name).ID))
		if got.StatusCode != http.StatusOK || !strings.Contains(got.body, tt.want) || strings.Contains(got.body, "\ufffd\ufffd") {
			t.Errorf("%s: %d, lacks %q", name, got.StatusCode, tt.want)
		}
	}
}

func TestVersionsAreListed(t *testing.T) {
	s := newSite(t)
	v := s.signedIn()
	e := s.find("Designs/Brief.txt")
	if strings.Contains(v.open("/view/"+string(e.ID)).body, "<h2>Versions</h2>") {
		t.Error("a document without versions lists some")
	}
	announced, err := s.uploads.Init(t.Context(), e.Parent, e.Name, "", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.uploads.Receive(t.Context(), announced.ID, strings.NewReader("new words"), -1); err != nil {
		t.Fatal(err)
	}
	got := v.open("/view/" + string(e.ID))
	for _, want := range []string{"<h2>Versions</h2>", "new words", "22 bytes", "9 bytes"} {
		if !strings.Contains(got.body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// TestVersionsAreDownloaded reads an earlier content whole, in a range, again when
// it is the same, and once it is gone; nobody reads one without the right to.
func TestVersionsAreDownloaded(t *testing.T) {
	s := newSite(t)
	s.links(true)
	jane, stranger := s.signedIn(), s.visitor()
	e := s.find("Designs/Brief.txt")
	announced, err := s.uploads.Init(t.Context(), e.Parent, e.Name, "", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.uploads.Receive(t.Context(), announced.ID, strings.NewReader("new words"), -1); err != nil {
		t.Fatal(err)
	}
	const old = "Hello from the brief.\n"
	found := regexp.MustCompile(`/get/[0-9a-z]+/[^"]+`).FindString(jane.open("/view/" + string(e.ID)).body)
	whole := jane.open(found)
	if whole.StatusCode != http.StatusOK || whole.body != old || whole.Header.Get("Etag") == "" || whole.Header.Get("Accept-Ranges") != "bytes" {
		t.Fatalf("%s: %d %q, %v", found, whole.StatusCode, whole.body, whole.Header)
	}
	if named := whole.Header.Get("Content-Disposition"); !regexp.MustCompile(`^attachment; filename="Brief \(\d{4}-\d\d-\d\d \d\d\.\d\d\)\.txt"; `).MatchString(named) {
		t.Errorf("it is called %s", named)
	}
	if got := jane.open("/get/" + string(e.ID)); got.Header.Get("Etag") == whole.Header.Get("Etag") || got.body != "new words" {
		t.Errorf("the present one is %q under the tag %s", got.body, got.Header.Get("Etag"))
	}
	for header, want := range map[string]struct {
		value  string
		status int
		body   string
	}{
		"Range":         {"bytes=6-9", http.StatusPartialContent, "from"},
		"If-None-Match": {whole.Header.Get("Etag"), http.StatusNotModified, ""},
	} {
		r, err := http.NewRequest("GET", s.URL+found, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set(header, want.value)
		if got := jane.send(r); got.StatusCode != want.status || got.body != want.body {
			t.Errorf("%s: %d %q", header, got.StatusCode, got.body)
		}
	}
	if got := stranger.open(found); got.StatusCode != http.StatusForbidden || strings.Contains(got.body, old) {
		t.Errorf("a stranger: %d", got.StatusCode)
	}
	token, err := s.auth.SignLink(t.Context(), string(e.ID), time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	stranger.open("/link/" + token)
	if page := stranger.open("/view/" + string(e.ID)); page.StatusCode != http.StatusOK || strings.Contains(page.body, "<h2>Versions</h2>") {
		t.Errorf("by a link: %d, with versions: %s", page.StatusCode, page.body)
	}
	version := found[strings.LastIndex(found, "/"):]
	for path, who := range map[string]*visitor{
		found:                                  stranger, // who came by a link sees the present one alone
		"/get/" + string(e.ID) + "/never":      jane,
		"/get/" + string(e.ID) + version + "0": jane,
		"/get/" + string(s.find("Designs").ID) + version:                 jane,
		"/get/" + string(s.find("Private/Salaries.txt").ID) + version:    jane,
		"/get/aaaaaaaaaaaaaaaaaaaaaaaaaa" + version:                      jane,
		"/get/" + string(e.ID) + "/..%2f..%2fversions" + version + "%00": jane,
	} {
		if got := who.open(path); got.StatusCode < 400 || strings.Contains(got.body, old) {
			t.Errorf("%s: %d", path, got.StatusCode)
		}
	}
	if _, err := s.uploads.Restore(t.Context(), upload.ItemID(version[1:])); err != nil {
		t.Fatal(err)
	}
	if got := jane.open(found); got.StatusCode != http.StatusNotFound {
		t.Errorf("after it was put back: %d", got.StatusCode)
	}
	if !slices.Contains(s.notes(), "downloaded Brief.txt "+person) {
		t.Errorf("noted %q", s.notes())
	}
}

func TestRangesOfAVideo(t *testing.T) {
	s := newSite(t)
	s.write("clip.mp4", strings.Repeat("0123456789", 1000))
	v := s.signedIn()
	r, err := http.NewRequest("GET", s.URL+"/view/"+string(s.find("Designs/clip.mp4").ID)+"/content", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Range", "bytes=9995-")
	if got := v.send(r); got.StatusCode != http.StatusPartialContent || got.body != "56789" {
		t.Errorf("seeking: %d %q", got.StatusCode, got.body)
	}
}

func TestSignOut(t *testing.T) {
	s := newSite(t)
	v := s.signedIn()
	path := "/view/" + string(s.find("Designs/Brief.txt").ID)
	if got := v.post("/signout"); got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != "/signin/out" {
		t.Fatalf("sign out: %d", got.StatusCode)
	}
	if got := v.open(path); got.StatusCode != http.StatusForbidden {
		t.Errorf("afterwards: %d", got.StatusCode)
	}
}

// The whole approval: the page shows the number that the owner sees, and goes
// on to the document at the owner's click.
func TestApprovalLeadsToTheDocument(t *testing.T) {
	s := newSite(t)
	v := s.visitor()
	path := "/view/" + string(s.find("Designs/Brief.txt").ID)
	if got := v.post(path, "do", "ask", "username", person); got.Header.Get("Location") != "/signin/wait" {
		t.Fatalf("ask: %d %s", got.StatusCode, got.body)
	}
	waiting := v.open("/signin/wait")
	pending, err := s.auth.Approvals(t.Context())
	if err != nil || len(pending) != 1 || !strings.Contains(waiting.body, fmt.Sprintf(">%d<", pending[0].Number)) {
		t.Fatalf("pending %+v, %v; the page %s", pending, err, waiting.body)
	}
	if waiting.Header.Get("Refresh") == "" || v.open(path).StatusCode != http.StatusForbidden {
		t.Fatal("the page doesn't wait, or let somebody in")
	}
	held := make(chan page)
	go func() { held <- v.open("/signin/wait?hold=1") }()
	if err := s.auth.Approve(t.Context(), pending[0].ID); err != nil {
		t.Fatal(err)
	}
	if got := <-held; got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != path {
		t.Fatalf("after the click: %d to %q", got.StatusCode, got.Header.Get("Location"))
	}
	if got := v.open(path); got.StatusCode != http.StatusOK {
		t.Errorf("the document: %d", got.StatusCode)
	}
}

func TestDeniedApproval(t *testing.T) {
	s := newSite(t)
	v := s.visitor()
	v.post("/signin", "do", "ask", "username", person)
	pending, err := s.auth.Approvals(t.Context())
	if err != nil || len(pending) != 1 {
		t.Fatalf("pending %+v, %v", pending, err)
	}
	if err := s.auth.Deny(t.Context(), pending[0].ID); err != nil {
		t.Fatal(err)
	}
	if got := v.open("/signin/wait?hold=1"); got.StatusCode != http.StatusForbidden || !strings.Contains(got.body, "Not let in") {
		t.Errorf("denied: %d", got.StatusCode)
	}
	if got := s.visitor().open("/signin/wait"); got.StatusCode != http.StatusSeeOther {
		t.Errorf("a browser that asked nothing: %d", got.StatusCode)
	}
}

func TestSignedLinks(t *testing.T) {
	s := newSite(t)
	e := s.find("Designs/Brief.txt")
	path := "/view/" + string(e.ID)
	jane := s.signedIn()
	if got := jane.post(path, "do", "link"); got.StatusCode != http.StatusForbidden || strings.Contains(jane.open(path).body, "Make a link") {
		t.Fatalf("links are off, yet one is made: %d", got.StatusCode)
	}
	s.links(true)
	if !strings.Contains(jane.open(path).body, "Make a link") {
		t.Fatal("links are on, yet none is offered")
	}
	made := regexp.MustCompile(`value="([^"]*)(/link/[^"]*)"`).FindStringSubmatch(jane.post(path, "do", "link").body)
	if made == nil || made[1] != s.URL {
		t.Fatalf("the link is %q", made)
	}
	guest := s.visitor()
	opened := guest.open(made[2])
	if opened.StatusCode != http.StatusSeeOther || opened.Header.Get("Location") != path {
		t.Fatalf("opening the link: %d to %q", opened.StatusCode, opened.Header.Get("Location"))
	}
	for _, c := range opened.Cookies() { // by a span, for the browser's clock may be a year ahead
		if left := time.Duration(c.MaxAge) * time.Second; !c.Expires.IsZero() || left > 7*24*time.Hour || left < 7*24*time.Hour-time.Hour {
			t.Errorf("the cookie lives for %v, until %v", left, c.Expires)
		}
	}
	shown := guest.open(path)
	if shown.StatusCode != http.StatusOK || !strings.Contains(shown.body, "Hello from the brief.") || strings.Contains(shown.body, "Designs") || strings.Contains(shown.body, "Make a link") {
		t.Fatalf("the guest sees %d %s", shown.StatusCode, shown.body)
	}
	if got := guest.open("/get/" + string(e.ID)); got.body != "Hello from the brief.\n" {
		t.Errorf("the guest's download: %d", got.StatusCode)
	}
	s.write("Other.txt", "x")
	for _, other := range []string{"/view/", "/view/" + string(s.find("Designs").ID), "/view/" + string(s.find("Designs/Other.txt").ID)} {
		if got := guest.open(other); got.StatusCode != http.StatusForbidden {
			t.Errorf("the link opens %s too: %d", other, got.StatusCode)
		}
	}
	if got := guest.post(path, "do", "link"); strings.Contains(got.body, "/link/") {
		t.Error("a guest makes links")
	}
	s.links(false)
	if got := guest.open(path); got.StatusCode != http.StatusForbidden {
		t.Errorf("links are off again, yet it works: %d", got.StatusCode)
	}
	s.links(true)
	if err := s.auth.RevokeLinks(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := guest.open(path); got.StatusCode != http.StatusForbidden {
		t.Errorf("revoked, yet it works: %d", got.StatusCode)
	}
	if got := s.visitor().open(made[2]); got.StatusCode != http.StatusForbidden || !strings.Contains(got.body, "not valid any more") {
		t.Errorf("opening a revoked link: %d", got.StatusCode)
	}
}
