package tunnel

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"folderfront/tunnel/tunneltest"
)

// proxyServer is an HTTP proxy that only knows CONNECT.
func proxyServer(t *testing.T, answer string, used *atomic.Int32) *url.URL {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				request, err := http.ReadRequest(bufio.NewReader(c))
				if err != nil || request.Method != http.MethodConnect ||
					request.Header.Get("Proxy-Authorization") != "Basic YW5uOnNlY3JldA==" {
					io.WriteString(c, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
					return
				}
				used.Add(1)
				out, err := net.Dial("tcp", request.Host)
				if err != nil {
					return
				}
				defer out.Close()
				io.WriteString(c, answer)
				go io.Copy(out, c)
				io.Copy(c, out)
			}()
		}
	}()
	return &url.URL{Scheme: "http", Host: ln.Addr().String(), User: url.UserPassword("ann", "secret")}
}

// greeter sends a line to whoever connects, which a proxy may send together
// with its own answer.
func greeter(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			io.WriteString(c, "hello\n")
			c.Close()
		}
	}()
	return ln.Addr().String()
}

func TestDialThroughAProxy(t *testing.T) {
	t.Parallel()
	var used atomic.Int32
	via := proxyServer(t, "HTTP/1.1 200 Connection established\r\nProxy-Agent: "+strings.Repeat("x", 100)+"\r\n\r\n", &used)
	d := newDialer(func(err error) { t.Error(err) })
	d.proxy = func(u *url.URL) (*url.URL, error) { return via, nil }
	c, err := d.DialContext(context.Background(), "tcp", greeter(t))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if b, err := io.ReadAll(c); err != nil || string(b) != "hello\n" || used.Load() != 1 {
		t.Errorf("%q, %v, through the proxy %d times", b, err, used.Load())
	}

	// What a proxy refuses is told, and tried again until told to stop.
	failures := make(chan error, 100)
	d = newDialer(func(err error) { failures <- err })
	wrong := *via
	wrong.User = nil
	for _, u := range []*url.URL{&wrong, {Scheme: "gopher", Host: via.Host}, {Scheme: "http", Host: tunneltest.FreeAddr(t)}} {
		d.proxy = func(*url.URL) (*url.URL, error) { return u, nil }
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { _, err := d.DialContext(ctx, "tcp", "example.invalid:443"); done <- err }()
		if err := <-failures; !strings.Contains(err.Error(), "proxy") {
			t.Errorf("%s: %v", u.Redacted(), err)
		}
		cancel()
		if err := <-done; err == nil {
			t.Errorf("%s: connected", u.Redacted())
		}
	}
}

// The SDK knows no HTTP proxies, so the way to ngrok itself goes through one.
func TestNgrokThroughAProxyOfTheEnvironment(t *testing.T) {
	var used atomic.Int32
	via := proxyServer(t, "HTTP/1.1 200 OK\r\n\r\n", &used)
	t.Setenv("HTTPS_PROXY", via.String())
	d := newDialer(func(error) {})
	if got, err := d.proxy(&url.URL{Scheme: "https", Host: "connect.ngrok-agent.com:443"}); err != nil || got == nil || got.Host != via.Host {
		t.Errorf("the environment's proxy: %v, %v", got, err)
	}
	t.Setenv("NO_PROXY", ".ngrok-agent.com")
	if got, _ := newDialer(func(error) {}).proxy(&url.URL{Scheme: "https", Host: "connect.ngrok-agent.com:443"}); got != nil {
		t.Errorf("excepted, yet through %v", got)
	}
}

// A kick ends a pause between two tries; a closed dialer leaves nothing open.
func TestDialerKickAndClose(t *testing.T) {
	t.Parallel()
	addr := tunneltest.FreeAddr(t)
	failures := make(chan error, 1000)
	d := newDialer(func(err error) { failures <- err })
	if d.kick() {
		t.Error("kicked nothing")
	}
	got := make(chan net.Conn, 1)
	go func() {
		c, err := d.DialContext(context.Background(), "tcp", addr)
		if err != nil {
			t.Error(err)
		}
		got <- c
	}()
	<-failures
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	if !d.kick() {
		t.Error("nobody was waiting")
	}
	c := <-got
	if !d.kick() {
		t.Error("there was no connection to cut")
	}
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("the connection wasn't cut")
	}
	if _, err := d.Dial("tcp", addr); err != nil {
		t.Error(err)
	}
	d.close()
	if c, err := d.Dial("tcp", addr); err == nil {
		c.Close()
		t.Error("connected after close")
	}
	if len(d.conns) != 0 {
		t.Errorf("%d connections left", len(d.conns))
	}
}

func TestOutageWait(t *testing.T) {
	t.Parallel()
	for lasted, want := range map[time.Duration]time.Duration{
		0: 200 * time.Millisecond, 20 * time.Second: 2 * time.Second, time.Hour: 30 * time.Second,
	} {
		if got := outageWait(lasted); got != want {
			t.Errorf("after %v: %v", lasted, got)
		}
	}
}
