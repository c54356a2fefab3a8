package thumb

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image"
	"image/color"
	"io"
	"strconv"
	"strings"

	"golang.org/x/image/vector"
)

// viewBox is the side of the drawings' coordinate system.
const viewBox = 64

// drawSVG draws one of the program's own type icons over img: rect, circle and path elements
// with a plain fill. It is no renderer for other people's files.
func drawSVG(img *image.RGBA, svg []byte) error {
	dec := xml.NewDecoder(bytes.NewReader(svg))
	for {
		token, err := dec.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if start, ok := token.(xml.StartElement); ok {
			if err := drawShape(img, start); err != nil {
				return fmt.Errorf("<%s>: %w", start.Name.Local, err)
			}
		}
	}
}

// shape is one element's attributes; the first mistake stays in err.
type shape struct {
	attrs map[string]string
	err   error
}

func (s *shape) number(name string) float32 {
	v, err := strconv.ParseFloat(s.attrs[name], 32)
	if err != nil && s.err == nil {
		s.err = fmt.Errorf("%s: %w", name, err)
	}
	return float32(v)
}

func drawShape(img *image.RGBA, start xml.StartElement) error {
	s := &shape{attrs: map[string]string{}}
	for _, a := range start.Attr {
		s.attrs[a.Name.Local] = a.Value
	}
	pen := newPen(img.Rect.Dx())
	switch start.Name.Local {
	case "svg":
		return nil
	case "rect":
		x, y, w, h := s.number("x"), s.number("y"), s.number("width"), s.number("height")
		pen.move(x, y)
		pen.line(x+w, y)
		pen.line(x+w, y+h)
		pen.line(x, y+h)
	case "circle":
		pen.circle(s.number("cx"), s.number("cy"), s.number("r"))
	case "path":
		s.err = pen.path(s.attrs["d"])
	default:
		return fmt.Errorf("is not drawn")
	}
	if s.err != nil {
		return s.err
	}
	fill, err := parseColour(s.attrs["fill"])
	if err != nil {
		return err
	}
	pen.raster.ClosePath()
	pen.raster.Draw(img, img.Rect, image.NewUniform(fill), image.Point{})
	return nil
}

func parseColour(s string) (color.Color, error) {
	v, err := strconv.ParseUint(strings.TrimPrefix(s, "#"), 16, 32)
	if err != nil || len(s) != 7 {
		return nil, fmt.Errorf("fill %q", s)
	}
	return color.RGBA{byte(v >> 16), byte(v >> 8), byte(v), 255}, nil
}

// pen draws in the view box' coordinates and knows where it is.
type pen struct {
	raster *vector.Rasterizer
	scale  float32
	x, y   float32 // where it is
	sx, sy float32 // where the sub-path began
}

func newPen(width int) *pen {
	return &pen{raster: vector.NewRasterizer(width, width), scale: float32(width) / viewBox}
}

// farthest is how far from the view box anything may lie: the rasterizer's sums overflow with
// more.
const farthest = 8 * viewBox

// at is a coordinate in pixels.
func (p *pen) at(v float32) float32 {
	if v != v { // not a number
		return 0
	}
	return max(-farthest, min(v, farthest)) * p.scale
}

func (p *pen) move(x, y float32) {
	p.raster.ClosePath()
	p.x, p.y, p.sx, p.sy = x, y, x, y
	p.raster.MoveTo(p.at(x), p.at(y))
}

func (p *pen) line(x, y float32) {
	p.x, p.y = x, y
	p.raster.LineTo(p.at(x), p.at(y))
}

func (p *pen) curve(bx, by, cx, cy, x, y float32) {
	p.x, p.y = x, y
	p.raster.CubeTo(p.at(bx), p.at(by), p.at(cx), p.at(cy), p.at(x), p.at(y))
}

// circle is four cubic curves; k is their usual handle.
func (p *pen) circle(cx, cy, r float32) {
	k := r * .5523
	p.move(cx+r, cy)
	p.curve(cx+r, cy+k, cx+k, cy+r, cx, cy+r)
	p.curve(cx-k, cy+r, cx-r, cy+k, cx-r, cy)
	p.curve(cx-r, cy-k, cx-k, cy-r, cx, cy-r)
	p.curve(cx+k, cy-r, cx+r, cy-k, cx+r, cy)
}

// operands is how many numbers a path command takes.
var operands = map[byte]int{'m': 2, 'l': 2, 'h': 1, 'v': 1, 'c': 6, 's': 4, 'z': 0}

// path draws a path's data: the commands M L H V C S Z and their relative forms.
func (p *pen) path(d string) error {
	words, err := pathWords(d)
	if err != nil {
		return err
	}
	var command byte
	var hx, hy float32 // the last curve's second handle, for S
	for len(words) > 0 {
		if words[0].command != 0 {
			command, words = words[0].command, words[1:]
		}
		lower := command | 0x20
		n, known := operands[lower]
		if !known || len(words) < n {
			return fmt.Errorf("path data %q", d)
		}
		var v [6]float32
		for i, w := range words[:n] {
			if w.command != 0 {
				return fmt.Errorf("path data %q", d)
			}
			v[i] = w.number
		}
		words = words[n:]
		if command == lower {
			p.absolute(lower, &v)
		}
		if lower != 'c' && lower != 's' {
			hx, hy = p.x, p.y
		}
		switch lower {
		case 'm':
			p.move(v[0], v[1])
			command -= 1 // further pairs are lines: m → l
		case 'l':
			p.line(v[0], v[1])
		case 'h':
			p.line(v[0], p.y)
		case 'v':
			p.line(p.x, v[0])
		case 'c':
			hx, hy = v[2], v[3]
			p.curve(v[0], v[1], v[2], v[3], v[4], v[5])
		case 's':
			bx, by := 2*p.x-hx, 2*p.y-hy
			hx, hy = v[0], v[1]
			p.curve(bx, by, v[0], v[1], v[2], v[3])
		case 'z':
			p.line(p.sx, p.sy)
			if len(words) > 0 && words[0].command == 0 {
				return fmt.Errorf("path data %q", d)
			}
		}
	}
	return nil
}

// absolute adds where the pen is to a relative command's operands.
func (p *pen) absolute(lower byte, v *[6]float32) {
	switch lower {
	case 'h':
		v[0] += p.x
	case 'v':
		v[0] += p.y
	default:
		for i := range v {
			v[i] += [2]float32{p.x, p.y}[i%2]
		}
	}
}

// pathWord is a command's letter or a number.
type pathWord struct {
	command byte
	number  float32
}

// pathWords splits path data; numbers may follow each other without a separator, as in
// "1-.5.5".
func pathWords(d string) (words []pathWord, err error) {
	for i := 0; i < len(d); {
		c := d[i]
		switch {
		case c == ' ' || c == ',':
			i++
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			words = append(words, pathWord{command: c})
			i++
		default:
			end := i + 1
			dot := c == '.'
			for end < len(d) && (d[end] >= '0' && d[end] <= '9' || d[end] == '.' && !dot) {
				dot = dot || d[end] == '.'
				end++
			}
			v, err := strconv.ParseFloat(d[i:end], 32)
			if err != nil {
				return nil, err
			}
			words = append(words, pathWord{number: float32(v)})
			i = end
		}
	}
	return words, nil
}
