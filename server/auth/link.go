package auth

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strconv"
	"strings"
	"time"
)

// LinkLife is the longest life of a signed link.
const LinkLife = 30 * 24 * time.Hour

var errLink = fail(ErrExpired, "This link is not valid any more. Ask whoever sent it for a new one.")

// SignLink returns a token that shows the document of that id without a
// sign-in until it expires. Whether links are allowed for the document is the
// caller's to check, now and at each use.
func (a *Auth) SignLink(ctx context.Context, document string, expires time.Time) (string, error) {
	key, secret, err := a.linkKey(ctx)
	if err != nil {
		return "", err
	}
	end := strconv.FormatInt(min(expires.Unix(), a.now().Add(LinkLife).Unix()), 36)
	sum := linkSum(secret, key, document, end)
	return strings.Join([]string{key, document, end, base64.RawURLEncoding.EncodeToString(sum)}, "."), nil
}

// CheckLink returns the document that a token shows; ErrExpired when it is
// over, revoked or forged.
func (a *Auth) CheckLink(ctx context.Context, token string) (document string, expires time.Time, err error) {
	part := strings.Split(token, ".")
	if len(token) > 200 || len(part) != 4 {
		return "", time.Time{}, errLink
	}
	key, document, end := part[0], part[1], part[2]
	var secret []byte
	err = a.store.reader.QueryRowContext(ctx, "SELECT secret FROM link_key WHERE id = ? AND ends > ?", key, a.moment().ran).Scan(&secret)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", time.Time{}, err
	}
	sum, wrong := base64.RawURLEncoding.Strict().DecodeString(part[3])
	at, bad := strconv.ParseInt(end, 36, 64)
	if err != nil || wrong != nil || bad != nil || !hmac.Equal(sum, linkSum(secret, key, document, end)) {
		return "", time.Time{}, errLink
	}
	if expires = time.Unix(at, 0); !a.now().Before(expires) {
		return "", time.Time{}, errLink
	}
	return document, expires, nil
}

// RevokeLinks ends every signed link at once.
func (a *Auth) RevokeLinks(ctx context.Context) error {
	_, err := a.store.writer.ExecContext(ctx, "DELETE FROM link_key")
	return err
}

// linkKey returns the key that signs links, made when first needed. It signs
// for LinkLife of running time and lives twice that, as long as any link that it
// signed: a link carries its end by the clock alone, and would live for ever if
// it was signed while the clock was far ahead.
func (a *Auth) linkKey(ctx context.Context) (id string, secret []byte, err error) {
	now := a.moment()
	signs := now.in(LinkLife)
	end := signs.in(LinkLife)
	err = a.store.update(ctx, func(tx *sql.Tx) error {
		if _, err := tx.Exec("DELETE FROM link_key WHERE ends <= ?", now.ran); err != nil {
			return err
		}
		err := tx.QueryRow("SELECT id, secret FROM link_key WHERE ends > ? LIMIT 1", signs.ran).Scan(&id, &secret)
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		id, secret = random(8), make([]byte, 32)
		rand.Read(secret)
		_, err = tx.Exec("INSERT INTO link_key (id, secret, created, ends) VALUES (?, ?, ?, ?)", id, secret, now.clock, end.ran)
		return err
	})
	return id, secret, err
}

// linkSum authenticates a link's fields. Each is preceded by its length, so no
// two different links have the same bytes.
func linkSum(secret []byte, key, document, end string) []byte {
	mac := hmac.New(sha256.New, secret)
	for _, field := range []string{"1", "view", document, end, key} {
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(field)))
		mac.Write(length[:])
		mac.Write([]byte(field))
	}
	return mac.Sum(nil)
}
