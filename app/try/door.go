package try

import (
	"crypto/rand"
	"crypto/subtle"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	inviteTime  = 10 * time.Minute
	maxInvites  = 16
	maxSessions = 16
	cookieName  = "folderfront-try"
)

// door decides which browser sees the page: it stands for the person's key, and
// every program and web page on this computer can reach its port.
//
// An invitation is a secret address that works once. It is exchanged for a
// session: a cookie that scripts can't read, bound to a path of the session's
// own, because browsers send cookies to every port of a host.
type door struct {
	hosts []string // as Host may name this page

	mu       sync.Mutex
	invites  map[string]time.Time // until when
	sessions map[string]string    // the path's name → the cookie's value
}

func (d *door) open(address net.Addr) {
	host, port, err := net.SplitHostPort(address.String())
	if err == nil {
		d.hosts = []string{net.JoinHostPort(host, port), net.JoinHostPort("localhost", port)}
	}
	d.invites, d.sessions = map[string]time.Time{}, map[string]string{}
}

// invite makes an invitation.
func (d *door) invite() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	for token, until := range d.invites {
		if time.Now().After(until) || len(d.invites) >= maxInvites {
			delete(d.invites, token)
		}
	}
	token := rand.Text()
	d.invites[token] = time.Now().Add(inviteTime)
	return "http://" + d.hosts[0] + "/start/" + token
}

// enter takes an invitation and returns the session's cookie.
func (d *door) enter(token string) (*http.Cookie, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	until, invited := d.invites[token]
	delete(d.invites, token)
	if !invited || time.Now().After(until) {
		return nil, false
	}
	for name := range d.sessions {
		if len(d.sessions) >= maxSessions {
			delete(d.sessions, name)
		}
	}
	name, secret := rand.Text()[:10], rand.Text()
	d.sessions[name] = secret
	return &http.Cookie{Name: cookieName, Value: secret, Path: "/p/" + name + "/", HttpOnly: true, SameSite: http.SameSiteStrictMode}, true
}

// knows tells whether a request comes with the session of its path.
func (d *door) knows(r *http.Request) bool {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	secret, there := d.sessions[r.PathValue("session")]
	return there && subtle.ConstantTimeCompare([]byte(secret), []byte(cookie.Value)) == 1
}

// admits keeps out what other web pages send: calls under another name (DNS
// rebinding), and every call that a browser says comes from elsewhere. What
// changes something must say that it comes from here.
func (d *door) admits(r *http.Request) bool {
	named := false
	for _, host := range d.hosts {
		named = named || r.Host == host
	}
	if !named {
		return false
	}
	site, origin := r.Header.Get("Sec-Fetch-Site"), r.Header.Get("Origin")
	if origin != "" && origin != "null" && origin != "http://"+r.Host {
		return false
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return site == "" || site == "same-origin" || site == "none"
	}
	return site == "same-origin" || site == "" && origin == "http://"+r.Host
}
