package tunnel

import (
	"context"
	"crypto/x509"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"folderfront/tunnel/tunneltest"
)

// patience is how long a test waits for what must come, on a slow machine.
const patience = 30 * time.Second

// trace is every status that a tunnel told, in order.
type trace struct {
	mu  sync.Mutex
	all []Status
}

func (tr *trace) notify(s Status) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.all = append(tr.all, s)
}

func (tr *trace) statuses() []Status {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return append([]Status(nil), tr.all...)
}

// has says whether something was told that matches, from a status on.
func (tr *trace) has(from int, match func(Status) bool) bool {
	all := tr.statuses()
	for _, s := range all[min(from, len(all)):] {
		if match(s) {
			return true
		}
	}
	return false
}

// eventually waits until ok, which must come.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v in vain until %s", patience, what)
		}
	}
}

// running is a tunnel under test.
type running struct {
	t      *testing.T
	Tunnel Tunnel
	told   *trace
	cancel context.CancelFunc
	done   chan error
	once   sync.Once
	err    error
}

func run(t *testing.T, tun Tunnel, told *trace, h http.Handler) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{t: t, Tunnel: tun, told: told, cancel: cancel, done: make(chan error, 1)}
	go func() { r.done <- tun.Run(ctx, h) }()
	t.Cleanup(func() { r.stop() })
	return r
}

// stop ends the tunnel and returns what Run did.
func (r *running) stop() error {
	r.t.Helper()
	r.cancel()
	return r.wait()
}

// wait waits for Run to return.
func (r *running) wait() error {
	r.t.Helper()
	r.once.Do(func() {
		select {
		case r.err = <-r.done:
		case <-time.After(patience):
			r.t.Errorf("Run did not return")
		}
	})
	return r.err
}

func (r *running) until(s State) Status {
	r.t.Helper()
	eventually(r.t, "it is "+string(s)+"; it is "+string(r.Tunnel.Status().State), func() bool {
		return r.Tunnel.Status().State == s
	})
	return r.Tunnel.Status()
}

// service answers as the program does: probes, and everything else by echo.
func service(p *Prober) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+probePath, func(w http.ResponseWriter, r *http.Request) {
		if nonce := r.Header.Get(ProbeHeader); nonce != "" {
			w.Header().Set(ProbeHeader, p.Answer(nonce))
		}
		io.WriteString(w, `{"webhookVersion":"2.0"}`)
	})
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) })
	mux.HandleFunc("GET /forwarded", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, strings.Join(r.Header.Values("X-Forwarded-For"), ", "))
	})
	mux.HandleFunc("GET /client", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.RemoteAddr) })
	return mux
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func startEdge(t testing.TB, o tunneltest.Options) *tunneltest.Edge {
	t.Helper()
	e, err := tunneltest.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

func pool(t testing.TB, pem []byte) *x509.CertPool {
	t.Helper()
	p := x509.NewCertPool()
	if !p.AppendCertsFromPEM(pem) {
		t.Fatal("no certificate")
	}
	return p
}

// overEdge is an ngrok tunnel to an edge, not yet run.
func overEdge(t testing.TB, e *tunneltest.Edge, change func(*NgrokConfig)) (*Ngrok, *trace) {
	told := new(trace)
	cas := pool(t, e.CAPEM())
	cfg := NgrokConfig{
		Token: "test-token", Version: "test", Notify: told.notify, Logger: quiet(),
		Prober: NewProber(ProberConfig{CAs: cas}), Edge: e.AgentAddr(), EdgeCAs: cas,
	}
	if change != nil {
		change(&cfg)
	}
	return NewNgrok(cfg), told
}

func startNgrok(t *testing.T, e *tunneltest.Edge, change func(*NgrokConfig)) *running {
	t.Helper()
	n, told := overEdge(t, e, change)
	return run(t, n, told, service(n.cfg.Prober))
}

// browse sends a request to an origin as somebody on the internet does.
func browse(t testing.TB, e *tunneltest.Edge, method, url, body string) (int, string, http.Header) {
	t.Helper()
	client := NewProber(ProberConfig{CAs: pool(t, e.CAPEM())}).client
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(b), answer.Header
}

func TestNgrokServesAndReportsTheWholeStatus(t *testing.T) {
	t.Parallel()
	for _, https := range []bool{false, true} {
		e := startEdge(t, tunneltest.Options{HTTPS: https, Region: "eu"})
		e.SetRTT(50 * time.Millisecond) // an edge that answers at once beats the SDK, which then forgets plan and region
		r := startNgrok(t, e, nil)
		s := r.until(Live)
		if s.Region != "eu" || s.Plan != "Free" || s.Error != "" || s.Latency <= 0 {
			t.Errorf("status %+v", s)
		}
		if want := map[bool]string{false: "http://ff-", true: "https://ff-"}[https]; !strings.HasPrefix(s.Origin, want) {
			t.Errorf("origin %q, want %s…", s.Origin, want)
		}
		if status, body, _ := browse(t, e, "POST", s.Origin+"/echo", "hello"); status != 200 || body != "hello" {
			t.Errorf("answer %d %q", status, body)
		}
		if err := r.stop(); err != nil {
			t.Errorf("Run: %v", err)
		}
		if s := r.Tunnel.Status(); s.State != Off {
			t.Errorf("after stopping: %+v", s)
		}
		eventually(t, "the edge has no connection left", func() bool { return e.Links() == 0 })
	}
}
