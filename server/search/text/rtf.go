package text

import (
	"bufio"
	"context"
	"io"
	"strconv"

	"golang.org/x/text/encoding"
)

// extractRTF reads Rich Text Format (specification 1.9.1).
func extractRTF(ctx context.Context, d Document, out *sink) error {
	p := &rtf{
		in:       bufio.NewReaderSize(d.whole(MaxMarkup), 64<<10),
		out:      out,
		charset:  codePage(1252),
		charsets: map[int]encoding.Encoding{},
		group:    rtfGroup{skipAfterUnicode: 1},
	}
	if head, _ := p.in.Peek(5); string(head) != `{\rtf` {
		return broken("rich text", io.ErrUnexpectedEOF)
	}
	for n := 0; !out.full(); n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			break
		}
		if err := p.step(); err != nil {
			p.flush()
			return endOf(err)
		}
	}
	p.flush()
	return nil
}

// maxRTFDepth is how many groups within groups are told apart; deeper ones
// belong to the deepest.
const maxRTFDepth = 1000

// An rtfGroup is what a brace opens and its partner undoes.
type rtfGroup struct {
	hidden           bool // a destination that is not the document's text
	fonts            bool // the font table
	font             int  // -1 and below never occur; 0 is a font too
	skipAfterUnicode int  // bytes that stand in for a \u to older readers
}

type rtf struct {
	in       *bufio.Reader
	out      *sink
	group    rtfGroup
	outer    []rtfGroup
	deeper   int               // groups beyond maxRTFDepth
	charset  encoding.Encoding // of the document
	charsets map[int]encoding.Encoding
	pending  []byte // bytes in the font's code page, not yet decoded
	high     rune   // first half of a surrogate pair, or 0
	skip     int    // stand-in characters still to be left out
}

func (p *rtf) step() error {
	c, err := p.in.ReadByte()
	if err != nil {
		return err
	}
	switch c {
	case '{':
		p.flush()
		p.open()
	case '}':
		p.flush()
		p.close()
	case '\\':
		return p.control()
	case '\r', '\n':
	default:
		p.char(c)
	}
	return nil
}

func (p *rtf) open() {
	if len(p.outer) == maxRTFDepth {
		p.deeper++
		return
	}
	p.outer = append(p.outer, p.group)
}

func (p *rtf) close() {
	if p.deeper > 0 {
		p.deeper--
		return
	}
	if n := len(p.outer); n > 0 {
		p.group, p.outer = p.outer[n-1], p.outer[:n-1]
	}
	p.skip = 0
}

// char takes one byte of text in the current code page.
func (p *rtf) char(c byte) {
	if p.skip > 0 {
		p.skip--
		return
	}
	if !p.group.hidden && len(p.pending) < MaxText {
		p.pending = append(p.pending, c)
	}
}

// flush decodes what has gathered: characters of two bytes must be whole.
func (p *rtf) flush() {
	if len(p.pending) == 0 {
		return
	}
	e := p.charset
	if own := p.charsets[p.group.font]; own != nil {
		e = own
	}
	if decoded, err := e.NewDecoder().Bytes(p.pending); err == nil {
		p.out.write(decoded)
	}
	p.pending = p.pending[:0]
}

// control reads what follows a backslash.
func (p *rtf) control() error {
	c, err := p.in.ReadByte()
	if err != nil {
		return err
	}
	switch {
	case isLetter(c):
		p.in.UnreadByte()
		return p.word()
	case c == '\'':
		return p.hex()
	case c == '\\', c == '{', c == '}':
		p.char(c)
	case c == '~':
		p.char(' ')
	case c == '_':
		p.char('-')
	case c == '\r', c == '\n':
		p.line()
	case c == '*':
		p.group.hidden = true
	}
	return nil
}

// hex reads \'hh.
func (p *rtf) hex() error {
	var digits [2]byte
	if _, err := io.ReadFull(p.in, digits[:]); err != nil {
		return err
	}
	if v, err := strconv.ParseUint(string(digits[:]), 16, 8); err == nil {
		p.char(byte(v))
	}
	return nil
}

// word reads a control word with its number and does what it says.
func (p *rtf) word() error {
	name, err := p.letters()
	if err != nil {
		return err
	}
	number, given, err := p.number()
	if err != nil && err != io.EOF {
		return err
	}
	if name == "bin" {
		_, err := io.CopyN(io.Discard, p.in, int64(max(number, 0)))
		return err
	}
	p.do(name, number, given)
	return nil
}

// letters reads the name, of which 32 letters count.
func (p *rtf) letters() (string, error) {
	var name []byte
	for {
		c, err := p.in.ReadByte()
		if err != nil {
			return "", err
		}
		if !isLetter(c) {
			p.in.UnreadByte()
			return string(name), nil
		}
		if len(name) < 32 {
			name = append(name, c)
		}
	}
}

// number reads the digits after a control word, and the one space that ends it.
func (p *rtf) number() (n int, given bool, err error) {
	sign := 1
	for first := true; ; first = false {
		c, err := p.in.ReadByte()
		switch {
		case err != nil:
			return sign * n, given, err
		case first && c == '-':
			sign = -1
		case '0' <= c && c <= '9':
			n, given = min(n*10+int(c-'0'), 1<<30), true
		case c == ' ':
			return sign * n, given, nil
		default:
			p.in.UnreadByte()
			return sign * n, given, nil
		}
	}
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
