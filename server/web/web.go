// Package web is what a person meets in a browser when they open a link of
// Folderfront: sign-in, consent, and the view of a document or a folder.
//
// Its terms:
//
//   - A page is one template filled from plain values. It needs no script, and
//     its Content-Security-Policy allows none.
//   - A visit is a browser's request for one document or folder, with whoever
//     it comes from: a signed-in person or the holder of a signed link.
//   - Back is the address of ours that a browser is led to after it signed in.
//     A handler builds it from a proven id; it is never taken from a parameter.
//   - A form does one thing, named by its field "do", and is answered with a
//     redirect.
package web

import (
	"context"
	"log/slog"
	"net/http"

	"folderfront/assets/pages"
	"folderfront/server/auth"
	"folderfront/server/catalogue"
	"folderfront/server/upload"
)

// Config is what the pages need from the server. All of it is required but
// LinksAllowed and Seen.
type Config struct {
	Auth      *auth.Auth
	Catalogue *catalogue.Catalogue
	Uploads   *upload.Uploads
	Logger    *slog.Logger

	Origin       func() string           // public origin, without a slash at the end; "" while there is none
	LinksAllowed func(share string) bool // may signed links show documents of that shared folder? nil: never

	// List returns what a principal may see in a folder, in the order of /files.
	List func(context.Context, auth.Principal, catalogue.ID) ([]catalogue.Entry, error)
	// Type returns the MIME type of a document.
	Type func(context.Context, catalogue.Entry) string
	// Serve answers with a document's bytes, to be shown or to be kept,
	// ServeVersion with those of a version of it, to be kept, and Thumbnail with a
	// picture of it of that width. An error means that nothing was written.
	Serve        func(w http.ResponseWriter, r *http.Request, e catalogue.Entry, inline bool) error
	ServeVersion func(w http.ResponseWriter, r *http.Request, e catalogue.Entry, version upload.Item) error
	Thumbnail    func(w http.ResponseWriter, r *http.Request, e catalogue.Entry, width int) error
	// Seen hears that somebody viewed or downloaded something. May be nil.
	Seen func(r *http.Request, verb string, who auth.Principal, e catalogue.Entry)
}

// Pages serves every address that is meant for browsers. It is safe for
// concurrent use.
type Pages struct {
	Config
	mux *http.ServeMux
}

// New returns the pages.
func New(cfg Config) *Pages {
	p := &Pages{Config: cfg, mux: http.NewServeMux()}
	for pattern, handle := range map[string]http.HandlerFunc{
		"/view/{$}":           p.view,
		"/view/{id}":          p.view,
		"/view/{id}/content":  p.content,
		"/view/{id}/picture":  p.picture,
		"/get/{id}":           p.get,
		"/get/{id}/{version}": p.getVersion,
		"/link/{token}":       p.link,
		"/signin":             p.signInPage,
		"/signin/wait":        p.wait,
		"/signin/warning":     p.warning,
		"/signin/out":         p.signedOut,
		"/signout":            p.signOut,
		"/oauth2/authorize":   p.authorize,
		"/static/pages.css":   static(pages.Base+sheet, "text/css; charset=utf-8"),
		"/static/icon.svg":    static(pages.Icon, "image/svg+xml"),
		"/{rest...}":          p.nothing,
	} {
		p.mux.HandleFunc(pattern, handle)
	}
	return p
}

// ServeHTTP guards every page: it sets the headers that keep it from being
// framed, sniffed, cached or scripted, and refuses forms that were sent from
// other sites.
func (p *Pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy("'self'"))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "private, no-store")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost:
	default:
		h.Set("Allow", "GET, HEAD, POST")
		p.message(w, r, http.StatusMethodNotAllowed, message{"That does not work here", "This address can be opened and its forms can be sent, nothing else.", homeLink})
		return
	}
	if err := p.crossOrigin().Check(r); err != nil {
		p.message(w, r, http.StatusForbidden, message{"Sent from another site", "This form was not sent from our own page, so nothing was done. Open the page here and try again.", homeLink})
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, formBytes)
	p.mux.ServeHTTP(w, r)
}

// formBytes bounds what a form can send.
const formBytes = 16 << 10

// crossOrigin tells forms of other sites from our own. Behind a proxy of the
// person's own, which may change the Host header, our origin is the public one.
func (p *Pages) crossOrigin() *http.CrossOriginProtection {
	c := http.NewCrossOriginProtection()
	if origin := p.Origin(); origin != "" {
		if err := c.AddTrustedOrigin(origin); err != nil {
			p.Logger.Warn("the public address is no origin", "err", err)
		}
	}
	return c
}

// policy is the Content-Security-Policy of a page whose forms may lead to the
// given addresses.
func policy(formAction string) string {
	return "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; frame-src 'self'; form-action " + formAction +
		"; base-uri 'none'; frame-ancestors 'none'"
}

// nothing answers every address that is no page.
func (p *Pages) nothing(w http.ResponseWriter, r *http.Request) {
	p.message(w, r, http.StatusNotFound, message{"There is nothing here", "The address may be mistyped or cut off. Open the link again from where you found it.", homeLink})
}
