package text

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"html"
	"io"
	"unicode/utf8"
)

// What a tag does to the text around it.
type tagEffect int

const (
	tagNothing tagEffect = iota // the text runs on
	tagSpace                    // words end here
	tagLine                     // lines end here
	tagSkip                     // the text up to the next tag is not content
)

// A dialect names the effect of a tag, given as it stands between < and >,
// attributes included and cut at maxTag bytes.
type dialect func(tag []byte) tagEffect

const maxTag = 4 << 10

// extractXML takes the text between the tags of any XML.
func extractXML(ctx context.Context, d Document, out *sink) error {
	raw, err := d.read(2 * MaxText)
	if err != nil {
		return err
	}
	decoded, err := decode(raw)
	if err != nil {
		return err
	}
	return strip(ctx, bytes.NewReader(decoded), out, func([]byte) tagEffect { return tagSpace })
}

// strip copies the text of markup, through r itself where that is a
// bufio.Reader, without building a tree, so that neither
// depth nor entities can cost anything: comments, processing instructions and
// document types are passed over, the five entities of XML, HTML's and
// character references are resolved, others vanish.
func strip(ctx context.Context, r io.Reader, out *sink, effect dialect) error {
	s := stripper{in: bufio.NewReaderSize(r, 64<<10), out: out, effect: effect}
	for n := 0; !out.full(); n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return nil
		}
		if err := s.step(); err != nil {
			return endOf(err)
		}
	}
	return nil
}

// endOf makes the ordinary end of a stream, early or not, no error.
func endOf(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return broken("markup", err)
}

type stripper struct {
	in     *bufio.Reader
	out    *sink
	effect dialect
	skip   bool   // the text up to the next tag is not content
	tag    []byte // reused
}

// step reads the text up to the next tag, and the tag.
func (s *stripper) step() error {
	for {
		chunk, err := s.in.ReadSlice('<')
		if !s.skip {
			s.text(bytes.TrimSuffix(chunk, []byte("<")))
		}
		if err == nil {
			break
		}
		if err != bufio.ErrBufferFull || s.out.full() {
			return err
		}
	}
	return s.markup()
}

func (s *stripper) markup() error {
	head, _ := s.in.Peek(8)
	switch {
	case bytes.HasPrefix(head, []byte("!--")):
		return s.until("-->", nil)
	case bytes.HasPrefix(head, []byte("![CDATA[")):
		s.in.Discard(8)
		return s.until("]]>", s.out)
	case bytes.HasPrefix(head, []byte("!")):
		return s.declaration()
	case bytes.HasPrefix(head, []byte("?")):
		return s.until("?>", nil)
	}
	return s.element()
}

// element reads a tag to its end, quoted attribute values included.
func (s *stripper) element() error {
	s.tag = s.tag[:0]
	quote := byte(0)
	for {
		chunk, err := s.in.ReadSlice('>')
		if room := maxTag - len(s.tag); room > 0 {
			s.tag = append(s.tag, chunk[:min(len(chunk), room)]...)
		}
		quote = quoteAfter(chunk, quote)
		if err == nil && quote == 0 {
			s.apply(s.effect(bytes.TrimSuffix(s.tag, []byte(">"))))
			return nil
		}
		if err != nil && err != bufio.ErrBufferFull {
			return err
		}
	}
}

// quoteAfter is the quote that is open after chunk, 0 for none.
func quoteAfter(chunk []byte, quote byte) byte {
	for {
		i := 0
		if quote == 0 {
			i = bytes.IndexAny(chunk, "\"'")
		} else {
			i = bytes.IndexByte(chunk, quote)
		}
		if i < 0 {
			return quote
		}
		if quote == 0 {
			quote = chunk[i]
		} else {
			quote = 0
		}
		chunk = chunk[i+1:]
	}
}

func (s *stripper) apply(e tagEffect) {
	s.skip = e == tagSkip
	switch e {
	case tagSpace:
		s.out.space()
	case tagLine:
		s.out.line()
	}
}

// declaration passes over <!…>, with a document type's bracketed part.
func (s *stripper) declaration() error {
	for depth := 0; ; {
		c, err := s.in.ReadByte()
		switch {
		case err != nil:
			return err
		case c == '[':
			depth++
		case c == ']':
			depth--
		case c == '>' && depth <= 0:
			return nil
		}
	}
}

// until passes over everything up to and with end; into out unless it is nil.
func (s *stripper) until(end string, out *sink) error {
	last := end[len(end)-1]
	var kept []byte // the bytes that may begin end
	for {
		chunk, err := s.in.ReadSlice(last)
		whole := append(kept, chunk...)
		if rest, ok := bytes.CutSuffix(whole, []byte(end)); ok {
			writeTo(out, rest)
			return nil
		}
		keep := min(len(whole), len(end)-1)
		writeTo(out, whole[:len(whole)-keep])
		kept = append([]byte(nil), whole[len(whole)-keep:]...)
		if err != nil && err != bufio.ErrBufferFull {
			return err
		}
	}
}

func writeTo(out *sink, text []byte) {
	if out != nil {
		out.write(text)
	}
}

// text writes character data with its references resolved.
func (s *stripper) text(raw []byte) {
	for {
		i := bytes.IndexByte(raw, '&')
		if i < 0 {
			s.out.write(valid(raw))
			return
		}
		s.out.write(valid(raw[:i]))
		raw = raw[i:]
		n := bytes.IndexByte(raw[:min(len(raw), 40)], ';')
		if n < 0 {
			s.out.write(raw[:1])
			raw = raw[1:]
			continue
		}
		if resolved := html.UnescapeString(string(raw[:n+1])); resolved != string(raw[:n+1]) {
			s.out.writeString(resolved)
		}
		raw = raw[n+1:]
	}
}

func valid(b []byte) []byte {
	if utf8.Valid(b) {
		return b
	}
	return bytes.ToValidUTF8(b, []byte(" "))
}
