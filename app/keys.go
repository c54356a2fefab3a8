package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"folderfront/app/secrets"
	"folderfront/app/settings"
	"folderfront/app/state"
	"folderfront/server"
	"folderfront/server/auth"
)

const (
	keysSecret = "api-keys" // the list of keys as JSON, in the keyring
	maxKeys    = 20         // keyrings take some 2,500 bytes a secret
)

// keyring keeps the API keys: in the system's keyring, in memory, and in
// force at the server. The keyring may ask a person to unlock it, so nothing
// waits for it but those who asked.
type keyring struct {
	secrets secrets.Store
	used    string // file of the last uses
	inForce func([]auth.Key)
	again   chan struct{} // holds one token: somebody wants what failed tried once more
	settle  func()        // closes settled, once
	settled chan struct{} // closed when it is known whether the keys are in force

	change sync.Mutex // one change at a time; held while the keyring blocks

	mu      sync.Mutex
	loaded  bool
	keys    []auth.Key
	lastUse map[string]time.Time // by key id
	unsaved bool                 // lastUse is newer than its file
}

func openKeyring(profile string, store secrets.Store, inForce func([]auth.Key)) *keyring {
	k := &keyring{
		secrets: store,
		used:    filepath.Join(profile, "keys-used.json"),
		inForce: inForce,
		again:   make(chan struct{}, 1),
		settled: make(chan struct{}),
		lastUse: map[string]time.Time{},
	}
	k.settle = sync.OnceFunc(func() { close(k.settled) })
	if text, err := os.ReadFile(k.used); err == nil {
		json.Unmarshal(text, &k.lastUse) // of no consequence: it only says when
	}
	return k
}

// load reads the keys unless that was done before. It may block for as long as
// the system asks for the keyring's password.
func (k *keyring) load() error {
	k.change.Lock()
	defer k.change.Unlock()
	return k.loadLocked()
}

func (k *keyring) loadLocked() error {
	if _, loaded := k.get(); loaded {
		return nil
	}
	var keys []auth.Key
	text, err := k.secrets.Get(keysSecret)
	if err != nil && !errors.Is(err, secrets.ErrNotFound) {
		return err
	}
	if err == nil && json.Unmarshal([]byte(text), &keys) != nil {
		return errors.New("The API keys in the keyring are damaged and were left as they are. Remove the entry \"Folderfront\" from the keyring and make a new key.")
	}
	k.set(keys)
	return nil
}

func (k *keyring) get() (keys []auth.Key, loaded bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.keys, k.loaded
}

// set puts the keys in force.
func (k *keyring) set(keys []auth.Key) {
	k.mu.Lock()
	k.keys, k.loaded = keys, true
	k.mu.Unlock()
	k.inForce(keys)
}

// modify changes the list: it is in the keyring before it is in force.
func (k *keyring) modify(change func([]auth.Key) ([]auth.Key, error)) error {
	k.change.Lock()
	defer k.change.Unlock()
	if err := k.loadLocked(); err != nil {
		return err
	}
	now, _ := k.get()
	next, err := change(slices.Clone(now))
	if err != nil {
		return err
	}
	next = slices.DeleteFunc(next, func(key auth.Key) bool {
		return !key.Expires.IsZero() && key.Expires.Before(time.Now())
	})
	text, err := json.Marshal(next)
	if err != nil {
		return err
	}
	if err := k.secrets.Set(keysSecret, string(text)); err != nil {
		return err
	}
	k.set(next)
	return nil
}

// touch remembers a use; it returns at once.
func (k *keyring) touch(id string, at time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.lastUse[id], k.unsaved = at, true
}

// save writes the last uses when there are new ones.
func (k *keyring) save() error {
	k.mu.Lock()
	if !k.unsaved {
		k.mu.Unlock()
		return nil
	}
	k.unsaved = false
	text, err := json.Marshal(k.lastUse)
	k.mu.Unlock()
	if err != nil {
		return err
	}
	return settings.WriteFile(k.used, text, 0o600)
}

// list shows the keys without their secrets, oldest first.
func (k *keyring) list() []state.Key {
	k.mu.Lock()
	defer k.mu.Unlock()
	all := []state.Key{}
	for _, key := range k.keys {
		all = append(all, keyState(key, k.lastUse[key.ID]))
	}
	return all
}

func keyState(key auth.Key, lastUsed time.Time) state.Key {
	return state.Key{ID: key.ID, Name: key.Name, Created: key.Created, LastUsed: lastUsed, Expires: key.Expires, Limit: key.Limit}
}

// subset tells whether all of the few are among the many.
func subset(few, many []string) bool {
	return !slices.ContainsFunc(few, func(one string) bool { return !slices.Contains(many, one) })
}

func (a *App) keyVerbs() verbs {
	v := verbs{}
	verb(v, a.NewKey)
	verb(v, a.ListKeys)
	verb(v, a.ShowKey)
	verb(v, a.RotateKey)
	act(v, a.RevokeKey)
	return v
}

// NewKey makes an API key.
func (a *App) NewKey(_ context.Context, c state.NewKey) (state.NewKeyAnswer, error) {
	var made auth.Key
	err := a.keys.modify(func(keys []auth.Key) ([]auth.Key, error) {
		name := strings.TrimSpace(c.Name)
		switch {
		case name == "" || len(name) > 60 || strings.ContainsAny(name, "\n\r\t\x00"):
			return nil, errors.New("No key was made: give it a name of at most 60 bytes, on one line.")
		case !subset(c.Limit, server.KeyLimits()):
			return nil, fmt.Errorf("No key was made: a key can be limited to %s.", strings.Join(server.KeyLimits(), ", "))
		case len(keys) >= maxKeys:
			return nil, fmt.Errorf("No key was made: there are %d already, and the keyring holds no more. Revoke one that nobody uses.", maxKeys)
		}
		made = auth.NewKey(name, time.Now())
		made.Limit = c.Limit
		return append(keys, made), nil
	})
	return state.NewKeyAnswer{Key: keyState(made, time.Time{}), Secret: made.Secret}, err
}

// ListKeys returns the keys, waiting for the keyring when need be.
func (a *App) ListKeys(context.Context, state.ListKeys) ([]state.Key, error) {
	err := a.keys.load()
	return a.keys.list(), err
}

// ShowKey returns a key with its secret.
func (a *App) ShowKey(_ context.Context, c state.ShowKey) (state.NewKeyAnswer, error) {
	if err := a.keys.load(); err != nil {
		return state.NewKeyAnswer{}, err
	}
	keys, _ := a.keys.get()
	i, err := findKey(keys, c.ID)
	if err != nil {
		return state.NewKeyAnswer{}, err
	}
	return state.NewKeyAnswer{Key: keyState(keys[i], time.Time{}), Secret: keys[i].Secret}, nil
}

// RotateKey makes a successor of the same name; the old key lives on for
// auth.RotationOverlap.
func (a *App) RotateKey(_ context.Context, c state.RotateKey) (state.NewKeyAnswer, error) {
	var made auth.Key
	err := a.keys.modify(func(keys []auth.Key) ([]auth.Key, error) {
		i, err := findKey(keys, c.ID)
		if err != nil {
			return nil, err
		}
		made = auth.NewKey(keys[i].Name, time.Now())
		made.Limit = keys[i].Limit
		keys[i] = keys[i].Retire(time.Now())
		return append(keys, made), nil
	})
	return state.NewKeyAnswer{Key: keyState(made, time.Time{}), Secret: made.Secret}, err
}

// RevokeKey ends a key at once.
func (a *App) RevokeKey(_ context.Context, c state.RevokeKey) error {
	return a.keys.modify(func(keys []auth.Key) ([]auth.Key, error) {
		i, err := findKey(keys, c.ID)
		if err != nil {
			return nil, err
		}
		return slices.Delete(keys, i, i+1), nil
	})
}

func findKey(keys []auth.Key, id string) (int, error) {
	i := slices.IndexFunc(keys, func(k auth.Key) bool { return k.ID == id })
	if i < 0 {
		return 0, fmt.Errorf("There is no key with the id %q. The command \"folderfront key list\" shows the ids.", id)
	}
	return i, nil
}

// askingFor is what a face shows while the keyring makes the core wait.
const askingFor = "Waiting for the keyring. Unlock it if it asks."

// superviseKeys has the keys loaded, and again whenever the person starts
// sharing: the keyring may have been locked and not be any more.
func (a *App) superviseKeys(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := a.loadKeys(ctx); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-a.keys.again:
		}
	}
	return nil
}

// loadKeys puts the keys in force, and makes the first one. Without a keyring
// an environment's key is enough; without that it is a problem.
func (a *App) loadKeys(ctx context.Context) error {
	loaded := make(chan error, 1)
	go func() { loaded <- a.firstKey(ctx) }() // left behind when the person never unlocks
	slow := time.NewTimer(300 * time.Millisecond)
	defer slow.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-slow.C:
			if a.options.EnvironmentKey == "" {
				a.setWaiting(askingFor)
			}
			a.keys.settle()
		case err := <-loaded:
			err = a.judgeKeys(err)
			a.setWaiting("") // after what came of it, lest it look well in between
			a.keys.settle()
			return err
		}
	}
}

func (a *App) judgeKeys(err error) error {
	switch {
	case err == nil:
		a.setProblem("keyring", nil)
	case a.options.EnvironmentKey != "":
		a.log.Warn("no keyring; the environment's key alone lets in", "error", err)
	case a.options.Strict:
		return err
	default:
		a.setProblem("keyring", &state.Problem{Sentence: err.Error(), Remedy: "start"})
	}
	a.publish()
	return nil
}

// firstKey loads the keys and, where there is none and nothing else lets
// anyone in, makes one.
func (a *App) firstKey(ctx context.Context) error {
	if err := a.keys.load(); err != nil {
		return err
	}
	if keys, _ := a.keys.get(); len(keys) > 0 || a.options.EnvironmentKey != "" {
		return nil
	}
	made, err := a.NewKey(ctx, state.NewKey{Name: "Workfront"})
	if err == nil && a.options.KeyMade != nil {
		a.options.KeyMade(made)
	}
	return err
}
