package server

import (
	"compress/gzip"
	"io"
)

// stream writes an answer of JSON whose length is not known when it begins.
type stream struct {
	out    io.Writer
	packer *gzip.Writer // nil when the client doesn't take it compressed
}

// beginStream sets the answer's headers. When the answer is compressed, too gets
// the same bytes, unless it is nil.
func (c *call) beginStream(too io.Writer) *stream {
	c.w.Header().Set("Content-Type", "application/json")
	c.w.Header().Set("Vary", "Accept-Encoding")
	if !c.acceptsGzip() {
		return &stream{out: c.w}
	}
	c.w.Header().Set("Content-Encoding", "gzip")
	var to io.Writer = c.w
	if too != nil {
		to = io.MultiWriter(c.w, too)
	}
	packer := newPacker(to)
	return &stream{out: packer, packer: packer}
}

// write tells whether the client is still there.
func (s *stream) write(p []byte) bool {
	_, err := s.out.Write(p)
	return err == nil
}

// close ends the answer; it tells whether the client is still there.
func (s *stream) close() bool { return s.packer == nil || s.packer.Close() == nil }
