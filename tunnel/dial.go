package tunnel

import (
	"bufio"
	"context"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"golang.org/x/net/http/httpproxy"
	"golang.org/x/net/proxy"
)

// dialTimeout bounds one try to connect; on a network that swallows packets
// the next one comes soon.
const dialTimeout = 5 * time.Second

// dialer connects a session to its edge and keeps hold of the connections. It
// tries until it succeeds, because what calls it would wait up to half a
// minute after a failure and can't be woken. It can be kicked: a try under way
// or a pause between two begins anew at once, and open connections are cut, so
// that the session reconnects under its own identity. After close nothing is
// left open and nothing can be opened: a session that is being closed while it
// reconnects would otherwise live on unowned.
type dialer struct {
	proxy   func(*url.URL) (*url.URL, error) // of the environment
	failing func(err error)                  // told of each failed try

	mu     sync.Mutex
	conns  map[*dialed]bool
	kicked chan struct{} // closed and replaced by a kick
	trying int           // tries and pauses under way
	closed bool
}

// dialed is a connection that its dialer forgets once it is closed.
type dialed struct {
	net.Conn
	owner *dialer
}

func (d *dialed) Close() error {
	d.owner.mu.Lock()
	delete(d.owner.conns, d)
	d.owner.mu.Unlock()
	return d.Conn.Close()
}

func newDialer(failing func(error)) *dialer {
	return &dialer{
		proxy: httpproxy.FromEnvironment().ProxyFunc(), failing: failing,
		conns: map[*dialed]bool{}, kicked: make(chan struct{}),
	}
}

// Dial is DialContext without a context.
func (d *dialer) Dial(network, addr string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, addr)
}

// DialContext connects to addr, trying until it succeeds, ctx ends or the
// dialer is closed.
func (d *dialer) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	began := time.Now()
	for {
		kicked, ok := d.begin()
		if !ok {
			return nil, net.ErrClosed
		}
		c, err := d.try(ctx, kicked, network, addr)
		if err == nil {
			return d.keep(c)
		}
		if ctx.Err() == nil {
			d.failing(err)
			sleep(ctx, outageWait(time.Since(began)), kicked)
		}
		d.end()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
}

func (d *dialer) begin() (kicked chan struct{}, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, false
	}
	d.trying++
	return d.kicked, true
}

func (d *dialer) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.trying--
}

func (d *dialer) keep(c net.Conn) (net.Conn, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.trying--
	if d.closed {
		c.Close()
		return nil, net.ErrClosed
	}
	kept := &dialed{Conn: c, owner: d}
	d.conns[kept] = true
	return kept, nil
}

// try connects once, by way of the environment's proxy when there is one.
func (d *dialer) try(ctx context.Context, kicked <-chan struct{}, network, addr string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		select {
		case <-kicked:
			cancel()
		case <-stop:
		}
	}()
	via, err := d.proxy(&url.URL{Scheme: "https", Host: addr})
	if err != nil {
		return nil, fmt.Errorf("the proxy's address: %w", err)
	}
	switch {
	case via == nil:
		return new(net.Dialer).DialContext(ctx, network, addr)
	case via.Scheme == "http":
		return dialConnect(ctx, via, addr)
	}
	socks, err := proxy.FromURL(via, proxy.Direct)
	if err != nil {
		return nil, fmt.Errorf("the proxy's address: %w", err)
	}
	return socks.(proxy.ContextDialer).DialContext(ctx, network, addr)
}

// kick makes connections anew at once. It says whether there was anything to
// kick; if not, whoever uses the dialer is pausing on its own.
func (d *dialer) kick() bool {
	d.mu.Lock()
	close(d.kicked)
	d.kicked = make(chan struct{})
	any := d.trying > 0 || len(d.conns) > 0
	conns := d.conns
	d.conns = map[*dialed]bool{}
	d.mu.Unlock()
	cut(conns)
	return any
}

// close cuts everything for good.
func (d *dialer) close() {
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	d.kick()
}

// cut resets connections, so that the other side learns of it at once.
func cut(conns map[*dialed]bool) {
	for c := range conns {
		if tcp, ok := c.Conn.(*net.TCPConn); ok {
			tcp.SetLinger(0)
		}
		c.Conn.Close()
	}
}

// dialConnect opens a connection to addr through an HTTP proxy (RFC 9110,
// 9.3.6).
func dialConnect(ctx context.Context, via *url.URL, addr string) (net.Conn, error) {
	host := via.Host
	if via.Port() == "" {
		host = net.JoinHostPort(via.Hostname(), "80")
	}
	c, err := new(net.Dialer).DialContext(ctx, "tcp", host)
	if err != nil {
		return nil, fmt.Errorf("the proxy: %w", err)
	}
	defer context.AfterFunc(ctx, func() { c.SetDeadline(time.Now()) })()
	request := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: addr}, Host: addr, Header: http.Header{}}
	if u := via.User; u != nil {
		password, _ := u.Password()
		request.Header.Set("Proxy-Authorization",
			"Basic "+base64.StdEncoding.EncodeToString([]byte(u.Username()+":"+password)))
	}
	// One byte at a time: what follows the answer belongs to the connection.
	answer, err := func() (*http.Response, error) {
		if err := request.Write(c); err != nil {
			return nil, err
		}
		return http.ReadResponse(bufio.NewReaderSize(oneByte{c}, 16), request)
	}()
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("it answered %s", answer.Status)
	}
	if err != nil {
		c.Close()
		return nil, fmt.Errorf("the proxy: %w", err)
	}
	return c, nil
}

// oneByte reads a byte at a time.
type oneByte struct{ net.Conn }

func (o oneByte) Read(p []byte) (int, error) { return o.Conn.Read(p[:1]) }
