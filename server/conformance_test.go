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
	for _, name := range []string{"API key", "OAuth2"} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			oauth, token := f.grant()
			credential := f.client.Credential
			if name == "OAuth2" {
				credential = conformance.Credential{Bearer: token}
			}
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
	before := len(f.told.all())
	err := conformance.Run(t.Context(), conformance.Options{BaseURL: f.base, Credential: f.client.Credential, HTTP: f.client.HTTP}, func(r conformance.Result) {
		if r.Writes != (r.LeftOut == "it writes, which was not allowed") {
			t.Errorf("%s: %s: %q", r.Group, r.Name, r.LeftOut)
		}
	})
	if err != nil {
		t.Error(err)
	}
	for _, e := range f.told.all()[before:] {
		if e.Status == http.StatusOK && (e.Verb == "uploaded" || e.Verb == "created" || e.Verb == "renamed" || e.Verb == "deleted") {
			t.Errorf("it %s %s", e.Verb, e.Title)
		}
	}
}

// TestExaminationFindsFaults examines a provider that is wrong in ways in which
// real ones were: the cases about each must say so, and the others not.
func TestExaminationFindsFaults(t *testing.T) {
	f := newFixture(t)
	handler := f.Handler(Loopback)
	spoilt := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch endpoint := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]; {
		case endpoint == "download" && r.Header.Get("apiKey") == testKey: // cuts the content, and says 201
			w.WriteHeader(http.StatusCreated)
			_, _ = w.Write([]byte("The qu"))
		case endpoint == "search" && strings.ContainsAny(r.URL.Query().Get("query"), `"([`): // takes the text for a pattern
			http.Error(w, "PatternSyntaxException at java.util.regex", http.StatusInternalServerError)
		case endpoint == "metadata" && r.URL.RawQuery == "id=%2F": // makes a file of the root
			_, _ = w.Write([]byte(`{"title":"x","kind":"file","id":"/"}`))
		case endpoint == "serviceInfo": // lists as one text
			_, _ = w.Write([]byte(`{"webhookVersion":"1.2","version":"1","publisher":"x","availableEndpoints":"files","customActions":""}`))
		default: // lets anybody in
			r.Header.Set("apiKey", testKey)
			handler.ServeHTTP(w, r)
		}
	}))
	defer spoilt.Close()
	faults := map[string]int{}
	options := conformance.Options{BaseURL: spoilt.URL + "/api/v1", Credential: f.client.Credential, HTTP: spoilt.Client()}
	err := conformance.Run(t.Context(), options, func(r conformance.Result) {
		if r.Reason != "" {
			faults[r.Group]++
		}
	})
	if err != nil {
		t.Error(err)
	}
	for _, group := range []string{"Test 9: content", "download", "search", "metadata", "serviceInfo", "errors"} {
		if faults[group] == 0 {
			t.Errorf("nothing was found wrong with %s", group)
		}
	}
	for _, group := range []string{"files", "thumbnail", "customAction", "Test 1: provision"} {
		if faults[group] > 0 {
			t.Errorf("%d things were found wrong with %s", faults[group], group)
		}
	}
}
