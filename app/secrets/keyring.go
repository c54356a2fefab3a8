package secrets

import (
	"errors"

	"github.com/zalando/go-keyring"
)

const service = "Folderfront"

// Keyring is the operating system's: Secret Service, Keychain, Credential
// Manager.
type Keyring struct{ profile string }

// NewKeyring keeps the secrets of the profile folder (an absolute path).
func NewKeyring(profile string) *Keyring { return &Keyring{profile} }

// Get returns the secret, ErrNotFound or ErrUnavailable.
func (k *Keyring) Get(name string) (string, error) {
	var secret string
	err := k.call(func() (err error) {
		secret, err = keyring.Get(service, account(k.profile, name))
		return err
	})
	return secret, err
}

// Set stores the secret, replacing one of that name.
func (k *Keyring) Set(name, secret string) error {
	return k.call(func() error { return keyring.Set(service, account(k.profile, name), secret) })
}

// Delete forgets the secret.
func (k *Keyring) Delete(name string) error {
	err := k.call(func() error { return keyring.Delete(service, account(k.profile, name)) })
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// call does one thing with the keyring, twice when the first try fails: the
// library shares one bus connection whose first signal another may have taken.
func (k *Keyring) call(do func() error) error {
	if err := reachable(); err != nil {
		return unavailable(err)
	}
	err := do()
	if err != nil && !errors.Is(err, keyring.ErrNotFound) {
		err = do()
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, keyring.ErrNotFound):
		return ErrNotFound
	case errors.Is(err, keyring.ErrSetDataTooBig):
		return ErrTooLong
	}
	return unavailable(err)
}
