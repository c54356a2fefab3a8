package server

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"folderfront/server/auth"
	"folderfront/server/catalogue"
)

// Listener tells where a request came in.
type Listener int

// The two ways in.
const (
	Loopback Listener = iota // this computer, or a proxy of the person's own on it
	Tunnel                   // the internet
)

// call is one request on its way through the server.
type call struct {
	r        *http.Request
	w        *response
	options  *Options
	route    *route
	params   params
	who      auth.Principal
	verb     string          // what is to be told in the activity list; "" for nothing
	handling bool            // its endpoint is at work: failures take the endpoint's form
	about    catalogue.Entry // what it is about, for log and activity; may stay empty
	moved    int64           // bytes of an upload's body
	start    time.Time
}

// Handler serves the API and the browser pages to one listener. It may be used
// by several http.Servers.
func (s *Server) Handler(l Listener) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.requests.Add(1)
		s.serving.Add(1)
		defer s.requests.Done()
		defer s.serving.Add(-1)
		s.serve(l, w, r)
	})
}

// serve takes a request through recovery, log and limits to its endpoint.
func (s *Server) serve(l Listener, w http.ResponseWriter, r *http.Request) {
	out := newResponse(w, s.limits.ChunkTime)
	c := &call{r: r, w: out, options: s.options.Load(), start: time.Now()}
	r.URL.Path = collapse(r.URL.Path)
	c.route = routeOf(r.URL.Path)
	c.verb = c.route.verb
	r.RemoteAddr = clientAddress(r, c.options)
	if r.Body != nil && r.Body != http.NoBody {
		out.body = newBody(r, out)
		r.Body = out.body
	}
	defer s.finish(c)
	if err := s.dispatch(l, c); err != nil {
		s.writeError(c, err)
	}
}

// dispatch decides, in this order: is the address ours, who is it, is there
// such an endpoint, are the parameters sound; then the endpoint works.
func (s *Server) dispatch(l Listener, c *call) error {
	if !c.options.serves(l, c.r.Host) {
		return forbidden("Folderfront is not reached under this address. Use the Base API URL that its window shows.")
	}
	if c.r.URL.Path == "/" && strings.Contains(c.r.Header.Get("Accept"), "text/html") {
		http.Redirect(c.w, c.r, "/view/", http.StatusSeeOther) // a person who typed the bare address
		return nil
	}
	if c.route.path != "" {
		return c.route.handle(s, c)
	}
	if err := s.authenticate(c); err != nil {
		return err
	}
	c.w.Header().Set("X-Content-Type-Options", "nosniff")
	c.w.Header().Set("Cache-Control", "private, no-store")
	if !c.route.open && !c.who.For(c.route.limit) {
		return forbidden("This API key was made for something else and can't be used here. Make a key without a limit.")
	}
	if c.route.handle == nil {
		return notFound("There is no such endpoint. The Base API URL in Workfront's custom integration may be mistyped.")
	}
	if !c.route.allows(c.r.Method) {
		return badInput("The endpoint " + c.route.name + " is not called with this method. Nothing was changed.")
	}
	var err error
	if c.params, err = readParams(c.r, c.route.params, c.route.body == paramBody); err != nil {
		return err
	}
	c.handling = true
	return c.route.handle(s, c)
}

// authenticate finds out who calls, and from where.
func (s *Server) authenticate(c *call) (err error) {
	if c.route.open {
		return nil
	}
	if !c.options.admits(c.r.RemoteAddr) {
		return forbidden("Calls from this internet address are not allowed. The list of allowed addresses is in Folderfront's settings.")
	}
	c.who, err = s.Auth.Authenticate(c.r)
	return err
}

// finish recovers from a fault in this program, and notes what happened.
func (s *Server) finish(c *call) {
	fault := recover()
	if fault != nil && fault != http.ErrAbortHandler {
		s.log.Error("fault in this program", "route", c.route.name, "fault", fmt.Sprint(fault), "stack", string(debug.Stack()))
		if c.w.status == 0 {
			c.w.Header().Set("Connection", "close")
			s.writeError(c, fmt.Errorf("fault: %v", fault))
			fault = nil
		}
	}
	s.note(c)
	if fault != nil {
		panic(http.ErrAbortHandler)
	}
}

// note writes the log line and the activity of a finished call. Neither holds
// a query, a credential or a path.
func (s *Server) note(c *call) {
	took := time.Since(c.start)
	s.log.LogAttrs(c.r.Context(), slog.LevelInfo, "served",
		slog.String("route", c.route.name), slog.String("id", string(c.about.ID)),
		slog.Int("status", c.w.status), slog.Int64("bytes", c.bytes()),
		slog.Duration("took", took), slog.String("person", c.who.Name()))
	if c.route.path == "" && c.w.status == http.StatusForbidden {
		c.verb = "refused"
	}
	if c.verb == "" {
		return
	}
	s.activity.record(Event{
		Time: c.start, Person: c.who.Name(), Verb: c.verb,
		ID: string(c.about.ID), Title: c.about.Title(), Folder: c.about.Share,
		Status: c.w.status, Bytes: c.bytes(), Took: took,
	})
}

// bytes is how much of a document or an answer was moved.
func (c *call) bytes() int64 {
	if c.route.body == fileBody {
		return c.moved
	}
	return c.w.bytes
}

// clientAddress is where a request really comes from: what the connection says
// or, when a proxy on this computer brought it under the public name, the last
// value that the proxy added. Everything else in X-Forwarded-For was written by
// the caller.
func clientAddress(r *http.Request, o *Options) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !peer.Addr().Unmap().IsLoopback() || hostOf(r.Host) != o.originHost {
		return r.RemoteAddr
	}
	hops := r.Header.Values("X-Forwarded-For")
	if len(hops) == 0 {
		return r.RemoteAddr
	}
	last := hops[len(hops)-1]
	last = strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
	addr, err := netip.ParseAddr(last)
	if err != nil {
		return r.RemoteAddr
	}
	return netip.AddrPortFrom(addr, peer.Port()).String()
}

// hostOf is a Host header without port, in lower case.
func hostOf(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.TrimSuffix(strings.ToLower(strings.Trim(host, "[]")), ".")
}
