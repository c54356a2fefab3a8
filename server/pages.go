package server

import (
	"context"
	"net/http"
	"time"

	"folderfront/server/auth"
	"folderfront/server/catalogue"
	"folderfront/server/upload"
	"folderfront/server/web"
)

// newPages makes the pages for browsers over this server's way of sending
// files and pictures.
func (s *Server) newPages() *web.Pages {
	return web.New(web.Config{
		Auth: s.Auth, Catalogue: s.Catalogue, Uploads: s.Uploads, Logger: s.log,
		Origin:       func() string { return s.options.Load().Origin },
		LinksAllowed: func(share string) bool { return s.options.Load().linksAllowed(share) },
		List:         s.children,
		Type: func(ctx context.Context, e catalogue.Entry) string {
			kind, _ := s.sniffer.typeOf(ctx, e, time.Time{})
			return kind
		},
		Serve: func(_ http.ResponseWriter, r *http.Request, e catalogue.Entry, inline bool) error {
			disposition := "attachment"
			if inline {
				disposition = "inline"
			}
			return s.sendFile(callOf(r), e, disposition)
		},
		ServeVersion: func(_ http.ResponseWriter, r *http.Request, e catalogue.Entry, version upload.Item) error {
			return s.sendVersion(callOf(r), e, version)
		},
		Thumbnail: func(_ http.ResponseWriter, r *http.Request, e catalogue.Entry, width int) error {
			return s.sendPicture(callOf(r), e, width)
		},
		Seen: func(r *http.Request, verb string, who auth.Principal, e catalogue.Entry) {
			c := callOf(r)
			c.verb, c.who, c.about = verb, who, e
		},
	})
}

// callKey is under which a page's request carries its call.
type callKey struct{}

func callOf(r *http.Request) *call { return r.Context().Value(callKey{}).(*call) }

// page serves the pages for browsers.
func (s *Server) page(c *call) error {
	c.r = c.r.WithContext(context.WithValue(c.r.Context(), callKey{}, c))
	s.pages.ServeHTTP(c.w, c.r)
	return nil
}

// token is the Token Endpoint URL of OAuth2.
func (s *Server) token(c *call) error {
	s.Auth.Token(c.w, c.r)
	return nil
}

// revoke ends an OAuth2 token (RFC 7009).
func (s *Server) revoke(c *call) error {
	s.Auth.Revoke(c.w, c.r)
	return nil
}
