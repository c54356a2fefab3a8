package server

import (
	"fmt"
	"net/http"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"folderfront/server/catalogue"
	"folderfront/server/upload"
)

// maxRanges is how many ranges of a document one call may ask for. More are an
// attack or a mistake; the call then gets the whole document.
const maxRanges = 8

// download is GET /download: a document's bytes.
func (s *Server) download(c *call) error {
	id, err := c.params.id("id")
	if err != nil {
		return err
	}
	e, err := s.lookup(c, id)
	if err != nil {
		return err
	}
	return s.sendFile(c, e, "attachment")
}

// sendFile sends a document as RFC 9110 has it: whole or in ranges, or "not
// modified". Its length is taken from the opened file; should that shrink while
// it is sent, the connection breaks off, so that nobody takes the part for the
// whole.
func (s *Server) sendFile(c *call, e catalogue.Entry, disposition string) error {
	if e.Folder {
		return notFound("This is a folder; only documents can be downloaded.")
	}
	if e.Pending {
		return notFound("This document has been announced, but its content has not arrived yet.")
	}
	file, e, err := s.Catalogue.OpenFile(c.r.Context(), e.ID)
	if err != nil {
		return err
	}
	defer file.Close()
	s.Catalogue.KnowAgain(e)
	kind, _ := s.sniffer.typeOf(c.r.Context(), e, time.Time{})
	h := c.w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", contentDisposition(disposition, e.Title()))
	h.Set("Etag", entityTag(string(e.ID), e))
	return s.sendOpened(c, file, e)
}

// sendVersion sends an earlier content of a document, as sendFile sends the
// present one, under a name that says until when it was in force.
func (s *Server) sendVersion(c *call, e catalogue.Entry, version upload.Item) error {
	file, err := s.Uploads.OpenVersion(c.r.Context(), version.ID)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	e.Size, e.Modified = info.Size(), info.ModTime()
	kind := mimeByName(e.Name)
	if kind == "" {
		kind = mimeUnknown
	}
	h := c.w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", contentDisposition("attachment", versionTitle(e.Title(), version.Time)))
	h.Set("Etag", entityTag(string(version.ID), e))
	return s.sendOpened(c, file, e)
}

// versionTitle is a document's name with the moment until which it was in force.
func versionTitle(title string, until time.Time) string {
	extension := path.Ext(title)
	return strings.TrimSuffix(title, extension) + until.Local().Format(" (2006-01-02 15.04)") + extension
}

// sendOpened sends the bytes, once the headers say what they are.
func (s *Server) sendOpened(c *call, file *os.File, e catalogue.Entry) error {
	h := c.w.Header()
	c.about = e
	if err := s.serveContent(c, file, e); err != nil {
		for _, name := range []string{"Content-Disposition", "Etag", "Last-Modified", "Accept-Ranges"} {
			h.Del(name)
		}
		return err
	}
	return nil
}

func (s *Server) serveContent(c *call, file *os.File, e catalogue.Entry) error {
	t := &transfer{Transfer: Transfer{Title: e.Title(), Person: c.who.Name(), Total: e.Size, Started: time.Now()}}
	if !s.activity.begin(t, s.limits.Transfers) {
		return errTransfers
	}
	defer s.activity.end(t)
	c.w.progress = t
	w := &contentWriter{response: c.w}
	http.ServeContent(w, sane(c.r), "", e.Modified, file)
	if w.refused {
		return badInput("The document is shorter than the part that was asked for.")
	}
	if announced := c.w.Header().Get("Content-Length"); c.r.Method != http.MethodHead && announced != "" && announced != strconv.FormatInt(c.w.bytes, 10) {
		panic(http.ErrAbortHandler) // cut short: let the client see it
	}
	return nil
}

// sane is the request without the conditions whose failure is no status of this
// API, and without ranges beyond all use.
func sane(r *http.Request) *http.Request {
	r.Header.Del("If-Match")
	r.Header.Del("If-Unmodified-Since")
	ranges := r.Header.Values("Range")
	if len(ranges) > 1 || len(ranges) == 1 && strings.Count(ranges[0], ",") >= maxRanges || !strings.HasPrefix(r.Header.Get("Range"), "bytes=") {
		r.Header.Del("Range")
	}
	return r
}

// contentWriter lets http.ServeContent answer everything but its own errors.
type contentWriter struct {
	*response
	refused bool // an impossible range
}

func (w *contentWriter) WriteHeader(status int) {
	if status == http.StatusRequestedRangeNotSatisfiable {
		w.refused = true
		return
	}
	w.response.WriteHeader(status)
}

func (w *contentWriter) Write(p []byte) (int, error) {
	if w.refused {
		return len(p), nil
	}
	return w.response.Write(p)
}

// entityTag names exactly this content of exactly this file or version of one.
func entityTag(id string, e catalogue.Entry) string {
	return fmt.Sprintf(`"%s-%x-%x"`, id, e.Size, e.Modified.UnixNano())
}

// contentDisposition names the file in both forms of RFC 6266: reduced to plain
// ASCII for old clients, and whole (RFC 8187) for all others.
func contentDisposition(disposition, title string) string {
	var plain, whole strings.Builder
	for _, r := range title {
		if r < ' ' || r > '~' || strings.ContainsRune(`"\%/`, r) {
			r = '_'
		}
		plain.WriteRune(r)
	}
	for i := range len(title) {
		if c := title[i]; attrChar(c) {
			whole.WriteByte(c)
		} else {
			fmt.Fprintf(&whole, "%%%02X", c)
		}
	}
	return disposition + `; filename="` + plain.String() + `"; filename*=UTF-8''` + whole.String()
}

// attrChar tells the characters that RFC 8187 leaves unescaped.
func attrChar(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("!#$&+-.^_`|~", c) >= 0
}
