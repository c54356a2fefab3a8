package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// clock is a time that only a test moves: it goes by, or it is set.
type clock struct {
	mu   sync.Mutex
	t    time.Time
	went time.Duration
}

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.t }

func (c *clock) gone() time.Duration { c.mu.Lock(); defer c.mu.Unlock(); return c.went }

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t, c.went = c.t.Add(d), c.went+d
}

// jump sets the clock; no time goes by.
func (c *clock) jump(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.t = c.t.Add(d) }

// drive lets the clock be an Auth's from now on.
func (c *clock) drive(a *Auth) {
	a.now = c.now
	began := c.gone()
	a.store.lived = func() time.Duration { return c.gone() - began }
}

func newClock() *clock { return &clock{t: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

// open opens a store that lives as long as the test.
func open(t testing.TB, path string, c *clock) *Auth {
	t.Helper()
	a, err := Open(t.Context(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	c.drive(a)
	t.Cleanup(func() { a.Close() })
	return a
}

func newAuth(t testing.TB) (*Auth, *clock) {
	c := newClock()
	return open(t, filepath.Join(t.TempDir(), "auth.db"), c), c
}

// request builds a GET with headers given in pairs.
func request(headers ...string) *http.Request {
	r := httptest.NewRequest("GET", "/api/v1/metadata", nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return r
}

func TestKeyForm(t *testing.T) {
	form := regexp.MustCompile(`^ffk_[a-z2-7]{8}_[a-z2-7]{26}_[a-z2-7]{6}$`)
	seen := map[string]bool{}
	for range 100 {
		k := NewKey("Workfront", time.Now())
		if !form.MatchString(k.Secret) {
			t.Fatalf("key %q has another form", k.Secret)
		}
		if id, ok := parseKey(k.Secret); !ok || id != k.ID || seen[k.Secret] {
			t.Fatalf("key %q: id %q, whole %v, seen before %v", k.Secret, id, ok, seen[k.Secret])
		}
		seen[k.Secret] = true
	}
}

func TestAuthenticateByKey(t *testing.T) {
	a, c := newAuth(t)
	good, other := NewKey("Workfront", c.now()), NewKey("Second", c.now())
	stale := NewKey("Old", c.now())
	stale.Expires = c.now().Add(-time.Second)
	a.SetKeys([]Key{good, other, stale})
	a.SetEnvironmentKey(" any form at all\n")

	forged := good.Secret[:len(good.Secret)-1] + "!"
	crossed := strings.Replace(other.Secret, other.ID, good.ID, 1)
	tests := []struct {
		name    string
		headers []string
		kind    error // nil: comes in
		by      string
	}{
		{"key and username", []string{"apiKey", good.Secret, "username", "jane@example.com"}, nil, good.ID},
		{"header names in any case", []string{"APIKEY", good.Secret, "USERNAME", "jane@example.com"}, nil, good.ID},
		{"no username", []string{"apiKey", good.Secret}, nil, good.ID},
		{"space around it", []string{"apiKey", " " + good.Secret + "  "}, nil, good.ID},
		{"second key", []string{"apiKey", other.Secret}, nil, other.ID},
		{"environment's key", []string{"apiKey", "any form at all"}, nil, EnvironmentKeyID},
		{"unrelated Basic", []string{"apiKey", good.Secret, "Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}, nil, good.ID},
		{"same key twice", []string{"apiKey", good.Secret, "apiKey", good.Secret}, nil, good.ID},
		{"nothing", nil, ErrMissing, ""},
		{"empty key", []string{"apiKey", ""}, ErrMissing, ""},
		{"only Basic", []string{"Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}, ErrMissing, ""},
		{"two keys", []string{"apiKey", good.Secret, "apiKey", other.Secret}, ErrWrong, ""},
		{"two usernames", []string{"apiKey", good.Secret, "username", "jane", "username", "joe"}, ErrWrong, ""},
		{"expired", []string{"apiKey", stale.Secret}, ErrExpired, ""},
		{"bad checksum", []string{"apiKey", forged}, ErrWrong, ""},
		{"another key's id", []string{"apiKey", crossed}, ErrWrong, ""},
		{"cut", []string{"apiKey", good.Secret[:20]}, ErrWrong, ""},
		{"unknown", []string{"apiKey", NewKey("", c.now()).Secret}, ErrWrong, ""},
		{"a megabyte", []string{"apiKey", strings.Repeat("ffk_", 1<<18)}, ErrWrong, ""},
		{"key as bearer", []string{"Authorization", "Bearer " + good.Secret}, ErrWrong, ""},
		{"wrong key beside a bearer", []string{"apiKey", forged, "Authorization", "Bearer x"}, ErrWrong, ""},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := request(tt.headers...)
			r.RemoteAddr = fmt.Sprintf("192.0.2.%d:1000", i)
			p, err := a.Authenticate(r)
			if tt.kind != nil {
				if !errors.Is(err, tt.kind) || !errors.Is(err, ErrForbidden) {
					t.Fatalf("got %v, %v; want %v", p, err, tt.kind)
				}
				if p.May("Designs") != None {
					t.Fatal("a refused principal has a right")
				}
				return
			}
			if err != nil || p.ID() != tt.by || p.May("Designs") != Write {
				t.Fatalf("got %+v, %v; want key %s with every right", p, err, tt.by)
			}
		})
	}
}

func TestCredentialsNeverFromQuery(t *testing.T) {
	a, c := newAuth(t)
	k := NewKey("Workfront", c.now())
	a.SetKeys([]Key{k})
	for _, query := range []string{"apiKey=" + k.Secret, "apikey=" + k.Secret + "&username=jane", "access_token=x"} {
		r := httptest.NewRequest("GET", "/api/v1/metadata?"+query, nil)
		if _, err := a.Authenticate(r); !errors.Is(err, ErrMissing) {
			t.Errorf("?%s: got %v, want ErrMissing", query, err)
		}
	}
}

func TestRevokeAndRotate(t *testing.T) {
	a, c := newAuth(t)
	old := NewKey("Workfront", c.now())
	a.SetKeys([]Key{old})
	in := func(k Key) bool {
		_, err := a.Authenticate(request("apiKey", k.Secret))
		return err == nil
	}
	retired, successor := old.Retire(c.now()), NewKey("Workfront", c.now())
	a.SetKeys([]Key{retired, successor})
	if !in(old) || !in(successor) {
		t.Fatal("both keys must work during the overlap")
	}
	c.add(RotationOverlap - time.Second)
	if !in(old) {
		t.Fatal("the old key ended before the overlap did")
	}
	if again := retired.Retire(c.now()); again.Expires != retired.Expires {
		t.Fatal("retiring twice gave the old key more time")
	}
	c.add(time.Second)
	if in(old) || !in(successor) {
		t.Fatal("after the overlap only the successor may work")
	}
	a.SetKeys(nil)
	if in(successor) {
		t.Fatal("a revoked key still works")
	}
}

func TestPeopleNarrowAKey(t *testing.T) {
	a, c := newAuth(t)
	k := NewKey("Workfront", c.now())
	a.SetKeys([]Key{k})
	a.SetPeople([]Person{
		{Name: "Jane@Example.com", Rights: map[string]Right{"Designs": Write, "Café": Read}},
		{Name: "jürgen", Rights: map[string]Right{AnyShare: Read, "Private": None}},
		{Name: "nobody"},
	})
	tests := []struct {
		username, share string
		right           Right
		unknown         bool
	}{
		{username: "jane@example.com", share: "Designs", right: Write},
		{username: "JANE@EXAMPLE.COM ", share: "designs", right: Write},
		{username: "jane@example.com", share: "Cafe\u0301", right: Read},
		{username: "jane@example.com", share: "Other", right: None},
		{username: "ju\u0308rgen", share: "Designs", right: Read},
		{username: "JÜRGEN", share: "private", right: None},
		{username: "ｊürgen", share: "Designs", right: Read},
		{username: "nobody", share: "Designs", right: None},
		{username: "mallory", unknown: true},
		{username: "", unknown: true},
		{username: "*", unknown: true},
		{username: "jane@example.com\x00", unknown: true},
	}
	for _, tt := range tests {
		r := request("apiKey", k.Secret)
		r.Header["Username"] = []string{tt.username}
		p, err := a.Authenticate(r)
		if tt.unknown {
			if !errors.Is(err, ErrUnknown) || !errors.Is(err, ErrForbidden) {
				t.Errorf("%q: got %v, want ErrUnknown", tt.username, err)
			}
			continue
		}
		if err != nil || p.May(tt.share) != tt.right {
			t.Errorf("%q in %q: %v, %v; want %v", tt.username, tt.share, p.May(tt.share), err, tt.right)
		}
	}
	a.SetPeople(nil)
	if p, err := a.Authenticate(request("apiKey", k.Secret, "username", "mallory")); err != nil || p.May("Other") != Write {
		t.Errorf("with no people defined: %v, %v", p, err)
	}
}

func TestKeyUseIsToldOnceAMinute(t *testing.T) {
	c, told := newClock(), 0
	a, err := Open(t.Context(), Config{
		Path:    filepath.Join(t.TempDir(), "auth.db"),
		KeyUsed: func(string, time.Time) { told++ },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	c.drive(a)
	k := NewKey("Workfront", c.now())
	a.SetKeys([]Key{k})
	for _, step := range []struct {
		after time.Duration
		want  int
	}{{0, 1}, {time.Second, 1}, {58 * time.Second, 1}, {time.Second, 2}, {-time.Hour, 3}} {
		c.add(step.after)
		a.Authenticate(request("apiKey", k.Secret))
		if told != step.want {
			t.Fatalf("after %v: told %d times, want %d", step.after, told, step.want)
		}
	}
}

// A sender of wrong keys gets one answer a step, however many it asks for at
// once; a right key from the same address and anything from another one pass
// at once.
func TestWrongKeysSlowTheirSender(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		a := &Auth{now: time.Now, brake: newBrake(), store: &store{lived: func() time.Duration { return time.Since(began) }}}
		k := NewKey("Workfront", a.now())
		a.ring.Store(&ring{keys: newRing([]Key{k})})
		a.crowd.Store(&crowd{})
		try := func(address, secret string) (took time.Duration, ok bool) {
			r := request("apiKey", secret)
			r.RemoteAddr = address
			start := time.Now()
			_, err := a.Authenticate(r)
			return time.Since(start), err == nil
		}
		for i := range 20 {
			want := brakeStep
			if i < brakeFree {
				want = 0
			}
			if took, ok := try("192.0.2.1:1", "wrong"); ok || took != want {
				t.Fatalf("try %d took %v, want %v; came in %v", i, took, want, ok)
			}
		}
		start := time.Now()
		parallel(30, func() { try("192.0.2.1:3", "wrong") })
		if took := time.Since(start); took != 30*brakeStep {
			t.Fatalf("30 tries at once took %v", took)
		}
		parallel(brakeWaiters, func() { try("192.0.2.1:3", "wrong") })
		if took := time.Since(start) - 30*brakeStep; took != brakeMax {
			t.Fatalf("the longest wait is %v, want %v", took, brakeMax)
		}
		if took, ok := try("192.0.2.1:2", k.Secret); took != 0 || !ok {
			t.Fatalf("a right key from a slowed sender: %v, %v", took, ok)
		}
		if took, _ := try("192.0.2.2:1", "wrong"); took != 0 {
			t.Fatalf("another sender waited %v", took)
		}
		time.Sleep(brakeMemory + time.Second)
		if took, _ := try("192.0.2.1:1", "wrong"); took != 0 {
			t.Fatalf("failures were held against a sender for ever: %v", took)
		}
	})
}

func TestBrakeIsBounded(t *testing.T) {
	b, now := newBrake(), time.Minute
	for i := range brakeSenders * 3 {
		b.fail(fmt.Sprint(i), now)
	}
	if len(b.senders) != brakeSenders || b.order.Len() != brakeSenders {
		t.Fatalf("the table holds %d senders", len(b.senders))
	}
	ctx, cancel := context.WithCancel(t.Context())
	var done sync.WaitGroup
	for range brakeWaiters {
		done.Go(func() { b.hold(ctx, time.Hour) })
	}
	for len(b.waiters) < brakeWaiters {
		time.Sleep(time.Millisecond)
	}
	b.hold(t.Context(), time.Hour) // one too many: must return at once
	cancel()
	done.Wait()
}

func TestSender(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.1:80":            "192.0.2.1",
		"[::ffff:192.0.2.1]:80":   "192.0.2.1",
		"[2001:db8:1:2:3::4]:80":  "2001:db8:1:2::/64",
		"[2001:db8:1:2:ffff::]:1": "2001:db8:1:2::/64",
		"[fe80::1%eth0]:1":        "fe80::/64",
		"@":                       "@",
	} {
		r := request()
		r.RemoteAddr = address
		if got := sender(r); got != want {
			t.Errorf("%s: got %s, want %s", address, got, want)
		}
	}
}

func FuzzParseKey(f *testing.F) {
	f.Add(NewKey("", time.Now()).Secret)
	f.Add("ffk___")
	f.Add("ffk_aaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaa_")
	f.Fuzz(func(t *testing.T, s string) {
		id, ok := parseKey(s)
		if ok && (len(id) != keyIDLen || !strings.HasPrefix(s, keyPrefix+"_"+id+"_")) {
			t.Fatalf("%q parsed as id %q", s, id)
		}
		r := ring{keys: newRing([]Key{NewKey("", time.Now())})}
		if got, err := r.find(s, time.Now()); err == nil {
			t.Fatalf("%q opened key %s", s, got.id)
		}
	})
}

func FuzzFoldName(f *testing.F) {
	f.Add("Jane@Example.com")
	f.Add("JÜRGEN\u0345ß")
	f.Fuzz(func(t *testing.T, s string) {
		once := FoldName(s)
		if twice := FoldName(once); twice != once {
			t.Fatalf("%q folds to %q, then to %q", s, once, twice)
		}
	})
}

func BenchmarkAuthenticate(b *testing.B) {
	a, c := newAuth(b)
	k := NewKey("Workfront", c.now())
	a.SetKeys([]Key{k})
	a.SetPeople([]Person{{Name: "jane@example.com", Rights: map[string]Right{"Designs": Write}}})
	r := request("apiKey", k.Secret, "username", "Jane@example.com")
	for b.Loop() {
		if _, err := a.Authenticate(r); err != nil {
			b.Fatal(err)
		}
	}
}
