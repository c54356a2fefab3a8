package action

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"time"

	"folderfront/server/action/outgoing"
	"folderfront/server/catalogue"
)

// carryOut does what a run is for, once.
func (a *Actions) carryOut(ctx context.Context, r Run) (Attempt, error) {
	switch r.job.Kind {
	case Webhook:
		return a.send(ctx, r)
	case Command:
		return Attempt{}, a.command(ctx, r)
	}
	return Attempt{}, a.operate(ctx, r)
}

// attempt tries a run once and records what came of it.
func (a *Actions) attempt(ctx context.Context, r Run, do func(context.Context, Run) (Attempt, error)) {
	at, begin := a.now(), time.Now()
	t, err := do(ctx, r)
	if ctx.Err() != nil {
		return // the program stops: tried again at the next start
	}
	t.Time, t.Took = at, time.Since(begin)
	if err != nil {
		t.Error = sentenceOf(err)
	}
	r.tries++
	r.Result, r.Error = t.Status, t.Error
	r.State = Done
	now, next := a.now(), time.Time{}
	switch {
	case succeeded(r.job, t) && err == nil:
	case r.Trigger == ByRule && errors.Is(err, errSwitchedOff):
		r.State, next, r.tries = Pending, now.Add(switchedOffLook), r.tries-1
	case a.unreachable(r, t, err):
		r.State, next, r.tries = Pending, now.Add(offlineLook), r.tries-1
		r.Error = "This computer is offline. The message goes out as soon as there is a network."
	default:
		r.State, next = judge(r, t, err, now)
	}
	if r.State == Failed && r.Error == "" {
		r.Error = fmt.Sprintf("The receiver answered with status %d.", r.Result)
	}
	if err := a.record(ctx, r, t, now, next); err != nil {
		a.cfg.Logger.Error("an attempt could not be recorded", "run", r.ID, "error", err)
		return
	}
	if r.State == Pending {
		a.arrivals.look() // at when it falls due
	} else {
		a.tell(r)
	}
	a.noteAttempt(r)
}

// offlineLook is how often a message is tried while the computer is offline.
const offlineLook = 15 * time.Second

// unreachable tells whether a rule's message failed for want of any network: that
// says nothing of the receiver and uses up none of its attempts.
func (a *Actions) unreachable(r Run, t Attempt, err error) bool {
	return r.Trigger == ByRule && r.job.Kind == Webhook && t.Status == 0 && !errors.Is(err, outgoing.ErrDestination) && a.offline()
}

// succeeded tells whether an attempt was one: 2xx, or what the receiver's
// documents say.
func succeeded(j job, t Attempt) bool {
	switch {
	case j.Kind != Webhook:
		return t.Error == ""
	case j.Only200:
		return t.Status == http.StatusOK
	}
	return t.Status >= 200 && t.Status < 300
}

// schedule is when a rule's failed message is tried again.
var schedule = []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, time.Hour, 4 * time.Hour, 12 * time.Hour, 24 * time.Hour}

// judge decides what becomes of a run whose attempt failed. Rules try again for
// long; a person who waits gets one more try when nobody answered.
func judge(r Run, t Attempt, err error, now time.Time) (state string, next time.Time) {
	if r.job.Kind != Webhook || errors.Is(err, outgoing.ErrDestination) {
		return Failed, time.Time{}
	}
	if r.Trigger != ByRule {
		if t.Status == 0 && r.tries < 2 && r.Trigger != ByTest {
			return Pending, now.Add(200 * time.Millisecond)
		}
		return Failed, time.Time{}
	}
	if !passing(t.Status) || r.tries > len(schedule) || r.job.RetryOnce && r.tries > 1 {
		return Failed, time.Time{}
	}
	wait := schedule[r.tries-1]
	wait += time.Duration(rand.Int64N(int64(wait)/5 + 1)) // so that many don't come at once
	return Pending, now.Add(max(wait, retryAfterOf(t)))
}

// passing tells whether another try may help: no answer, or one of the statuses
// that say so.
func passing(status int) bool {
	switch status {
	case 0, http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return status >= 500
}

// retryAfterOf is kept in the attempt's response head.
func retryAfterOf(t Attempt) time.Duration {
	for line := range strings.Lines(t.Response) {
		name, value, _ := strings.Cut(line, ":")
		if strings.EqualFold(name, "Retry-After") {
			return outgoing.RetryAfter(strings.TrimSpace(value), t.Time)
		}
		if strings.TrimSpace(line) == "" {
			break
		}
	}
	return 0
}

// record stores an attempt and the run's new state together.
func (a *Actions) record(ctx context.Context, r Run, t Attempt, now, next time.Time) error {
	return a.commits.do(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO action_attempt (run, at, status, took, url, request, response, error) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			r.ID, t.Time.UnixMilli(), t.Status, t.Took.Milliseconds(), t.URL, t.Request, t.Response, t.Error)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE action_run SET state = ?, result = ?, error = ?, tries = ?, next = ?, since = ? WHERE id = ?`,
			r.State, r.Result, r.Error, r.tries, next.UnixMilli(), now.UnixMilli(), r.ID)
		return err
	})
}

// errSwitchedOff is the kind of a message that waits for its connection.
var errSwitchedOff = errors.New("switched off at the moment")

// switchedOffLook is how soon a message goes out after its connection was
// switched on again.
const switchedOffLook = time.Minute

// send delivers a webhook's message through its connection as that is now.
func (a *Actions) send(ctx context.Context, r Run) (Attempt, error) {
	t := Attempt{URL: outgoing.MaskURL(r.job.URL)}
	connection, known := a.definitions().connection(r.job.Connection)
	switch {
	case !known:
		return t, refuse(catalogue.ErrNotFound, "The connection %q is no longer there.", r.job.Connection)
	case connection.Paused || a.isGone(connection.Name):
		return t, fmt.Errorf("the connection %q is %w", connection.Name, errSwitchedOff)
	}
	t, err := a.deliver(ctx, r, connection, a.cfg.Secret)
	if t.Status == http.StatusGone && r.Trigger == ByRule {
		a.switchOff(connection.Name)
		err = refuse(catalogue.ErrNotFound, "The receiver answered that it is gone for good (410), so the connection %q was switched off.", connection.Name)
	}
	return t, err
}

// deliver sends a message by a connection. One that was frozen for another host
// must not get this one's credentials.
func (a *Actions) deliver(ctx context.Context, r Run, c Connection, secret func(string) (string, error)) (Attempt, error) {
	t := Attempt{URL: outgoing.MaskURL(r.job.URL)}
	meant, err := outgoing.Authority(r.job.URL)
	if now, _ := outgoing.Authority(c.URL); err != nil || now != meant {
		return t, fmt.Errorf("%w: the connection %q leads elsewhere since this message was made", outgoing.ErrDestination, c.Name)
	}
	request, err := request(r, c, secret)
	if err != nil {
		return t, err
	}
	answer, err := a.client.Do(ctx, request)
	t.Status, t.Request, t.Response = answer.Status, answer.Request, answer.Response
	return t, err
}

// request resolves a connection's secrets, at the last moment.
func request(r Run, c Connection, ask func(name string) (string, error)) (outgoing.Request, error) {
	request := outgoing.Request{
		ID: r.ID, Method: r.job.Method, URL: r.job.URL, Body: []byte(r.job.Body),
		Header: http.Header{"Content-Type": {r.job.ContentType}},
		Class:  c.Class, Insecure: c.Insecure, Timeout: c.Timeout,
	}
	var failed error
	secret := func(name string) string {
		value, err := ask(name)
		if err != nil && failed == nil {
			failed = refuse(catalogue.ErrInvalid, "The secret of the connection %q is not in the keyring. Enter it again.", c.Name)
		}
		return value
	}
	for name, value := range c.Headers {
		if key, isSecret := strings.CutPrefix(value, "secret:"); isSecret {
			value = secret(key)
			request.Secrets = append(request.Secrets, value)
		}
		request.Header.Set(name, value)
	}
	switch c.Auth {
	case "basic":
		request.Auth = outgoing.Auth{User: c.User, Password: secret(PasswordOf(c.Name))}
	case "bearer":
		request.Auth = outgoing.Auth{Password: secret(PasswordOf(c.Name))}
	}
	if c.Signing != outgoing.Unsigned {
		request.Signing = outgoing.Signing{Scheme: c.Signing, Secret: secret(SigningOf(c.Name))}
	}
	return request, failed
}

// switchOff stops a connection whose receiver says that it is gone for good (RFC
// 9110, 15.5.11), until the definitions are set anew.
func (a *Actions) switchOff(connection string) {
	a.mu.Lock()
	a.gone[connection] = true
	a.mu.Unlock()
	a.cfg.Logger.Warn("a receiver is gone; its connection is switched off", "connection", connection)
	if a.cfg.Gone != nil {
		a.cfg.Gone(connection)
	}
}

func (a *Actions) isGone(connection string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.gone[connection]
}

// checkBody wants a JSON body to be JSON before it is frozen.
func checkBody(act Action, j job) error {
	if j.ContentType == jsonType && j.Body != "" && !json.Valid([]byte(j.Body)) {
		return refuse(catalogue.ErrInvalid, "The message of %q is no JSON once it is filled in. Check the quotes in its template.", act.DisplayName)
	}
	return nil
}

// Curl is the request of an attempt as a command line, with its secrets masked.
func Curl(t Attempt) string {
	quote := func(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
	head, body, _ := strings.Cut(t.Request, "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	method, _, _ := strings.Cut(lines[0], " ")
	command := []string{"curl", "-X", method}
	for _, header := range lines[1:] {
		name, _, _ := strings.Cut(header, ":")
		if name == "Host" || name == "Content-Length" || name == "Accept-Encoding" {
			continue
		}
		command = append(command, "-H", quote(header))
	}
	if body != "" {
		command = append(command, "--data-binary", quote(body))
	}
	return strings.Join(append(command, quote(t.URL)), " ")
}

// commandEnvironment is all that a local command learns of this one's.
func commandEnvironment() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "LANG=" + os.Getenv("LANG")}
}
