package auth

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"math/big"
	"net/http"
	"sync"
	"time"
)

// Bounds of approvals that wait: how long, and how many in all and of one
// sender, so that strangers can't bury the owner in questions.
const (
	approvalLife     = 3 * time.Minute
	approvalsAtOnce  = 16
	approvalsOfOne   = 3
	usernameMaxBytes = 254
)

// Approval is a browser that asks the owner to be let in.
type Approval struct {
	ID      string
	Number  int    // 10 to 99; the browser shows the same
	Person  string // who it says it is
	Known   bool   // that name may come in
	Agent   string // what the browser says it is
	Address string
	Created time.Time
	Expires time.Time
}

// Ask shows the owner an approval for the browser of r, which then waits. The
// browser will be led to back, an address that only the caller chooses.
// ErrBusy when too many wait, ErrInvalid when the name is none.
func (a *Auth) Ask(w http.ResponseWriter, r *http.Request, name, back string) error {
	name = plain(name)
	if FoldName(name) == "" || len(name) > usernameMaxBytes {
		return fail(ErrInvalid, "Say who you are: enter the username that you have in Workfront.")
	}
	token, now := random(52), a.moment()
	end := now.in(approvalLife)
	err := a.store.update(r.Context(), func(tx *sql.Tx) error {
		number, err := freeNumber(tx, sender(r), now)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO approval (id, hash, number, person, back, agent, address, created, expires, ends) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			random(16), hashToken(token), number, name, back, plain(r.UserAgent()), sender(r), now.clock, end.clock, end.ran)
		return err
	})
	if err != nil {
		return err
	}
	setCookie(w, waitCookie, token, approvalLife)
	a.changed()
	return nil
}

// freeNumber returns a number that no waiting approval has.
func freeNumber(tx *sql.Tx, address string, now moment) (int, error) {
	if _, err := tx.Exec("DELETE FROM approval WHERE expires <= ? OR ends <= ?", now.clock, now.ran); err != nil {
		return 0, err
	}
	rows, err := tx.Query("SELECT number, address = ? FROM approval", address)
	if err != nil {
		return 0, err
	}
	taken, own := map[int]bool{}, 0
	_, err = collect(rows, func(r *sql.Rows) (struct{}, error) {
		var number int
		var same bool
		err := r.Scan(&number, &same)
		taken[number] = true
		if same {
			own++
		}
		return struct{}{}, err
	})
	if err != nil {
		return 0, err
	}
	if len(taken) >= approvalsAtOnce || own >= approvalsOfOne {
		return 0, fail(ErrBusy, "Too many browsers are waiting to be let in. Try again in three minutes.")
	}
	for {
		n, err := rand.Int(rand.Reader, big.NewInt(90))
		if err != nil {
			return 0, err
		}
		if number := 10 + int(n.Int64()); !taken[number] {
			return number, nil
		}
	}
}

// Approvals returns every approval that waits for the owner, oldest first.
func (a *Auth) Approvals(ctx context.Context) ([]Approval, error) {
	now := a.moment()
	rows, err := a.store.reader.QueryContext(ctx, `SELECT id, number, person, agent, address, created, expires, ends FROM approval
		WHERE approved = 0 AND expires > ? AND ends > ? ORDER BY created, id`, now.clock, now.ran)
	if err != nil {
		return nil, err
	}
	return collect(rows, func(r *sql.Rows) (ap Approval, err error) {
		var created, expires, ends int64
		err = r.Scan(&ap.ID, &ap.Number, &ap.Person, &ap.Agent, &ap.Address, &created, &expires, &ends)
		ap.Created, ap.Expires = fromMillis(created), now.end(expires, ends)
		_, unknown := a.people().principal(ap.Person, "", "")
		ap.Known = unknown == nil
		return ap, err
	})
}

// Approve lets a waiting browser in. ErrNotFound when it waits no longer,
// ErrUnknown when people are defined and its name is none of them.
func (a *Auth) Approve(ctx context.Context, id string) error {
	now := a.moment()
	end := now.in(approvalLife)
	err := a.store.update(ctx, func(tx *sql.Tx) error {
		var person string
		err := tx.QueryRow("SELECT person FROM approval WHERE id = ? AND expires > ? AND ends > ?", id, now.clock, now.ran).Scan(&person)
		if errors.Is(err, sql.ErrNoRows) {
			return fail(ErrNotFound, "This browser does not wait any more. Ask the person to try again.")
		}
		if err != nil {
			return err
		}
		if _, err := a.people().principal(person, "", ""); err != nil {
			return fail(ErrUnknown, "“"+person+"” is not among the people whom you let in. Add them first, then let the browser in.")
		}
		_, err = tx.Exec("UPDATE approval SET approved = 1, expires = ?, ends = ? WHERE id = ?", end.clock, end.ran, id)
		return err
	})
	if err == nil {
		a.changed()
		a.decided.ring()
	}
	return err
}

// Deny sends a waiting browser away; ErrNotFound when it waits no longer.
func (a *Auth) Deny(ctx context.Context, id string) error {
	err := a.remove(ctx, "DELETE FROM approval WHERE id = ?", id)
	a.decided.ring()
	return err
}

// Waiting returns the approval that the browser of r waits for, waiting itself
// until it is decided or ctx ends; ErrMissing when the browser waits for none,
// ErrExpired when it was denied or took too long.
func (a *Auth) Waiting(ctx context.Context, r *http.Request) (ap Approval, approved bool, err error) {
	cookie, err := r.Cookie(waitCookie)
	if err != nil {
		return ap, false, fail(ErrMissing, "This browser does not wait to be let in.")
	}
	for {
		decided := a.decided.next()
		ap, _, approved, err = a.waiting(r.Context(), cookie.Value)
		if err != nil || approved || ctx.Err() != nil {
			return ap, approved, err
		}
		select {
		case <-decided:
		case <-ctx.Done():
		}
	}
}

func (a *Auth) waiting(ctx context.Context, token string) (ap Approval, back string, approved bool, err error) {
	now := a.moment()
	row := a.store.reader.QueryRowContext(ctx, "SELECT id, number, person, back, approved FROM approval WHERE hash = ? AND expires > ? AND ends > ?", hashToken(token), now.clock, now.ran)
	err = row.Scan(&ap.ID, &ap.Number, &ap.Person, &back, &approved)
	if errors.Is(err, sql.ErrNoRows) {
		err = fail(ErrExpired, "You were not let in. Ask again, or talk to the owner of the shared folders.")
	}
	return ap, back, approved, err
}

// Finish begins the session of a browser that was approved, once, and returns
// where it wanted to go. ErrWrong when it was not approved.
func (a *Auth) Finish(w http.ResponseWriter, r *http.Request) (back string, err error) {
	cookie, err := r.Cookie(waitCookie)
	if err != nil {
		return "", fail(ErrMissing, "This browser does not wait to be let in.")
	}
	ap, back, approved, err := a.waiting(r.Context(), cookie.Value)
	if err != nil {
		return "", err
	}
	if !approved {
		return "", fail(ErrWrong, "The owner of the shared folders has not let you in yet.")
	}
	p, err := a.people().principal(ap.Person, "session", "")
	if err != nil {
		return "", err
	}
	if err := a.remove(r.Context(), "DELETE FROM approval WHERE approved = 1 AND id = ?", ap.ID); err != nil {
		return "", err
	}
	setCookie(w, waitCookie, "", -1)
	return back, a.begin(w, r, p, "approval")
}

// bell wakes everyone who waits. Its zero value is ready.
type bell struct {
	mu sync.Mutex
	ch chan struct{}
}

// next returns a channel that is closed at the next ring.
func (b *bell) next() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ch == nil {
		b.ch = make(chan struct{})
	}
	return b.ch
}

func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ch != nil {
		close(b.ch)
		b.ch = nil
	}
}
