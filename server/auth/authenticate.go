package auth

import (
	"errors"
	"net/http"
	"strings"
	"time"
)

// Authenticate tells who an API request comes from: the apiKey header with
// username, or `Authorization: Bearer` with an access token. An
// `Authorization: Basic` that an administrator added stays unread, and nothing
// is ever taken from the query or a cookie. Every failure is ErrForbidden; one
// for wrong credentials answers late when its sender fails often.
func (a *Auth) Authenticate(r *http.Request) (Principal, error) {
	p, err := a.authenticate(r)
	if err != nil {
		a.slowDown(r, err)
	}
	return p, err
}

func (a *Auth) authenticate(r *http.Request) (Principal, error) {
	key, err := oneHeader(r, "apiKey")
	if err != nil {
		return Principal{}, err
	}
	if key != "" {
		return a.byKey(r, key)
	}
	if token := bearer(r); token != "" {
		return a.byToken(r.Context(), token)
	}
	return Principal{}, fail(ErrMissing, "This address needs an API key or an access token. Check the authentication settings of the custom integration in Workfront.")
}

func (a *Auth) byKey(r *http.Request, secret string) (Principal, error) {
	username, err := oneHeader(r, "username")
	if err != nil {
		return Principal{}, err
	}
	now := a.now()
	key, err := a.keys().find(secret, now)
	if err != nil {
		return Principal{}, err
	}
	p, err := a.people().principal(username, "key", key.id)
	if err == nil {
		a.keyUsed(key.id, now)
	}
	p.limit = key.limit
	return p, err
}

// slowDown holds the answer to repeated wrong credentials back.
func (a *Auth) slowDown(r *http.Request, err error) {
	if errors.Is(err, ErrWrong) {
		a.brake.hold(r.Context(), a.brake.fail(sender(r), a.store.ran()))
	}
}

// oneHeader returns a header that may be sent once only, or equal each time.
func oneHeader(r *http.Request, name string) (string, error) {
	values := r.Header.Values(name)
	if len(values) == 0 {
		return "", nil
	}
	for _, v := range values[1:] {
		if v != values[0] {
			return "", fail(ErrWrong, "The header "+name+" was sent twice with different values. Remove one of them in Workfront's custom integration.")
		}
	}
	return strings.TrimSpace(values[0]), nil
}

// bearer returns the token of an Authorization: Bearer header, or "".
func bearer(r *http.Request) string {
	for _, v := range r.Header.Values("Authorization") {
		scheme, token, ok := strings.Cut(v, " ")
		if ok && strings.EqualFold(scheme, "Bearer") {
			return strings.TrimSpace(token)
		}
	}
	return ""
}

// useStep is how exact a last use is known: writing each down would cost a
// disk write a request.
const useStep = time.Minute

// keyUsed tells the owner's side of a use, at most once a useStep for a key.
func (a *Auth) keyUsed(id string, now time.Time) {
	if a.uses.note(id, now) && a.cfg.KeyUsed != nil {
		a.cfg.KeyUsed(id, now)
	}
}
