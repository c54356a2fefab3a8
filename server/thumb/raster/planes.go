package raster

import (
	"image"
	"image/color"
)

// Planes shrinks brightness and two colours each by itself, with half as many samples of the
// colours along each side, and makes RGB of the few pixels that are left: averages may come
// before the conversion, which is linear.
type Planes struct{ Luma, Blue, Red *Shrinker }

// NewPlanes prepares for a picture of w×h pixels. factor, at least 2, is taken down to an even
// number.
func NewPlanes(w, h, factor int) *Planes {
	factor &^= 1
	colour := func() *Shrinker { return NewShrinker(Gray, (w+1)/2, (h+1)/2, factor/2) }
	return &Planes{NewShrinker(Gray, w, h, factor), colour(), colour()}
}

// RGB is the shrunken picture.
func (p *Planes) RGB(convert func(y, blue, red byte) (r, g, b byte)) *Image {
	luma, blue, red := p.Luma.Image(), p.Blue.Image(), p.Red.Image()
	out := New(RGB, luma.W, luma.H)
	out.ExtentW, out.ExtentH = luma.ExtentW, luma.ExtentH
	for i, y := range luma.Pix {
		out.Pix[3*i], out.Pix[3*i+1], out.Pix[3*i+2] = convert(y, blue.Pix[i], red.Pix[i])
	}
	return out
}

// isPlanar reports whether a picture can be shrunk plane by plane: by two at least, with half
// as much colour as brightness along each side.
func isPlanar(m *image.YCbCr, factor int) bool {
	return factor >= 2 && m.SubsampleRatio == image.YCbCrSubsampleRatio420 && m.Rect.Min == image.Point{}
}

// fromPlanes shrinks a decoded picture that is planar.
func fromPlanes(m *image.YCbCr, factor int) *Image {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	p := NewPlanes(w, h, factor)
	rows := func(s *Shrinker, pix []byte, stride, w, h int) {
		for y := range h {
			s.Row(pix[y*stride:][:w])
		}
	}
	rows(p.Luma, m.Y, m.YStride, w, h)
	rows(p.Blue, m.Cb, m.CStride, (w+1)/2, (h+1)/2)
	rows(p.Red, m.Cr, m.CStride, (w+1)/2, (h+1)/2)
	return p.RGB(color.YCbCrToRGB)
}
