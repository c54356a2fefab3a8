package raster

import (
	"image"
	"image/color"
)

// FromImage shrinks a decoded picture on its way to a thumbnail, laying transparency on white.
func FromImage(src image.Image, target Target) *Image {
	b := src.Bounds()
	model := RGB
	switch src.(type) {
	case *image.Gray, *image.Gray16:
		model = Gray
	case *image.CMYK:
		model = CMYK
	}
	factor := target.Factor(b.Dx(), b.Dy())
	if m, ok := src.(*image.YCbCr); ok && isPlanar(m, factor) {
		return fromPlanes(m, factor)
	}
	s := NewShrinker(model, b.Dx(), b.Dy(), factor)
	row := make([]byte, b.Dx()*int(model))
	for y := b.Min.Y; y < b.Max.Y; y++ {
		readRow(src, b, y, row)
		s.Row(row)
	}
	return s.Image()
}

// readRow reads row y of src as the samples of its model.
func readRow(src image.Image, b image.Rectangle, y int, row []byte) {
	switch m := src.(type) {
	case *image.Gray:
		copy(row, m.Pix[m.PixOffset(b.Min.X, y):])
	case *image.Gray16:
		at := m.PixOffset(b.Min.X, y)
		for i := range row {
			row[i] = m.Pix[at+2*i]
		}
	case *image.CMYK:
		copy(row, m.Pix[m.PixOffset(b.Min.X, y):])
	case *image.YCbCr:
		rowYCbCr(m, b, y, row)
	case *image.RGBA:
		rowRGBA(m.Pix[m.PixOffset(b.Min.X, y):], row)
	case *image.NRGBA:
		rowNRGBA(m.Pix[m.PixOffset(b.Min.X, y):], row)
	case *image.Paletted:
		rowPaletted(m, b, y, row)
	default:
		rowAny(src, b, y, row)
	}
}

func rowYCbCr(m *image.YCbCr, b image.Rectangle, y int, row []byte) {
	for x := b.Min.X; x < b.Max.X; x++ {
		c := m.COffset(x, y)
		row[0], row[1], row[2] = color.YCbCrToRGB(m.Y[m.YOffset(x, y)], m.Cb[c], m.Cr[c])
		row = row[3:]
	}
}

// rowRGBA lays premultiplied pixels on white.
func rowRGBA(pix, row []byte) {
	for ; len(row) >= 3; pix, row = pix[4:], row[3:] {
		rest := 255 - pix[3]
		row[0], row[1], row[2] = add(pix[0], rest), add(pix[1], rest), add(pix[2], rest)
	}
}

func add(a, b byte) byte { return byte(min(255, int(a)+int(b))) }

func rowNRGBA(pix, row []byte) {
	for ; len(row) >= 3; pix, row = pix[4:], row[3:] {
		if a := pix[3]; a == 255 {
			row[0], row[1], row[2] = pix[0], pix[1], pix[2]
		} else {
			row[0], row[1], row[2] = OnWhite(pix[0], a), OnWhite(pix[1], a), OnWhite(pix[2], a)
		}
	}
}

// OnWhite lays a sample of the given opacity on white.
func OnWhite(v, alpha byte) byte {
	return byte((uint32(v)*uint32(alpha) + 255*uint32(255-alpha) + 127) / 255)
}

func rowPaletted(m *image.Paletted, b image.Rectangle, y int, row []byte) {
	var table [256][3]byte
	for i, c := range m.Palette[:min(256, len(m.Palette))] {
		table[i] = opaque(c)
	}
	at := m.PixOffset(b.Min.X, y)
	for _, i := range m.Pix[at : at+b.Dx()] {
		copy(row, table[i][:])
		row = row[3:]
	}
}

func opaque(c color.Color) [3]byte {
	r, g, b, a := c.RGBA()
	rest := byte((0xffff - a) >> 8)
	return [3]byte{add(byte(r>>8), rest), add(byte(g>>8), rest), add(byte(b>>8), rest)}
}

func rowAny(src image.Image, b image.Rectangle, y int, row []byte) {
	for x := b.Min.X; x < b.Max.X; x++ {
		px := opaque(src.At(x, y))
		copy(row, px[:])
		row = row[3:]
	}
}

// ToImage is m for the standard library's encoders; CMYK must have been converted before.
func (m *Image) ToImage() image.Image {
	if m.Model == Gray {
		return &image.Gray{Pix: m.Pix, Stride: m.W, Rect: image.Rect(0, 0, m.W, m.H)}
	}
	out := image.NewRGBA(image.Rect(0, 0, m.W, m.H))
	for i, j := 0, 0; i+2 < len(m.Pix); i, j = i+3, j+4 {
		out.Pix[j], out.Pix[j+1], out.Pix[j+2], out.Pix[j+3] = m.Pix[i], m.Pix[i+1], m.Pix[i+2], 255
	}
	return out
}
