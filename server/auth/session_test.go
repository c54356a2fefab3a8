package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// browser keeps cookies as a browser does.
type browser struct {
	address string
	jar     map[string]string
}

func newBrowser(n int) *browser {
	return &browser{address: fmt.Sprintf("198.51.100.%d:4000", n), jar: map[string]string{}}
}

func (b *browser) request() *http.Request {
	r := httptest.NewRequest("GET", "/view/x", nil)
	r.RemoteAddr = b.address
	r.Header.Set("User-Agent", "Test/1.0")
	for name, value := range b.jar {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	return r
}

// do runs one call and keeps the cookies that it sets.
func (b *browser) do(t *testing.T, call func(w http.ResponseWriter, r *http.Request) error) error {
	t.Helper()
	w := httptest.NewRecorder()
	err := call(w, b.request())
	for _, c := range w.Result().Cookies() {
		if !strings.HasPrefix(c.Name, "__Host-") || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
			t.Errorf("cookie %v is not kept to this host and away from scripts", c)
		}
		if c.MaxAge < 0 {
			delete(b.jar, c.Name)
		} else {
			b.jar[c.Name] = c.Value
		}
	}
	return err
}

func (b *browser) signIn(t *testing.T, a *Auth, name, password string) error {
	t.Helper()
	return b.do(t, func(w http.ResponseWriter, r *http.Request) error { return a.SignIn(w, r, name, password) })
}

const goodPassword = "correct horse battery"

// withJane returns an Auth where jane may read Designs and has a password.
func withJane(t *testing.T) (*Auth, *clock) {
	a, c := newAuth(t)
	a.SetPeople([]Person{{Name: "jane@example.com", Rights: map[string]Right{"Designs": Read}}, {Name: "joe"}})
	if err := a.SetPassword(t.Context(), "Jane@Example.com", goodPassword); err != nil {
		t.Fatal(err)
	}
	return a, c
}

func TestSignInByPassword(t *testing.T) {
	a, c := withJane(t)
	tests := []struct {
		name, person, password string
		kind                   error
	}{
		{"right", "jane@example.com", goodPassword, nil},
		{"name in another case", " JANE@example.com", goodPassword, nil},
		{"wrong password", "jane@example.com", "wrong", ErrWrong},
		{"empty password", "jane@example.com", "", ErrWrong},
		{"unknown name", "mallory", goodPassword, ErrWrong},
		{"name without a password", "joe", "", ErrWrong},
		{"no name", "", goodPassword, ErrWrong},
		{"a megabyte", "jane@example.com", strings.Repeat("x", 1<<20), ErrWrong},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBrowser(i)
			err := b.signIn(t, a, tt.person, tt.password)
			p, in := a.Session(b.request())
			if tt.kind != nil {
				if !errors.Is(err, tt.kind) || !errors.Is(in, ErrMissing) {
					t.Fatalf("got %v, session %v", err, in)
				}
				if err.Error() != errGuess.Error() {
					t.Fatalf("the sentence tells names apart: %s", err)
				}
				return
			}
			if err != nil || in != nil || p.Name() != "jane@example.com" || p.May("Designs") != Read || p.May("Other") != None || p.Via() != "session" {
				t.Fatalf("got %v; %+v, %v", err, p, in)
			}
		})
	}
	b := newBrowser(100)
	if err := b.signIn(t, a, "jane@example.com", goodPassword); err != nil {
		t.Fatal(err)
	}
	c.add(SessionLife)
	if _, err := a.Session(b.request()); !errors.Is(err, ErrExpired) {
		t.Errorf("after its life: %v", err)
	}
}

// Unknown names cost the same work as known ones: both are one argon2 hash
// with the same parameters.
func TestNobodyCostsTheSame(t *testing.T) {
	a, _ := withJane(t)
	known, err := a.passwordOf(t.Context(), "jane@example.com")
	if err != nil {
		t.Fatal(err)
	}
	unknown, err := a.passwordOf(t.Context(), "mallory")
	if err != nil {
		t.Fatal(err)
	}
	params := func(hash string) string { return strings.Join(strings.Split(hash, "$")[:4], "$") }
	if params(known) != params(unknown) || len(known) != len(unknown) {
		t.Fatalf("%s differs from %s", params(known), params(unknown))
	}
}

func TestPasswordRules(t *testing.T) {
	a, _ := withJane(t)
	for password, ok := range map[string]bool{
		"": false, "1234567": false, "12345678": true, "üüüüüüü": false, "üüüüüüüü": true, strings.Repeat("x", passwordMax+1): false,
	} {
		err := a.SetPassword(t.Context(), "joe", password)
		if (err == nil) != ok || (!ok && !errors.Is(err, ErrInvalid)) {
			t.Errorf("%d characters: %v", len([]rune(password)), err)
		}
	}
	if err := a.SetPassword(t.Context(), "joe", "cafe\u0301 cre\u0300me"); err != nil {
		t.Fatal(err)
	}
	if err := newBrowser(1).signIn(t, a, "joe", "caf\u00e9 cr\u00e8me"); err != nil {
		t.Errorf("the same password in another normal form: %v", err)
	}
}

func TestSessionsAreListedAndRevoked(t *testing.T) {
	a, c := withJane(t)
	one, two := newBrowser(1), newBrowser(2)
	if err := errors.Join(one.signIn(t, a, "jane@example.com", goodPassword)); err != nil {
		t.Fatal(err)
	}
	c.add(time.Minute)
	if err := two.signIn(t, a, "jane@example.com", goodPassword); err != nil {
		t.Fatal(err)
	}
	list, err := a.Sessions(t.Context())
	if err != nil || len(list) != 2 || list[0].Address != "198.51.100.2" || list[1].Way != "password" || list[1].Agent != "Test/1.0" {
		t.Fatalf("sessions %+v, %v", list, err)
	}
	if err := a.RevokeSession(t.Context(), list[1].ID); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Session(one.request()); !errors.Is(err, ErrExpired) {
		t.Errorf("a revoked session: %v", err)
	}
	if _, err := a.Session(two.request()); err != nil {
		t.Errorf("another session: %v", err)
	}
	copied := *two
	copied.jar = map[string]string{sessionCookie: two.jar[sessionCookie]}
	if err := two.do(t, a.SignOut); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Session(copied.request()); !errors.Is(err, ErrExpired) {
		t.Errorf("a copied cookie outlives the sign-out: %v", err)
	}
}

// A session that was planted before the sign-in opens nothing after it.
func TestSessionFixation(t *testing.T) {
	a, _ := withJane(t)
	planted := strings.Repeat("a", 52)
	victim := newBrowser(1)
	victim.jar[sessionCookie] = planted
	if err := victim.signIn(t, a, "jane@example.com", goodPassword); err != nil {
		t.Fatal(err)
	}
	if victim.jar[sessionCookie] == planted {
		t.Fatal("the sign-in kept the planted token")
	}
	thief := newBrowser(2)
	thief.jar[sessionCookie] = planted
	if _, err := a.Session(thief.request()); !errors.Is(err, ErrExpired) {
		t.Fatalf("the planted token: %v", err)
	}
	first := *victim
	first.jar = map[string]string{sessionCookie: victim.jar[sessionCookie]}
	if err := victim.signIn(t, a, "jane@example.com", goodPassword); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Session(first.request()); !errors.Is(err, ErrExpired) {
		t.Fatalf("the earlier session of the same browser: %v", err)
	}
}

func TestNewPasswordEndsOldSessions(t *testing.T) {
	a, _ := withJane(t)
	b := newBrowser(1)
	if err := b.signIn(t, a, "jane@example.com", goodPassword); err != nil {
		t.Fatal(err)
	}
	if err := a.SetPassword(t.Context(), "JANE@EXAMPLE.COM", "another password"); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Session(b.request()); !errors.Is(err, ErrExpired) {
		t.Errorf("the old session: %v", err)
	}
	if err := b.signIn(t, a, "jane@example.com", goodPassword); !errors.Is(err, ErrWrong) {
		t.Errorf("the old password: %v", err)
	}
}

// Somebody who was one of the people gains nothing when the last person is
// removed and every username is let in again.
func TestRemovingTheLastPersonOpensNothing(t *testing.T) {
	a, _ := withJane(t)
	b := newBrowser(1)
	if err := b.signIn(t, a, "jane@example.com", goodPassword); err != nil {
		t.Fatal(err)
	}
	a.SetPeople(nil)
	if p, err := a.Session(b.request()); !errors.Is(err, ErrUnknown) || p.May("Designs") != None {
		t.Errorf("her session: %+v, %v", p, err)
	}
	if err := newBrowser(2).signIn(t, a, "jane@example.com", goodPassword); !errors.Is(err, ErrWrong) {
		t.Errorf("her password: %v", err)
	}
	if err := a.ForgetPerson(t.Context(), "JANE@example.com"); err != nil {
		t.Fatal(err)
	}
	a.SetPeople([]Person{{Name: "jane@example.com", Rights: map[string]Right{AnyShare: Write}}})
	if _, err := a.Session(b.request()); !errors.Is(err, ErrExpired) {
		t.Errorf("a new person of that name got the old session: %v", err)
	}
	if err := newBrowser(3).signIn(t, a, "jane@example.com", goodPassword); !errors.Is(err, ErrWrong) {
		t.Errorf("a new person of that name got the old password: %v", err)
	}
}

// Guessing is stopped for the sender and for the name, yet the person's own
// browser, other people and approval stay open.
func TestGuessLockSparesTheOwner(t *testing.T) {
	a, c := withJane(t)
	if err := a.SetPassword(t.Context(), "joe", goodPassword); err != nil {
		t.Fatal(err)
	}
	own := newBrowser(1)
	if err := own.signIn(t, a, "jane@example.com", goodPassword); err != nil {
		t.Fatal(err)
	}
	thief := newBrowser(50)
	for i := range triesOfSender {
		if err := thief.signIn(t, a, "jane@example.com", fmt.Sprint("guess ", i)); !errors.Is(err, ErrWrong) {
			t.Fatalf("guess %d: %v", i, err)
		}
	}
	if err := thief.signIn(t, a, "jane@example.com", goodPassword); !errors.Is(err, ErrBusy) {
		t.Fatalf("the sender may guess on: %v", err)
	}
	for i := range triesOfName {
		newBrowser(100+i).signIn(t, a, "jane@example.com", "guess")
	}
	if err := newBrowser(200).signIn(t, a, "jane@example.com", goodPassword); !errors.Is(err, ErrBusy) {
		t.Fatalf("the name may be guessed on from elsewhere: %v", err)
	}
	delete(own.jar, sessionCookie)
	if err := own.signIn(t, a, "jane@example.com", goodPassword); err != nil {
		t.Errorf("her own browser is locked out: %v", err)
	}
	if err := newBrowser(201).signIn(t, a, "joe", goodPassword); err != nil {
		t.Errorf("another person is locked out: %v", err)
	}
	approved := newBrowser(202)
	if err := approved.letIn(t, a, "jane@example.com"); err != nil {
		t.Errorf("approval is locked: %v", err)
	}
	forger := newBrowser(203)
	forger.jar[deviceCookie] = strings.Repeat("a", 52)
	if err := forger.signIn(t, a, "jane@example.com", goodPassword); !errors.Is(err, ErrBusy) {
		t.Errorf("a forged browser cookie: %v", err)
	}
	c.add(brakeMemory + time.Second)
	if err := newBrowser(204).signIn(t, a, "jane@example.com", goodPassword); err != nil {
		t.Errorf("after a quarter of an hour: %v", err)
	}
}

// A flood of passwords gets a bounded number of hashes and leaves a place for
// another sender.
func TestPasswordFloodIsBounded(t *testing.T) {
	h := newHasher()
	release := make(chan struct{})
	var running, most atomic.Int32
	work := func() {
		if n := running.Add(1); n > most.Load() {
			most.Store(n)
		}
		<-release
		running.Add(-1)
	}
	var done sync.WaitGroup
	var refused atomic.Int32
	for i := range hashWaiters * 2 {
		done.Go(func() {
			if errors.Is(h.run(t.Context(), fmt.Sprint(i), work), ErrBusy) {
				refused.Add(1)
			}
		})
	}
	waitFor(t, func() bool { return running.Load() == hashSlots && refused.Load() == hashWaiters })
	close(release)
	done.Wait()
	if most.Load() != hashSlots {
		t.Errorf("%d hashes ran at once", most.Load())
	}

	hold := make(chan struct{})
	done.Go(func() { h.run(t.Context(), "flood", func() { <-hold }) })
	waitFor(t, func() bool { return len(h.slots) == 1 })
	if err := h.run(t.Context(), "flood", func() {}); !errors.Is(err, ErrBusy) {
		t.Errorf("one sender took two places: %v", err)
	}
	if err := h.run(t.Context(), "other", func() {}); err != nil {
		t.Errorf("another sender: %v", err)
	}
	close(hold)
	done.Wait()
}

func waitFor(t *testing.T, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain")
		}
	}
}

// letIn goes through an approval that the owner grants.
func (b *browser) letIn(t *testing.T, a *Auth, name string) error {
	t.Helper()
	if err := b.ask(t, a, name); err != nil {
		return err
	}
	ap, _, err := a.Waiting(expired(), b.request())
	if err != nil {
		return err
	}
	if err := a.Approve(t.Context(), ap.ID); err != nil {
		return err
	}
	return b.do(t, func(w http.ResponseWriter, r *http.Request) error {
		back, err := a.Finish(w, r)
		if err == nil && back != "/view/x" {
			t.Errorf("led to %q", back)
		}
		return err
	})
}

func (b *browser) ask(t *testing.T, a *Auth, name string) error {
	t.Helper()
	return b.do(t, func(w http.ResponseWriter, r *http.Request) error { return a.Ask(w, r, name, "/view/x") })
}

// expired is a context that makes Waiting look once.
func expired() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func TestApproval(t *testing.T) {
	path, c := filepath.Join(t.TempDir(), "auth.db"), newClock()
	a := open(t, path, c)
	b := newBrowser(1)
	if err := b.ask(t, a, "jane\u202e@example.com\n"); err != nil {
		t.Fatal(err)
	}
	a.Close()
	a = open(t, path, c)
	pending, err := a.Approvals(t.Context())
	if err != nil || len(pending) != 1 || pending[0].Person != "jane@example.com" || !pending[0].Known || pending[0].Number < 10 || pending[0].Number > 99 {
		t.Fatalf("pending %+v, %v", pending, err)
	}
	seen, approved, err := a.Waiting(expired(), b.request())
	if err != nil || approved || seen.Number != pending[0].Number {
		t.Fatalf("the browser sees %+v, %v, %v", seen, approved, err)
	}
	finish := func(b *browser) error {
		return b.do(t, func(w http.ResponseWriter, r *http.Request) error { _, err := a.Finish(w, r); return err })
	}
	if err := finish(b); !errors.Is(err, ErrWrong) {
		t.Fatalf("before the owner's click: %v", err)
	}
	waited := make(chan error, 1)
	go func() {
		_, approved, err := a.Waiting(t.Context(), b.request())
		if !approved {
			err = errors.Join(err, errors.New("not approved"))
		}
		waited <- err
	}()
	if err := a.Approve(t.Context(), pending[0].ID); err != nil {
		t.Fatal(err)
	}
	if err := <-waited; err != nil {
		t.Fatal(err)
	}
	again := *b
	again.jar = map[string]string{waitCookie: b.jar[waitCookie]}
	if err := finish(b); err != nil {
		t.Fatal(err)
	}
	if p, err := a.Session(b.request()); err != nil || p.Name() != "jane@example.com" || p.May("Designs") != Write {
		t.Fatalf("with no people defined: %+v, %v", p, err)
	}
	if err := finish(&again); !errors.Is(err, ErrExpired) {
		t.Fatalf("one approval opened two sessions: %v", err)
	}
	if left, err := a.Approvals(t.Context()); err != nil || len(left) != 0 {
		t.Fatalf("left over: %v, %v", left, err)
	}
}

func TestApprovalRefusals(t *testing.T) {
	a, c := withJane(t)
	b := newBrowser(1)
	only := func() Approval {
		t.Helper()
		pending, err := a.Approvals(t.Context())
		if err != nil || len(pending) != 1 {
			t.Fatalf("pending %+v, %v", pending, err)
		}
		return pending[0]
	}
	for _, name := range []string{"", "  ", "\u202e\n", strings.Repeat("x", 300) + strings.Repeat("é", 200)} {
		if err := b.ask(t, a, name); err != nil && !errors.Is(err, ErrInvalid) || err == nil && FoldName(name) == "" {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, ap := range must(a.Approvals(t.Context())) {
		if err := a.Deny(t.Context(), ap.ID); err != nil {
			t.Fatal(err)
		}
	}

	if err := b.ask(t, a, "mallory"); err != nil {
		t.Fatal(err)
	}
	if ap := only(); ap.Known || !errors.Is(a.Approve(t.Context(), ap.ID), ErrUnknown) {
		t.Errorf("a stranger was let in: %+v", ap)
	}
	if err := a.Deny(t.Context(), only().ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := a.Waiting(t.Context(), b.request()); !errors.Is(err, ErrExpired) {
		t.Errorf("denied: %v", err)
	}

	if err := b.ask(t, a, "jane@example.com"); err != nil {
		t.Fatal(err)
	}
	late := only().ID
	c.add(approvalLife)
	if err := a.Approve(t.Context(), late); !errors.Is(err, ErrNotFound) {
		t.Errorf("too late: %v", err)
	}
	if _, _, err := a.Waiting(t.Context(), newBrowser(9).request()); !errors.Is(err, ErrMissing) {
		t.Errorf("a browser that asked nothing: %v", err)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// Strangers can't bury the owner in questions, and no two show one number.
func TestApprovalsAreBounded(t *testing.T) {
	a, c := newAuth(t)
	for i := range approvalsOfOne + 1 {
		if err := newBrowser(1).ask(t, a, "jane"); (err == nil) != (i < approvalsOfOne) {
			t.Fatalf("question %d of one sender: %v", i+1, err)
		}
	}
	for i := range 40 {
		newBrowser(2+i).ask(t, a, "jane")
	}
	pending, err := a.Approvals(t.Context())
	if err != nil || len(pending) != approvalsAtOnce {
		t.Fatalf("%d questions wait, %v", len(pending), err)
	}
	numbers := map[int]bool{}
	for _, ap := range pending {
		numbers[ap.Number] = true
	}
	if len(numbers) != approvalsAtOnce {
		t.Fatal("two browsers show one number")
	}
	c.add(approvalLife + time.Second)
	if err := newBrowser(99).ask(t, a, "jane"); err != nil {
		t.Fatalf("after the others ran out: %v", err)
	}
}

func TestLinks(t *testing.T) {
	path, c := filepath.Join(t.TempDir(), "auth.db"), newClock()
	a := open(t, path, c)
	const document = "abcdefghijklmnopqrstuvwxyz"
	token, err := a.SignLink(t.Context(), document, c.now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	a.Close()
	a = open(t, path, c)
	if got, expires, err := a.CheckLink(t.Context(), token); err != nil || got != document || !expires.Equal(c.now().Add(time.Hour)) {
		t.Fatalf("got %q until %v, %v", got, expires, err)
	}
	part := strings.Split(token, ".")
	join := func(p ...string) string { return strings.Join(p, ".") }
	for name, forged := range map[string]string{
		"empty":           "",
		"another id":      join(part[0], "b"+part[1][1:], part[2], part[3]),
		"a later end":     join(part[0], part[1], "zzzzzz", part[3]),
		"moved boundary":  join(part[0], part[1]+part[2][:1], part[2][1:], part[3]),
		"unknown key":     join("aaaaaaaa", part[1], part[2], part[3]),
		"no signature":    join(part[0], part[1], part[2], ""),
		"bits at the end": token[:len(token)-1] + string(token[len(token)-1]+1),
		"more":            token + ".x",
		"long":            token + strings.Repeat("x", 1000),
	} {
		if got, _, err := a.CheckLink(t.Context(), forged); !errors.Is(err, ErrExpired) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	c.add(time.Hour)
	if _, _, err := a.CheckLink(t.Context(), token); !errors.Is(err, ErrExpired) {
		t.Errorf("after its end: %v", err)
	}
	long, err := a.SignLink(t.Context(), document, c.now().Add(100*LinkLife))
	if err != nil {
		t.Fatal(err)
	}
	if _, expires, err := a.CheckLink(t.Context(), long); err != nil || expires.After(c.now().Add(LinkLife)) {
		t.Errorf("a link lives until %v, %v", expires, err)
	}
	if err := a.RevokeLinks(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := a.CheckLink(t.Context(), long); !errors.Is(err, ErrExpired) {
		t.Errorf("after revoking: %v", err)
	}
}

func FuzzVerifyHash(f *testing.F) {
	f.Add("$argon2id$v=19$m=8,t=1,p=1$c2FsdA$a2V5", "password")
	f.Add("$argon2id$v=19$m=4294967295,t=0,p=1$$", "")
	f.Fuzz(func(t *testing.T, hash, password string) {
		if verifyHash(hash, password) {
			t.Fatalf("%q opens %q", password, hash)
		}
	})
}

func FuzzCheckLink(f *testing.F) {
	a, c := newAuth(f)
	token, err := a.SignLink(f.Context(), "x", c.now().Add(time.Hour))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(token + "x")
	f.Add("a.b.c.d")
	f.Fuzz(func(t *testing.T, s string) {
		if document, _, err := a.CheckLink(t.Context(), s); err == nil && s != token {
			t.Fatalf("%q opens %q", s, document)
		}
	})
}

func BenchmarkPassword(b *testing.B) {
	hash := newHash(goodPassword)
	for b.Loop() {
		if !verifyHash(hash, goodPassword) {
			b.Fatal("refused")
		}
	}
}
