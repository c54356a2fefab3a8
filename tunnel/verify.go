package tunnel

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// settle is how long after a start an address may need to become known;
	// until then a failing probe means "connecting" and not "failed".
	settle = 30 * time.Second
	// probeAgain is how often an address that nobody used is probed while all
	// is well: an hour without requests says nothing about the way in.
	probeAgain = time.Hour
)

// verifier keeps a provider's status true: it probes the public address
// whenever the provider says that it is connected, until it is reached.
type verifier struct {
	prober *Prober
	report *reporter

	mu     sync.Mutex
	origin string        // "" while not connected
	poke   chan struct{} // capacity 1: connected, disconnected or asked

	arrived atomic.Bool // a request came through the tunnel since that was last looked at
}

func newVerifier(p *Prober, r *reporter) *verifier {
	return &verifier{prober: p, report: r, poke: make(chan struct{}, 1)}
}

// up says that origin is connected and wants probing; "" that nothing is.
func (v *verifier) up(origin string) {
	v.mu.Lock()
	v.origin = origin
	v.mu.Unlock()
	v.again()
}

// again probes at once if connected.
func (v *verifier) again() {
	select {
	case v.poke <- struct{}{}:
	default:
	}
}

func (v *verifier) target() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.origin
}

// run probes until ctx ends.
func (v *verifier) run(ctx context.Context) {
	for ctx.Err() == nil {
		origin := v.target()
		if origin == "" {
			sleep(ctx, probeAgain, v.poke)
			continue
		}
		if v.reach(ctx, origin) {
			v.rest(ctx)
		}
	}
}

// reach probes origin until it answers. False means that the target changed.
func (v *verifier) reach(ctx context.Context, origin string) bool {
	began := time.Now()
	for ctx.Err() == nil && v.target() == origin {
		_, took, err := v.prober.Probe(ctx, origin)
		if ctx.Err() != nil || v.target() != origin {
			return false
		}
		if err == nil {
			return v.reached(origin, took)
		}
		v.miss(err, time.Since(began) > settle)
		if !sleep(ctx, outageWait(time.Since(began)), v.poke) {
			return false
		}
	}
	return false
}

// reached reports that origin answered, unless it was disconnected meanwhile.
func (v *verifier) reached(origin string, took time.Duration) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.origin != origin {
		return false
	}
	v.report.live()
	v.report.set(func(s *Status) {
		if s.Latency == 0 {
			s.Latency = took
		}
	})
	return true
}

// lost reports that the connection is gone. Nothing that was under way can
// report the opposite afterwards.
func (v *verifier) lost(sentence, advice, code string) {
	v.up("")
	v.report.down(sentence, advice, code)
}

// miss reports a failed probe. Some of ngrok's codes won't pass by waiting half
// a minute, so they count as failed from the first.
func (v *verifier) miss(err error, late bool) {
	var p *Problem
	if !errors.As(err, &p) {
		return
	}
	if p.Code != "" && p.Code != "3200" {
		late = true
	}
	v.report.down(p.Sentence, p.Advice, p.Code)
	if late {
		v.report.set(func(s *Status) { s.State = Failed })
	}
}

// rest waits until there is a reason to probe again: the provider said so, or
// no request has come for long.
func (v *verifier) rest(ctx context.Context) {
	for {
		v.arrived.Store(false)
		t := time.NewTimer(probeAgain)
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-v.poke:
			t.Stop()
			return
		case <-t.C:
		}
		if !v.arrived.Load() {
			return
		}
	}
}

// watch lets a request that arrives through the public address count as proof
// that it is reached: somebody got here by its name.
func (v *verifier) watch(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v.arrived.Store(true)
		if r.Header.Get(ProbeHeader) == "" && v.report.Status().State != Live {
			if origin := v.target(); origin != "" && strings.EqualFold(hostOf(origin), r.Host) {
				v.reached(origin, 0)
			}
		}
		h.ServeHTTP(w, r)
	})
}

// hostOf is the host, with its port if it has one, of an origin.
func hostOf(origin string) string {
	_, host, _ := strings.Cut(origin, "://")
	return host
}
