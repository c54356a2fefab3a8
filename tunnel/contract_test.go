package tunnel

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"
	"time"

	"folderfront/tunnel/tunneltest"
)

// provider is one way in, ready to be run against its real other side.
type provider struct {
	name   string
	make   func(t *testing.T, notify func(Status), p *Prober) Tunnel
	tunnel bool // it has another side, which reconnecting is about
}

var providers = []provider{
	{"ngrok", func(t *testing.T, notify func(Status), p *Prober) Tunnel {
		e := startEdge(t, tunneltest.Options{})
		return NewNgrok(NgrokConfig{
			Token: "token", Version: "test", Prober: p, Notify: notify, Logger: quiet(),
			Edge: e.AgentAddr(), EdgeCAs: pool(t, e.CAPEM()),
		})
	}, true},
	{"ssh", func(t *testing.T, notify func(Status), p *Prober) Tunnel {
		cfg := sshConfig(tunneltest.StartSSHD(t))
		cfg.Prober, cfg.Notify = p, notify
		return NewSSH(cfg)
	}, true},
	{"external", func(t *testing.T, notify func(Status), p *Prober) Tunnel {
		addr := tunneltest.FreeAddr(t)
		proxy := httptest.NewServer(httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: addr}))
		t.Cleanup(proxy.Close)
		return NewExternal(ExternalConfig{Origin: proxy.URL, Addr: addr, Prober: p, Notify: notify, Logger: quiet()})
	}, true},
	{"none", func(t *testing.T, notify func(Status), _ *Prober) Tunnel {
		return NewLocal(LocalConfig{Addr: tunneltest.FreeAddr(t), Notify: notify, Logger: quiet()})
	}, false},
}

// Every provider keeps the contract of Tunnel.
func TestContract(t *testing.T) {
	for _, p := range providers {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			told, prober := new(trace), NewProber(ProberConfig{})
			tun := p.make(t, told.notify, prober)
			if s := tun.Status(); s.State != Off {
				t.Fatalf("before running: %+v", s)
			}
			tun.Reconnect() // does nothing

			content := make([]byte, 1<<20)
			rand.Read(content)
			stalled := make(chan struct{}, 1)
			begun, finish := make(chan struct{}, 1), make(chan struct{}, 1)
			h := contractHandler(prober, content, stalled, begun, finish)
			r := run(t, tun, told, h)
			origin := r.until(Live).Origin

			contractServes(t, origin, content)
			if p.tunnel {
				contractReconnects(t, r)
				contractServes(t, origin, content)
			}
			contractStops(t, r, origin, stalled)
			contractTells(t, told)

			// It may be run again, at the same address.
			r = run(t, tun, told, h)
			r.until(Live)
			contractFinishes(t, r, origin, begun, finish)
			r = run(t, tun, told, h)
			if s := r.until(Live); s.Origin != origin {
				t.Errorf("ran again at %s, not %s", s.Origin, origin)
			}
			contractServes(t, origin, content)
			if err := r.stop(); err != nil {
				t.Errorf("Run: %v", err)
			}
		})
	}
}

func contractHandler(p *Prober, content []byte, stalled, begun chan<- struct{}, finish <-chan struct{}) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", service(p))
	mux.HandleFunc("GET /file", func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "file.bin", time.Time{}, bytes.NewReader(content))
	})
	mux.HandleFunc("GET /endless", func(w http.ResponseWriter, r *http.Request) {
		stalled <- struct{}{}
		for {
			if _, err := w.Write(make([]byte, 256<<10)); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("GET /slow", func(w http.ResponseWriter, r *http.Request) {
		begun <- struct{}{}
		<-finish
		w.Write(content)
	})
	return mux
}

// client is a visitor who opens a connection of their own.
func client() *http.Client {
	return &http.Client{Timeout: 2 * patience, Transport: &http.Transport{DialContext: probeDialer(""), DisableKeepAlives: true}}
}

func contractServes(t *testing.T, origin string, content []byte) {
	t.Helper()
	errs := make(chan error, 4)
	for i := range cap(errs) {
		go func() { errs <- fetch(origin, content, i) }()
	}
	for range cap(errs) {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	up, err := client().Post(origin+"/echo", "application/octet-stream", bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	defer up.Body.Close()
	if b, err := io.ReadAll(up.Body); err != nil || !bytes.Equal(b, content) {
		t.Errorf("%d of %d bytes came back: %v", len(b), len(content), err)
	}
}

// fetch gets the file, or a part of it when i is odd.
func fetch(origin string, content []byte, i int) error {
	request, err := http.NewRequest("GET", origin+"/file", nil)
	if err != nil {
		return err
	}
	if i%2 == 1 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", i*1000))
		content = content[i*1000:]
	}
	answer, err := client().Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil || !bytes.Equal(b, content) {
		return fmt.Errorf("%s: %d of %d bytes: %v", answer.Status, len(b), len(content), err)
	}
	return nil
}

func contractReconnects(t *testing.T, r *running) {
	t.Helper()
	from := len(r.told.statuses())
	r.Tunnel.Reconnect()
	eventually(t, "it is live again", func() bool {
		return r.told.has(from, func(s Status) bool { return s.State == Reconnecting }) && r.Tunnel.Status().State == Live
	})
}

// contractStops stops while a reader stalls.
func contractStops(t *testing.T, r *running, origin string, stalled <-chan struct{}) {
	t.Helper()
	u, err := url.Parse(origin)
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", "127.0.0.1:"+u.Port())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "GET /endless HTTP/1.1\r\nHost: "+u.Host+"\r\n\r\n")
	<-stalled
	if err := r.stop(); err != nil {
		t.Errorf("Run: %v", err)
	}
	if s := r.Tunnel.Status(); s.State != Off {
		t.Errorf("stopped: %+v", s)
	}
	if answer, err := client().Get(origin + "/file"); err == nil {
		answer.Body.Close()
		if answer.StatusCode == http.StatusOK {
			t.Error("still served after stopping")
		}
	}
}

// contractFinishes stops while an answer is on its way, which still arrives.
func contractFinishes(t *testing.T, r *running, origin string, begun <-chan struct{}, finish chan<- struct{}) {
	t.Helper()
	got := make(chan error, 1)
	go func() {
		answer, err := client().Get(origin + "/slow")
		if err == nil {
			_, err = io.Copy(io.Discard, answer.Body)
			answer.Body.Close()
		}
		got <- err
	}()
	<-begun
	r.cancel()
	finish <- struct{}{}
	if err := <-got; err != nil {
		t.Errorf("an answer under way while stopping: %v", err)
	}
	if err := r.wait(); err != nil {
		t.Errorf("Run: %v", err)
	}
}

// contractTells checks what was told from a first start to a stop.
func contractTells(t *testing.T, told *trace) {
	t.Helper()
	all := told.statuses()
	if first := all[0].State; first != Connecting {
		t.Errorf("first told: %s", first)
	}
	if last := all[len(all)-1].State; last != Off {
		t.Errorf("last told: %s", last)
	}
	for i, s := range all {
		if s.State == Live && (s.Error != "" || s.Advice != "" || s.Origin == "") {
			t.Errorf("live, but %+v", s)
		}
		if i > 0 && (s == all[i-1] || s.Since.Before(all[i-1].Since)) {
			t.Errorf("%+v\nafter %+v", s, all[i-1])
		}
	}
}
