package tunnel

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"folderfront/tunnel/tunneltest"
)

// Bad token, too many agents and the like: the SDK would try for ever.
func TestNgrokStopsAndAsksAtPermanentCodes(t *testing.T) {
	t.Parallel()
	e := startEdge(t, tunneltest.Options{})
	for code, c := range codes {
		if !c.Permanent {
			continue
		}
		for where, refuse := range map[string]func(string){"auth": e.RefuseAuth, "bind": e.RefuseBind} {
			refuse(code)
			before := e.Counts().Refused
			r := startNgrok(t, e, nil)
			var f *Failure
			if err := r.wait(); !errors.As(err, &f) {
				t.Fatalf("%s %s: Run: %v", where, code, err)
			}
			refuse("")
			if f.Sentence != c.Sentence || f.Advice != c.Advice || f.Code != code {
				t.Errorf("%s %s: %+v", where, code, f)
			}
			if s := r.Tunnel.Status(); s.State != Failed || !s.Permanent || s.Error != c.Sentence || s.Advice != c.Advice {
				t.Errorf("%s %s: status %+v", where, code, s)
			}
			if n := e.Counts().Refused - before; n != 1 {
				t.Errorf("%s %s: asked %d times", where, code, n)
			}
		}
	}
}

func TestNgrokTriesAgainAtPassingCodes(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"334", "99999"} {
		e := startEdge(t, tunneltest.Options{})
		e.RefuseBind(code)
		r := startNgrok(t, e, nil)
		want := Explain(code).Sentence
		eventually(t, "the passing error is told", func() bool { return r.Tunnel.Status().Error == want })
		eventually(t, "it tried again", func() bool { return e.Counts().Refused > 1 })
		if s := r.Tunnel.Status(); s.State != Connecting || s.Permanent {
			t.Errorf("%s: status %+v", code, s)
		}
		e.RefuseBind("")
		if s := r.until(Live); s.Error != "" {
			t.Errorf("%s: live with an error: %+v", code, s)
		}
	}
}

// The code of a bind that is repeated after a reconnect is in plain text only,
// and of a stopped endpoint in the address of a page.
func TestNgrokReadsCodesWhereverTheyAre(t *testing.T) {
	t.Parallel()
	e := startEdge(t, tunneltest.Options{})
	r := startNgrok(t, e, nil)
	r.until(Live)
	e.RefuseBind("313")
	e.Reset()
	var f *Failure
	if err := r.wait(); !errors.As(err, &f) || f.Code != "313" {
		t.Errorf("after a refused repeated bind: %v", err)
	}
	e.RefuseBind("")

	r = startNgrok(t, e, nil)
	r.until(Live)
	if err := e.StopTunnel("102", "Suspended."); err != nil {
		t.Fatal(err)
	}
	if err := r.wait(); !errors.As(err, &f) || f.Sentence != codes["102"].Sentence {
		t.Errorf("after a stopped endpoint: %v", err)
	}
}

func TestNgrokObeysItsPages(t *testing.T) {
	t.Parallel()
	e := startEdge(t, tunneltest.Options{})
	r := startNgrok(t, e, nil)
	origin := r.until(Live).Origin

	if answer, err := e.UpdateAgent(); err != nil || answer == "" {
		t.Errorf("update: %q, %v; want a refusal", answer, err)
	}
	if s := r.Tunnel.Status(); s.State != Live {
		t.Errorf("after update: %+v", s)
	}

	sessions := e.Counts().Sessions
	if answer, err := e.RestartAgent(); err != nil || answer != "" {
		t.Errorf("restart: %q, %v", answer, err)
	}
	eventually(t, "a new session is there", func() bool { return e.Counts().Sessions > sessions })
	if s := r.until(Live); s.Origin != origin {
		t.Errorf("after a restart at %s, not %s", s.Origin, origin)
	}

	for _, stop := range []func() error{
		func() error { _, err := e.StopAgent(); return err },
		func() error { return e.StopTunnel("70000", "Stopped by the owner.") },
	} {
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		var f *Failure
		if err := r.wait(); !errors.As(err, &f) || !strings.Contains(f.Sentence, "stopped on ngrok's pages") {
			t.Errorf("after a stop: %v", err)
		}
		eventually(t, "the session is gone", func() bool { return e.Links() == 0 })
		r = startNgrok(t, e, nil)
		r.until(Live)
	}
}

func TestNgrokKeepsItsAddress(t *testing.T) {
	t.Parallel()
	e := startEdge(t, tunneltest.Options{})
	own := "http://my-own.localhost:" + portOf(e.PublicAddr())
	r := startNgrok(t, e, func(c *NgrokConfig) { c.URL = own })
	if s := r.until(Live); s.Origin != own {
		t.Fatalf("asked for %s, got %s", own, s.Origin)
	}
	for name, disturb := range map[string]func(){
		"a reset":                 e.Reset,
		"a click on Reconnect":    r.Tunnel.Reconnect,
		"a restarted edge":        func() { e.Down(); e.Up() },
		"a half-open link":        func() { e.Freeze(); r.Tunnel.Reconnect() },
		"a restart by the pages":  func() { e.RestartAgent() },
		"a refused bind, passing": func() { e.RefuseBind("334"); e.Reset(); awaitRefusal(t, e); e.RefuseBind("") },
	} {
		from, sessions := len(r.told.statuses()), e.Counts().Sessions
		disturb()
		eventually(t, "it is back after "+name, func() bool {
			return e.Counts().Sessions > sessions && r.Tunnel.Status().State == Live
		})
		if !r.told.has(from, func(s Status) bool { return s.State == Reconnecting && s.Error != "" }) {
			t.Errorf("%s was not told", name)
		}
		if s := r.Tunnel.Status(); s.Origin != own {
			t.Errorf("after %s at %s", name, s.Origin)
		}
		if status, body, _ := browse(t, e, "POST", own+"/echo", name); status != 200 || body != name {
			t.Errorf("after %s: %d %q", name, status, body)
		}
	}
	for _, asked := range e.Counts().URLs {
		if strings.TrimSuffix(asked, "/") != own {
			t.Errorf("asked for %q", asked)
		}
	}

	// Another address than the one asked for is told as it is.
	r.stop()
	other := "http://another.localhost:" + portOf(e.PublicAddr())
	e.Assign(other)
	r = startNgrok(t, e, func(c *NgrokConfig) { c.URL = own })
	if s := r.until(Live); s.Origin != other {
		t.Errorf("given %s, told %s", other, s.Origin)
	}
}

func awaitRefusal(t *testing.T, e *tunneltest.Edge) {
	before := e.Counts().Refused
	eventually(t, "a bind is refused", func() bool { return e.Counts().Refused > before })
}

func portOf(addr string) string {
	_, port, _ := net.SplitHostPort(addr)
	return port
}

// A new session under a new identity would find the address taken by the dead
// one; coming back under the old identity takes over from it.
func TestNgrokTakesOverFromItsDeadConnection(t *testing.T) {
	t.Parallel()
	e := startEdge(t, tunneltest.Options{})
	r := startNgrok(t, e, nil)
	r.until(Live)
	e.Freeze()
	r.Tunnel.Reconnect()
	eventually(t, "it took over", func() bool { return e.Counts().Takeover == 1 })
	r.until(Live)
	if n := e.Counts().Refused; n != 0 {
		t.Errorf("%d refusals", n)
	}
}

// Two agents can't have one address: the second is told, and gets it as soon
// as the first has gone.
func TestNgrokAddressInUseElsewhere(t *testing.T) {
	t.Parallel()
	e := startEdge(t, tunneltest.Options{})
	first := startNgrok(t, e, nil)
	first.until(Live)
	second := startNgrok(t, e, nil)
	eventually(t, "the second is told", func() bool { return second.Tunnel.Status().Code == "334" })
	first.stop()
	second.until(Live)
}

func TestNgrokComesBackAfterAnOutage(t *testing.T) {
	t.Parallel()
	e := startEdge(t, tunneltest.Options{})
	e.Down()
	r := startNgrok(t, e, nil)
	eventually(t, "the outage is told", func() bool {
		return strings.Contains(r.Tunnel.Status().Error, "can't reach ngrok")
	})
	if err := e.Up(); err != nil {
		t.Fatal(err)
	}
	r.until(Live)
	e.Down()
	eventually(t, "the second outage is told", func() bool {
		s := r.Tunnel.Status()
		return s.State == Reconnecting && strings.Contains(s.Error, "can't reach ngrok")
	})
	if err := e.Up(); err != nil {
		t.Fatal(err)
	}
	r.until(Live)
}

func TestNgrokSaysWhenTrafficIsInspected(t *testing.T) {
	t.Parallel()
	e, other := startEdge(t, tunneltest.Options{}), startEdge(t, tunneltest.Options{})
	r := startNgrok(t, e, func(c *NgrokConfig) { c.EdgeCAs = pool(t, other.CAPEM()) })
	eventually(t, "it is told", func() bool { return strings.Contains(r.Tunnel.Status().Error, "certificate") })
	if s := r.Tunnel.Status(); s.State != Connecting || s.Permanent {
		t.Errorf("status %+v", s)
	}
}

func TestNgrokWantsAToken(t *testing.T) {
	t.Parallel()
	e := startEdge(t, tunneltest.Options{Tokens: []string{"right"}})
	for token, code := range map[string]string{"": "4018", "  ": "4018", "wrong": "107"} {
		r := startNgrok(t, e, func(c *NgrokConfig) { c.Token = token })
		var f *Failure
		if err := r.wait(); !errors.As(err, &f) || f.Code != code {
			t.Errorf("token %q: %v", token, err)
		}
	}
	startNgrok(t, e, func(c *NgrokConfig) { c.Token = " right\n" }).until(Live)
}

// Whatever state it is in, a tunnel ends when it is told to.
func TestNgrokStopsInEveryState(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*tunneltest.Edge) func(*running){
		"while nothing answers": func(e *tunneltest.Edge) func(*running) {
			e.Down()
			return func(r *running) {
				eventually(t, "it is told", func() bool { return r.Tunnel.Status().Error != "" })
			}
		},
		"while it authenticates": func(e *tunneltest.Edge) func(*running) {
			return func(*running) {
				eventually(t, "it connects", func() bool { return e.Links() > 0 })
				e.Freeze()
			}
		},
		"while the SDK pauses": func(e *tunneltest.Edge) func(*running) {
			e.RefuseAuth("334")
			return func(r *running) {
				eventually(t, "it is told", func() bool { return r.Tunnel.Status().Error != "" })
			}
		},
		"while live": func(*tunneltest.Edge) func(*running) {
			return func(r *running) { r.until(Live) }
		},
		"on a half-open link": func(e *tunneltest.Edge) func(*running) {
			return func(r *running) { r.until(Live); e.Freeze() }
		},
		"while reconnecting": func(e *tunneltest.Edge) func(*running) {
			return func(r *running) { r.until(Live); e.Down(); r.until(Reconnecting) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startEdge(t, tunneltest.Options{})
			reach := prepare(e)
			r := startNgrok(t, e, nil)
			reach(r)
			if err := r.stop(); err != nil {
				t.Errorf("Run: %v", err)
			}
			if s := r.Tunnel.Status(); s.State != Off {
				t.Errorf("status %+v", s)
			}
		})
	}
}

// A reader who stalls keeps the answer's goroutine in Write, which no deadline
// and no Close ends; only disconnecting does.
func TestNgrokStopsDespiteAStalledReader(t *testing.T) {
	t.Parallel()
	e := startEdge(t, tunneltest.Options{})
	n, told := overEdge(t, e, nil)
	mux := http.NewServeMux()
	mux.Handle("/", service(n.cfg.Prober))
	writing, ended := make(chan struct{}), make(chan error, 1)
	mux.HandleFunc("/endless", func(w http.ResponseWriter, r *http.Request) {
		close(writing)
		for {
			if _, err := w.Write(make([]byte, 256<<10)); err != nil {
				ended <- err
				return
			}
		}
	})
	r := run(t, n, told, mux)
	origin := r.until(Live).Origin
	c, err := net.Dial("tcp", e.PublicAddr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "GET /endless HTTP/1.1\r\nHost: "+hostOf(origin)+"\r\n\r\n")
	<-writing
	if err := r.stop(); err != nil {
		t.Errorf("Run: %v", err)
	}
	select {
	case <-ended:
	case <-time.After(patience):
		t.Error("the stalled answer never ended")
	}
}

// Connections that arrive while the server shuts down could block the SDK's
// listener from closing, and the server with it.
func TestNgrokStopsWhileConnectionsArrive(t *testing.T) {
	t.Parallel()
	e := startEdge(t, tunneltest.Options{})
	for range 5 {
		r := startNgrok(t, e, nil)
		origin := r.until(Live).Origin
		ctx, enough := context.WithCancel(context.Background())
		var clients sync.WaitGroup
		for range 16 {
			clients.Go(func() {
				for ctx.Err() == nil {
					if c, err := net.Dial("tcp", e.PublicAddr()); err == nil {
						io.WriteString(c, "GET /client HTTP/1.1\r\nHost: "+hostOf(origin)+"\r\n\r\n")
						io.ReadFull(c, make([]byte, 16))
						c.Close()
					}
				}
			})
		}
		if err := r.stop(); err != nil {
			t.Errorf("Run: %v", err)
		}
		enough()
		clients.Wait()
	}
}

func TestNgrokTellsTheClientsAddress(t *testing.T) {
	t.Parallel()
	e := startEdge(t, tunneltest.Options{})
	r := startNgrok(t, e, nil)
	origin := r.until(Live).Origin
	c, err := net.Dial("tcp", e.PublicAddr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "GET /client HTTP/1.1\r\nHost: "+hostOf(origin)+"\r\nConnection: close\r\n\r\n")
	answer, err := io.ReadAll(c)
	if err != nil || !strings.HasSuffix(string(answer), c.LocalAddr().String()) {
		t.Errorf("%v: %s; the client is %s", err, answer, c.LocalAddr())
	}

	// Of X-Forwarded-For only the last value is the edge's own.
	request, err := http.NewRequest("GET", origin+"/forwarded", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Forwarded-For", "203.0.113.9")
	forwarded, err := client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer forwarded.Body.Close()
	if b, err := io.ReadAll(forwarded.Body); err != nil || string(b) != "203.0.113.9, 127.0.0.1" {
		t.Errorf("forwarded for %q, %v", b, err)
	}
}

// A half-open link is noticed by heartbeats alone.
func TestNgrokNoticesAHalfOpenLink(t *testing.T) {
	t.Parallel()
	e := startEdge(t, tunneltest.Options{})
	n, told := overEdge(t, e, nil)
	n.heartbeat, n.tolerance = time.Second, 3*time.Second
	r := run(t, n, told, service(n.cfg.Prober))
	r.until(Live)
	e.Freeze()
	r.until(Reconnecting)
	r.until(Live)
}

// Reconnecting leaves nothing behind. The SDK lets some goroutines of a dead
// connection wait out its heartbeat, so the count is taken when they had time
// to end.
func TestNgrokLeaksNothingOverReconnects(t *testing.T) {
	times, every := 12, 3
	if os.Getenv("FOLDERFRONT_PROVE") != "" {
		times, every = 1000, 100
	}
	e := startEdge(t, tunneltest.Options{})
	n, told := overEdge(t, e, nil)
	n.heartbeat, n.tolerance = 500*time.Millisecond, 2*time.Second
	r := run(t, n, told, service(n.cfg.Prober))
	r.until(Live)
	before, memory, files := runtime.NumGoroutine(), heap(), descriptors(t)
	for i := range times {
		sessions := e.Counts().Sessions
		switch {
		case i%every == 0:
			e.RestartAgent() // a session of its own
		case i%2 == 0:
			e.Reset()
		default:
			r.Tunnel.Reconnect()
		}
		eventually(t, "it is back", func() bool {
			return e.Counts().Sessions > sessions && r.Tunnel.Status().State == Live
		})
	}
	deadline := time.Now().Add(2 * patience)
	for runtime.NumGoroutine() > before+2 && time.Now().Before(deadline) {
		time.Sleep(100 * time.Millisecond)
	}
	after, grown, left := runtime.NumGoroutine(), heap()-memory, descriptors(t)-files
	t.Logf("%d reconnects: goroutines %d → %d, heap %+d KiB, descriptors %+d", times, before, after, grown>>10, left)
	if after > before+2 {
		stacks := make([]byte, 1<<20)
		t.Errorf("goroutines %d → %d\n%s", before, after, stacks[:runtime.Stack(stacks, true)])
	}
	if left > 2 {
		t.Errorf("%d descriptors more than before", left)
	}
	if limit := int64(4 << 20); grown > limit {
		t.Errorf("the heap grew by %d bytes", grown)
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// descriptors is how many files are open, where the system tells.
func descriptors(t *testing.T) int {
	d, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Logf("open files can't be counted here: %v", err)
		return 0
	}
	return len(d)
}
