// Package tunneltest is ngrok's side of a tunnel on the loopback interface, for
// tests and for trying the program without the internet. The unmodified SDK
// connects to it: TLS, then muxado streams, then one JSON message each way.
//
// Its terms: an agent is the SDK in the program under test. A session is one
// agent's identity (a client id), which may take over from its own dead
// connection. A link is one TCP connection of an agent; faults happen to links.
// A bind is a public address that a session holds. The public side is an HTTP
// server that finds the bind by the Host header and opens a proxy stream to
// its agent for each inbound connection.
package tunneltest

import (
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"hash/fnv"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.ngrok.com/muxado/v2"
)

// Options are what an edge is told at its start; the zero value serves.
type Options struct {
	AgentAddr  string // where agents connect, "127.0.0.1:0" when empty
	PublicAddr string // where browsers connect, "127.0.0.1:0" when empty
	HTTPS      bool   // the public side speaks TLS with a certificate of the edge's CA
	Plan       string // told to agents, "Free" when empty
	Region     string // told to agents, "lo" when empty
	Tokens     []string
}

// Edge is a running loopback edge. All methods are safe for concurrent use.
type Edge struct {
	opts   Options
	ca     *authority
	public *http.Server

	mu        sync.Mutex
	agents    net.Listener // nil while down
	agentAddr string
	publicURL *url.URL
	links     map[*link]bool
	sessions  map[string]*session // by client id
	binds     map[string]*bind    // by public host
	faults    faults
	counts    Counts
	serving   sync.WaitGroup
}

// Counts says what happened at an edge so far.
type Counts struct {
	Links    int      // TCP connections of agents
	Sessions int      // accepted authentications
	Takeover int      // of them, those that took over a client id
	Binds    int      // accepted binds
	Refused  int      // authentications and binds answered with an error
	URLs     []string // asked for, bind by bind; "" when none was
	Policies []string // traffic policies given, bind by bind
}

type session struct {
	id   string
	mux  muxado.TypedStreamSession
	link *link
}

type bind struct {
	id      string
	url     string
	session *session
}

// Start starts an edge.
func Start(o Options) (*Edge, error) {
	if o.Plan == "" {
		o.Plan = "Free"
	}
	if o.Region == "" {
		o.Region = "lo"
	}
	ca, err := newAuthority()
	if err != nil {
		return nil, err
	}
	e := &Edge{
		opts: o, ca: ca, links: map[*link]bool{}, agentAddr: orLoopback(o.AgentAddr),
		sessions: map[string]*session{}, binds: map[string]*bind{},
	}
	if err := e.startPublic(); err != nil {
		return nil, err
	}
	if err := e.Up(); err != nil {
		e.Close()
		return nil, err
	}
	return e, nil
}

func orLoopback(addr string) string {
	if addr == "" {
		return "127.0.0.1:0"
	}
	return addr
}

// AgentAddr is the host and port for agents; it stays the same over Down and Up.
func (e *Edge) AgentAddr() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.agentAddr
}

// CAPEM is the certificate, in PEM, that agents and browsers must trust.
func (e *Edge) CAPEM() []byte { return e.ca.pem }

// Counts says what happened so far.
func (e *Edge) Counts() Counts {
	e.mu.Lock()
	defer e.mu.Unlock()
	c := e.counts
	c.URLs, c.Policies = append([]string(nil), c.URLs...), append([]string(nil), c.Policies...)
	return c
}

// Links is how many connections of agents are open now.
func (e *Edge) Links() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.links)
}

// Close ends the edge with all its connections.
func (e *Edge) Close() {
	e.Down()
	e.public.Close()
	e.serving.Wait()
}

// Up makes the edge accept agents, on the same port as before.
func (e *Edge) Up() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.agents != nil {
		return nil
	}
	ln, err := net.Listen("tcp", e.agentAddr)
	if err != nil {
		return fmt.Errorf("edge: %w", err)
	}
	e.agents, e.agentAddr = ln, ln.Addr().String()
	e.serving.Go(func() { e.acceptAgents(ln) })
	return nil
}

// Down refuses agents from now on, resets those that are connected, and
// forgets their sessions: an outage, and with Up a restart.
func (e *Edge) Down() {
	e.mu.Lock()
	if e.agents != nil {
		e.agents.Close()
		e.agents = nil
	}
	e.sessions, e.binds = map[string]*session{}, map[string]*bind{}
	e.mu.Unlock()
	e.Reset()
}

func (e *Edge) acceptAgents(ln net.Listener) {
	for {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		e.mu.Lock()
		l := newLink(c, e.faults.rtt)
		e.links[l] = true
		e.counts.Links++
		e.mu.Unlock()
		e.serving.Go(func() { e.serveAgent(l) })
	}
}

// serveAgent answers one link's calls until it ends.
func (e *Edge) serveAgent(l *link) {
	defer func() {
		l.Close()
		e.mu.Lock()
		delete(e.links, l)
		e.mu.Unlock()
	}()
	conn := tls.Server(l, e.ca.serverConfig())
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	if conn.Handshake() != nil {
		return
	}
	conn.SetDeadline(time.Time{})
	mux := muxado.NewHeartbeat(muxado.NewTypedStreamSession(muxado.Server(conn, nil)),
		func(time.Duration, bool) {}, nil)
	defer mux.Close()
	s := &session{mux: mux, link: l}
	defer e.forget(s)
	for {
		stream, err := mux.AcceptTypedStream()
		if err != nil {
			return
		}
		go e.answer(s, stream)
	}
}

// forget drops a session's binds when its link is gone; its client id stays
// known, so that the agent may come back under it.
func (e *Edge) forget(s *session) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for host, b := range e.binds {
		if b.session == s {
			delete(e.binds, host)
		}
	}
}

// origin is the public address of an account: the same for the same token, as
// a free account has one domain of its own.
func (e *Edge) origin(token string) string {
	h := fnv.New32a()
	h.Write([]byte(token))
	return fmt.Sprintf("%s://ff-%08x.localhost:%s", e.publicURL.Scheme, h.Sum32(), e.publicURL.Port())
}

// remembered is the public address that an earlier bind's token carries.
func remembered(token string) string {
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || !strings.Contains(string(b), "://") {
		return ""
	}
	return string(b)
}

func remember(address string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(address))
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}
