package server

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"folderfront/server/auth"
	"folderfront/server/catalogue"
)

// listing is a folder's content as it goes out: the items in order, separated
// by commas. It never changes once it is built.
type listing struct {
	body []byte // a JSON list
	ends []int  // where each item ends in body, without the comma

	pack   sync.Once
	packed []byte // the whole answer, compressed; made when first asked for
}

// maxKeepable is the number of items up to which a listing is built whole and
// kept. A larger one would take too much memory and is written as it is made.
const maxKeepable = 150_000

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
	children, err := s.children(c.r.Context(), c.who, parent.ID)
	if err != nil {
		return err
	}
	if len(children) > maxKeepable {
		return s.streamListing(c, children)
	}
	l, complete := s.buildListing(c, children)
	if complete && key.parent != catalogue.Root {
		s.listings.keep(key, l)
	}
	return c.writeListing(l)
}

// children gives what somebody may see in a folder, in the order of listings.
func (s *Server) children(ctx context.Context, who auth.Principal, parent catalogue.ID) ([]catalogue.Entry, error) {
	children, err := s.Catalogue.Children(ctx, parent)
	if err != nil {
		return nil, err
	}
	children = slices.DeleteFunc(children, func(e catalogue.Entry) bool { return !sees(who, e) })
	sortNaturally(children)
	return children, nil
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
func (s *Server) buildListing(c *call, children []catalogue.Entry) (l *listing, complete bool) {
	l = &listing{body: make([]byte, 0, 2+360*len(children)), ends: make([]int, 0, len(children))}
	l.body = append(l.body, '[')
	until := time.Now().Add(sniffPatience)
	complete = true
	for _, e := range children {
		if len(l.ends) > 0 {
			l.body = append(l.body, ',')
		}
		i, sure := s.item(c, e, until)
		complete = complete && sure
		l.body = c.options.wire.metadata(l.body, i)
		l.ends = append(l.ends, len(l.body))
	}
	l.body = append(l.body, ']')
	return l, complete
}

// streamListing writes a listing that is too large to keep, as it is made.
func (s *Server) streamListing(c *call, children []catalogue.Entry) error {
	first, last := c.page(len(children))
	var out io.Writer = c.w
	c.w.Header().Set("Content-Type", "application/json")
	c.w.Header().Set("Vary", "Accept-Encoding")
	if c.acceptsGzip() {
		c.w.Header().Set("Content-Encoding", "gzip")
		packer := newPacker(c.w)
		defer packer.Close()
		out = packer
	}
	until := time.Now().Add(sniffPatience)
	buffer := append(make([]byte, 0, chunk), '[')
	for n, e := range children[first:last] {
		if n > 0 {
			buffer = append(buffer, ',')
		}
		i, _ := s.item(c, e, until)
		buffer = c.options.wire.metadata(buffer, i)
		if len(buffer) > chunk/2 {
			if _, err := out.Write(buffer); err != nil {
				return nil // the client is gone
			}
			buffer = buffer[:0]
		}
	}
	_, _ = out.Write(append(buffer, ']'))
	return nil
}

// gzipFrom is the size in bytes from which compressing an answer pays.
const gzipFrom = 2 << 10

// writeListing sends the part that was asked for. The whole is compressed once.
func (c *call) writeListing(l *listing) error {
	first, last := c.page(len(l.ends))
	if last-first < len(l.ends) || len(l.body) < gzipFrom || !c.acceptsGzip() {
		return c.writeList(l.part(first, last))
	}
	l.pack.Do(func() { l.packed = packed(l.body) })
	return c.writePacked(l.packed)
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
	packer := newPacker(&out)
	_, _ = packer.Write(body) // a buffer takes everything
	_ = packer.Close()
	return out.Bytes()
}

// sortNaturally puts folders first and sorts by name as a person would. Names
// that a person would call equal keep a fixed order.
func sortNaturally(entries []catalogue.Entry) {
	type sortable struct {
		key   string
		entry *catalogue.Entry
	}
	order := make([]sortable, len(entries))
	for i := range entries {
		order[i] = sortable{naturalKey(entries[i].Name), &entries[i]}
	}
	slices.SortFunc(order, func(a, b sortable) int {
		if a.entry.Folder != b.entry.Folder {
			if a.entry.Folder {
				return -1
			}
			return 1
		}
		if c := strings.Compare(a.key, b.key); c != 0 {
			return c // nearly always: the rest is not worth computing first
		}
		return cmp.Or(strings.Compare(a.entry.Name, b.entry.Name), cmp.Compare(a.entry.ID, b.entry.ID))
	})
	sorted := make([]catalogue.Entry, len(entries))
	for i, o := range order {
		sorted[i] = *o.entry
	}
	copy(entries, sorted)
}
