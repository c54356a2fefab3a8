package server

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"folderfront/server/conformance"
)

// TestConformance examines the provider in this process by every case, with an
// API key and then with the access token of an OAuth2 grant.
func TestConformance(t *testing.T) {
	f := newFixture(t)
	oauth, token := f.grant()
	for name, credential := range map[string]conformance.Credential{"API key": f.client.Credential, "OAuth2": {Bearer: token}} {
		t.Run(name, func(t *testing.T) {
			examined := 0
			options := conformance.Options{BaseURL: f.base, Credential: credential, OAuth: oauth, Write: true, HTTP: f.client.HTTP}
			err := conformance.Run(t.Context(), options, func(r conformance.Result) {
				switch {
				case r.Reason != "":
					t.Errorf("%s: %s: %s", r.Group, r.Name, r.Reason)
				case r.LeftOut != "":
					t.Logf("left out: %s: %s: %s", r.Group, r.Name, r.LeftOut)
				default:
					examined++
				}
			})
			if err != nil {
				t.Error(err)
			}
			if all := len(conformance.Cases()); examined < all-1 {
				t.Errorf("only %d of %d cases were examined", examined, all)
			}
			if items, err := f.client.Files(t.Context(), f.find("Work").ID); err != nil || len(items) != 3 {
				t.Errorf("the examination left %d things in the folder, %v", len(items), err)
			}
		})
	}
}

// grant lets Workfront in by OAuth2 as its pages do, and answers what Workfront
// then holds.
func (f *fixture) grant() (grant *conformance.OAuth, accessToken string) {
	f.t.Helper()
	ctx := f.t.Context()
	client, secret, err := f.Auth.NewClient(ctx, "https://workfront.example/redirect")
	if err != nil {
		f.t.Fatal(err)
	}
	asked, err := f.Auth.ParseRequest(ctx, "state=xyz")
	if err != nil {
		f.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("apiKey", testKey)
	who, err := f.Auth.Authenticate(r)
	if err != nil {
		f.t.Fatal(err)
	}
	location, err := f.Auth.Allow(ctx, asked, who)
	if err != nil {
		f.t.Fatal(err)
	}
	back, err := url.Parse(location)
	if err != nil || back.Query().Get("state") != "xyz" {
		f.t.Fatal(location, err)
	}
	grant = &conformance.OAuth{TokenURL: strings.TrimSuffix(f.base, "/api/v1") + "/oauth2/token", ClientID: client.ID, ClientSecret: secret}
	resp, err := f.client.HTTP.PostForm(grant.TokenURL, url.Values{
		"grant_type": {"authorization_code"}, "code": {back.Query().Get("code")}, "client_id": {client.ID}, "client_secret": {secret},
	})
	if err != nil {
		f.t.Fatal(err)
	}
	defer resp.Body.Close()
	var tokens struct {
		AccessToken  string `json:"access_token"`
		RefreshToken string `json:"refresh_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&tokens); err != nil || tokens.AccessToken == "" {
		f.t.Fatalf("%d %+v %v", resp.StatusCode, tokens, err)
	}
	grant.RefreshToken = tokens.RefreshToken
	return grant, tokens.AccessToken
}

// TestReadOnlyExaminationWritesNothing examines without leave to write.
func TestReadOnlyExaminationWritesNothing(t *testing.T) {
	f := newFixture(t)
	before := f.Activity().Recent(keptEvents)
	err := conformance.Run(t.Context(), conformance.Options{BaseURL: f.base, Credential: f.client.Credential, HTTP: f.client.HTTP}, func(r conformance.Result) {
		if r.Writes != (r.LeftOut == "it writes, which was not allowed") {
			t.Errorf("%s: %s: %q", r.Group, r.Name, r.LeftOut)
		}
	})
	if err != nil {
		t.Error(err)
	}
	for _, e := range f.Activity().Recent(keptEvents)[:len(f.Activity().Recent(keptEvents))-len(before)] {
		if e.Status == http.StatusOK && (e.Verb == "uploaded" || e.Verb == "created" || e.Verb == "renamed" || e.Verb == "deleted") {
			t.Errorf("it %s %s", e.Verb, e.Title)
		}
	}
}

// TestExaminationFindsFaults examines providers that are wrong, each in one way
// that a real one was: the case about it must say so.
func TestExaminationFindsFaults(t *testing.T) {
	for group, spoil := range map[string]func(w http.ResponseWriter, r *http.Request) bool{
		"Test 9: content": func(w http.ResponseWriter, r *http.Request) bool { // answers 201 and cuts the body
			if strings.HasSuffix(r.URL.Path, "/download") {
				w.WriteHeader(http.StatusCreated)
				_, _ = w.Write([]byte("The qu"))
				return true
			}
			return false
		},
		"search": func(w http.ResponseWriter, r *http.Request) bool { // takes the text for a pattern
			if strings.ContainsAny(r.URL.Query().Get("query"), `"([`) {
				http.Error(w, "PatternSyntaxException at java.util.regex", http.StatusInternalServerError)
				return true
			}
			return false
		},
		"errors": func(w http.ResponseWriter, r *http.Request) bool { // lets anybody in
			r.Header.Set("apiKey", testKey)
			return false
		},
		"metadata": func(w http.ResponseWriter, r *http.Request) bool { // dates as numbers
			if strings.HasSuffix(r.URL.Path, "/metadata") {
				_, _ = w.Write([]byte(`{"title":"x","kind":"folder","id":"/","dateModified":"1401990000000","size":""}`))
				return true
			}
			return false
		},
		"serviceInfo": func(w http.ResponseWriter, r *http.Request) bool { // lists as one text
			if strings.HasSuffix(r.URL.Path, "/serviceInfo") {
				_, _ = w.Write([]byte(`{"webhookVersion":"1.2","version":"1","publisher":"x","availableEndpoints":"files","customActions":""}`))
				return true
			}
			return false
		},
	} {
		t.Run(group, func(t *testing.T) {
			f := newFixture(t) // each its own, for wrong keys slow their sender down
			handler := f.Handler(Loopback)
			spoilt := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if !spoil(w, r) {
					handler.ServeHTTP(w, r)
				}
			}))
			defer spoilt.Close()
			found := false
			options := conformance.Options{BaseURL: spoilt.URL + "/api/v1", Credential: f.client.Credential, HTTP: spoilt.Client()}
			if err := conformance.Run(t.Context(), options, func(r conformance.Result) { found = found || r.Group == group && r.Reason != "" }); err != nil {
				t.Error(err)
			}
			if !found {
				t.Error("nothing was found wrong")
			}
		})
	}
}
