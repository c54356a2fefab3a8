package server

import (
	"crypto/rand"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"folderfront/server/catalogue"
)

// Options are what may change while the server runs. They are given whole to
// SetOptions.
type Options struct {
	Origin       string         // the public origin, "https://host", without a slash: all links begin with it
	Hosts        []string       // further names under which the loopback listener may be called
	Allow        []netip.Prefix // clients that may call the API; empty means all
	SizeAsNumber bool           // "size": 5 rather than "size": "5"
	SearchMax    int            // results of one search; 0 means DefaultSearchMax
	Links        []string       // shared folders whose documents may be shown by signed links

	originHost string
	wire       wire
	epoch      string // tells these options from all others, in this run or an earlier one
}

// DefaultSearchMax is the greatest number of results of one search.
const DefaultSearchMax = 500

// SetOptions makes o hold for all requests from now on. It is safe to call at
// any time; o's slices must not change afterwards.
func (s *Server) SetOptions(o Options) {
	o.Origin = strings.TrimRight(o.Origin, "/")
	if u, err := url.Parse(o.Origin); err == nil {
		o.originHost = hostOf(u.Host)
	}
	if o.SearchMax <= 0 {
		o.SearchMax = DefaultSearchMax
	}
	o.wire = newWire(o.Origin, o.SizeAsNumber)
	o.epoch = rand.Text()[:10]
	s.options.Store(&o)
}

// linksAllowed tells whether signed links may show documents of a shared folder.
func (o *Options) linksAllowed(share string) bool {
	return slices.ContainsFunc(o.Links, func(l string) bool { return catalogue.Fold(l) == catalogue.Fold(share) })
}

// serves tells whether a listener may be called under a Host header: the public
// name everywhere, and this computer's own names on loopback. A page of a
// stranger's that was made to resolve to this computer (DNS rebinding) calls
// under its own name; an address in digits can't be rebound.
func (o *Options) serves(l Listener, host string) bool {
	name := hostOf(host)
	if name == "" {
		return false
	}
	if name == o.originHost {
		return true
	}
	if l != Loopback {
		return false
	}
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	return slices.ContainsFunc(o.Hosts, func(h string) bool { return hostOf(h) == name })
}

// admits tells whether a client's address may call the API.
func (o *Options) admits(address string) bool {
	if len(o.Allow) == 0 {
		return true
	}
	from, err := netip.ParseAddrPort(address)
	if err != nil {
		return false
	}
	addr := from.Addr().Unmap().WithZone("")
	return slices.ContainsFunc(o.Allow, func(p netip.Prefix) bool { return p.Contains(addr) })
}
