package render

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"folderfront/server/thumb/raster"
)

// maxText is how much of a text is read: more than fits on a page.
const maxText = 16 << 10

// isText: no zero bytes but those of UTF-16 with its mark, and UTF-8 or nearly so.
func isText(doc *document) bool {
	head := doc.head
	if len(head) == 0 {
		return false
	}
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		return true
	}
	odd := 0
	for rest := head; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		if r == utf8.RuneError && n == 1 && len(rest) > utf8.UTFMax || r < ' ' && !strings.ContainsRune("\t\n\r\f\x1b", r) {
			odd++
		}
		rest = rest[n:]
	}
	return odd*100 < len(head) && bytes.IndexByte(head, 0) < 0
}

// toText decodes UTF-16 by its mark; everything else is taken as UTF-8.
func toText(data []byte) string {
	bigEndian := bytes.HasPrefix(data, []byte("\xfe\xff"))
	if !bigEndian && !bytes.HasPrefix(data, []byte("\xff\xfe")) {
		return strings.ToValidUTF8(strings.TrimPrefix(string(data), "\ufeff"), "\ufffd")
	}
	var units []uint16
	for i := 2; i+1 < len(data); i += 2 {
		a, b := uint16(data[i]), uint16(data[i+1])
		if bigEndian {
			a, b = b, a
		}
		units = append(units, a|b<<8)
	}
	return string(utf16.Decode(units))
}

// prose are the extensions that are set in a proportional font.
const prose = " txt md markdown text log readme rst adoc "

// textPicture is the first page of a text: prose in lines that wrap, with Markdown's headings,
// or code as it stands.
func textPicture(_ context.Context, doc *document, width int) (*picture, error) {
	data := make([]byte, min(doc.size, maxText))
	n, _ := doc.file.ReadAt(data, 0)
	text := toText(data[:n])
	if strings.TrimSpace(text) == "" {
		return nil, errNone
	}
	p, err := newPage(width, !strings.Contains(prose, " "+doc.ext+" "))
	if err != nil {
		return nil, err
	}
	markdown := doc.ext == "md" || doc.ext == "markdown"
	for line := range strings.Lines(text) {
		if !p.line(strings.TrimRight(line, "\r\n"), markdown) {
			break
		}
	}
	return drawn(raster.FromImage(p.img, raster.Target{Width: width})), nil
}

// page is a sheet that lines are written on.
type page struct {
	img           *image.RGBA
	body, heading font.Face
	margin, y     fixed.Int26_6
	wraps         bool
}

// newPage makes a sheet of A4's proportions with room for about 40 lines.
func newPage(width int, code bool) (*page, error) {
	ttf := goregular.TTF
	if code {
		ttf = gomono.TTF
	}
	size := max(3, float64(width)/38)
	body, err := face(ttf, size)
	if err != nil {
		return nil, err
	}
	heading, err := face(gobold.TTF, size*1.5)
	if err != nil {
		return nil, err
	}
	p := &page{img: image.NewRGBA(image.Rect(0, 0, width, width*1414/1000)), body: body, heading: heading, wraps: !code}
	for i := range p.img.Pix {
		p.img.Pix[i] = 255
	}
	p.margin = fixed.I(width) / 14
	p.y = p.margin
	return p, nil
}

func face(ttf []byte, size float64) (font.Face, error) {
	f, err := opentype.Parse(ttf)
	if err != nil {
		return nil, err
	}
	return opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingNone})
}

// line writes one line of the text, which may take several on the sheet; false when the sheet
// is full.
func (p *page) line(s string, markdown bool) bool {
	f := p.body
	if markdown {
		if marks := len(s) - len(strings.TrimLeft(s, "#")); marks > 0 && marks <= 6 && strings.HasPrefix(s[marks:], " ") {
			f, s = p.heading, s[marks+1:]
		}
		s = strings.NewReplacer("**", "", "__", "", "`", "").Replace(s)
	}
	s = strings.ReplaceAll(s, "\t", "    ")
	for {
		now, rest := p.split(f, s)
		if !p.write(f, now) {
			return false
		}
		if rest == "" || !p.wraps {
			return true
		}
		s = rest
	}
}

// split cuts a line where the sheet ends, between words if there are any.
func (p *page) split(f font.Face, s string) (now, rest string) {
	room := fixed.I(p.img.Rect.Dx()) - 2*p.margin
	used, space := fixed.Int26_6(0), -1
	for i, r := range s {
		advance, _ := f.GlyphAdvance(r)
		if used += advance; used > room && i > 0 {
			if space > 0 {
				return s[:space], s[space+1:]
			}
			return s[:i], s[i:]
		}
		if r == ' ' {
			space = i
		}
	}
	return s, ""
}

func (p *page) write(f font.Face, s string) bool {
	m := f.Metrics()
	if p.y+m.Height > fixed.I(p.img.Rect.Dy())-p.margin/2 {
		return false
	}
	ink := image.NewUniform(color.RGBA{45, 52, 64, 255})
	d := font.Drawer{Dst: p.img, Src: ink, Face: f, Dot: fixed.Point26_6{X: p.margin, Y: p.y + m.Ascent}}
	d.DrawString(strings.Map(printable, s))
	p.y += m.Height
	return true
}

func printable(r rune) rune {
	if r < ' ' {
		return -1
	}
	return r
}
