package auth

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

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
