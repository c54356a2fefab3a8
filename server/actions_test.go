package server

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"folderfront/server/action"
	"folderfront/server/action/outgoing"
	"folderfront/server/auth"
	"folderfront/server/catalogue"
	"folderfront/server/conformance"
)

// The rows of the acceptance list (W, E, F, D) that show at the API are here,
// each with the exact JSON; those of the room are in server/action.

// receiver answers webhooks and counts them.
type receiver struct {
	*httptest.Server
	bodies chan string
}

func newReceiver(t *testing.T) receiver {
	r := receiver{bodies: make(chan string, 100)}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		r.bodies <- string(body)
		w.Header()["Date"] = nil
		io.WriteString(w, "seen")
	}))
	t.Cleanup(r.Close)
	return r
}

// actionFixture offers "archive" and "tell", and has "hidden" unoffered.
func actionFixture(t *testing.T) (*fixture, receiver) {
	f, hook := newFixture(t), newReceiver(t)
	err := f.Actions.SetDefinitions(action.Definitions{
		Connections: []action.Connection{{Name: "hook", URL: hook.URL, Class: outgoing.Computer}},
		Actions: []action.Action{
			{ID: 1, Name: "archive", DisplayName: "Archive", Kind: action.Builtin, Operation: "archive", Argument: "Old", Workfront: true},
			{ID: 2, Name: "tell", DisplayName: "Tell the desk", Kind: action.Webhook, Connection: "hook", Path: "/in", Body: `{"name": "{{ file.name }}"}`, Workfront: true},
			{ID: 3, Name: "hidden", DisplayName: "Hidden", Kind: action.Builtin, Operation: "tag", Argument: "x"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return f, hook
}

// remember says that a document of Workfront is a file.
func (f *fixture) remember(document, path string) catalogue.ID {
	f.t.Helper()
	id := catalogue.ID(f.find(path).ID)
	if err := f.Uploads.Remember(f.t.Context(), document, "", id); err != nil {
		f.t.Fatal(err)
	}
	return id
}

func (f *fixture) number(path string) int64 {
	f.t.Helper()
	e, err := f.Catalogue.Lookup(f.t.Context(), catalogue.ID(f.find(path).ID))
	if err != nil {
		f.t.Fatal(err)
	}
	return e.Number
}

func custom(name, document string) conformance.Call {
	return conformance.Call{Endpoint: "customAction", Query: url.Values{"name": {name}, "documentId": {document}, "documentVersionId": {"54b598a700e2342d6971597a5df1a8d3"}}}
}

func (f *fixture) put(endpoint, body string) *conformance.Answer {
	f.t.Helper()
	return f.do(conformance.Call{Method: http.MethodPut, Endpoint: endpoint, Header: http.Header{"Content-Type": {"application/json"}}, Body: strings.NewReader(body)})
}

func wantBody(t *testing.T, what string, a *conformance.Answer, status int, body string) {
	t.Helper()
	if a.Status != status || string(a.Body) != body {
		t.Errorf("%s: %d %s\nwant %d %s", what, a.Status, a.Body, status, body)
	}
}

const document = "5502082c003a4f30ddec2fb2b739cb7c"

func TestW1CustomActionTakesNameDocumentAndVersion(t *testing.T) {
	f, _ := actionFixture(t)
	f.remember(document, "Work/report.txt")
	wantBody(t, "an unknown action", f.do(custom("nonsense", document)), 500,
		`{"status":"failure","error":"There is no action \"nonsense\" here. Ask your administrator to refresh the integration in Workfront."}`)
	wantBody(t, "an unknown document", f.do(custom("archive", "other")), 404,
		`{"status":"failure","error":"Folderfront does not know which file this document is. Send the document to the folder once, or name the file at the computer that shares it."}`)
	stranger := custom("archive", document)
	stranger.Stranger = true
	if a := f.do(stranger); a.Status != 403 {
		t.Errorf("without credentials: %d %s", a.Status, a.Body)
	}
	// The published example has a blank inside the document's id.
	wantBody(t, "a blank inside", f.do(custom("archive", "5502082c003a4f30 ddec2fb2b739cb7c")), 200, `{"status":"success"}`)
	f.find("Work/Old/report.txt")
}

func TestW2ServiceInfoListsWhatIsOffered(t *testing.T) {
	f, _ := actionFixture(t)
	a := f.do(conformance.Call{Endpoint: "serviceInfo", Stranger: true})
	var info struct {
		CustomActions json.RawMessage `json:"customActions"`
	}
	if err := json.Unmarshal(a.Body, &info); err != nil || a.Status != 200 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	want := `[{"name":"archive","displayName":"Archive"},{"name":"tell","displayName":"Tell the desk"}]`
	if got := string(info.CustomActions); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestW3RefreshIsAskedForWhenTheListDiffers(t *testing.T) {
	f, _ := actionFixture(t)
	refresh := func() bool { return f.Actions.Attention().Refresh }
	if refresh() {
		t.Error("before Workfront ever asked")
	}
	info := conformance.Call{Endpoint: "serviceInfo", Stranger: true}
	f.do(info)
	eventually(t, "the list counts as served", func() bool { return !refresh() })
	changed := action.Definitions{Actions: []action.Action{{ID: 1, Name: "archive", DisplayName: "Put away", Kind: action.Builtin, Operation: "archive", Workfront: true}}}
	if err := f.Actions.SetDefinitions(changed); err != nil {
		t.Fatal(err)
	}
	if !refresh() {
		t.Error("another list, and no refresh is asked for")
	}
	f.end()
	f.start()
	if err := f.Actions.SetDefinitions(changed); err != nil {
		t.Fatal(err)
	}
	if !refresh() {
		t.Error("forgotten by a restart")
	}
	probe := info
	probe.Header = http.Header{"Folderfront-Probe": {"nonce"}}
	f.do(probe)
	if !refresh() {
		t.Error("our own probe counts as Workfront")
	}
	f.do(info)
	eventually(t, "the new list is served", func() bool { return !refresh() })
}

func TestW4ExactlySuccessOrFailureWithASentence(t *testing.T) {
	f, hook := actionFixture(t)
	f.remember(document, "Work/report.txt")
	wantBody(t, "success", f.do(custom("tell", document)), 200, `{"status":"success"}`)
	hook.Close()
	f.remember("second", "Work/report.txt")
	wantBody(t, "failure", f.do(custom("tell", "second")), 500,
		`{"status":"failure","error":"\"Tell the desk\" did not succeed. Nobody listens at the receiver's address."}`)
}

func TestW6TheExamplesPathIsAnAlias(t *testing.T) {
	f, _ := actionFixture(t)
	id := f.remember(document, "Work/report.txt")
	call := custom("archive", document)
	call.Endpoint = "customName"
	wantBody(t, "customName", f.do(call), 200, `{"status":"success"}`)
	if e, err := f.Catalogue.Lookup(t.Context(), id); err != nil || e.Parent != catalogue.ID(f.find("Work/Old").ID) {
		t.Errorf("the file lies in %s, %v", e.Parent, err)
	}
}

// W1: the ids that uploadInit was given tell later which file they mean.
func TestW1UploadInitTellsWhichFileADocumentIs(t *testing.T) {
	f, _ := actionFixture(t)
	const version = "54b598a700e2342d6971597a5df1a8d3"
	begin := f.do(conformance.Call{Method: http.MethodPost, Endpoint: "uploadInit", Query: url.Values{
		"parentId": {f.find("Work").ID}, "filename": {"sent.txt"}, "documentId": {document}, "documentVersionId": {version},
	}})
	var made struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(begin.Body, &made); err != nil || begin.Status != 200 || made.ID == "" {
		t.Fatalf("%d %s", begin.Status, begin.Body)
	}
	sent := f.do(conformance.Call{Method: http.MethodPost, Endpoint: "upload", Query: url.Values{"id": {made.ID}}, Body: strings.NewReader("sent by Workfront")})
	if sent.Status != 200 {
		t.Fatalf("%d %s", sent.Status, sent.Body)
	}
	byVersion := custom("archive", "another document")
	wantBody(t, "by its version", f.do(byVersion), 200, `{"status":"success"}`)
	f.find("Work/Old/sent.txt")
	byDocument := custom("tell", document)
	byDocument.Query.Set("documentVersionId", "a later version")
	wantBody(t, "by its document", f.do(byDocument), 200, `{"status":"success"}`)
}

// Actions and commands are made in the window and the settings file alone: no
// part of what is served over HTTP can set one.
func TestNothingOverHTTPMakesActions(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, name := range files {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(name, "_test.go") && strings.Contains(string(source), "SetDefinitions") {
			t.Errorf("%s sets definitions of actions", name)
		}
	}
	for _, r := range routes {
		if strings.Contains(strings.ToLower(r.name), "action") && r.name != "customAction" && r.name != "file/customAction" {
			t.Errorf("the endpoint %s is not one that runs actions", r.name)
		}
	}
}

// A HEAD or a look ahead must change nothing, and nobody may keep an answer.
func TestLookingAheadCarriesOutNothing(t *testing.T) {
	f, hook := actionFixture(t)
	f.remember(document, "Work/report.txt")
	for what, change := range map[string]func(*conformance.Call){
		"HEAD":        func(c *conformance.Call) { c.Method = http.MethodHead },
		"POST":        func(c *conformance.Call) { c.Method = http.MethodPost },
		"Sec-Purpose": func(c *conformance.Call) { c.Header = http.Header{"Sec-Purpose": {"prefetch"}} },
		"prerender":   func(c *conformance.Call) { c.Header = http.Header{"Sec-Purpose": {"prefetch;prerender"}} },
		"Purpose":     func(c *conformance.Call) { c.Header = http.Header{"Purpose": {"prefetch"}} },
		"X-Purpose":   func(c *conformance.Call) { c.Header = http.Header{"X-Purpose": {"preview"}} },
		"X-Moz":       func(c *conformance.Call) { c.Header = http.Header{"X-Moz": {"prefetch"}} },
		"alias with it": func(c *conformance.Call) {
			c.Endpoint, c.Header = "customName", http.Header{"Sec-Purpose": {"prefetch"}}
		},
		"alias by HEAD": func(c *conformance.Call) { c.Endpoint, c.Method = "customName", http.MethodHead },
	} {
		call := custom("tell", document)
		change(&call)
		if a := f.do(call); a.Status < 400 || a.Header.Get("Cache-Control") != "private, no-store" {
			t.Errorf("%s: %d, Cache-Control %q", what, a.Status, a.Header.Get("Cache-Control"))
		}
	}
	stranger := custom("tell", document)
	stranger.Stranger = true
	if a := f.do(stranger); a.Status != 403 || a.Header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("a stranger: %d, Cache-Control %q", a.Status, a.Header.Get("Cache-Control"))
	}
	if a := f.do(custom("tell", document)); a.Status != 200 || a.Header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("the real click: %d, Cache-Control %q", a.Status, a.Header.Get("Cache-Control"))
	}
	if n := len(hook.bodies); n != 1 {
		t.Errorf("%d messages were sent, want the one of the click", n)
	}
}

func TestE2AKeyAndJSONAreWanted(t *testing.T) {
	f, hook := actionFixture(t)
	body := fmt.Sprintf(`{"ids": [%d], "webhookId": 2}`, f.number("Work/report.txt"))
	call := func(kind string, stranger bool) *conformance.Answer {
		return f.do(conformance.Call{Method: http.MethodPut, Endpoint: "file/customAction", Stranger: stranger, Header: http.Header{"Content-Type": {kind}}, Body: strings.NewReader(body)})
	}
	if a := call("application/json", true); a.Status != 403 {
		t.Errorf("without a key: %d %s", a.Status, a.Body)
	}
	for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded"} {
		wantBody(t, "Content-Type "+kind, call(kind, false), 500,
			`{"status":"failure","error":"Send the request as JSON, with the header Content-Type: application/json."}`)
	}
	if n := len(hook.bodies); n != 0 {
		t.Errorf("%d messages were sent", n)
	}
	if a := call("application/json; charset=utf-8", false); a.Status != 200 {
		t.Errorf("JSON with its charset: %d %s", a.Status, a.Body)
	}
}

func TestE3AndE4IdsAndWebhookIdMustBeNumbers(t *testing.T) {
	f, hook := actionFixture(t)
	none := f.put("file/customAction", `{"ids": [], "webhookId": 2}`)
	wantBody(t, "no ids", none, 204, "")
	for body, status := range map[string]int{
		`{"webhookId": 2}`:                                500,
		`{"ids": null, "webhookId": 2}`:                   500,
		`{"ids": ["1"], "webhookId": 2}`:                  500,
		`{"ids": [1.5], "webhookId": 2}`:                  500,
		`{"ids": [null], "webhookId": 2}`:                 500,
		`{"ids": [1]}`:                                    500,
		`{"ids": [1], "webhookId": null}`:                 500,
		`{"ids": [1], "webhookId": 77}`:                   500,
		`{"ids": [1], "webhookId": 2147483648}`:           500,
		`{"ids": [1], "webhookId": -1}`:                   500,
		`{"ids": [99999999999999999999], "webhookId": 2}`: 500,
		`[]`: 500,
		``:   500,
		`{"ids": [` + strings.Repeat("1,", 1000) + `1], "webhookId": 2}`: 500,
	} {
		a := f.put("file/customAction", body)
		var said outcome
		if err := json.Unmarshal(a.Body, &said); err != nil || a.Status != status || said.Status != "failure" || said.Error == "" {
			t.Errorf("%.60s: %d %s", body, a.Status, a.Body)
		}
	}
	if n := len(hook.bodies); n != 0 {
		t.Errorf("%d messages were sent", n)
	}
}

func TestE5OneForeignFileMeansNoDeliveryAtAll(t *testing.T) {
	f, hook := actionFixture(t)
	f.Auth.SetPeople([]auth.Person{{Name: "ann@example.com", Rights: map[string]auth.Right{"Work": auth.Write}}})
	mine := f.number("Work/report.txt")
	f.Auth.SetPeople(nil)
	foreign := f.number("Archive/old.txt")
	f.Auth.SetPeople([]auth.Person{{Name: "ann@example.com", Rights: map[string]auth.Right{"Work": auth.Write}}})
	a := f.put("file/customAction", fmt.Sprintf(`{"ids": [%d, %d], "webhookId": 2}`, mine, foreign))
	wantBody(t, "one outside", a, 403, fmt.Sprintf(`{"status":"failure","error":"The file with the id %d is not yours to use, so nothing was sent."}`, foreign))
	if n := len(hook.bodies); n != 0 {
		t.Errorf("%d messages were sent", n)
	}
}

func TestE6TheAnswerHoldsRequestResponseResultURLAndUser(t *testing.T) {
	f, hook := actionFixture(t)
	a := f.put("file/customAction", fmt.Sprintf(`{"ids": [%d], "webhookId": 2}`, f.number("Work/report.txt")))
	var got map[string]any
	if err := json.Unmarshal(a.Body, &got); err != nil || a.Status != 200 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	host := strings.TrimPrefix(hook.URL, "http://")
	want := map[string]any{
		"request": "POST /in HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: Folderfront\r\nContent-Length: 22\r\nContent-Type: application/json\r\n\r\n" +
			`{"name": "report.txt"}`,
		"response": "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nseen",
		"result":   "200",
		"url":      hook.URL + "/in",
		"user":     map[string]any{"fullName": "ann@example.com", "userCode": "ann@example.com", "userId": float64(action.PersonNumber("ann@example.com"))},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	hook.Close()
	a = f.put("file/customAction", fmt.Sprintf(`{"ids": [%d], "webhookId": 2}`, f.number("Work/report.txt")))
	if err := json.Unmarshal(a.Body, &got); err != nil || got["result"] != "0" || got["response"] != "" {
		t.Errorf("nobody answers: %s", a.Body)
	}
}

// F5: the receiver of a message answers with tags and a note, by a key that is
// good for nothing else.
func TestF5AReceiverSetsTagsAndNotesWithALimitedKey(t *testing.T) {
	f, _ := actionFixture(t)
	limited := auth.NewKey("receiver", time.Now())
	limited.Limit = []string{"tags", "notes"}
	onlyTags := auth.NewKey("tagger", time.Now())
	onlyTags.Limit = []string{"tags"}
	f.Auth.SetKeys([]auth.Key{limited, onlyTags})
	number, id := f.number("Work/report.txt"), catalogue.ID(f.find("Work/report.txt").ID)
	full := f.client.Credential.APIKey

	f.client.Credential.APIKey = limited.Secret
	wantBody(t, "tags", f.put("file/tags", fmt.Sprintf(`{"id": %d, "tags": ["restarted", "ok"]}`, number)), 200, `{"status":"success"}`)
	wantBody(t, "notes", f.put("file/notes", fmt.Sprintf(`{"id": %d, "notes": "rolled back\nto 1.2"}`, number)), 200, `{"status":"success"}`)
	for _, route := range routes {
		if route.limit != "" || route.open {
			continue
		}
		a := f.do(conformance.Call{Method: route.methods[0], Endpoint: route.name, Query: url.Values{"id": {string(id)}, "parentId": {"/"}, "query": {"report"}}})
		if a.Status != 403 || strings.Contains(string(a.Body), "report") {
			t.Errorf("%s with a limited key: %d %s", route.name, a.Status, a.Body)
		}
	}
	f.client.Credential.APIKey = onlyTags.Secret
	if a := f.put("file/notes", fmt.Sprintf(`{"id": %d, "notes": "x"}`, number)); a.Status != 403 {
		t.Errorf("notes with a key for tags: %d %s", a.Status, a.Body)
	}
	f.client.Credential.APIKey = full
	for endpoint, bodies := range map[string][]string{
		"file/tags":  {`{"id": 1}`, `{"tags": []}`, `{"id": 999999, "tags": []}`, `{"id": %d, "tags": ["a,b"]}`, `{"id": %d, "tags": [""]}`, `{"id": %d, "tags": null}`},
		"file/notes": {`{"id": 1}`, `{"notes": ""}`, `{"id": 999999, "notes": ""}`, `{"id": %d, "notes": "` + strings.Repeat("x", 5000) + `"}`, `{"id": %d, "notes": 1}`},
	} {
		for _, body := range bodies {
			if a := f.put(endpoint, strings.ReplaceAll(body, "%d", fmt.Sprint(number))); a.Status < 400 {
				t.Errorf("%s %.60s: %d %s", endpoint, body, a.Status, a.Body)
			}
		}
	}
	tags, err := f.Actions.Tags(t.Context(), id)
	if diff := cmp.Diff([]string{"ok", "restarted"}, tags); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if note, err := f.Actions.Note(t.Context(), id); note != "rolled back\nto 1.2" || err != nil {
		t.Errorf("note %q, %v", note, err)
	}
}
