package auth

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
)

// tokenBody bounds the body of a call of the token or revocation endpoint.
const tokenBody = 64 << 10

// AnswerExpiresID makes the token endpoint add "expires_id", a string of
// seconds as the spec's example spells it, beside the numeric "expires_in".
func (a *Auth) AnswerExpiresID(on bool) { a.expiresID.Store(on) }

// Token is the token endpoint (spec, Getting OAuth2 Tokens; RFC 6749, 4.1.3
// and 6). Its parameters come from the query, a form or a JSON object, the
// client's credentials from there or from Basic.
func (a *Auth) Token(w http.ResponseWriter, r *http.Request) {
	client, p, err := a.tokenCall(w, r)
	if err != nil {
		a.tokenError(w, r, err)
		return
	}
	var given pair
	switch p.Get("grant_type") {
	case "authorization_code":
		given, err = a.redeem(r.Context(), client, p)
	case "refresh_token":
		given, err = a.refresh(r.Context(), client, p.Get("refresh_token"))
	case "":
		err = &oauthError{"invalid_request", "The parameter grant_type is missing."}
	default:
		err = &oauthError{"unsupported_grant_type", "The grant_type must be authorization_code or refresh_token."}
	}
	if err != nil {
		a.tokenError(w, r, err)
		return
	}
	seconds := int64(given.life.Seconds())
	answer := map[string]any{
		"access_token":  given.access,
		"refresh_token": given.refresh,
		"token_type":    "Bearer",
		"expires_in":    seconds,
	}
	if a.expiresID.Load() {
		answer["expires_id"] = strconv.FormatInt(seconds, 10)
	}
	writeToken(w, http.StatusOK, answer)
}

// Revoke is the revocation endpoint (RFC 7009), called as Token is.
func (a *Auth) Revoke(w http.ResponseWriter, r *http.Request) {
	client, p, err := a.tokenCall(w, r)
	if err == nil && p.Get("token") == "" {
		err = &oauthError{"invalid_request", "The parameter token is missing."}
	}
	if err == nil {
		err = a.revoke(r.Context(), client, p.Get("token"))
	}
	if err != nil {
		a.tokenError(w, r, err)
		return
	}
	writeToken(w, http.StatusOK, map[string]any{})
}

// tokenCall reads the parameters and authenticates the client.
func (a *Auth) tokenCall(w http.ResponseWriter, r *http.Request) (Client, url.Values, error) {
	if r.Method != http.MethodPost {
		return Client{}, nil, &oauthError{"invalid_request", "This address takes POST only."}
	}
	p, err := tokenParams(w, r)
	if err != nil {
		return Client{}, nil, err
	}
	id, secret := p.Get("client_id"), p.Get("client_secret")
	if secret == "" {
		id, secret = basicClient(r, id)
	}
	client, want, err := a.client(r.Context(), id)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Client{}, nil, err
	}
	if !sameHash(hashToken(secret), want) {
		return Client{}, nil, fail(ErrWrong, "The Client ID or Client Secret is wrong. Compare both in Workfront's custom integration with what Folderfront showed.")
	}
	return client, p, nil
}

// basicClient reads a client's credentials from Authorization: Basic, where
// both parts are form-encoded (RFC 6749, 2.3.1). A Basic header that belongs
// to somebody else, as an administrator may add one, is passed over when it
// names another client than the parameters do.
func basicClient(r *http.Request, id string) (string, string) {
	user, password, ok := r.BasicAuth()
	if !ok {
		return id, ""
	}
	user, err1 := url.QueryUnescape(user)
	password, err2 := url.QueryUnescape(password)
	if err1 != nil || err2 != nil || (id != "" && id != user) {
		return id, ""
	}
	return user, password
}

// tokenParams merges the parameters of query and body; one that is given twice
// with different values is refused (RFC 6749, 3.2).
func tokenParams(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	broken := &oauthError{"invalid_request", "The parameters can't be read."}
	p, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, broken
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, tokenBody))
	if err != nil {
		return nil, broken
	}
	more, err := bodyParams(r.Header.Get("Content-Type"), body)
	if err != nil {
		return nil, broken
	}
	for name, values := range more {
		p[name] = append(p[name], values...)
	}
	for name, values := range p {
		for _, v := range values[1:] {
			if v != values[0] {
				return nil, &oauthError{"invalid_request", "A parameter was sent twice with different values: " + strconv.QuoteToASCII(name[:min(len(name), 40)]) + "."}
			}
		}
	}
	return p, nil
}

// bodyParams reads a JSON object of strings and numbers, or else a form.
func bodyParams(contentType string, body []byte) (url.Values, error) {
	if kind, _, _ := mime.ParseMediaType(contentType); kind != "application/json" || len(body) == 0 {
		return url.ParseQuery(string(body))
	}
	var object map[string]any
	if err := json.Unmarshal(body, &object); err != nil {
		return nil, err
	}
	p := url.Values{}
	for name, v := range object {
		switch v := v.(type) {
		case string:
			p.Set(name, v)
		case float64:
			p.Set(name, strconv.FormatFloat(v, 'f', -1, 64))
		}
	}
	return p, nil
}

// tokenError answers in the form of RFC 6749, 5.2. A wrong secret slows its
// sender down.
func (a *Auth) tokenError(w http.ResponseWriter, r *http.Request, err error) {
	a.slowDown(r, err)
	var known *oauthError
	var wrong *Error
	status := http.StatusBadRequest
	switch {
	case errors.As(err, &known):
	case errors.As(err, &wrong) && wrong.Kind == ErrWrong:
		status, known = http.StatusUnauthorized, &oauthError{"invalid_client", wrong.Sentence}
		w.Header().Set("WWW-Authenticate", `Basic realm="Folderfront"`)
	default:
		a.cfg.Logger.Error("answer the token endpoint", "err", err)
		status, known = http.StatusInternalServerError, &oauthError{"server_error", "Folderfront could not answer. Try again in a moment."}
	}
	if r.Method != http.MethodPost {
		status = http.StatusMethodNotAllowed
		w.Header().Set("Allow", http.MethodPost)
	}
	writeToken(w, status, map[string]any{"error": known.code, "error_description": known.description})
}

func writeToken(w http.ResponseWriter, status int, answer map[string]any) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	// The connection is all that can fail, and then nobody reads the answer.
	_ = json.NewEncoder(w).Encode(answer)
}
