package text

import (
	"bufio"
	"bytes"
	"context"
	"html"
	"io"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
)

// extractHTML reads a web page by tags, never as a tree.
func extractHTML(ctx context.Context, d Document, out *sink) error {
	return stripHTML(ctx, d.whole(MaxMarkup), "", out)
}

// stripHTML takes the encoding from contentType, a byte order mark or the
// page's own meta element, as browsers do, and from the bytes: a page that begins
// as UTF-8 is taken for it, whatever it says.
func stripHTML(ctx context.Context, r io.Reader, contentType string, out *sink) error {
	in := buffers.Get().(*bufio.Reader)
	defer buffers.Put(in)
	in.Reset(r)
	if begin, _ := in.Peek(sniffed); contentType != "" || !validButCut(begin) || bytes.IndexByte(begin, '\x1b') >= 0 {
		encoding, name, _ := charset.DetermineEncoding(begin[:min(len(begin), 1024)], contentType)
		if name != "utf-8" {
			in = bufio.NewReaderSize(encoding.NewDecoder().Reader(in), bufferSize)
		}
	}
	p := page{in: in, out: out}
	for n := 0; !out.full(); n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return nil
		}
		if err := p.step(); err != nil {
			return endOf(err)
		}
	}
	return nil
}

const bufferSize = 64 << 10

var buffers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, bufferSize) }}

// page is an HTML page on its way into the sink. It is told apart as the HTML
// standard does (WHATWG, 13.2.5 Tokenization), but for what only matters where a
// script hides another.
type page struct {
	in     *bufio.Reader
	out    *sink
	hidden bool // within a template
}

// step reads the text up to the next tag, and the tag.
func (p *page) step() error {
	if err := p.textUntil('<', p.text); err != nil {
		return err
	}
	head, _ := p.in.Peek(4)
	switch {
	case bytes.HasPrefix(head, []byte("!--")):
		return p.comment()
	case len(head) > 0 && isLetter(head[0]), len(head) > 1 && head[0] == '/' && isLetter(head[1]):
		return p.tag(head[0] == '/')
	case len(head) > 0 && (head[0] == '!' || head[0] == '?' || head[0] == '/'):
		return p.skipPast('>')
	}
	p.text([]byte("<"))
	return nil
}

// textUntil hands over what stands before end, in pieces that split no character,
// and passes over end.
func (p *page) textUntil(end byte, to func([]byte)) error {
	for least := 1; ; {
		_, err := p.in.Peek(least)
		chunk, _ := p.in.Peek(p.in.Buffered())
		if i := bytes.IndexByte(chunk, end); i >= 0 {
			to(chunk[:i])
			p.in.Discard(i + 1)
			return nil
		}
		whole := len(chunk)
		if err == nil {
			whole = unbrokenPart(chunk)
		}
		to(chunk[:whole])
		p.in.Discard(whole)
		if err != nil {
			return err
		}
		least = len(chunk) - whole + 1
	}
}

// unbrokenPart is the length of b without a last character, or reference to one,
// that may break off.
func unbrokenPart(b []byte) int {
	const longest = 34 // of HTML's references to characters, with & and ;
	from := max(0, len(b)-longest)
	if i := bytes.LastIndexByte(b[from:], '&'); i >= 0 {
		return from + i
	}
	for i := 1; i < utf8.UTFMax && i <= len(b); i++ {
		if at := len(b) - i; utf8.RuneStart(b[at]) && !utf8.FullRune(b[at:]) {
			return at
		}
	}
	return len(b)
}

func (p *page) skipPast(end byte) error {
	for {
		if _, err := p.in.ReadSlice(end); err != bufio.ErrBufferFull {
			return err
		}
	}
}

// comment passes over <!-- … -->, also in its short forms <!--> and <!--->.
func (p *page) comment() error {
	p.in.Discard(3)
	for before := []byte("--"); ; {
		chunk, err := p.in.ReadSlice('>')
		all := append(before, chunk[max(0, len(chunk)-4):]...)
		if bytes.HasSuffix(all, []byte("-->")) || bytes.HasSuffix(all, []byte("--!>")) {
			return nil
		}
		before = append(before[:0], all[max(0, len(all)-3):]...)
		if err != nil && err != bufio.ErrBufferFull {
			return err
		}
	}
}

// tag reads a tag from its name to its end.
func (p *page) tag(closing bool) error {
	if closing {
		p.in.Discard(1)
	}
	chunk, err := p.in.ReadSlice('>')
	name, kind, attributes := nameOf(chunk)
	quote := openQuote(attributes)
	for err == bufio.ErrBufferFull || err == nil && quote != 0 {
		if quote != 0 {
			if err := p.skipPast(quote); err != nil {
				return err
			}
		}
		chunk, err = p.in.ReadSlice('>')
		quote = openQuote(chunk)
	}
	if err != nil {
		return err
	}
	empty := bytes.HasSuffix(chunk, []byte("/>"))
	if kind == template {
		p.hidden = !closing && !empty
	}
	if kind != inline {
		p.out.line()
	}
	if (kind == unseen || kind == shown) && !closing && !empty {
		return p.verbatim(name, kind == shown)
	}
	return nil
}

// nameOf takes a tag apart.
func nameOf(tag []byte) (name string, kind element, attributes []byte) {
	n := 0
	for n < len(tag) && tag[n] > ' ' && tag[n] != '/' && tag[n] != '>' {
		n++
	}
	var lower [16]byte
	if n > len(lower) {
		return "", block, tag[n:]
	}
	for i, c := range tag[:n] {
		lower[i] = lowerASCII(c)
	}
	known := elements[string(lower[:n])]
	return known.name, known.kind, tag[n:]
}

// openQuote is the quote around an attribute's value that tag, which may begin
// within a name, breaks off in; 0 for none. A quote elsewhere has no meaning.
func openQuote(tag []byte) byte {
	for {
		i := bytes.IndexByte(tag, '=')
		if i < 0 {
			return 0
		}
		tag = bytes.TrimLeft(tag[i+1:], " \t\n\f\r")
		switch {
		case len(tag) == 0:
			return 0
		case tag[0] == '"' || tag[0] == '\'':
			end := bytes.IndexByte(tag[1:], tag[0])
			if end < 0 {
				return tag[0]
			}
			tag = tag[end+2:]
		default:
			for len(tag) > 0 && tag[0] > ' ' {
				tag = tag[1:]
			}
		}
	}
}

// verbatim reads the content of an element that knows no tags but its own end.
func (p *page) verbatim(name string, show bool) error {
	write := func([]byte) {}
	if show {
		write = p.text
	}
	for {
		if err := p.textUntil('<', write); err != nil {
			return err
		}
		head, _ := p.in.Peek(len(name) + 2)
		if len(head) == len(name)+2 && head[0] == '/' && bytes.EqualFold(head[1:len(name)+1], []byte(name)) && !isLetter(head[len(name)+1]) {
			return p.tag(true)
		}
		write([]byte("<"))
	}
}

// text writes what stands between tags.
func (p *page) text(raw []byte) {
	if p.hidden || len(raw) == 0 {
		return
	}
	if bytes.IndexByte(raw, '&') >= 0 {
		raw = []byte(html.UnescapeString(string(raw)))
	}
	if !utf8.Valid(raw) {
		raw = bytes.ToValidUTF8(raw, []byte("\uFFFD"))
	}
	p.out.write(raw)
}

// element is what an element does to the text in and around it.
type element int

const (
	block    element = iota // lines end at its tags
	inline                  // it runs within words
	template                // its content isn't shown
	unseen                  // nor is this one's, and what looks like tags is none
	shown                   // what looks like tags is none, and shown
)

type knownElement struct {
	name string
	kind element
}

// elements are all but the blocks.
var elements = func() map[string]knownElement {
	known := map[string]knownElement{}
	for kind, names := range map[element]string{
		inline: `a abbr b bdi bdo big cite code del dfn em font i ins kbd mark q ruby s samp small span strike strong sub sup
			time tt u var wbr`,
		template: "template",
		unseen:   "script style",
		shown:    "title textarea iframe noembed noframes xmp",
	} {
		for _, name := range strings.Fields(names) {
			known[name] = knownElement{name, kind}
		}
	}
	return known
}()
