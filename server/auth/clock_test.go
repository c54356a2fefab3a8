package auth

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"testing"
	"time"
)

const year = 365 * 24 * time.Hour

// jumps are clocks that go wrong while something is handed out, and that are put right.
var jumps = map[string]time.Duration{"a year ahead": year, "a year back": -year, "two hours ahead": 2 * time.Hour, "two hours back": -2 * time.Hour}

// A session begun before the clock jumps is there again once the clock is right; one begun meanwhile
// ends no later than after its life of running time, or asks for a new sign-in.
func TestSessionsOutliveAClockThatJumps(t *testing.T) {
	for name, jump := range jumps {
		t.Run(name, func(t *testing.T) {
			a, c := withJane(t)
			before, meanwhile, after := newBrowser(1), newBrowser(2), newBrowser(3)
			in := func(b *browser) bool {
				t.Helper()
				_, err := a.Session(b.request())
				if err != nil && !errors.Is(err, ErrExpired) {
					t.Fatal(err)
				}
				return err == nil
			}
			signIn := func(b *browser) {
				t.Helper()
				if err := b.signIn(t, a, "jane@example.com", goodPassword); err != nil || !in(b) {
					t.Fatalf("signed in: %v", err)
				}
			}
			signIn(before)
			c.add(time.Hour)
			c.jump(jump)
			signIn(meanwhile)
			if jump < 0 && !in(before) {
				t.Error("a clock that is behind ended a session")
			}
			c.jump(-jump)
			if !in(before) {
				t.Error("the clock is right again, and the session from before is gone")
			}
			signIn(after)
			c.add(SessionLife - time.Hour)
			if in(before) || !in(after) {
				t.Errorf("at the end of its life: from before %v, from after the jumps %v", in(before), in(after))
			}
			c.add(time.Hour)
			for _, b := range []*browser{before, meanwhile, after} {
				if in(b) {
					t.Errorf("browser %s is signed in for longer than a session lives", b.address)
				}
			}
			if list, err := a.Sessions(t.Context()); err != nil || len(list) != 0 {
				t.Errorf("listed: %+v, %v", list, err)
			}
		})
	}
}

// A clock that stays behind for ever lets no session live for ever, whatever restarts.
func TestSessionsEndByRunningTime(t *testing.T) {
	path, c := filepath.Join(t.TempDir(), "auth.db"), newClock()
	a := open(t, path, c)
	a.SetPeople([]Person{{Name: "jane@example.com"}})
	if err := a.SetPassword(t.Context(), "jane@example.com", goodPassword); err != nil {
		t.Fatal(err)
	}
	b := newBrowser(1)
	if err := b.signIn(t, a, "jane@example.com", goodPassword); err != nil {
		t.Fatal(err)
	}
	for day := range 30 {
		if _, err := a.Session(b.request()); err != nil {
			t.Fatalf("after %d days: %v", day, err)
		}
		if list, err := a.Sessions(t.Context()); err != nil || len(list) != 1 || list[0].Expires.After(c.now().Add(SessionLife-time.Duration(day)*24*time.Hour)) {
			t.Fatalf("after %d days: listed %+v, %v", day, list, err)
		}
		c.add(24 * time.Hour)
		c.jump(-24 * time.Hour) // it has no battery, and begins at the same day
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		a = open(t, path, c)
		a.SetPeople([]Person{{Name: "jane@example.com"}})
	}
	if _, err := a.Session(b.request()); !errors.Is(err, ErrExpired) {
		t.Errorf("after 30 days of running: %v", err)
	}
}

// Tokens given before the clock jumps work once it is right, though others were given and swept
// meanwhile; those given meanwhile end by running time.
func TestTokensOutliveAClockThatJumps(t *testing.T) {
	for name, jump := range jumps {
		t.Run(name, func(t *testing.T) {
			p := newProvider(t)
			access, refresh := p.tokens()
			p.clock.jump(jump)
			strange, strangeRefresh := p.tokens()
			if status, answer := p.refreshToken(strangeRefresh); status != http.StatusOK {
				t.Fatalf("while the clock is wrong: %v", answer)
			}
			p.clock.jump(-jump)
			p.restart()
			if err := p.comesIn(access); err != nil {
				t.Errorf("the access token: %v", err)
			}
			p.clock.add(AccessLife)
			for _, token := range []string{access, strange} {
				if err := p.comesIn(token); !errors.Is(err, ErrForbidden) {
					t.Errorf("an access token after its life: %v", err)
				}
			}
			status, answer := p.refreshToken(refresh)
			if status != http.StatusOK {
				t.Fatalf("the refresh token: %v", answer)
			}
			p.clock.jump(-year) // and stays there
			p.clock.add(RefreshLife)
			if status, _ := p.refreshToken(answer["refresh_token"].(string)); status != http.StatusBadRequest {
				t.Error("an unused refresh token lives for ever")
			}
			if grants, err := p.Grants(t.Context()); err != nil || len(grants) != 0 {
				t.Errorf("grants in force: %+v, %v", grants, err)
			}
		})
	}
}

// A repeated refresh gets the same pair, and a code its tokens, when the clock is set in between; an
// old token is a thief's though the clock was set back.
func TestRepeatsOutliveAClockThatJumps(t *testing.T) {
	for name, jump := range map[string]time.Duration{"back": -year, "two minutes ahead": 2 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			p := newProvider(t)
			_, refresh := p.tokens()
			code := p.consent("state=s").Get("code")
			_, first := p.refreshToken(refresh)
			p.clock.jump(jump)
			if status, again := p.refreshToken(refresh); status != http.StatusOK || again["access_token"] != first["access_token"] {
				t.Errorf("a repeat: %d %v", status, again)
			}
			if status, answer := p.redeemCode(code); status != http.StatusOK {
				t.Errorf("a code: %v", answer)
			}
			p.clock.add(RotationGrace + time.Second)
			p.clock.jump(-RotationGrace)
			if status, _ := p.refreshToken(refresh); status != http.StatusBadRequest {
				t.Errorf("an old refresh token: %d", status)
			}
		})
	}
}

// A code and an approval of a time to come end after their minutes.
func TestCodesAndApprovalsEndByRunningTime(t *testing.T) {
	p := newProvider(t)
	p.clock.jump(year)
	code := p.consent("state=s").Get("code")
	p.clock.jump(-year)
	p.clock.add(CodeLife)
	if status, answer := p.redeemCode(code); status != http.StatusBadRequest {
		t.Errorf("an old code gave %v", answer)
	}

	a, c := withJane(t)
	c.jump(year)
	ask := func(b *browser) error {
		return b.do(t, func(w http.ResponseWriter, r *http.Request) error { return a.Ask(w, r, "jane@example.com", "/") })
	}
	b := newBrowser(1)
	for range approvalsOfOne {
		if err := ask(b); err != nil {
			t.Fatal(err)
		}
	}
	c.jump(-year)
	if list, err := a.Approvals(t.Context()); err != nil || len(list) != approvalsOfOne || list[0].Expires.After(c.now().Add(approvalLife)) {
		t.Errorf("%+v, %v", list, err)
	}
	c.add(approvalLife)
	if list, err := a.Approvals(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("after their life: %+v, %v", list, err)
	}
	if err := ask(b); err != nil {
		t.Errorf("the browser is shut out: %v", err)
	}
}

// Wrong passwords and keys while the clock is wrong shut nobody out for longer than usual, and a
// clock that is set gives nobody more tries.
func TestTriesAreCountedByRunningTime(t *testing.T) {
	for name, jump := range jumps {
		t.Run(name, func(t *testing.T) {
			a, c := withJane(t)
			b := newBrowser(1)
			c.jump(jump)
			for range triesOfSender {
				if err := b.signIn(t, a, "jane@example.com", "wrong"); !errors.Is(err, ErrWrong) {
					t.Fatal(err)
				}
			}
			c.jump(-jump)
			if err := b.signIn(t, a, "jane@example.com", goodPassword); !errors.Is(err, ErrBusy) {
				t.Errorf("right after too many tries: %v", err)
			}
			c.add(brakeMemory + time.Second)
			if err := b.signIn(t, a, "jane@example.com", goodPassword); err != nil {
				t.Errorf("a quarter of an hour later: %v", err)
			}
		})
	}
}

// A link signed while the clock was far ahead ends with its key; links signed at a right time work
// to their end, whenever their key was made.
func TestLinksEndByRunningTime(t *testing.T) {
	a, c := newAuth(t)
	shows := func(token string) bool {
		t.Helper()
		_, _, err := a.CheckLink(t.Context(), token)
		if err != nil && !errors.Is(err, ErrExpired) {
			t.Fatal(err)
		}
		return err == nil
	}
	sign := func() string {
		t.Helper()
		token, err := a.SignLink(t.Context(), "document", c.now().Add(LinkLife))
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	c.jump(year)
	ahead := sign()
	c.jump(-year)
	if !shows(ahead) {
		t.Error("a link of a time to come doesn't work")
	}
	for day := range 100 {
		token := sign()
		c.add(LinkLife - time.Minute)
		if !shows(token) {
			t.Errorf("a link signed after %d lives ended early", day)
		}
		c.add(time.Minute)
		if shows(token) {
			t.Errorf("a link signed after %d lives did not end", day)
		}
		if day > 0 && shows(ahead) {
			t.Fatalf("a link of a time to come works after %d lives", day+1)
		}
	}
	var keys int
	if err := a.store.reader.QueryRow("SELECT count(*) FROM link_key").Scan(&keys); err != nil || keys > 3 {
		t.Errorf("%d keys are kept, %v", keys, err)
	}
}

// What an earlier form of the file holds goes on, for a life of running time at most.
func TestFileWithoutRunningTime(t *testing.T) {
	path, c := filepath.Join(t.TempDir(), "auth.db"), newClock()
	present := steps
	steps = steps[:1]
	_, err := Open(t.Context(), Config{Path: path})
	steps = present
	if err == nil {
		t.Fatal("an old file opened as a new one")
	}
	now := millis(c.now())
	st := &store{lived: func() time.Duration { return 0 }}
	if st.writer, err = openPool(path, 1); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		fmt.Sprintf("INSERT INTO session VALUES ('id', x'%x', 'jane', 0, 'password', %d, %d, %d, '', '')", hashToken("session"), now, now, now+SessionLife.Milliseconds()),
		fmt.Sprintf("INSERT INTO client VALUES ('ffc', x'00', '%s', %d)", url.PathEscape("https://a.example/"), now),
		fmt.Sprintf("INSERT INTO grants VALUES ('grant', 'ffc', 'jane', 0, %d, %d)", now, now),
		fmt.Sprintf("INSERT INTO token VALUES (x'%x', 'grant', 'access', %d, NULL, NULL)", hashToken(accessPrefix+"x"), now+AccessLife.Milliseconds()),
		fmt.Sprintf("INSERT INTO token VALUES (x'%x', 'grant', 'refresh', %d, %d, x'00')", hashToken(refreshPrefix+"old"), now+RefreshLife.Milliseconds(), now),
		fmt.Sprintf("INSERT INTO token VALUES (x'%x', 'grant', 'refresh', %d, NULL, NULL)", hashToken(refreshPrefix+"x"), now+RefreshLife.Milliseconds()),
	} {
		if _, err := st.writer.Exec(statement); err != nil {
			t.Fatal(statement, err)
		}
	}
	st.close()
	a := open(t, path, c)
	b := newBrowser(1)
	b.jar[sessionCookie] = "session"
	if _, err := a.Session(b.request()); err != nil {
		t.Errorf("a session: %v", err)
	}
	if _, err := a.Authenticate(request("Authorization", "Bearer "+accessPrefix+"x")); err != nil {
		t.Errorf("an access token: %v", err)
	}
	client := Client{ID: "ffc"}
	if _, err := a.refresh(t.Context(), client, refreshPrefix+"x"); err != nil {
		t.Errorf("a refresh token: %v", err)
	}
	if _, err := a.refresh(t.Context(), client, refreshPrefix+"old"); err == nil {
		t.Error("a rotated token gave tokens")
	}
	c.jump(-year)
	c.add(SessionLife)
	if _, err := a.Session(b.request()); !errors.Is(err, ErrExpired) {
		t.Errorf("a session after its life: %v", err)
	}
}
