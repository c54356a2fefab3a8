package webp

import (
	"image/color"

	"folderfront/server/thumb/raster"
)

// plane holds one row of macroblocks of one component, the samples above it, and what stands
// for the samples beside it.
type plane struct {
	pix    []byte
	stride int
	side   int // of a macroblock, in samples
}

const (
	margin = 8 // samples before a row's first; only the last of them counts
	beyond = 4 // samples after a row's last, of which blocks at the edge are predicted

	noneAbove, noneLeft = 127, 129 // samples that are not there (RFC 6386, 12.2)
)

func newPlane(side, mbw int) plane {
	p := plane{side: side, stride: margin + mbw*side + beyond}
	p.pix = make([]byte, (side+1)*p.stride)
	set(p.pix[margin-1:p.stride], noneAbove)
	for y := range side {
		p.pix[p.at(-1, y)] = noneLeft
	}
	return p
}

// at is where sample x of row y is; row -1 is the last one of the macroblocks above.
func (p *plane) at(x, y int) int { return (y+1)*p.stride + margin + x }

// row is n samples at most of row y.
func (p *plane) row(y, n int) []byte {
	return p.pix[p.at(0, y):][:min(n, p.stride-margin)]
}

// next turns to the next row of macroblocks.
func (p *plane) next() {
	whole := p.stride - margin - beyond
	above := p.row(-1, whole+beyond)
	copy(above, p.row(p.side-1, whole))
	for i := range beyond {
		above[whole+i] = above[whole-1]
	}
	p.pix[margin-1] = noneLeft
}

// decode reads all macroblocks and passes each row on.
func (d *decoder) decode(out *raster.Planes) {
	d.above = make([]neighbour, d.mbw)
	d.luma, d.blue, d.red = newPlane(16, d.mbw), newPlane(8, d.mbw), newPlane(8, d.mbw)
	for y := range d.mbh {
		coefficients := &d.partitions[y%len(d.partitions)]
		d.left = neighbour{}
		for x := range d.mbw {
			d.macroblock(coefficients, x, y)
		}
		for i := range 16 {
			out.Luma.Row(d.luma.row(i, d.w))
		}
		for i := range 8 {
			out.Blue.Row(d.blue.row(i, (d.w+1)/2))
			out.Red.Row(d.red.row(i, (d.w+1)/2))
		}
		d.luma.next()
		d.blue.next()
		d.red.next()
	}
}

func (d *decoder) macroblock(coefficients *bitReader, x, y int) {
	above := &d.above[x]
	if empty := d.prediction(above); empty {
		d.noCoefficients(above)
		d.mb.ends = [blocks]int{}
	} else {
		d.coefficients(coefficients, above)
	}
	m := &d.mb
	edges := edges{above: y > 0, left: x > 0}
	if m.mode == inBlocks {
		d.luma.inBlocks(16*x, m)
	} else {
		d.luma.predict(16*x, m.mode, edges)
		d.luma.addBlocks(16*x, m.coeffs[:16], m.ends[:16])
	}
	for i, p := range [...]*plane{&d.blue, &d.red} {
		p.predict(8*x, m.uvMode, edges)
		p.addBlocks(8*x, m.coeffs[16+4*i:][:4], m.ends[16+4*i:][:4])
	}
}

// fullRange makes RGB of samples that keep to video's range of 16 to 235 (RFC 6386, 9.2).
func fullRange(y, blue, red byte) (r, g, b byte) {
	return color.YCbCrToRGB(Luma[y], Chroma[blue], Chroma[red])
}

// Luma and Chroma stretch samples of a lossy WebP, which keep to video's range of 16 to 235
// (RFC 6386, 9.2), to the range that Go takes them to have.
var Luma, Chroma = stretch()

func stretch() (luma, chroma [256]byte) {
	for i := range 256 {
		luma[i] = byte(max(0, min(255, ((i-16)*255+109)/219)))
		chroma[i] = byte(max(0, min(255, ((i-128)*255+128*224+112)/224)))
	}
	return luma, chroma
}
