package raster

import (
	"image"
	"image/color"
)

// isPlanar reports whether a picture can be shrunk plane by plane: by two at least, with half
// as much colour as brightness along each side.
func isPlanar(m *image.YCbCr, factor int) bool {
	return factor >= 2 && m.SubsampleRatio == image.YCbCrSubsampleRatio420 && m.Rect.Min == image.Point{}
}

// fromPlanes shrinks brightness and colour each by itself and makes RGB of the few pixels that
// are left: averages may come before the conversion, which is linear. factor is taken down to
// an even number.
func fromPlanes(m *image.YCbCr, factor int) *Image {
	factor &^= 1
	w, h := m.Rect.Dx(), m.Rect.Dy()
	luma := shrinkPlane(m.Y, m.YStride, w, h, factor)
	blue := shrinkPlane(m.Cb, m.CStride, (w+1)/2, (h+1)/2, factor/2)
	red := shrinkPlane(m.Cr, m.CStride, (w+1)/2, (h+1)/2, factor/2)
	out := New(RGB, luma.W, luma.H)
	out.ExtentW, out.ExtentH = luma.ExtentW, luma.ExtentH
	for i, y := range luma.Pix {
		out.Pix[3*i], out.Pix[3*i+1], out.Pix[3*i+2] = color.YCbCrToRGB(y, blue.Pix[i], red.Pix[i])
	}
	return out
}

func shrinkPlane(pix []byte, stride, w, h, factor int) *Image {
	s := NewShrinker(Gray, w, h, factor)
	for y := range h {
		s.Row(pix[y*stride:][:w])
	}
	return s.Image()
}
