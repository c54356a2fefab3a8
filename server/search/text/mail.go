package text

import (
	"bufio"
	"context"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"

	"golang.org/x/net/html/charset"
)

// The bounds of one message, forwarded ones within it included.
const (
	maxMailDepth = 8
	maxMailParts = 500
)

// extractMail reads a message (RFC 5322, MIME): who, subject, what is written,
// and the names of what is attached.
func extractMail(ctx context.Context, d Document, out *sink) error {
	m := &message{ctx: ctx, out: out, parts: maxMailParts}
	return m.read(d.whole(MaxMarkup), 0)
}

type message struct {
	ctx   context.Context
	out   *sink
	parts int // still allowed
}

func (m *message) read(r io.Reader, depth int) error {
	in, err := mail.ReadMessage(bufio.NewReader(r))
	if err != nil {
		return broken("message", err)
	}
	for _, field := range []string{"Subject", "From", "To", "Cc", "Date"} {
		m.out.line()
		m.out.writeString(headerText(in.Header.Get(field)))
	}
	m.out.line()
	return m.part(header(in.Header), in.Body, depth)
}

// header is what mail and multipart agree on.
type header map[string][]string

func (h header) get(key string) string {
	if v := h[key]; len(v) > 0 {
		return v[0]
	}
	return ""
}

func (m *message) part(h header, body io.Reader, depth int) error {
	m.parts--
	if m.parts < 0 || depth > maxMailDepth || m.ctx.Err() != nil || m.out.full() {
		return nil
	}
	contentType := h.get("Content-Type")
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil && kind == "" {
		kind = "text/plain"
	}
	body = transferDecoder(h.get("Content-Transfer-Encoding"), body)
	switch {
	case strings.HasPrefix(kind, "multipart/"):
		return m.multipart(kind, params["boundary"], body, depth)
	case attachment(h, m.out):
		return nil
	case kind == "message/rfc822":
		return m.read(body, depth+1)
	case kind == "text/html":
		return stripHTML(m.ctx, body, contentType, m.out)
	case strings.HasPrefix(kind, "text/"):
		return m.plain(body, params["charset"])
	}
	return nil
}

// multipart reads the parts; of alternatives the first that gives text is
// enough, since all say the same.
func (m *message) multipart(kind, boundary string, body io.Reader, depth int) error {
	if boundary == "" {
		return broken("message", io.ErrUnexpectedEOF)
	}
	parts := multipart.NewReader(body, boundary)
	for m.parts > 0 {
		part, err := parts.NextRawPart()
		if err != nil {
			return endOf(err)
		}
		before := m.out.Len()
		m.out.line()
		if err := m.part(header(part.Header), part, depth+1); err != nil {
			return err
		}
		if kind == "multipart/alternative" && m.out.Len() > before {
			return nil
		}
	}
	return nil
}

// plain writes text in the named encoding, or a guessed one.
func (m *message) plain(body io.Reader, label string) error {
	raw, err := io.ReadAll(io.LimitReader(body, MaxText))
	if err != nil && len(raw) == 0 {
		return endOf(err)
	}
	if e, _ := charset.Lookup(label); e != nil {
		if decoded, err := e.NewDecoder().Bytes(raw); err == nil {
			m.out.writeString(clean(string(decoded)))
			return nil
		}
	}
	if decoded, err := decode(raw); err == nil {
		m.out.write(decoded)
	}
	return nil
}

// attachment writes the name of a part that is a file of its own.
func attachment(h header, out *sink) bool {
	disposition, params, _ := mime.ParseMediaType(h.get("Content-Disposition"))
	if disposition != "attachment" {
		return false
	}
	out.writeString(headerText(params["filename"]))
	out.line()
	return true
}

func transferDecoder(name string, r io.Reader) io.Reader {
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, r)
	case "quoted-printable":
		return quotedprintable.NewReader(r)
	}
	return r
}

// headerText resolves encoded words (RFC 2047) as far as they are right.
func headerText(raw string) string {
	decoder := mime.WordDecoder{CharsetReader: charset.NewReaderLabel}
	decoded, err := decoder.DecodeHeader(raw)
	if err != nil {
		return clean(raw)
	}
	return clean(decoded)
}
