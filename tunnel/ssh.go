package tunnel

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

const (
	// keepalive is how often the other side must answer, and keepaliveTimeout
	// how long it may take; then the connection counts as dead.
	keepalive        = 5 * time.Second
	keepaliveTimeout = 15 * time.Second
	handshakeTimeout = 15 * time.Second
)

// SSHConfig is what a tunnel through a host of the person's own needs.
type SSHConfig struct {
	Host       string // "user@host:port"; user and port may be left out
	KeyFile    string // a private key; "" to use the running ssh-agent
	Passphrase string // of the private key, "" for none
	KnownHosts string // file with the host's key, as ssh keeps it; "" for ~/.ssh/known_hosts
	Remote     string // where the host shall listen, "bind:port"
	Origin     string // the public origin that leads there
	Prober     *Prober
	Notify     func(Status)
	Logger     *slog.Logger
}

// SSH is a tunnel through a host of the person's own: the host listens and
// hands its connections over (RFC 4254, 7), as with ssh -R.
type SSH struct {
	*reporter
	cfg   SSHConfig
	kicks chan struct{}
}

// NewSSH makes a tunnel; Run starts it.
func NewSSH(cfg SSHConfig) *SSH {
	return &SSH{cfg: cfg, reporter: newReporter(cfg.Notify), kicks: make(chan struct{}, 1)}
}

// Reconnect connects anew at once.
func (t *SSH) Reconnect() { kick(t.kicks) }

// Run serves h through the host until ctx ends.
func (t *SSH) Run(ctx context.Context, h http.Handler) error {
	drain(t.kicks)
	origin, err := ParseOrigin(t.cfg.Origin)
	t.begin(origin)
	if err != nil {
		return t.finish(ctx, err)
	}
	v := newVerifier(t.cfg.Prober, t.reporter)
	verifying := make(chan struct{})
	vctx, stop := context.WithCancel(ctx)
	go func() { defer close(verifying); v.run(vctx) }()

	h = v.watch(h)
	failing := time.Now()
	for ctx.Err() == nil {
		var wasOpen bool
		wasOpen, err = t.session(ctx, v, origin, h)
		var f *Failure
		if errors.As(err, &f) {
			break
		}
		if wasOpen {
			failing = time.Now()
		}
		sleep(ctx, outageWait(time.Since(failing)), t.kicks)
	}
	stop()
	<-verifying
	return t.finish(ctx, err)
}

// session is one connection from its making to its end. It says whether the
// host was listening, and why it ended: a *Failure when that can't pass.
func (t *SSH) session(ctx context.Context, v *verifier, origin string, h http.Handler) (bool, error) {
	d := newDialer(func(err error) {
		v.lost("The host of the tunnel can't be reached, so Workfront can't reach the files.",
			"Check this computer's connection to the internet and that the host is on. Folderfront keeps trying.", "")
		t.cfg.Logger.Debug("ssh: dial", "error", err)
	})
	d.proxy = func(*url.URL) (*url.URL, error) { return nil, nil }
	var helpers sync.WaitGroup
	helping, end := context.WithCancel(ctx)
	defer func() { end(); d.close(); helpers.Wait() }()
	helpers.Go(func() { t.passKicks(helping, d, v) })

	client, ln, err := t.open(ctx, d)
	if err != nil {
		return false, t.lost(v, err)
	}
	timed := newTimedListener(ln)
	s := serve(timed, h, t.cfg.Logger)
	s.drain = timed.drain
	v.up(origin)
	gone := make(chan error, 1)
	go func() { gone <- client.Wait() }()
	helpers.Go(func() { t.keepAlive(helping, client, d) })
	select {
	case <-ctx.Done():
	case err = <-gone:
		t.lost(v, err)
	}
	v.up("")
	s.stop(ctx.Err() != nil, func() {
		d.close()
		client.Close()
	})
	ln.Close()
	<-s.gate.ended
	return true, err
}

// passKicks hands clicks on Reconnect to the dialer.
func (t *SSH) passKicks(ctx context.Context, d *dialer, v *verifier) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.kicks:
			v.lost("The connection is being made anew.", "", "")
			d.kick()
		}
	}
}

// open connects, authenticates both sides and has the host listen.
func (t *SSH) open(ctx context.Context, d *dialer) (*ssh.Client, net.Listener, error) {
	addr, config, done, err := t.clientConfig()
	if err != nil {
		return nil, nil, err
	}
	defer done()
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, nil, err
	}
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	conn.SetDeadline(time.Now().Add(handshakeTimeout))
	c, channels, requests, err := ssh.NewClientConn(conn, addr, config)
	if err != nil {
		conn.Close()
		return nil, nil, explainSSH(err)
	}
	client := ssh.NewClient(c, channels, requests)
	ln, err := client.Listen("tcp", t.cfg.Remote)
	if err != nil {
		client.Close()
		return nil, nil, errors.Join(errDenied, err)
	}
	conn.SetDeadline(time.Time{})
	return client, ln, nil
}

// errDenied: the host is there and knows us, but doesn't listen.
var errDenied = errors.New("tunnel: the host does not listen")

// lost tells of a connection that could not be made or broke, and returns err.
func (t *SSH) lost(v *verifier, err error) error {
	t.cfg.Logger.Debug("ssh: lost", "error", err)
	var f *Failure
	switch {
	case errors.As(err, &f), errors.Is(err, context.Canceled):
	case errors.Is(err, errDenied):
		v.lost("The host of the tunnel doesn't listen at "+t.cfg.Remote+" for this computer, so Workfront can't reach the files.",
			"An earlier connection may still hold the port, or the host forbids it: on the host, set AllowTcpForwarding yes, GatewayPorts as needed and ClientAliveInterval 15. Folderfront keeps trying.", "")
	default:
		v.lost("The connection to the tunnel's host was interrupted, so Workfront can't reach the files for a moment.",
			"Folderfront is connecting again by itself.", "")
	}
	return err
}

// keepAlive measures the way there and back, and cuts a connection on which
// nothing comes back any more.
func (t *SSH) keepAlive(ctx context.Context, client *ssh.Client, d *dialer) {
	for {
		began := time.Now()
		answered := make(chan error, 1)
		go func() {
			_, _, err := client.SendRequest("keepalive@openssh.com", true, nil)
			answered <- err
		}()
		select {
		case err := <-answered:
			if err != nil {
				return
			}
			t.set(func(s *Status) { s.Latency = time.Since(began) })
		case <-time.After(keepaliveTimeout):
			d.kick()
			return
		case <-ctx.Done():
			return
		}
		if !sleep(ctx, keepalive, nil) {
			return
		}
	}
}
