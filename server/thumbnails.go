package server

import (
	"fmt"
	"net/http"
	"strconv"

	"folderfront/server/catalogue"
	"folderfront/server/thumb"
)

// thumbnail is GET /thumbnail: a document's picture, or an icon in its place.
func (s *Server) thumbnail(c *call) error {
	id, err := c.params.id("id")
	if err != nil {
		return err
	}
	e, err := s.lookup(c, id)
	if err != nil {
		return err
	}
	return s.sendPicture(c, e, c.params.number("size", thumb.DefaultWidth))
}

// sendPicture sends a picture at most width pixels wide. It may be kept, by the
// caller alone, and asked for again by its tag.
func (s *Server) sendPicture(c *call, e catalogue.Entry, width int) error {
	h := c.w.Header()
	if tag := s.Thumbs.ETag(e, width); hasTag(c.r, tag) {
		h.Set("Etag", tag)
		h.Set("Cache-Control", "private, max-age=0")
		c.w.WriteHeader(http.StatusNotModified)
		return nil
	}
	picture, err := s.Thumbs.Get(c.r.Context(), e, width)
	if err != nil {
		return err
	}
	h.Set("Content-Type", picture.ContentType)
	h.Set("Content-Length", strconv.Itoa(len(picture.Data)))
	if picture.MaxAge > 0 {
		h.Set("Cache-Control", fmt.Sprintf("private, max-age=%d", int(picture.MaxAge.Seconds())))
	}
	if picture.ETag != "" {
		h.Set("Etag", picture.ETag)
		if hasTag(c.r, picture.ETag) {
			h.Del("Content-Length")
			c.w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	c.w.WriteHeader(http.StatusOK)
	_, _ = c.w.Write(picture.Data) // a client that is gone needs no answer
	return nil
}
