// Package raster holds pictures on their way to a thumbnail, and makes them smaller.
//
//   - A picture has one of three models: grey, RGB or CMYK, with 8 bits a sample. There is
//     no alpha: transparency is laid on white while a picture is read, which commutes with
//     making it smaller and with colour conversion.
//   - Its extent is how much of it is really there, in pixels and fractions. A picture of
//     1,001 pixels that was decoded at an eighth has 126 pixels, but the last one is almost
//     empty: the extent is 125.125. A resampler that takes 126 for the width shifts
//     everything, which costs 17 dB.
//   - Shrinking averages whole blocks (a box filter) while rows stream through, so that a
//     large picture is never in memory; resampling then does the last step to the exact
//     size with a Lanczos filter, which needs at least twice the pixels to be sharp.
package raster

import "fmt"

// Model is the meaning of a picture's samples.
type Model int

// The models; the value is the number of samples a pixel has.
const (
	Gray Model = 1
	RGB  Model = 3
	CMYK Model = 4 // 0 is no ink
)

// Image is a picture of interleaved 8-bit samples without padding between rows.
type Image struct {
	Model   Model
	W, H    int     // pixels
	ExtentW float64 // ≤ W; see the package comment
	ExtentH float64 // ≤ H
	Pix     []byte  // W·H·Model samples
}

// MaxSide is the longest side of a picture that is looked at, in pixels.
const MaxSide = 65535

// New makes a picture of w×h pixels whose extent is all of them.
func New(model Model, w, h int) *Image {
	return &Image{Model: model, W: w, H: h, ExtentW: float64(w), ExtentH: float64(h), Pix: make([]byte, w*h*int(model))}
}

// Row is one row of samples, aliasing the picture.
func (m *Image) Row(y int) []byte {
	stride := m.W * int(m.Model)
	return m.Pix[y*stride : (y+1)*stride]
}

// CheckSize refuses sides that are nothing or too long, and pictures of more than limit pixels.
func CheckSize(w, h int, limit int64) error {
	if w <= 0 || h <= 0 || w > MaxSide || h > MaxSide || int64(w)*int64(h) > limit {
		return fmt.Errorf("a picture of %d × %d pixels is not looked at", w, h)
	}
	return nil
}

// Limits on the pixels of a source.
const (
	MaxWhole    = 120_000_000   // for decoders that hold all of it
	MaxStreamed = 1_000_000_000 // for decoders that hold a few rows
)

// Target is what a thumbnail is to be: at most Width pixels wide, once it is turned upright.
type Target struct {
	Width  int
	Turned bool // the picture will be turned by a quarter, so Width is along its height
}

// Fit is the size of the thumbnail of a w×h picture before it is turned: as wide as asked for
// but no wider than the picture, at most four times as high as that, and no side less than a
// pixel.
func (t Target) Fit(w, h float64) (int, int) {
	if t.Turned {
		w, h = h, w
	}
	outW := min(float64(t.Width), w)
	outH := outW * h / w
	if most := 4 * float64(t.Width); outH > most {
		outW, outH = outW*most/outH, most
	}
	x, y := max(1, int(outW+.5)), max(1, int(outH+.5))
	if t.Turned {
		x, y = y, x
	}
	return x, y
}

// Headroom is how many times more pixels than the thumbnail a shrunken picture keeps along
// each side, so that the Lanczos filter has something to work with.
const Headroom = 2

// Factor is the largest whole number by which a w×h picture can be shrunk on its way to the
// thumbnail.
func (t Target) Factor(w, h int) int {
	outW, outH := t.Fit(float64(w), float64(h))
	return max(1, min(w/(outW*Headroom), h/(outH*Headroom)))
}
