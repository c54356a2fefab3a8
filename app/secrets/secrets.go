// Package secrets keeps what must never stand in a settings file: API keys,
// the tunnel's token, passphrases. They live in the operating system's keyring
// or, only when a person asks for it, in a file that its owner alone can read.
package secrets

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
)

// Kinds of failure, told apart with errors.Is.
var (
	// ErrNotFound: there is no secret of that name.
	ErrNotFound = errors.New("no such secret")
	// ErrUnavailable: there is no keyring here, or it stays locked. The error
	// around it says what to do.
	ErrUnavailable = errors.New("no keyring")
	// ErrTooLong: the system's keyring does not take a secret of this length.
	ErrTooLong = errors.New("secret too long")
)

// Store keeps secrets by name. Its methods are safe concurrently and may block
// for as long as the system asks a person to unlock the keyring; never call
// them where something must not wait.
type Store interface {
	Get(name string) (string, error)
	Set(name, secret string) error
	Delete(name string) error // of what isn't there: nil
}

// unavailable says for a person what it means that there is no keyring.
func unavailable(cause error) error {
	return &kindError{
		ErrUnavailable,
		"There is no keyring on this computer that could keep the API keys. " +
			"Unlock or install one (GNOME Keyring, KWallet), or give a key for this run in FOLDERFRONT_API_KEY, " +
			"or start with --secrets file to keep secrets in a file that only you can read.",
		cause,
	}
}

type kindError struct {
	kind     error
	sentence string
	cause    error
}

func (e *kindError) Error() string   { return e.sentence }
func (e *kindError) Unwrap() []error { return []error{e.kind, e.cause} }

// account is the name under which a profile's secret is kept, so that two
// profiles of one person never meet.
func account(profile, name string) string {
	sum := sha256.Sum256([]byte(profile))
	return fmt.Sprintf("%s (%s)", name, hex.EncodeToString(sum[:4]))
}
