package server

import (
	"time"

	"folderfront/server/catalogue"
)

// itemWriter writes the items of one listing. Neighbours are much alike, so it
// keeps what it found out about the last one.
type itemWriter struct {
	s     *Server
	c     *call
	until time.Time // no file is looked into after that
	item  item      // the last one

	unsure bool // time ran out for looking into files of unknown type
}

func (s *Server) itemWriter(c *call) *itemWriter {
	return &itemWriter{s: s, c: c, until: time.Now().Add(sniffPatience), item: item{readOnly: true}} // as Root is, the only one without a share
}

// append appends an entry as the caller sees it.
func (w *itemWriter) append(dst []byte, e catalogue.Entry) []byte {
	if e.Share != w.item.Share { // one share is for reading only, or for writing, as a whole
		w.item.readOnly = !w.c.writes(e)
	}
	kind, sure := w.s.sniffer.typeOf(w.c.r.Context(), e, w.until)
	w.unsure = w.unsure || !sure
	w.item.Entry, w.item.mimeType = e, kind
	return w.c.options.wire.metadata(dst, &w.item)
}
