package catalogue

import (
	"crypto/rand"
	"encoding/base32"
)

// ID names one file or folder for ever: 128 random bits, written as 26 characters of lower-case
// base32, or Root. An ID says nothing about name, place or content, and is never used again.
type ID string

// Root is the virtual folder whose children are the shared folders.
const Root ID = "/"

var idEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// ParseID proves that s has the form of an ID; "" and "/" are Root. Anything else is ErrNotFound:
// a client can't tell a malformed id from one that was never given out.
func ParseID(s string) (ID, error) {
	if s == "" || s == string(Root) {
		return Root, nil
	}
	if _, ok := ID(s).bits(); !ok {
		return "", notFound(nil)
	}
	return ID(s), nil
}

// NewID makes an ID that nobody has yet. It is not in the catalogue until something is put under it.
func (c *Catalogue) NewID() ID { return newID() }

func newID() ID { return idWith(nil) }

// idWith makes an ID that begins with some random bytes made before.
func idWith(prefix []byte) ID {
	var bits [16]byte
	rand.Read(bits[copy(bits[:], prefix):])
	return idFrom(bits[:])
}

// idFrom spells 16 bytes as an ID; anything else, which only a damaged store holds, is "".
func idFrom(bits []byte) ID {
	var text [26]byte
	if len(bits) != 16 {
		return ""
	}
	idEncoding.Encode(text[:], bits)
	return ID(text[:])
}

// bits are the 16 bytes behind the ID; false when it is Root or malformed. The last character
// carries three bits only, so that each ID has exactly one spelling.
func (id ID) bits() ([]byte, bool) {
	if len(id) != 26 {
		return nil, false
	}
	bits, err := idEncoding.DecodeString(string(id))
	if err != nil || idFrom(bits) != id {
		return nil, false
	}
	return bits, true
}
