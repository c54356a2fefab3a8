package server

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"
	"slices"
	"strings"
	"sync"

	"folderfront/server/auth"
	"folderfront/server/catalogue"
)

// listing is a folder's content as it goes out: the items in order, separated
// by commas. It never changes once it is built.
type listing struct {
	body []byte // a JSON list
	ends []int  // where each item ends in body, without the comma

	pack   sync.Once
	packed bytes.Buffer // the whole answer, compressed; made when first asked for
}

const (
	// streamFrom is the number of items from which a listing is written as it is
	// made: its first items arrive while the last ones are not made yet.
	streamFrom = 2000
	// streamed is how many bytes are written at once then.
	streamed = chunk / 2
	// maxKeepable is the number of items up to which a listing is kept. A larger
	// one would take too much memory.
	maxKeepable = 150_000
)

// files is GET /files: what a folder holds, folders first, in natural order.
func (s *Server) files(c *call) error {
	id, err := c.params.idOrRoot("parentId")
	if err != nil {
		return err
	}
	parent, err := s.lookup(c, id)
	if err != nil {
		return err
	}
	if !parent.Folder {
		return notFound("There is no such folder: the id is that of a document.")
	}
	// The generation is read before the content, so that a tag or a kept
	// listing is never newer than what it stands for.
	key := listingKey{parent.ID, s.Catalogue.Generation(parent.ID), c.writes(parent), c.options}
	if c.unchanged(key) {
		c.w.WriteHeader(http.StatusNotModified)
		return nil
	}
	if kept := s.listings.get(key); kept != nil {
		return c.writeListing(kept)
	}
	if parent.ID == catalogue.Root {
		return s.listShares(c)
	}
	contents, err := s.Catalogue.Contents(c.r.Context(), parent.ID)
	if err != nil {
		return err
	}
	if contents.Len() >= streamFrom {
		s.streamListing(c, key, contents)
		return nil
	}
	l, complete := s.buildListing(c, contents.All())
	if complete {
		s.listings.keep(key, l)
	}
	return c.writeListing(l)
}

// listShares lists the shared folders that the caller may see.
func (s *Server) listShares(c *call) error {
	shares, err := s.children(c.r.Context(), c.who, catalogue.Root)
	if err != nil {
		return err
	}
	l, _ := s.buildListing(c, slices.Values(shares))
	return c.writeListing(l)
}

// children gives what somebody may see in a folder, in the order of listings.
func (s *Server) children(ctx context.Context, who auth.Principal, parent catalogue.ID) ([]catalogue.Entry, error) {
	children, err := s.Catalogue.Children(ctx, parent)
	return slices.DeleteFunc(children, func(e catalogue.Entry) bool { return !sees(who, e) }), err
}

// unchanged sets the listing's weak tag and tells whether the caller has that
// already. The root has none: what it holds depends on who asks.
func (c *call) unchanged(key listingKey) bool {
	if key.parent == catalogue.Root {
		return false
	}
	tag := fmt.Sprintf(`"%s-%x-%t-%s-%s"`, c.options.epoch, key.generation, key.writable, c.params["offset"], c.params["max"])
	tag = strings.Map(tagChar, tag)
	c.w.Header().Set("Etag", "W/"+tag)
	return hasTag(c.r, tag)
}

// hasTag tells whether the caller says that it has the content of this tag
// already (RFC 9110, If-None-Match, by weak comparison).
func hasTag(r *http.Request, tag string) bool {
	for had := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
		if strings.TrimPrefix(strings.TrimSpace(had), "W/") == tag {
			return true
		}
	}
	return false
}

// tagChar keeps what may stand in an entity tag.
func tagChar(r rune) rune {
	if r < '!' || r > '~' {
		return '_'
	}
	return r
}

// page is the part of n items that offset and max ask for.
func (c *call) page(n int) (first, last int) {
	first = min(c.params.count("offset", 0), n)
	return first, first + min(c.params.count("max", n), n-first)
}

// buildListing writes all items. It is incomplete when time ran out for looking
// into files of unknown type.
func (s *Server) buildListing(c *call, entries iter.Seq[catalogue.Entry]) (l *listing, complete bool) {
	l = &listing{body: []byte{'['}}
	w := s.itemWriter(c)
	for e := range entries {
		l.add(w, e)
	}
	l.body = append(l.body, ']')
	return l, !w.unsure
}

// add appends one item.
func (l *listing) add(w *itemWriter, e catalogue.Entry) {
	if len(l.ends) > 0 {
		l.body = append(l.body, ',')
	}
	l.body = w.append(l.body, e)
	l.ends = append(l.ends, len(l.body))
}

// streamListing writes a large listing as it is made. The whole is kept for the
// next caller, if it isn't too large.
func (s *Server) streamListing(c *call, key listingKey, contents catalogue.Contents) {
	first, last := c.page(contents.Len())
	if last-first < contents.Len() || last > maxKeepable {
		s.streamPart(c, contents.Slice(first, last))
		return
	}
	l, sent := &listing{body: append(make([]byte, 0, chunk), '['), ends: make([]int, 0, last)}, 0
	out, w := c.beginStream(&l.packed), s.itemWriter(c)
	for e := range contents.All() {
		l.add(w, e)
		if len(l.body)-sent > streamed {
			if !out.write(l.body[sent:]) {
				return
			}
			if sent == 0 { // it is on its way: now there is time to make room for the rest
				l.reserve(last)
			}
			sent = len(l.body)
		}
	}
	l.body = append(l.body, ']')
	if out.write(l.body[sent:]) && out.close() && !w.unsure {
		s.listings.keep(key, l)
	}
}

// reserve makes room for as many items as there will be, judged by those that
// are there.
func (l *listing) reserve(items int) {
	more := (items - len(l.ends)) * (len(l.body)/len(l.ends) + 8)
	l.body = append(make([]byte, 0, len(l.body)+more), l.body...)
}

// streamPart writes some items as they are made, and keeps nothing.
func (s *Server) streamPart(c *call, part catalogue.Contents) {
	out, w := c.beginStream(nil), s.itemWriter(c)
	l := &listing{body: []byte{'['}}
	for e := range part.All() {
		l.add(w, e)
		if len(l.body) > streamed {
			if !out.write(l.body) {
				return
			}
			l.body = l.body[:0]
		}
	}
	if out.write(append(l.body, ']')) {
		out.close()
	}
}

// gzipFrom is the size in bytes from which compressing an answer pays.
const gzipFrom = 2 << 10

// writeListing sends the part that was asked for. The whole is compressed once.
func (c *call) writeListing(l *listing) error {
	first, last := c.page(len(l.ends))
	if last-first < len(l.ends) || len(l.body) < gzipFrom || !c.acceptsGzip() {
		return c.writeList(l.part(first, last))
	}
	l.pack.Do(func() {
		if l.packed.Len() == 0 {
			packInto(&l.packed, l.body)
		}
	})
	return c.writePacked(l.packed.Bytes())
}

// writeList sends a list, compressed when the client takes it so.
func (c *call) writeList(body []byte) error {
	if len(body) >= gzipFrom && c.acceptsGzip() {
		return c.writePacked(packed(body))
	}
	c.w.Header().Set("Vary", "Accept-Encoding")
	return c.writeJSON(body)
}

func (c *call) writePacked(body []byte) error {
	c.w.Header().Set("Vary", "Accept-Encoding")
	c.w.Header().Set("Content-Encoding", "gzip")
	return c.writeJSON(body)
}

// part is the JSON list of some of the items.
func (l *listing) part(first, last int) []byte {
	switch {
	case last-first == len(l.ends):
		return l.body
	case first == last:
		return []byte("[]")
	}
	start := len("[")
	if first > 0 {
		start = l.ends[first-1] + len(",")
	}
	return slices.Concat([]byte("["), l.body[start:l.ends[last-1]], []byte("]"))
}

func (c *call) acceptsGzip() bool {
	for coding := range strings.SplitSeq(c.r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(coding), ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			return !strings.HasPrefix(strings.TrimSpace(weight), "q=0") || strings.ContainsAny(weight, "123456789")
		}
	}
	return false
}

// newPacker compresses with the least effort: names repeat so much that more
// brings little.
func newPacker(w io.Writer) *gzip.Writer {
	packer, _ := gzip.NewWriterLevel(w, gzip.BestSpeed) // the level is a valid one
	return packer
}

func packed(body []byte) []byte {
	var out bytes.Buffer
	packInto(&out, body)
	return out.Bytes()
}

func packInto(out *bytes.Buffer, body []byte) {
	packer := newPacker(out)
	_, _ = packer.Write(body) // a buffer takes everything
	_ = packer.Close()
}
