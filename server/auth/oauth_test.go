package auth

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/oauth2"
)

const redirectURI = "https://example.my.workfront.com/oauth/return?tenant=1"

// provider is an authorization server that can be restarted between any two
// steps: each restart closes the database and opens it anew.
type provider struct {
	*Auth
	t      testing.TB
	path   string
	clock  *clock
	server *httptest.Server
	client Client
	secret string
}

func newProvider(t testing.TB) *provider {
	t.Helper()
	p := &provider{t: t, path: filepath.Join(t.TempDir(), "auth.db"), clock: newClock()}
	p.start()
	t.Cleanup(func() { p.Close() })
	p.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/oauth2/token":
			p.Token(w, r)
		case "/oauth2/revoke":
			p.Revoke(w, r)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(p.server.Close)
	var err error
	if p.client, p.secret, err = p.NewClient(t.Context(), redirectURI); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *provider) start() {
	p.t.Helper()
	a, err := Open(p.t.Context(), Config{Path: p.path})
	if err != nil {
		p.t.Fatal(err)
	}
	p.clock.drive(a)
	p.Auth = a
}

func (p *provider) restart() {
	p.t.Helper()
	if err := p.Close(); err != nil {
		p.t.Fatal(err)
	}
	p.start()
}

// consent lets jane say yes to a request and returns the answer's parameters.
func (p *provider) consent(query string) url.Values {
	p.t.Helper()
	req, err := p.ParseRequest(p.t.Context(), query)
	if err != nil {
		p.t.Fatal(err)
	}
	location, err := p.Allow(p.t.Context(), req, Principal{name: "jane@example.com"})
	if err != nil {
		p.t.Fatal(err)
	}
	if !strings.HasPrefix(location, redirectURI+"&") {
		p.t.Fatalf("the answer goes to %s", location)
	}
	u, err := url.Parse(location)
	if err != nil {
		p.t.Fatal(err)
	}
	return u.Query()
}

// call posts to the token endpoint and returns status and answer.
func (p *provider) call(path string, params url.Values) (int, map[string]any) {
	resp, err := http.Post(p.server.URL+path+"?"+params.Encode(), "application/json", nil)
	if err != nil {
		p.t.Error(err)
		return 0, nil
	}
	defer resp.Body.Close()
	var answer map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		p.t.Error(err)
	}
	return resp.StatusCode, answer
}

func (p *provider) redeemCode(code string) (int, map[string]any) {
	return p.call("/oauth2/token", url.Values{
		"grant_type": {"authorization_code"}, "code": {code},
		"client_id": {p.client.ID}, "client_secret": {p.secret},
	})
}

func (p *provider) refreshToken(token string) (int, map[string]any) {
	return p.call("/oauth2/token", url.Values{
		"grant_type": {"refresh_token"}, "refresh_token": {token},
		"client_id": {p.client.ID}, "client_secret": {p.secret},
	})
}

// comesIn reports whether an access token is accepted, and the kind if not.
func (p *provider) comesIn(access string) error {
	_, err := p.Authenticate(request("Authorization", "Bearer "+access))
	return err
}

// tokens gets the first pair of a new grant.
func (p *provider) tokens() (access, refresh string) {
	p.t.Helper()
	status, answer := p.redeemCode(p.consent("state=s").Get("code"))
	if status != http.StatusOK {
		p.t.Fatalf("redeem: %d %v", status, answer)
	}
	return answer["access_token"].(string), answer["refresh_token"].(string)
}

// The real client goes the whole way in each of its styles, with a restart of
// the database between any two steps.
func TestRealClient(t *testing.T) {
	for name, style := range map[string]oauth2.AuthStyle{
		"params": oauth2.AuthStyleInParams, "header": oauth2.AuthStyleInHeader, "detected": oauth2.AuthStyleAutoDetect,
	} {
		t.Run(name, func(t *testing.T) {
			p := newProvider(t)
			conf := oauth2.Config{
				ClientID: p.client.ID, ClientSecret: p.secret, RedirectURL: redirectURI,
				Endpoint: oauth2.Endpoint{AuthURL: "https://ours/oauth2/authorize", TokenURL: p.server.URL + "/oauth2/token", AuthStyle: style},
			}
			verifier := oauth2.GenerateVerifier()
			address, err := url.Parse(conf.AuthCodeURL("a state & more", oauth2.S256ChallengeOption(verifier)))
			if err != nil {
				t.Fatal(err)
			}
			p.restart()
			answer := p.consent(address.RawQuery)
			if answer.Get("state") != "a state & more" || answer.Get("tenant") != "1" {
				t.Fatalf("the answer lost something: %v", answer)
			}
			p.restart()
			token, err := conf.Exchange(t.Context(), answer.Get("code"), oauth2.VerifierOption(verifier))
			if err != nil {
				t.Fatal(err)
			}
			if token.TokenType != "Bearer" || token.ExpiresIn != 3600 {
				t.Fatalf("token type %q, expires in %d", token.TokenType, token.ExpiresIn)
			}
			p.restart()
			if err := p.comesIn(token.AccessToken); err != nil {
				t.Fatal(err)
			}
			p.clock.add(AccessLife)
			if err := p.comesIn(token.AccessToken); !errors.Is(err, ErrExpired) || !errors.Is(err, ErrForbidden) {
				t.Fatalf("after its time: %v", err)
			}
			p.restart()
			token.Expiry = time.Now().Add(-time.Second)
			fresh, err := conf.TokenSource(t.Context(), token).Token()
			if err != nil {
				t.Fatal(err)
			}
			p.restart()
			if err := p.comesIn(fresh.AccessToken); err != nil || fresh.RefreshToken == token.RefreshToken {
				t.Fatalf("after the refresh: %v, rotated %v", err, fresh.RefreshToken != token.RefreshToken)
			}
		})
	}
}

// The token parameters may come wherever the spec and the RFC put them.
func TestTokenParameters(t *testing.T) {
	p := newProvider(t)
	p.AnswerExpiresID(true)
	post := func(query, kind, body string, basic ...string) (int, map[string]any) {
		r, err := http.NewRequest("POST", p.server.URL+"/oauth2/token?"+query, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", kind)
		if len(basic) == 2 {
			r.SetBasicAuth(basic[0], basic[1])
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		raw, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		if resp.Header.Get("Cache-Control") != "no-store" {
			t.Error("a token may be cached")
		}
		var answer map[string]any
		if err := json.Unmarshal(raw, &answer); err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		return resp.StatusCode, answer
	}
	const form, object = "application/x-www-form-urlencoded", "application/json"
	id := "client_id=" + p.client.ID
	creds := id + "&client_secret=" + p.secret
	code := func() string {
		return "grant_type=authorization_code&code=" + p.consent("state=1").Get("code")
	}
	asJSON := func(form string) string {
		q, _ := url.ParseQuery(form)
		m := map[string]string{}
		for k := range q {
			m[k] = q.Get(k)
		}
		raw, _ := json.Marshal(m)
		return string(raw)
	}
	tests := []struct {
		name              string
		query, kind, body string
		basic             []string
		err               string // "" is a success
	}{
		{name: "all in the query", query: code() + "&" + creds},
		{name: "all in a form", kind: form, body: code() + "&" + creds},
		{name: "all in JSON", kind: object + "; charset=utf-8", body: asJSON(code() + "&" + creds)},
		{name: "half and half", query: creds, kind: form, body: code()},
		{name: "twice the same", query: creds, kind: form, body: code() + "&" + creds},
		{name: "Basic", kind: form, body: code(), basic: []string{p.client.ID, p.secret}},
		{name: "Basic beside an equal client_id", kind: form, body: code() + "&" + id, basic: []string{p.client.ID, p.secret}},
		{name: "somebody else's Basic", query: code() + "&" + creds, basic: []string{"Aladdin", "open sesame"}},
		{name: "no client_id", query: code() + "&client_secret=" + p.secret},
		{name: "its own redirect URI", query: code() + "&" + creds + "&redirect_uri=" + url.QueryEscape(redirectURI)},
		{name: "another redirect URI", query: code() + "&" + creds + "&redirect_uri=https://evil.example/", err: "invalid_grant"},
		{name: "twice differently", query: creds + "&code=1", kind: form, body: code(), err: "invalid_request"},
		{name: "wrong secret", query: code() + "&" + id + "&client_secret=ffs_wrong", err: "invalid_client"},
		{name: "no secret", query: code() + "&" + id, err: "invalid_client"},
		{name: "unknown client", query: code() + "&client_id=ffc_x&client_secret=" + p.secret, err: "invalid_client"},
		{name: "Basic of another client", query: code() + "&" + id, basic: []string{"ffc_x", p.secret}, err: "invalid_client"},
		{name: "no grant type", query: creds, err: "invalid_request"},
		{name: "password grant", query: creds + "&grant_type=password", err: "unsupported_grant_type"},
		{name: "unknown code", query: creds + "&grant_type=authorization_code&code=ffo_x", err: "invalid_grant"},
		{name: "bad percent", query: creds + "&grant_type=%zz", err: "invalid_request"},
		{name: "broken JSON", query: creds, kind: object, body: "{", err: "invalid_request"},
		{name: "too long", query: creds, kind: form, body: "code=" + strings.Repeat("x", tokenBody), err: "invalid_request"},
		{name: "verifier without challenge", query: code() + "&" + creds + "&code_verifier=" + strings.Repeat("v", 43), err: "invalid_grant"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, answer := post(tt.query, tt.kind, tt.body, tt.basic...)
			if tt.err != "" {
				if answer["error"] != tt.err || status < 400 || answer["error_description"] == "" || answer["access_token"] != nil {
					t.Fatalf("got %d %v, want %s", status, answer, tt.err)
				}
				return
			}
			if status != 200 || answer["expires_in"] != 3600.0 || answer["expires_id"] != "3600" || answer["token_type"] != "Bearer" {
				t.Fatalf("got %d %v", status, answer)
			}
			if err := p.comesIn(answer["access_token"].(string)); err != nil {
				t.Fatal(err)
			}
		})
	}
	if resp, err := http.Get(p.server.URL + "/oauth2/token?" + code() + "&" + creds); err != nil || resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET of the token endpoint: %v %v", resp, err)
	}
	if got := codesLeft(t, p); got == 0 {
		t.Error("refused calls of other clients used up a code")
	}
}

func codesLeft(t *testing.T, p *provider) (n int) {
	if err := p.store.reader.QueryRow("SELECT count(*) FROM code WHERE grant_id IS NULL").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// parallel runs f n times at once.
func parallel(n int, f func()) {
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	ready.Add(n)
	for range n {
		done.Go(func() {
			ready.Done()
			<-start
			f()
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
}

func TestCodeIsRedeemedOnce(t *testing.T) {
	p := newProvider(t)
	code := p.consent("state=s").Get("code")
	var won, lost atomic.Int32
	var access atomic.Value
	parallel(100, func() {
		status, answer := p.redeemCode(code)
		if status == http.StatusOK {
			won.Add(1)
			access.Store(answer["access_token"])
		} else if answer["error"] == "invalid_grant" {
			lost.Add(1)
		}
	})
	if won.Load() != 1 || lost.Load() != 99 {
		t.Fatalf("%d redeemed the code, %d were refused", won.Load(), lost.Load())
	}
	if err := p.comesIn(access.Load().(string)); !errors.Is(err, ErrForbidden) {
		t.Fatalf("the replays left the grant in force: %v", err)
	}
}

func TestReplayedCodeEndsItsGrantAlone(t *testing.T) {
	p := newProvider(t)
	bystander, _ := p.tokens()
	code := p.consent("state=s").Get("code")
	_, answer := p.redeemCode(code)
	p.restart()
	p.clock.add(30 * time.Minute)
	_, fresh := p.refreshToken(answer["refresh_token"].(string))
	if status, _ := p.redeemCode(code); status != http.StatusBadRequest {
		t.Fatalf("a replay answered %d", status)
	}
	if err := p.comesIn(fresh["access_token"].(string)); !errors.Is(err, ErrForbidden) {
		t.Fatalf("the replayed code's tokens still work: %v", err)
	}
	if err := p.comesIn(bystander); err != nil {
		t.Fatalf("another grant ended too: %v", err)
	}
}

func TestCodeExpires(t *testing.T) {
	p := newProvider(t)
	if CodeLife > 10*time.Minute {
		t.Fatal("a code lives longer than the spec allows")
	}
	code := p.consent("state=s").Get("code")
	p.clock.add(CodeLife)
	if status, answer := p.redeemCode(code); status == http.StatusOK {
		t.Fatalf("an expired code gave %v", answer)
	}
}

// 100 parallel refreshes, and repeats within the grace, all get the one pair;
// the store holds no more than that.
func TestRefreshStorm(t *testing.T) {
	p := newProvider(t)
	_, refresh := p.tokens()
	var pairs sync.Map
	storm := func() {
		parallel(100, func() {
			status, answer := p.refreshToken(refresh)
			if status != http.StatusOK {
				t.Errorf("refused: %v", answer)
				return
			}
			pairs.Store(answer["access_token"].(string)+" "+answer["refresh_token"].(string), true)
		})
	}
	storm()
	p.clock.add(RotationGrace)
	p.restart()
	storm()
	n := 0
	pairs.Range(func(pair, _ any) bool {
		n++
		access, _, _ := strings.Cut(pair.(string), " ")
		if err := p.comesIn(access); err != nil {
			t.Error(err)
		}
		return true
	})
	var rows int
	if err := p.store.reader.QueryRow("SELECT count(*) FROM token").Scan(&rows); err != nil {
		t.Fatal(err)
	}
	if n != 1 || rows != 4 {
		t.Fatalf("%d pairs were given, %d tokens are stored", n, rows)
	}
}

func TestReusedRefreshTokenEndsTheFamily(t *testing.T) {
	p := newProvider(t)
	first, refresh := p.tokens()
	_, answer := p.refreshToken(refresh)
	p.clock.add(RotationGrace + time.Second)
	p.restart()
	if status, _ := p.refreshToken(refresh); status != http.StatusBadRequest {
		t.Fatalf("reuse answered %d", status)
	}
	for _, access := range []string{first, answer["access_token"].(string)} {
		if err := p.comesIn(access); !errors.Is(err, ErrForbidden) {
			t.Errorf("an access token of the family still works: %v", err)
		}
	}
	if status, _ := p.refreshToken(answer["refresh_token"].(string)); status != http.StatusBadRequest {
		t.Error("the family's newest refresh token still works")
	}
	if grants, err := p.Grants(t.Context()); err != nil || len(grants) != 0 {
		t.Errorf("grants left: %v, %v", grants, err)
	}
}

func TestRefreshTokenExpiresUnused(t *testing.T) {
	p := newProvider(t)
	_, refresh := p.tokens()
	p.clock.add(RefreshLife - time.Minute)
	status, answer := p.refreshToken(refresh)
	if status != http.StatusOK {
		t.Fatalf("within its life: %v", answer)
	}
	p.clock.add(RefreshLife)
	if status, _ := p.refreshToken(answer["refresh_token"].(string)); status != http.StatusBadRequest {
		t.Fatal("an unused refresh token lives for ever")
	}
}

func TestTokensOfAnotherClient(t *testing.T) {
	p := newProvider(t)
	access, refresh := p.tokens()
	other, otherSecret, err := p.NewClient(t.Context(), "https://other.example/return")
	if err != nil {
		t.Fatal(err)
	}
	code := p.consent("state=s&client_id=" + p.client.ID).Get("code")
	creds := url.Values{"client_id": {other.ID}, "client_secret": {otherSecret}}
	for name, params := range map[string]url.Values{
		"refresh": {"grant_type": {"refresh_token"}, "refresh_token": {refresh}},
		"code":    {"grant_type": {"authorization_code"}, "code": {code}},
		"access":  {"grant_type": {"refresh_token"}, "refresh_token": {access}},
	} {
		for k, v := range creds {
			params[k] = v
		}
		if _, answer := p.call("/oauth2/token", params); answer["error"] != "invalid_grant" {
			t.Errorf("%s: %v", name, answer)
		}
	}
	creds.Set("token", refresh)
	if status, _ := p.call("/oauth2/revoke", creds); status != http.StatusOK {
		t.Errorf("revoking another client's token: %d", status)
	}
	if err := p.comesIn(access); err != nil {
		t.Errorf("another client ended the grant: %v", err)
	}
	if status, _ := p.redeemCode(code); status != http.StatusOK {
		t.Error("another client used up the code")
	}
	if _, err := p.ParseRequest(t.Context(), "state=s"); !errors.Is(err, ErrNotFound) {
		t.Errorf("with two clients, none named: %v", err)
	}
}

// Test 10 of the spec: the access token is invalidated by hand, the refresh
// token gets a new one.
func TestRevocation(t *testing.T) {
	p := newProvider(t)
	access, refresh := p.tokens()
	revoke := func(token string) int {
		status, _ := p.call("/oauth2/revoke", url.Values{"token": {token}, "client_id": {p.client.ID}, "client_secret": {p.secret}})
		return status
	}
	if got := revoke("ffa_unknown"); got != http.StatusOK {
		t.Errorf("an unknown token: %d", got)
	}
	if got := revoke(""); got != http.StatusBadRequest {
		t.Errorf("no token: %d", got)
	}
	if got := revoke(access); got != http.StatusOK || p.comesIn(access) == nil {
		t.Errorf("the access token: %d, still works: %v", got, p.comesIn(access) == nil)
	}
	status, answer := p.refreshToken(refresh)
	if status != http.StatusOK || p.comesIn(answer["access_token"].(string)) != nil {
		t.Fatalf("refresh after it: %d %v", status, answer)
	}
	fresh := answer["refresh_token"].(string)
	if got := revoke(fresh); got != http.StatusOK || p.comesIn(answer["access_token"].(string)) == nil {
		t.Errorf("the refresh token's grant did not end: %d", got)
	}
	if status, _ := p.call("/oauth2/revoke", url.Values{"token": {fresh}}); status != http.StatusUnauthorized {
		t.Errorf("without credentials: %d", status)
	}
}

func TestGrantsAreListedAndRevoked(t *testing.T) {
	p := newProvider(t)
	one, refresh := p.tokens()
	p.clock.add(time.Minute)
	two, _ := p.tokens()
	grants, err := p.Grants(t.Context())
	if err != nil || len(grants) != 2 || grants[0].Person != "jane@example.com" || !grants[0].Created.After(grants[1].Created) {
		t.Fatalf("grants %+v, %v", grants, err)
	}
	if err := p.RevokeGrant(t.Context(), grants[1].ID); err != nil {
		t.Fatal(err)
	}
	if p.comesIn(one) == nil || p.comesIn(two) != nil {
		t.Fatal("the wrong grant ended")
	}
	if status, _ := p.refreshToken(refresh); status != http.StatusBadRequest {
		t.Fatal("a revoked grant was refreshed")
	}
	if err := p.RevokeGrant(t.Context(), grants[1].ID); !errors.Is(err, ErrNotFound) {
		t.Fatalf("revoked twice: %v", err)
	}
	if err := p.RemoveClient(t.Context(), p.client.ID); err != nil || p.comesIn(two) == nil {
		t.Fatalf("a removed client's grant: %v, still works: %v", err, p.comesIn(two) == nil)
	}
}

// A grant has what its person has at each moment, no more.
func TestGrantFollowsThePeople(t *testing.T) {
	p := newProvider(t)
	access, refresh := p.tokens()
	p.SetPeople([]Person{{Name: "JANE@example.com", Rights: map[string]Right{"Designs": Read}}})
	who, err := p.Authenticate(request("Authorization", "bearer "+access))
	if err != nil || who.May("Designs") != Read || who.May("Other") != None || who.Via() != "grant" {
		t.Fatalf("%+v, %v", who, err)
	}
	p.SetPeople([]Person{{Name: "joe"}})
	if err := p.comesIn(access); !errors.Is(err, ErrUnknown) {
		t.Fatalf("a removed person: %v", err)
	}
	if status, _ := p.refreshToken(refresh); status != http.StatusBadRequest {
		t.Fatalf("a removed person refreshed: %d", status)
	}
	p.SetPeople([]Person{{Name: "jane@example.com"}})
	if err := p.comesIn(access); err != nil {
		t.Fatalf("back again: %v", err)
	}
}

// Whoever copies the database gets nothing that opens a door.
func TestStoreHoldsOnlyHashes(t *testing.T) {
	p := newProvider(t)
	code := p.consent("state=s").Get("code")
	_, answer := p.redeemCode(code)
	access, refresh := answer["access_token"].(string), answer["refresh_token"].(string)
	_, answer = p.refreshToken(refresh)
	secrets := []string{p.secret, code, access, refresh, answer["access_token"].(string), answer["refresh_token"].(string)}
	if err := p.store.update(context.Background(), func(tx *sql.Tx) error { _, err := tx.Exec("UPDATE client SET id = id"); return err }); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{p.path, p.path + "-wal"} {
		raw := readFile(t, name)
		for _, s := range secrets {
			if strings.Contains(raw, s) || strings.Contains(raw, s[4:]) {
				t.Errorf("%s holds %s in the clear", filepath.Base(name), s[:4])
			}
		}
	}
}

func FuzzTokenBody(f *testing.F) {
	f.Add("application/json", []byte(`{"grant_type":"refresh_token","code":1.5,"x":[{}]}`))
	f.Add("", []byte("grant_type=a&b=%zz;"))
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		p, err := bodyParams(kind, body)
		if err == nil && p == nil {
			t.Fatal("neither parameters nor an error")
		}
	})
}
