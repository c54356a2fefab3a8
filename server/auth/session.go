package auth

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"strings"
	"time"
	"unicode"
)

// SessionLife is how long a browser stays signed in.
const SessionLife = 30 * 24 * time.Hour

// The cookies. The prefix __Host- makes browsers refuse one that was set for
// another host, over plain HTTP or for a part of the site.
const (
	sessionCookie = "__Host-folderfront"
	deviceCookie  = "__Host-folderfront-browser" // tells a browser in which a person signed in before
	waitCookie    = "__Host-folderfront-wait"    // of an approval that is asked for
	deviceLife    = 365 * 24 * time.Hour
)

// Session is a browser that was let in.
type Session struct {
	ID       string
	Person   string
	Way      string // password or approval
	Agent    string // what the browser says it is
	Address  string // where it signed in from
	Created  time.Time
	LastUsed time.Time
	Expires  time.Time
}

// Session returns the principal of a browser's session cookie; ErrMissing
// without one, ErrExpired when the session has ended, ErrUnknown when its
// person may not come in any more.
func (a *Auth) Session(r *http.Request) (Principal, error) {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return Principal{}, fail(ErrMissing, "Sign in to see this.")
	}
	var id, person string
	var member bool
	var expires, ends int64
	row := a.store.reader.QueryRowContext(r.Context(), "SELECT id, person, member, expires, ends FROM session WHERE hash = ?", hashToken(cookie.Value))
	err = row.Scan(&id, &person, &member, &expires, &ends)
	switch {
	case errors.Is(err, sql.ErrNoRows), err == nil && a.moment().past(expires, ends):
		return Principal{}, fail(ErrExpired, "You were signed out. Sign in again to see this.")
	case err != nil:
		return Principal{}, err
	}
	p, err := a.people().known(person, member, "session", id)
	if now := a.now(); err == nil && a.uses.note(id, now) {
		a.touch(r.Context(), "UPDATE session SET used = ? WHERE id = ?", id, now)
	}
	return p, err
}

// begin starts a session for the browser of r with a fresh token, never one
// that the browser brought along, and ends the one it had.
func (a *Auth) begin(w http.ResponseWriter, r *http.Request, p Principal, way string) error {
	token, now := random(52), a.moment()
	end := now.in(SessionLife)
	err := a.store.update(r.Context(), func(tx *sql.Tx) error {
		if old, err := r.Cookie(sessionCookie); err == nil {
			if _, err := tx.Exec("DELETE FROM session WHERE hash = ?", hashToken(old.Value)); err != nil {
				return err
			}
		}
		if _, err := tx.Exec("DELETE FROM session WHERE ends <= ?", now.ran); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO session (id, hash, person, member, way, created, used, expires, ends, agent, address)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, random(16), hashToken(token), p.name, p.member, way,
			now.clock, now.clock, end.clock, end.ran, plain(r.UserAgent()), sender(r))
		return err
	})
	if err != nil {
		return err
	}
	setCookie(w, sessionCookie, token, SessionLife)
	a.changed()
	return nil
}

// SignOut ends the browser's session, if it has one, and clears its cookie.
func (a *Auth) SignOut(w http.ResponseWriter, r *http.Request) error {
	setCookie(w, sessionCookie, "", -1)
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return nil
	}
	_, err = a.store.writer.ExecContext(r.Context(), "DELETE FROM session WHERE hash = ?", hashToken(cookie.Value))
	a.changed()
	return err
}

// Sessions returns every session in force, newest first.
func (a *Auth) Sessions(ctx context.Context) ([]Session, error) {
	now := a.moment()
	rows, err := a.store.reader.QueryContext(ctx, `SELECT id, person, way, agent, address, created, used, expires, ends
		FROM session WHERE expires > ? AND ends > ? ORDER BY created DESC, id`, now.clock, now.ran)
	if err != nil {
		return nil, err
	}
	return collect(rows, func(r *sql.Rows) (s Session, err error) {
		var created, used, expires, ends int64
		err = r.Scan(&s.ID, &s.Person, &s.Way, &s.Agent, &s.Address, &created, &used, &expires, &ends)
		s.Created, s.LastUsed, s.Expires = fromMillis(created), fromMillis(used), now.end(expires, ends)
		return s, err
	})
}

// RevokeSession ends a session at once; ErrNotFound when there is none.
func (a *Auth) RevokeSession(ctx context.Context, id string) error {
	return a.remove(ctx, "DELETE FROM session WHERE id = ?", id)
}

func setCookie(w http.ResponseWriter, name, value string, life time.Duration) {
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: int(life / time.Second),
		HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode,
	})
}

// plain makes what a browser says of itself fit for a list: one line, short.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if runes := []rune(s); len(runes) > 200 {
		s = string(runes[:200])
	}
	return s
}
