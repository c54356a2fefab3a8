package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"strings"
	"time"
)

// RotationOverlap is how long a rotated key lives on beside its successor.
const RotationOverlap = 7 * 24 * time.Hour

// Lengths of the parts of a key: ffk_<id>_<random>_<checksum>.
const (
	keyPrefix   = "ffk"
	keyIDLen    = 8
	keySumLen   = 6
	secretChars = 26 // 130 random bits
)

// Key is an API key with its secret, as the owner's keyring holds it.
type Key struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Secret   string    `json:"secret"` // the whole key as Workfront sends it
	Created  time.Time `json:"created"`
	LastUsed time.Time `json:"lastUsed,omitzero"`
	Expires  time.Time `json:"expires,omitzero"` // zero: never; set on the predecessor of a rotated key
	Limit    []string  `json:"limit,omitempty"`  // the only things it is for, as the server names them; empty: everything
}

// NewKey makes a key with a fresh random secret.
func NewKey(name string, now time.Time) Key {
	head := keyPrefix + "_" + random(keyIDLen) + "_" + random(secretChars)
	return Key{
		ID:      strings.Split(head, "_")[1],
		Name:    name,
		Secret:  head + "_" + keySum(head),
		Created: now.UTC().Truncate(time.Second),
	}
}

// Retire returns the key with an end, RotationOverlap from now or sooner when
// it had one already: the first half of a rotation, NewKey being the second.
func (k Key) Retire(now time.Time) Key {
	end := now.Add(RotationOverlap).UTC().Truncate(time.Second)
	if k.Expires.IsZero() || k.Expires.After(end) {
		k.Expires = end
	}
	return k
}

// parseKey returns the id of a well-formed key. A wrong checksum tells a key
// that was cut or mistyped from one that is merely unknown.
func parseKey(secret string) (id string, ok bool) {
	part := strings.Split(secret, "_")
	if len(part) != 4 || part[0] != keyPrefix || len(part[1]) != keyIDLen || len(part[2]) != secretChars {
		return "", false
	}
	head := strings.TrimSuffix(secret, "_"+part[3])
	return part[1], part[3] == keySum(head)
}

var lowerBase32 = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// random returns n characters of 5 random bits each.
func random(n int) string {
	raw := make([]byte, (n*5+7)/8)
	rand.Read(raw)
	return lowerBase32.EncodeToString(raw)[:n]
}

func keySum(head string) string {
	sum := sha256.Sum256([]byte(head))
	return lowerBase32.EncodeToString(sum[:])[:keySumLen]
}

// ring is every key accepted now, by id; it is replaced whole, never changed.
type ring struct {
	keys        map[string]hashedKey
	environment *hashedKey // of any form, for one run
}

type hashedKey struct {
	id      string
	hash    [sha256.Size]byte
	expires time.Time
	limit   []string
}

func newRing(keys []Key) map[string]hashedKey {
	m := make(map[string]hashedKey, len(keys))
	for _, k := range keys {
		if k.ID != "" && k.Secret != "" {
			m[k.ID] = hashedKey{k.ID, sha256.Sum256([]byte(k.Secret)), k.Expires, k.Limit}
		}
	}
	return m
}

// find returns the key with that secret. Every path compares two
// hashes in constant time, so the time taken tells nothing about a secret.
func (r ring) find(secret string, now time.Time) (hashedKey, error) {
	sum := sha256.Sum256([]byte(secret))
	if e := r.environment; e != nil && subtle.ConstantTimeCompare(sum[:], e.hash[:]) == 1 {
		return *e, nil
	}
	claimed, whole := parseKey(secret)
	k := r.keys[claimed]
	same := subtle.ConstantTimeCompare(sum[:], k.hash[:]) == 1
	switch {
	case same && !k.expires.IsZero() && !now.Before(k.expires):
		return hashedKey{}, fail(ErrExpired, "This API key has been replaced and is no longer valid. Put the new key into Workfront's custom integration.")
	case same:
		return k, nil
	case !whole && strings.HasPrefix(secret, keyPrefix+"_"):
		return hashedKey{}, fail(ErrWrong, "This API key is incomplete or mistyped. Copy the whole key again.")
	}
	return hashedKey{}, fail(ErrWrong, "This API key is not valid. Copy the key again, or make a new one.")
}
