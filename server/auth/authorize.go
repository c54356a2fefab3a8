package auth

import (
	"context"
	"database/sql"
	"net/url"
	"regexp"
	"strings"
)

// Request is an authorization request (RFC 6749, 4.1.1) whose client and
// redirect URI have been proven.
type Request struct {
	Client    Client
	state     string
	hasState  bool
	challenge string // of PKCE, method S256; "" when none was offered
}

// Refusal is an error that the client is told at its own redirect URI (RFC
// 6749, 4.1.2.1). Every other error of an authorization request stays on our
// own page, for its address is unproven.
type Refusal struct {
	Location string
	Reason   string // the error code
}

// Error returns the error code.
func (r *Refusal) Error() string { return "authorization refused: " + r.Reason }

var s256 = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// ParseRequest proves an authorization request from its query. client_id,
// redirect_uri and response_type may be missing, for the spec promises only
// state: then they are the configured ones. Errors are *Error for our own page
// or *Refusal.
func (a *Auth) ParseRequest(ctx context.Context, rawQuery string) (Request, error) {
	q, err := url.ParseQuery(rawQuery)
	if err != nil {
		return Request{}, &Error{ErrInvalid, "The address that led here is damaged. Start again in Workfront.", err}
	}
	if len(q["client_id"]) > 1 || len(q["redirect_uri"]) > 1 {
		return Request{}, fail(ErrInvalid, "The address that led here names its sender twice. Start again in Workfront.")
	}
	client, _, err := a.client(ctx, q.Get("client_id"))
	if err != nil {
		return Request{}, err
	}
	if uri := q.Get("redirect_uri"); uri != "" && uri != client.RedirectURI {
		return Request{}, fail(ErrInvalid, "The request wants its answer sent to an address that is not registered here. Compare the redirect URI in Workfront with the one in Folderfront.")
	}
	req := Request{Client: client, state: q.Get("state"), hasState: q.Has("state"), challenge: q.Get("code_challenge")}
	if reason := req.check(q); reason != "" {
		return Request{}, &Refusal{req.answer("error", reason), reason}
	}
	return req, nil
}

// check returns the error code for what is wrong with the rest of the request.
func (r Request) check(q url.Values) string {
	for _, name := range []string{"response_type", "state", "code_challenge", "code_challenge_method", "scope"} {
		if len(q[name]) > 1 {
			return "invalid_request"
		}
	}
	if t := q.Get("response_type"); t != "" && t != "code" {
		return "unsupported_response_type"
	}
	method, offered := q.Get("code_challenge_method"), q.Has("code_challenge")
	if (offered && (method != "S256" || !s256.MatchString(r.challenge))) || (!offered && method != "") {
		return "invalid_request"
	}
	return ""
}

// Deny returns where to send the browser of a person who said no.
func (r Request) Deny() string { return r.answer("error", "access_denied") }

// Allow makes a code for a person who said yes and returns where to send
// their browser.
func (a *Auth) Allow(ctx context.Context, r Request, p Principal) (location string, err error) {
	code := "ffo_" + random(52)
	end := a.moment().in(CodeLife)
	err = a.store.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec("INSERT INTO code (hash, client, person, member, challenge, expires, ends) VALUES (?, ?, ?, ?, ?, ?, ?)",
			hashToken(code), r.Client.ID, p.name, p.member, r.challenge, end.clock, end.ran)
		return err
	})
	if err != nil {
		return "", err
	}
	return r.answer("code", code), nil
}

// answer returns the redirect URI, with whatever query it has of its own,
// followed by the answer and the state as it came.
func (r Request) answer(name, value string) string {
	q := name + "=" + url.QueryEscape(value)
	if r.hasState {
		q += "&state=" + url.QueryEscape(r.state)
	}
	sep := "?"
	if strings.Contains(r.Client.RedirectURI, "?") {
		sep = "&"
	}
	return r.Client.RedirectURI + sep + q
}
