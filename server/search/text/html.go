package text

import (
	"bufio"
	"bytes"
	"context"
	"io"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"
)

// extractHTML reads a web page by tokens, never as a tree.
func extractHTML(ctx context.Context, d Document, out *sink) error {
	return stripHTML(ctx, d.whole(MaxMarkup), "", out)
}

// stripHTML takes the encoding from contentType, a byte order mark or the
// page's own meta element, as browsers do.
func stripHTML(ctx context.Context, r io.Reader, contentType string, out *sink) error {
	in := bufio.NewReaderSize(r, 64<<10)
	head, _ := in.Peek(1024)
	encoding, _, _ := charset.DetermineEncoding(head, contentType)
	if more, _ := in.Peek(sniffed); contentType == "" && validButCut(more) {
		encoding, _ = charset.Lookup("utf-8")
	}
	z := html.NewTokenizer(encoding.NewDecoder().Reader(in))
	z.SetMaxBuf(2 * MaxText)
	page := page{out: out}
	for n := 0; !out.full(); n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return nil
		}
		kind := z.Next()
		if kind == html.ErrorToken {
			if z.Err() == html.ErrBufferExceeded {
				return broken("a tag beyond all measure", z.Err())
			}
			return endOf(z.Err())
		}
		page.token(kind, z)
	}
	return nil
}

type page struct {
	out    *sink
	hidden atom.Atom // the element whose text isn't shown, 0 outside of one
}

func (p *page) token(kind html.TokenType, z *html.Tokenizer) {
	switch kind {
	case html.TextToken:
		if p.hidden == 0 {
			p.out.write(bytes.ToValidUTF8(z.Text(), []byte("\uFFFD")))
		}
	case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
		name, _ := z.TagName()
		element := atom.Lookup(name)
		switch {
		case kind == html.StartTagToken && unseen[element]:
			p.hidden = element
		case kind == html.EndTagToken && element == p.hidden:
			p.hidden = 0
		}
		p.part(element)
	}
}

// part ends the line unless the element is one that runs within words.
func (p *page) part(a atom.Atom) {
	if !inline[a] {
		p.out.line()
	}
}

var unseen = map[atom.Atom]bool{atom.Script: true, atom.Style: true, atom.Template: true}

var inline = map[atom.Atom]bool{
	atom.A: true, atom.Abbr: true, atom.B: true, atom.Bdi: true, atom.Bdo: true, atom.Big: true,
	atom.Cite: true, atom.Code: true, atom.Del: true, atom.Dfn: true, atom.Em: true, atom.Font: true,
	atom.I: true, atom.Ins: true, atom.Kbd: true, atom.Mark: true, atom.Q: true, atom.Ruby: true,
	atom.S: true, atom.Samp: true, atom.Small: true, atom.Span: true, atom.Strike: true,
	atom.Strong: true, atom.Sub: true, atom.Sup: true, atom.Time: true, atom.Tt: true, atom.U: true,
	atom.Var: true, atom.Wbr: true,
}
