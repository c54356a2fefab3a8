package auth

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/oauth2"
)

func TestPKCE(t *testing.T) {
	p := newProvider(t)
	verifier := oauth2.GenerateVerifier()
	offer := "state=s&code_challenge_method=S256&code_challenge=" + oauth2.S256ChallengeFromVerifier(verifier)
	for _, tt := range []struct {
		name, verifier string
		ok             bool
	}{{"right", verifier, true}, {"wrong", oauth2.GenerateVerifier(), false}, {"missing", "", false}, {"the challenge itself", oauth2.S256ChallengeFromVerifier(verifier), false}} {
		status, _ := p.call("/oauth2/token", url.Values{
			"grant_type": {"authorization_code"}, "code": {p.consent(offer).Get("code")}, "code_verifier": {tt.verifier},
			"client_id": {p.client.ID}, "client_secret": {p.secret},
		})
		if (status == http.StatusOK) != tt.ok {
			t.Errorf("%s verifier: %d", tt.name, status)
		}
	}
}

// No trick with redirect_uri moves an answer, good or bad, to another address.
func TestNoOpenRedirect(t *testing.T) {
	p := newProvider(t)
	for _, uri := range []string{
		"https://evil.example/", "https://example.my.workfront.com.evil.example/oauth/return?tenant=1",
		"https://example.my.workfront.com/oauth/return", "https://example.my.workfront.com/oauth/return?tenant=1&x=1",
		"https://example.my.workfront.com/oauth/return?tenant=1#x", "https://example.my.workfront.com/oauth/return/../x?tenant=1",
		"https://evil.example@example.my.workfront.com/oauth/return?tenant=1", "https://EXAMPLE.my.workfront.com/oauth/return?tenant=1",
		"http://example.my.workfront.com/oauth/return?tenant=1", "//evil.example", "/evil", `\\evil.example`, "javascript:alert(1)",
		"https://example.my.workfront.com:443/oauth/return?tenant=1", redirectURI + " ", redirectURI + "\x00", redirectURI + "%0d%0aX: 1",
	} {
		for _, rest := range []string{"", "&response_type=token", "&client_id=" + p.client.ID} {
			_, err := p.ParseRequest(t.Context(), "state=s&redirect_uri="+url.QueryEscape(uri)+rest)
			var refusal *Refusal
			if errors.As(err, &refusal) || !errors.Is(err, ErrInvalid) {
				t.Errorf("%q%s: %v", uri, rest, err)
			}
		}
	}
	for _, query := range []string{
		"redirect_uri=" + url.QueryEscape(redirectURI) + "&redirect_uri=https://evil.example/",
		"client_id=" + p.client.ID + "&client_id=x", "state=%zz", "a;b",
	} {
		if _, err := p.ParseRequest(t.Context(), query); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", query, err)
		}
	}
	if _, err := p.ParseRequest(t.Context(), "client_id=ffc_unknown&redirect_uri="+url.QueryEscape(redirectURI)); !errors.Is(err, ErrNotFound) {
		t.Errorf("unknown client: %v", err)
	}
}

func TestRefusalsGoToTheProvenAddress(t *testing.T) {
	p := newProvider(t)
	for query, reason := range map[string]string{
		"response_type=token":                             "unsupported_response_type",
		"response_type=code+id_token":                     "unsupported_response_type",
		"state=1&state=2":                                 "invalid_request",
		"code_challenge=short&code_challenge_method=S256": "invalid_request",
		"code_challenge=" + strings.Repeat("a", 43):       "invalid_request",
		"code_challenge=" + strings.Repeat("a", 43) + "&code_challenge_method=plain": "invalid_request",
		"code_challenge_method=S256": "invalid_request",
	} {
		_, err := p.ParseRequest(t.Context(), query)
		var refusal *Refusal
		if !errors.As(err, &refusal) || refusal.Reason != reason || !strings.HasPrefix(refusal.Location, redirectURI+"&error="+reason) {
			t.Errorf("%s: %v", query, err)
		}
	}
	for _, query := range []string{"", "state=s", "response_type=code", "client_id=&redirect_uri=&response_type=&scope=x&unknown=1"} {
		req, err := p.ParseRequest(t.Context(), query)
		if err != nil {
			t.Errorf("%q: %v", query, err)
			continue
		}
		if deny := req.Deny(); !strings.HasPrefix(deny, redirectURI+"&error=access_denied") || strings.Contains(deny, "state") != strings.Contains(query, "state") {
			t.Errorf("%q denied: %s", query, deny)
		}
	}
}

func TestRedirectURIs(t *testing.T) {
	a, _ := newAuth(t)
	for uri, ok := range map[string]bool{
		"https://example.com/return": true, "https://example.com": true, "http://localhost:8080/x": true, "http://127.0.0.1/x": true, "http://[::1]/": true,
		"http://example.com/": false, "http://localhost.evil.example/": false, "": false, "/x": false, "//example.com/x": false, "https://": false,
		"https://user@example.com/": false, "https://example.com/#f": false, "javascript:alert(1)": false, "ftp://example.com/": false, "https://:443/": false, "https://a;b/": false, "https://a'b/": false, "https://*.example.com/": false, "%": false,
	} {
		_, _, err := a.NewClient(t.Context(), uri)
		if (err == nil) != ok || (!ok && !errors.Is(err, ErrInvalid)) {
			t.Errorf("%q: %v", uri, err)
		}
	}
}

func FuzzParseRequest(f *testing.F) {
	p := newProvider(f)
	f.Add("state=s&client_id=" + p.client.ID + "&redirect_uri=" + url.QueryEscape(redirectURI))
	f.Add("redirect_uri=https://evil.example&response_type=token&state=\r\n")
	f.Fuzz(func(t *testing.T, query string) {
		req, err := p.ParseRequest(t.Context(), query)
		location := req.answer("code", "x")
		var refusal *Refusal
		if errors.As(err, &refusal) {
			location = refusal.Location
		} else if err != nil {
			return
		}
		if !strings.HasPrefix(location, redirectURI+"&") || strings.ContainsAny(location, "\r\n") {
			t.Fatalf("%q answers at %q", query, location)
		}
	})
}
