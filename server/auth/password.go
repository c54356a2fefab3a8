package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// Bounds of a password, in characters and bytes.
const (
	passwordMin = 8
	passwordMax = 1024
)

// Wrong passwords within brakeMemory after which tries are refused unlooked
// at. A name's count holds only for browsers in which that person never
// signed in, so nobody can lock a person out of their own browser; approval
// at the workstation stays open to all.
const (
	triesOfSender = 10
	triesOfName   = 20
)

var errGuess = fail(ErrWrong, "The name or the password is wrong. Try again, or ask to be let in at the computer that shares the folders.")

var errTooMany = fail(ErrBusy, "There were too many tries. Wait a quarter of an hour, or ask to be let in at the computer that shares the folders.")

// SetPassword sets the password of a person, who need not be known yet, and
// ends the sessions begun with the old one. ErrInvalid when it is too short or
// too long.
func (a *Auth) SetPassword(ctx context.Context, person, password string) error {
	password = norm.NFC.String(password)
	if len([]rune(password)) < passwordMin || len(password) > passwordMax {
		return fail(ErrInvalid, fmt.Sprintf("A password has at least %d characters and at most %d bytes. Choose another one.", passwordMin, passwordMax))
	}
	hash := newHash(password)
	err := a.store.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec("INSERT INTO password (person, hash) VALUES (?, ?) ON CONFLICT DO UPDATE SET hash = excluded.hash", FoldName(person), hash)
		if err == nil {
			err = forget(tx, person, "session", "way = 'password'")
		}
		return err
	})
	a.changed()
	return err
}

// ForgetPerson removes a person's password, sessions, grants and known
// browsers.
func (a *Auth) ForgetPerson(ctx context.Context, person string) error {
	err := a.store.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec("DELETE FROM password WHERE person = ?", FoldName(person))
		for _, table := range []string{"session", "grants", "code", "device"} {
			if err == nil {
				err = forget(tx, person, table, "true")
			}
		}
		return err
	})
	a.changed()
	return err
}

// forget deletes the rows of a person, whose name may be written in any case.
func forget(tx *sql.Tx, person, table, where string) error {
	rows, err := tx.Query("SELECT DISTINCT person FROM " + table + " WHERE " + where)
	if err != nil {
		return err
	}
	names, err := collect(rows, func(r *sql.Rows) (name string, err error) { err = r.Scan(&name); return })
	for _, name := range names {
		if err == nil && FoldName(name) == FoldName(person) {
			_, err = tx.Exec("DELETE FROM "+table+" WHERE person = ? AND "+where, name)
		}
	}
	return err
}

// Passwords returns the folded names of all who have a password.
func (a *Auth) Passwords(ctx context.Context) ([]string, error) {
	rows, err := a.store.reader.QueryContext(ctx, "SELECT person FROM password ORDER BY person")
	if err != nil {
		return nil, err
	}
	return collect(rows, func(r *sql.Rows) (name string, err error) { err = r.Scan(&name); return })
}

// SignIn begins a session for the browser of r when the password is right.
// ErrWrong says the same and takes the same for an unknown name, a name
// without a password and a wrong password; ErrBusy comes before looking.
func (a *Auth) SignIn(w http.ResponseWriter, r *http.Request, name, password string) error {
	name = FoldName(name)
	guard := a.guard(r, name)
	if guard.closed() {
		return errTooMany
	}
	stored, err := a.passwordOf(r.Context(), name)
	if err != nil {
		return err
	}
	right := false
	err = a.hasher.run(r.Context(), sender(r), func() {
		right = verifyHash(stored, norm.NFC.String(password[:min(len(password), passwordMax+1)]))
	})
	if err != nil {
		return err
	}
	people := a.people()
	p, err := people.principal(name, "session", "")
	if !right || err != nil || len(people) == 0 {
		guard.failed()
		return errGuess
	}
	guard.passed()
	if err := a.begin(w, r, p, "password"); err != nil {
		return err
	}
	return a.rememberBrowser(w, r, name)
}

func (a *Auth) passwordOf(ctx context.Context, name string) (hash string, err error) {
	err = a.store.reader.QueryRowContext(ctx, "SELECT hash FROM password WHERE person = ?", name).Scan(&hash)
	if errors.Is(err, sql.ErrNoRows) {
		return nobody(), nil
	}
	return hash, err
}

// nobody is the hash that unknown names are compared with, so that they take
// as long as known ones.
var nobody = sync.OnceValue(func() string { return newHash(rand.Text()) })

// guard counts wrong passwords for one try.
type guard struct {
	a            *Auth
	name, sender string // name is "" for a browser that the person used before
}

func (a *Auth) guard(r *http.Request, name string) guard {
	if id, ok := a.knownBrowser(r, name); ok {
		return guard{a: a, sender: id}
	}
	return guard{a: a, name: name, sender: sender(r)}
}

func (g guard) closed() bool {
	now := g.a.store.ran()
	return g.a.bySender.failures(g.sender, now) >= triesOfSender ||
		g.name != "" && g.a.byName.failures(g.name, now) >= triesOfName
}

func (g guard) failed() {
	g.a.bySender.fail(g.sender, g.a.store.ran())
	if g.name != "" {
		g.a.byName.fail(g.name, g.a.store.ran())
	}
}

func (g guard) passed() {
	g.a.bySender.forget(g.sender)
	g.a.byName.forget(g.name)
}

// knownBrowser returns an id when the person signed in with this browser
// before.
func (a *Auth) knownBrowser(r *http.Request, name string) (string, bool) {
	cookie, err := r.Cookie(deviceCookie)
	if err != nil {
		return "", false
	}
	var one int
	hash, now := hashToken(cookie.Value), a.moment()
	err = a.store.reader.QueryRowContext(r.Context(), "SELECT 1 FROM device WHERE hash = ? AND person = ? AND expires > ? AND ends > ?", hash, name, now.clock, now.ran).Scan(&one)
	return "browser " + string(hash), err == nil
}

func (a *Auth) rememberBrowser(w http.ResponseWriter, r *http.Request, name string) error {
	if _, known := a.knownBrowser(r, name); known {
		return nil
	}
	token, now := random(52), a.moment()
	end := now.in(deviceLife)
	setCookie(w, deviceCookie, token, deviceLife)
	return a.store.update(r.Context(), func(tx *sql.Tx) error {
		if _, err := tx.Exec("DELETE FROM device WHERE ends <= ?", now.ran); err != nil {
			return err
		}
		_, err := tx.Exec("INSERT INTO device (hash, person, expires, ends) VALUES (?, ?, ?, ?)", hashToken(token), name, end.clock, end.ran)
		return err
	})
}

// Parameters of argon2id: what OWASP's password storage cheat sheet names as
// its first choice for servers, 19 MiB and two passes.
const (
	argonTime   = 2
	argonMemory = 19 << 10 // KiB
	argonLen    = 32
)

// newHash returns a password's hash in the usual argon2 spelling.
func newHash(password string) string {
	salt := make([]byte, 16)
	rand.Read(salt)
	key := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, 1, argonLen)
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, argonMemory, argonTime, enc.EncodeToString(salt), enc.EncodeToString(key))
}

// verifyHash reports whether the password has that hash. A hash that can't be
// read fits nothing.
func verifyHash(hash, password string) bool {
	part := strings.Split(hash, "$")
	if len(part) != 6 || part[1] != "argon2id" {
		return false
	}
	var memory, passes uint32
	if _, err := fmt.Sscanf(part[3], "m=%d,t=%d,p=1", &memory, &passes); err != nil || passes == 0 || passes > 16 || memory > 64<<10 {
		return false
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(part[4])
	want, err2 := base64.RawStdEncoding.DecodeString(part[5])
	if err1 != nil || err2 != nil || len(want) != argonLen {
		return false
	}
	got := argon2.IDKey([]byte(password), salt, passes, memory, 1, argonLen)
	return subtle.ConstantTimeCompare(got, want) == 1
}

// hasher bounds the memory and time that a flood of passwords can take: few
// are hashed at once, few wait, and each sender has one place.
type hasher struct {
	mu      sync.Mutex
	senders map[string]bool
	slots   chan struct{}
}

const (
	hashSlots    = 2
	hashWaiters  = 32
	hashPatience = 15 * time.Second
)

func newHasher() *hasher {
	return &hasher{senders: map[string]bool{}, slots: make(chan struct{}, hashSlots)}
}

// run runs f when there is room, or returns ErrBusy.
func (h *hasher) run(ctx context.Context, sender string, f func()) error {
	if !h.enter(sender) {
		return errCrowded
	}
	defer h.leave(sender)
	ctx, cancel := context.WithTimeout(ctx, hashPatience)
	defer cancel()
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
		f()
		return nil
	case <-ctx.Done():
		return errCrowded
	}
}

var errCrowded = fail(ErrBusy, "Many people are signing in at this moment. Try again in a few seconds.")

func (h *hasher) enter(sender string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.senders[sender] || len(h.senders) >= hashWaiters {
		return false
	}
	h.senders[sender] = true
	return true
}

func (h *hasher) leave(sender string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.senders, sender)
}
