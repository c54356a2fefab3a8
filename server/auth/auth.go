package auth

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// EnvironmentKeyID is the key id under which the environment's key appears in
// principals and callbacks.
const EnvironmentKeyID = "environment"

// Config is what Auth needs from its owner.
type Config struct {
	Path   string // of the SQLite file; made when missing, readable by its owner alone
	Logger *slog.Logger

	// KeyUsed hears of a key's use, at most once a minute for each. It runs in
	// the request's goroutine, so it must return at once. May be nil.
	KeyUsed func(id string, at time.Time)
	// Changed hears that Clients, Grants, Sessions or Approvals may answer
	// something new. It must return at once. May be nil.
	Changed func()
}

// Auth decides who comes in. All its methods are safe for concurrent use.
type Auth struct {
	cfg   Config
	store *store
	now   func() time.Time
	brake *brake // of wrong keys and client secrets
	uses  uses

	byName   *brake // of wrong passwords, by name from unknown browsers
	bySender *brake // of wrong passwords, by sender or known browser
	hasher   *hasher
	decided  bell // rings when an approval is decided

	expiresID atomic.Bool

	crowd atomic.Pointer[crowd]
	ringM sync.Mutex
	ring  atomic.Pointer[ring]
}

// Open opens the store. The owner calls Close once nothing uses Auth any more.
func Open(ctx context.Context, cfg Config) (*Auth, error) {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	st, err := openStore(ctx, cfg.Path)
	if err != nil {
		return nil, err
	}
	a := &Auth{cfg: cfg, store: st, now: time.Now, brake: newBrake(), byName: newBrake(), bySender: newBrake(), hasher: newHasher()}
	a.crowd.Store(&crowd{})
	a.ring.Store(&ring{})
	return a, nil
}

// Close closes the store.
func (a *Auth) Close() error { return a.store.close() }

// SetKeys replaces the accepted keys; one that is missing is revoked at once.
func (a *Auth) SetKeys(keys []Key) {
	a.changeRing(func(r *ring) { r.keys = newRing(keys) })
}

// SetEnvironmentKey accepts a key of any form beside the others; "" ends that.
// Space around it doesn't count, as in the header that it will come in.
func (a *Auth) SetEnvironmentKey(secret string) {
	secret = strings.TrimSpace(secret)
	a.changeRing(func(r *ring) {
		r.environment = nil
		if secret != "" {
			r.environment = &hashedKey{id: EnvironmentKeyID, hash: sha256.Sum256([]byte(secret))}
		}
	})
}

func (a *Auth) changeRing(change func(*ring)) {
	a.ringM.Lock()
	defer a.ringM.Unlock()
	r := *a.ring.Load()
	change(&r)
	a.ring.Store(&r)
}

// SetPeople replaces everyone who may come in; it holds for the next request
// of every key, grant and session.
func (a *Auth) SetPeople(people []Person) {
	c := newCrowd(people)
	a.crowd.Store(&c)
}

func (a *Auth) keys() ring    { return *a.ring.Load() }
func (a *Auth) people() crowd { return *a.crowd.Load() }

func (a *Auth) changed() {
	if a.cfg.Changed != nil {
		a.cfg.Changed()
	}
}

// uses remembers when each id was last noted. It is safe for concurrent use.
type uses struct {
	mu   sync.Mutex
	last map[string]time.Time
}

// note reports whether the id's last noted use is useStep old, and notes this
// one if so. A clock set back counts as old.
func (u *uses) note(id string, now time.Time) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if age := now.Sub(u.last[id]); age >= 0 && age < useStep {
		return false
	}
	if u.last == nil || len(u.last) >= brakeSenders {
		u.last = map[string]time.Time{}
	}
	u.last[id] = now
	return true
}
