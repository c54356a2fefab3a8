package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"folderfront/server/auth"
)

// allMethods are those that a client may think of.
var allMethods = []string{"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "BREW"}

// credentials are what a caller may come with.
var credentials = []struct {
	name   string
	header http.Header
	good   bool
}{
	{"none", nil, false},
	{"empty key", http.Header{"Apikey": {""}}, false},
	{"wrong key", http.Header{"Apikey": {"12345"}}, false},
	{"forged key", http.Header{"Apikey": {"ffk_abc_0123456789abcdefghijklmnop_0000"}}, false},
	{"two keys", http.Header{"Apikey": {testKey, "other"}}, false},
	{"wrong token", http.Header{"Authorization": {"Bearer 12345"}}, false},
	{"key as a token", http.Header{"Authorization": {"Bearer " + testKey}}, false},
	{"basic only", http.Header{"Authorization": {"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}}, false},
	{"cookie", http.Header{"Cookie": {"apiKey=" + testKey}}, false},
	{"huge key", http.Header{"Apikey": {strings.Repeat("k", 20_000)}}, false},
	{"key", http.Header{"Apikey": {testKey}}, true},
	{"key beside basic", http.Header{"Apikey": {testKey}, "Authorization": {"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}}, true},
}

// TestMatrix calls every endpoint by every method with every credential: the
// answer must be what routes.go says, decided in the order credentials, method,
// parameters.
func TestMatrix(t *testing.T) {
	f := newFixture(t)
	handler := f.Handler(Loopback)
	client := 0
	for _, route := range append(slices.Clone(routes), route{name: "nothing"}, route{name: ""}, route{name: "files/more"}, route{name: "../metadata"}) {
		for _, method := range allMethods {
			for _, credential := range credentials {
				r := httptest.NewRequest(method, "/", nil)
				r.URL.Path, r.Host = apiBase+route.name, "localhost"
				client++ // each from elsewhere: wrong keys slow their sender down
				r.RemoteAddr = fmt.Sprintf("10.%d.%d.%d:1", client>>16, client>>8&255, client&255)
				for name, values := range credential.header {
					r.Header[name] = values
				}
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, r)
				what := fmt.Sprintf("%s %s with %s", method, route.name, credential.name)
				switch {
				case !route.open && !credential.good:
					wantFailure(t, what, w, method, 403)
				case route.handle == nil:
					wantFailure(t, what, w, method, 404)
				case !route.allows(method):
					wantFailure(t, what, w, method, 500)
				case slices.Contains([]string{"metadata", "files", "serviceInfo"}, route.name):
					if w.Code != 200 {
						t.Errorf("%s: %d %s", what, w.Code, w.Body)
					}
				default: // all others have a parameter that is missing here
					wantFailure(t, what, w, method, 500)
				}
			}
		}
	}
}

// wantFailure holds a response against the error format.
func wantFailure(t *testing.T, what string, w *httptest.ResponseRecorder, method string, status int) {
	t.Helper()
	if w.Code != status {
		t.Errorf("%s: %d, want %d: %s", what, w.Code, status, w.Body)
		return
	}
	var said outcome
	if err := json.Unmarshal(w.Body.Bytes(), &said); err != nil || said.Error == "" || said.Status != "error" && said.Status != "failure" {
		t.Errorf("%s: %d %s (%v)", what, w.Code, w.Body, err)
	}
	if kind := w.Header().Get("Content-Type"); kind != "application/json" {
		t.Errorf("%s: Content-Type %q", what, kind)
	}
	if kept := w.Header().Get("Cache-Control"); kept != "private, no-store" {
		t.Errorf("%s: Cache-Control %q", what, kept)
	}
}

// TestFailuresHaveTheirEndpointsForm checks the "failure" and the "fail" of the
// endpoints that the specification gives one.
func TestFailuresHaveTheirEndpointsForm(t *testing.T) {
	f := newFixture(t)
	handler := f.Handler(Loopback)
	for _, route := range routes {
		if route.open || route.name == "files" || route.name == "metadata" {
			continue
		}
		r := httptest.NewRequest(route.methods[0], "http://localhost"+apiBase+route.name, nil)
		r.Header.Set("apiKey", testKey)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		var said outcome
		if err := json.Unmarshal(w.Body.Bytes(), &said); err != nil || said.Status != route.failed.Status || said.Result != route.failed.Result {
			t.Errorf("%s fails as %s", route.name, w.Body)
		}
	}
}

// people gives each right to one person.
var people = []auth.Person{
	{Name: "writer@example.com", Rights: map[string]auth.Right{"Work": auth.Write, "Archive": auth.Write}},
	{Name: "reader@example.com", Rights: map[string]auth.Right{"Work": auth.Read}},
	{Name: "nobody@example.com", Rights: map[string]auth.Right{}},
}

// TestRights calls every endpoint as people of different rights: what one may
// not see doesn't exist for them, what one may not change is forbidden.
func TestRights(t *testing.T) {
	f := newFixture(t)
	work, photos, report, old := f.find("Work").ID, f.find("Work/Photos").ID, f.find("Work/report.txt").ID, f.find("Archive/old.txt").ID
	f.Auth.SetPeople(people)
	handler := f.Handler(Loopback)
	call := func(person, method, target string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "http://localhost"+apiBase+target, strings.NewReader("x"))
		r.Header.Set("apiKey", testKey)
		r.Header.Set("username", person)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w
	}
	for _, test := range []struct {
		method, target string
		writer, reader int
		nobody         int
	}{
		{"GET", "metadata?id=" + work, 200, 200, 404},
		{"GET", "files?parentId=" + photos, 200, 200, 404},
		{"GET", "download?id=" + report, 200, 200, 404},
		{"GET", "thumbnail?id=" + report, 200, 200, 404},
		{"GET", "metadata?id=" + old, 200, 404, 404},
		{"GET", "download?id=" + old, 200, 404, 404},
		{"POST", "uploadInit?filename=a.txt&parentId=" + work, 200, 403, 404},
		{"PUT", "upload?id=" + report, 404, 403, 404}, // never announced
		{"POST", "createFolder?name=new&parentId=" + work, 200, 403, 404},
		{"PUT", "rename?name=renamed.txt&id=" + report, 200, 403, 404},
		{"PUT", "rename?name=renamed.txt&id=" + old, 403, 404, 404},
		{"PUT", "delete?documentId=" + old, 403, 404, 404},
		{"PUT", "delete?folderId=" + work, 403, 403, 404},
		{"PUT", "delete?folderId=/", 403, 403, 403},
		{"POST", "createFolder?name=x&parentId=/", 403, 403, 403},
		{"POST", "uploadInit?filename=x", 403, 403, 403},
	} {
		for person, want := range map[string]int{"nobody@example.com": test.nobody, "READER@example.com": test.reader, "writer@example.com": test.writer} {
			if w := call(person, test.method, test.target); w.Code != want {
				t.Errorf("%s %s as %s: %d, want %d: %s", test.method, test.target, person, w.Code, want, w.Body)
			}
		}
	}
	for person, want := range map[string]string{"writer@example.com": "Archive,Work", "reader@example.com": "Work", "nobody@example.com": ""} {
		var titles []string
		for _, part := range strings.Split(call(person, "GET", "files").Body.String(), `"title":"`)[1:] {
			titles = append(titles, part[:strings.IndexByte(part, '"')])
		}
		if got := strings.Join(titles, ","); got != want {
			t.Errorf("%s sees %q, want %q", person, got, want)
		}
	}
	if w := call("stranger@example.com", "GET", "files"); w.Code != 403 {
		t.Errorf("an unknown person: %d", w.Code)
	}
	for person, want := range map[string]string{"writer@example.com": `"readOnly":false`, "reader@example.com": `"readOnly":true`} {
		if w := call(person, "GET", "metadata?id="+work); !strings.Contains(w.Body.String(), want) {
			t.Errorf("as %s: %s", person, w.Body)
		}
	}
}

// TestHiddenAndUnknownAnswerAlike holds that nobody can tell what exists but may
// not be seen from what does not.
func TestHiddenAndUnknownAnswerAlike(t *testing.T) {
	f := newFixture(t)
	old := f.find("Archive/old.txt").ID
	f.Auth.SetPeople(people)
	handler := f.Handler(Loopback)
	answer := func(id string) string {
		r := httptest.NewRequest("GET", "http://localhost/api/v1/metadata?id="+id, nil)
		r.Header.Set("apiKey", testKey)
		r.Header.Set("username", "reader@example.com")
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return fmt.Sprint(w.Code, w.Body)
	}
	hidden, never := answer(old), answer(string(f.Catalogue.NewID()))
	if hidden != never {
		t.Errorf("hidden: %s\nnever: %s", hidden, never)
	}
}
