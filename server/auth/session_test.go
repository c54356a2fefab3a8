package auth

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
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

func FuzzVerifyHash(f *testing.F) {
	f.Add("$argon2id$v=19$m=8,t=1,p=1$c2FsdA$a2V5", "password")
	f.Add("$argon2id$v=19$m=4294967295,t=0,p=1$$", "")
	f.Fuzz(func(t *testing.T, hash, password string) {
		if verifyHash(hash, password) {
			t.Fatalf("%q opens %q", password, hash)
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
