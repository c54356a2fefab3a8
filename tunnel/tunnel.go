// Package tunnel is the way in from the internet: it gives the program's HTTP
// handler a public address and says the truth about it.
//
// Its terms: a provider is one way to get such an address (ngrok, ssh,
// external, none). A provider's origin is the public scheme and host, without
// a slash at the end. A session is one connection of a provider to the other
// side; a provider makes new ones until it is told to stop. An edge is the
// computer on the internet where requests arrive first. A probe fetches the
// program's own service description through the public address, so that
// "live" means reached, not merely connected. A failure is permanent when
// trying again can't help before the person has done something.
package tunnel

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"
)

// State is what a tunnel is doing.
type State string

// The states of a tunnel. Failed may be passing: Status.Permanent tells.
const (
	Off          State = "off"          // not running
	Connecting   State = "connecting"   // started, not yet reached through its public address
	Live         State = "live"         // reached through its public address
	Reconnecting State = "reconnecting" // was live in this run and is being brought back
	Failed       State = "failed"       // not reachable, and Error and Advice say why
)

// Status is a tunnel's state for a person.
type Status struct {
	State     State
	Origin    string        // "https://host", "" until it is known
	Latency   time.Duration // to the edge and back, 0 until measured
	Region    string        // of the edge, as the provider names it
	Plan      string        // of the account, as the provider names it
	Error     string        // a sentence: what happened
	Advice    string        // a sentence: what to do about it
	Code      string        // the provider's own code of the error, for the log
	Since     time.Time     // when State began
	Permanent bool          // stopped for good: the person must do something
}

// Tunnel is what every provider promises.
type Tunnel interface {
	// Run serves h at the public address until ctx ends, then returns nil
	// within five seconds. It returns a *Failure when it stopped for good.
	// A Tunnel runs once at a time and may be run again.
	Run(ctx context.Context, h http.Handler) error
	// Reconnect makes a running tunnel connect anew at once, keeping its
	// address. It doesn't wait, and does nothing when not running.
	Reconnect()
	// Status is the present state.
	Status() Status
}

// Failure is the reason why a tunnel stopped for good.
type Failure struct {
	Sentence string // what happened
	Advice   string // what to do
	Code     string // the provider's code, "" when it has none
	Cause    error  // for the log
}

func (f *Failure) Error() string { return f.Sentence }

func (f *Failure) Unwrap() error { return f.Cause }

// reporter keeps a provider's Status and tells of each change, in order. It is
// safe for concurrent use; notify must not call back into the provider's Run.
type reporter struct {
	mu     sync.Mutex
	status Status
	notify func(Status)
}

func newReporter(notify func(Status)) *reporter {
	if notify == nil {
		notify = func(Status) {}
	}
	return &reporter{notify: notify, status: Status{State: Off, Since: time.Now()}}
}

// Status is the present state.
func (r *reporter) Status() Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.status
}

// set changes the status and tells of it when anything changed. The lock is
// held while telling, so that changes arrive in their order.
func (r *reporter) set(change func(*Status)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	next := r.status
	change(&next)
	if next.State != r.status.State {
		next.Since = time.Now()
	}
	if next == r.status {
		return
	}
	r.status = next
	r.notify(next)
}

// off says that the tunnel was stopped by whoever started it.
func (r *reporter) off() {
	r.set(func(s *Status) { *s = Status{State: Off, Origin: s.Origin, Since: s.Since} })
}

// live says that the public address was reached.
func (r *reporter) live() {
	r.set(func(s *Status) {
		s.State, s.Error, s.Advice, s.Code, s.Permanent = Live, "", "", "", false
	})
}

// down says that the tunnel is not reachable now and that it is being worked on.
func (r *reporter) down(sentence, advice, code string) {
	r.set(func(s *Status) {
		if s.State == Live {
			s.State = Reconnecting
		}
		s.Error, s.Advice, s.Code = sentence, advice, code
	})
}

// fail says that the tunnel stopped for good, and returns the reason.
func (r *reporter) fail(f *Failure) error {
	r.set(func(s *Status) {
		s.State, s.Permanent = Failed, true
		s.Error, s.Advice, s.Code = f.Sentence, f.Advice, f.Code
	})
	return f
}

// begin says that a run starts.
func (r *reporter) begin(origin string) {
	r.set(func(s *Status) { *s = Status{State: Connecting, Origin: origin, Since: s.Since} })
}

// finish turns what ended a run into what Run returns: nil when ctx ended.
func (r *reporter) finish(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		r.off()
		return nil
	}
	var f *Failure
	if !errors.As(err, &f) {
		f = &Failure{
			Sentence: "The tunnel stopped unexpectedly, so Workfront can't reach the files.",
			Advice:   "Click Reconnect. If it happens again, the log says more.", Cause: err,
		}
	}
	return r.fail(f)
}

// sleep waits for d, for ctx or for kick, and says whether ctx still runs.
func sleep(ctx context.Context, d time.Duration, kick <-chan struct{}) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-kick:
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}

// outageWait is how long to wait between two tries when the outage has lasted
// for so long: a tenth of it, so that recovery is never late by more than a
// tenth, and neither hammers nor sleeps long.
func outageWait(lasted time.Duration) time.Duration {
	return min(max(lasted/10, 200*time.Millisecond), 30*time.Second)
}
