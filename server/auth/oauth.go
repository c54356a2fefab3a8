package auth

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"errors"
	"net"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// Lifetimes of what the authorization server hands out.
const (
	CodeLife    = 5 * time.Minute // RFC 6749, 4.1.2: at most 10 minutes
	AccessLife  = 3600 * time.Second
	RefreshLife = 180 * 24 * time.Hour // since its last use
	// RotationGrace is how long a rotated refresh token may still be sent by
	// parallel or repeated calls. It then answers the very tokens it gave
	// before; later it counts as stolen and ends its grant.
	RotationGrace = 30 * time.Second
)

// Client is Workfront as an OAuth2 application.
type Client struct {
	ID          string
	RedirectURI string
	Created     time.Time
}

// NewClient registers a client that may be answered at exactly that redirect
// URI, and returns its secret, which is stored only as a hash. The URI must be
// absolute https, or http on this computer, without a fragment (RFC 6749,
// 3.1.2); otherwise ErrInvalid.
func (a *Auth) NewClient(ctx context.Context, redirectURI string) (Client, string, error) {
	if err := checkRedirect(redirectURI); err != nil {
		return Client{}, "", err
	}
	c := Client{ID: "ffc_" + random(16), RedirectURI: redirectURI, Created: a.now().UTC()}
	secret := "ffs_" + random(40)
	err := a.store.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec("INSERT INTO client VALUES (?, ?, ?, ?)", c.ID, hashToken(secret), redirectURI, millis(c.Created))
		return err
	})
	if err != nil {
		return Client{}, "", err
	}
	a.changed()
	return c, secret, nil
}

// RemoveClient forgets a client and ends all its grants; ErrNotFound when
// there is none.
func (a *Auth) RemoveClient(ctx context.Context, id string) error {
	return a.remove(ctx, "DELETE FROM client WHERE id = ?", id)
}

// Clients returns every client, oldest first.
func (a *Auth) Clients(ctx context.Context) ([]Client, error) {
	rows, err := a.store.reader.QueryContext(ctx, "SELECT id, redirect, created FROM client ORDER BY created, id")
	if err != nil {
		return nil, err
	}
	return collect(rows, func(r *sql.Rows) (c Client, err error) {
		var created int64
		err = r.Scan(&c.ID, &c.RedirectURI, &created)
		c.Created = fromMillis(created)
		return c, err
	})
}

// plainHost is a host that stands for nothing else wherever it is quoted, such
// as in a Content-Security-Policy.
var plainHost = regexp.MustCompile(`^([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]+)?$`)

func checkRedirect(uri string) error {
	u, err := url.Parse(uri)
	wrong := err != nil || !plainHost.MatchString(u.Host) || u.User != nil || u.Fragment != "" || u.Opaque != ""
	if !wrong && u.Scheme == "http" {
		ip := net.ParseIP(u.Hostname())
		wrong = u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback())
	}
	if wrong || (u.Scheme != "https" && u.Scheme != "http") {
		return fail(ErrInvalid, "The redirect URI must be a whole https address, such as the one that Workfront shows when you set up the integration.")
	}
	return nil
}

// client returns a client with its secret's hash; ErrNotFound when unknown. An
// empty id means the configured client when there is exactly one.
func (a *Auth) client(ctx context.Context, id string) (c Client, secret []byte, err error) {
	unknown := fail(ErrNotFound, "The Client ID is not known here. Compare the Client ID in Workfront's custom integration with the one that Folderfront shows.")
	if id == "" {
		all, err := a.Clients(ctx)
		if err != nil {
			return Client{}, nil, err
		}
		if len(all) != 1 {
			return Client{}, nil, unknown
		}
		id = all[0].ID
	}
	row := a.store.reader.QueryRowContext(ctx, "SELECT id, redirect, secret FROM client WHERE id = ?", id)
	err = row.Scan(&c.ID, &c.RedirectURI, &secret)
	if errors.Is(err, sql.ErrNoRows) {
		return Client{}, nil, unknown
	}
	return c, secret, err
}

// Grant is a person's leave for a client to act for them.
type Grant struct {
	ID       string
	Client   string // its id
	Person   string
	Created  time.Time
	LastUsed time.Time
}

// Grants returns every grant in force, newest first.
func (a *Auth) Grants(ctx context.Context) ([]Grant, error) {
	now := a.moment()
	rows, err := a.store.reader.QueryContext(ctx, `SELECT id, client, person, created, used FROM grants
		WHERE EXISTS (SELECT 1 FROM token WHERE grant_id = grants.id AND expires > ? AND ends > ?) ORDER BY created DESC, id`, now.clock, now.ran)
	if err != nil {
		return nil, err
	}
	return collect(rows, func(r *sql.Rows) (g Grant, err error) {
		var created, used int64
		err = r.Scan(&g.ID, &g.Client, &g.Person, &created, &used)
		g.Created, g.LastUsed = fromMillis(created), fromMillis(used)
		return g, err
	})
}

// RevokeGrant ends a grant and every token given for it, at once; ErrNotFound
// when there is none.
func (a *Auth) RevokeGrant(ctx context.Context, id string) error {
	return a.remove(ctx, "DELETE FROM grants WHERE id = ?", id)
}

// byToken returns the principal of an access token. A token of the right form
// that is not in the store was given out once and has ended since, for nobody
// guesses one.
func (a *Auth) byToken(ctx context.Context, token string) (Principal, error) {
	if !strings.HasPrefix(token, accessPrefix) {
		return Principal{}, fail(ErrWrong, "This is not an access token of Folderfront. Connect Folderfront in Workfront again.")
	}
	var id, person string
	var member bool
	var expires, ends int64
	row := a.store.reader.QueryRowContext(ctx, `SELECT grants.id, person, member, expires, ends FROM token JOIN grants ON grants.id = grant_id
		WHERE hash = ? AND kind = 'access'`, hashToken(token))
	err := row.Scan(&id, &person, &member, &expires, &ends)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Principal{}, fail(ErrExpired, "This access token is not valid any more. Connect Folderfront in Workfront again.")
	case err != nil:
		return Principal{}, err
	case a.moment().past(expires, ends):
		return Principal{}, fail(ErrExpired, "This access token has expired. Workfront fetches a new one by itself.")
	}
	p, err := a.people().known(person, member, "grant", id)
	if now := a.now(); err == nil && a.uses.note(id, now) {
		a.touch(ctx, "UPDATE grants SET used = ? WHERE id = ?", id, now)
	}
	return p, err
}

// touch notes a last use; failing to is worth a line in the log, not a refusal.
func (a *Auth) touch(ctx context.Context, query, id string, now time.Time) {
	defer a.changed()
	err := a.store.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(query, millis(now), id)
		return err
	})
	if err != nil {
		a.cfg.Logger.Warn("note the last use", "id", id, "err", err)
	}
}

// remove runs a DELETE for one id; ErrNotFound when it removed nothing.
func (a *Auth) remove(ctx context.Context, query, id string) error {
	res, err := a.store.writer.ExecContext(ctx, query, id)
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err != nil {
		return err
	}
	if n == 0 {
		return fail(ErrNotFound, "There is nothing with the id "+id+"; it may have been ended already.")
	}
	a.changed()
	return nil
}

// collect reads all rows and closes them.
func collect[T any](rows *sql.Rows, scan func(*sql.Rows) (T, error)) ([]T, error) {
	defer rows.Close()
	var all []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

// sameHash compares in constant time.
func sameHash(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }
