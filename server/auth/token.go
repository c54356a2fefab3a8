package auth

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"errors"
	"net/url"
	"time"
)

const (
	accessPrefix  = "ffa_"
	refreshPrefix = "ffr_"
)

// pair is what one call of the token endpoint gives.
type pair struct {
	access, refresh string
	life            time.Duration // left of the access token
}

// oauthError is an answer of the token endpoint (RFC 6749, 5.2).
type oauthError struct{ code, description string }

func (e *oauthError) Error() string { return e.code + ": " + e.description }

var (
	errCode    = &oauthError{"invalid_grant", "The authorization code is not valid, has expired or was used before. Connect Folderfront in Workfront again."}
	errRefresh = &oauthError{"invalid_grant", "The refresh token is not valid any more. Connect Folderfront in Workfront again."}
)

// storedCode is what is known of an authorization code.
type storedCode struct {
	hash      []byte
	person    string
	member    bool
	challenge string
	expires   int64
	ends      int64
	grant     sql.NullString // what it was redeemed for
}

// redeem turns an authorization code into tokens, once. A second use ends the
// grant that the first one gave (RFC 6749, 4.1.2), since one of the two users
// is a thief.
func (a *Auth) redeem(ctx context.Context, client Client, p url.Values) (pair, error) {
	now, given, refused := a.moment(), pair{}, error(nil)
	c := storedCode{hash: hashToken(p.Get("code"))}
	err := a.store.update(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRow("SELECT person, member, challenge, expires, ends, grant_id FROM code WHERE hash = ? AND client = ?", c.hash, client.ID).
			Scan(&c.person, &c.member, &c.challenge, &c.expires, &c.ends, &c.grant)
		if errors.Is(err, sql.ErrNoRows) {
			refused = errCode
			return nil
		}
		if err != nil {
			return err
		}
		if c.grant.Valid {
			refused = errCode
			a.cfg.Logger.Warn("an authorization code was used twice; its grant is ended", "grant", c.grant.String)
			_, err := tx.Exec("DELETE FROM grants WHERE id = ?", c.grant.String)
			return err
		}
		if refused = a.checkCode(client, c, p, now); refused != nil {
			_, err := tx.Exec("DELETE FROM code WHERE hash = ?", c.hash)
			return err
		}
		given, err = grant(tx, client, c, now)
		return err
	})
	if err == nil {
		err = refused
	}
	a.changed()
	return given, err
}

// checkCode returns why a code that exists can't be redeemed by this call.
func (a *Auth) checkCode(client Client, c storedCode, p url.Values, now moment) error {
	if now.past(c.expires, c.ends) {
		return errCode
	}
	if uri := p.Get("redirect_uri"); uri != "" && uri != client.RedirectURI {
		return &oauthError{"invalid_grant", "The redirect URI differs from the one that the code was sent to."}
	}
	if !verifies(c.challenge, p.Get("code_verifier")) {
		return &oauthError{"invalid_grant", "The code verifier does not fit the code challenge."}
	}
	if _, err := a.people().known(c.person, c.member, "grant", ""); err != nil {
		return errCode
	}
	return nil
}

// verifies tells whether the verifier fits the challenge by S256 (RFC 7636,
// 4.6). A verifier without a challenge means that the challenge was stripped
// on its way (RFC 9700, 4.8.2).
func verifies(challenge, verifier string) bool {
	if challenge == "" || verifier == "" {
		return challenge == verifier
	}
	sum := sha256.Sum256([]byte(verifier))
	return sameHash([]byte(base64.RawURLEncoding.EncodeToString(sum[:])), []byte(challenge))
}

// grant makes a grant with its first tokens and marks the code as used.
func grant(tx *sql.Tx, client Client, c storedCode, now moment) (pair, error) {
	id := random(16)
	_, err := tx.Exec("INSERT INTO grants (id, client, person, member, created, used) VALUES (?, ?, ?, ?, ?, ?)",
		id, client.ID, c.person, c.member, now.clock, now.clock)
	if err != nil {
		return pair{}, err
	}
	if _, err := tx.Exec("UPDATE code SET grant_id = ? WHERE hash = ?", id, c.hash); err != nil {
		return pair{}, err
	}
	given := pair{accessPrefix + random(52), refreshPrefix + random(52), AccessLife}
	return given, storePair(tx, id, given, now)
}

// refresh rotates a refresh token. Its predecessor answers the same successor
// for RotationGrace, so parallel and repeated calls end with one pair; a use
// after that ends the grant (RFC 9700, 4.14.2).
func (a *Auth) refresh(ctx context.Context, client Client, token string) (pair, error) {
	now, given, refused := a.moment(), pair{}, error(nil)
	hash := hashToken(token)
	err := a.store.update(ctx, func(tx *sql.Tx) error {
		var id, person string
		var member bool
		var expires, ends int64
		var rotated sql.NullInt64
		var salt []byte
		err := tx.QueryRow(`SELECT grants.id, person, member, expires, ends, rotated, salt FROM token JOIN grants ON grants.id = grant_id
			WHERE hash = ? AND kind = 'refresh' AND client = ?`, hash, client.ID).Scan(&id, &person, &member, &expires, &ends, &rotated, &salt)
		if errors.Is(err, sql.ErrNoRows) {
			refused = errRefresh
			return nil
		}
		if err != nil {
			return err
		}
		since := time.Duration(now.ran-rotated.Int64) * time.Millisecond
		_, unknown := a.people().known(person, member, "grant", id)
		switch {
		case unknown != nil || now.past(expires, ends):
			refused = errRefresh
		case !rotated.Valid:
			given, err = rotate(tx, id, token, now)
		case since <= RotationGrace:
			given = successor(salt, token)
			given.life = AccessLife - since.Truncate(time.Second)
		default:
			refused = errRefresh
			a.cfg.Logger.Warn("an old refresh token was used again; its grant is ended", "grant", id)
			_, err = tx.Exec("DELETE FROM grants WHERE id = ?", id)
		}
		return err
	})
	if err == nil {
		err = refused
	}
	a.changed()
	return given, err
}

// rotate gives the successor of a refresh token and clears away what is over.
func rotate(tx *sql.Tx, grant, token string, now moment) (pair, error) {
	salt := make([]byte, 32)
	rand.Read(salt)
	given := successor(salt, token)
	_, err := tx.Exec("UPDATE token SET rotated = ?, salt = ? WHERE hash = ?", now.ran, salt, hashToken(token))
	if err == nil {
		_, err = tx.Exec("UPDATE grants SET used = ? WHERE id = ?", now.clock, grant)
	}
	if err == nil {
		err = storePair(tx, grant, given, now)
	}
	if err == nil {
		err = sweep(tx, now)
	}
	return given, err
}

// successor derives the pair that follows a refresh token, so that it can be
// given again without being stored. The salt alone yields nothing: who reads
// the store lacks the token, and who has an old token lacks the salt.
func successor(salt []byte, token string) pair {
	derive := func(kind string) string {
		mac := hmac.New(sha256.New, salt)
		mac.Write([]byte(kind + token))
		return kind + lowerBase32.EncodeToString(mac.Sum(nil))
	}
	return pair{derive(accessPrefix), derive(refreshPrefix), AccessLife}
}

func storePair(tx *sql.Tx, grant string, p pair, now moment) error {
	insert := func(kind, token string, end moment) error {
		_, err := tx.Exec("INSERT INTO token (hash, grant_id, kind, expires, ends) VALUES (?, ?, ?, ?, ?)", hashToken(token), grant, kind, end.clock, end.ran)
		return err
	}
	if err := insert("access", p.access, now.in(p.life)); err != nil {
		return err
	}
	return insert("refresh", p.refresh, now.in(RefreshLife))
}

// sweep removes what has ended by running time: tokens, grants without one,
// codes never redeemed or whose grant is gone, and salts past the grace.
func sweep(tx *sql.Tx, now moment) error {
	for _, step := range []struct {
		statement string
		arguments []any
	}{
		{"DELETE FROM token WHERE ends <= ?", []any{now.ran}},
		{"DELETE FROM grants WHERE NOT EXISTS (SELECT 1 FROM token WHERE grant_id = grants.id)", nil},
		{"DELETE FROM code WHERE ends <= ? AND NOT EXISTS (SELECT 1 FROM grants WHERE id = code.grant_id)", []any{now.ran}},
		{"UPDATE token SET salt = NULL WHERE salt IS NOT NULL AND rotated < ?", []any{now.ran - RotationGrace.Milliseconds()}},
	} {
		if _, err := tx.Exec(step.statement, step.arguments...); err != nil {
			return err
		}
	}
	return nil
}

// revoke ends a refresh token with its whole grant, or an access token alone
// (RFC 7009, 2.1). An unknown token, or another client's, is no error.
func (a *Auth) revoke(ctx context.Context, client Client, token string) error {
	const mine = "hash = ? AND grant_id IN (SELECT id FROM grants WHERE client = ?)"
	hash := hashToken(token)
	err := a.store.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec("DELETE FROM grants WHERE id IN (SELECT grant_id FROM token WHERE kind = 'refresh' AND "+mine+")", hash, client.ID)
		if err == nil {
			_, err = tx.Exec("DELETE FROM token WHERE kind = 'access' AND "+mine, hash, client.ID)
		}
		return err
	})
	a.changed()
	return err
}
