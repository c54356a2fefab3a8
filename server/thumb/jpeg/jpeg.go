// Package jpeg decodes a JPEG at a fraction of its size: as much of it as a thumbnail needs.
//
// It follows ITU-T T.81 (1992): Huffman coding with 8-bit samples, baseline, extended and
// progressive. Arithmetic coding, 12 bits and lossless JPEG are refused.
//
//   - A block is 8×8 samples, coded as the 64 coefficients of its cosine transform (DCT), from
//     coarse (DC) to fine (AC), in zigzag order.
//   - An MCU is the smallest group of blocks of all components; components with fewer blocks
//     in it are sub-sampled, as chroma usually is.
//   - Scaling takes only the coarsest n×n coefficients of a block (n is 1, 2 or 4) and
//     transforms them to n×n samples: an eighth, a quarter or half of the size, for a fraction
//     of the work, and without aliasing. A sub-sampled component keeps more of its
//     coefficients instead, so that it needs no enlarging.
//   - A plane is one component's samples at the size it was scaled to.
//
// A truncated file gives what was read of it, if that is a twentieth; the rest is grey.
package jpeg

import (
	"errors"
	"fmt"
	"io"

	"folderfront/server/thumb/raster"
)

// Picture is a decoded JPEG. Image's extent says how much of it is real; W and H are the
// JPEG's own size in pixels.
type Picture struct {
	Image   *raster.Image // grey, RGB or CMYK, not yet colour-managed
	W, H    int
	Profile []byte // ICC profile from APP2 segments, nil for none
}

const (
	maxScans    = 200
	maxScaled   = 64_000_000  // pixels of a scaled picture
	maxStorage  = 300_000_000 // bytes of a progressive picture's coefficients
	maxProfile  = 4 << 20
	blockSide   = 8
	coefficient = 64 // of a block
)

// errFormat is a malformed or unsupported JPEG.
var errFormat = errors.New("jpeg")

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errFormat, fmt.Sprintf(format, args...))
}

// decoder holds the state of one decode.
type decoder struct {
	bits    bitReader
	target  raster.Target
	w, h    int
	scale   int // samples a block gives in each direction, of the component sampled most
	hMax    int // most horizontal samples of a component in an MCU
	vMax    int
	mcusX   int
	mcusY   int
	comps   []component
	quant   [4][coefficient]int32 // in zigzag order
	dc, ac  [4]*huffman
	restart int // MCUs between restart markers; 0 for none

	progressive bool
	scans       int
	decoded     int // MCUs decoded, in all scans
	adobe       bool
	transform   byte // Adobe's: 0 none, 1 YCbCr, 2 YCCK
	profile     map[byte][]byte
}

// component is one colour component.
type component struct {
	id               byte
	h, v             int // blocks in an MCU
	quant            byte
	nx, ny           int     // samples a block gives, after scaling
	keep             int     // last coefficient in zigzag order that is needed for that
	blocksX, blocksY int     // in whole MCUs
	stride           int     // of the plane
	plane            []byte  // blocksY·ny rows of blocksX·nx samples
	coeffs           []int16 // progressive: stored coefficients, stored for each block
	stored           int
	pred             int32 // DC prediction
	seen             bool  // a scan has brought some of it
}

// Decode reads a JPEG just large enough for the target: at least raster.Headroom times as many
// pixels as the thumbnail along each side, if the JPEG has them.
func Decode(r io.Reader, target raster.Target) (*Picture, error) {
	d := &decoder{target: target, profile: map[byte][]byte{}}
	d.bits.src = r
	err := d.segments()
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	if d.decoded == 0 || d.decoded < d.mcusX*d.mcusY/20 {
		return nil, malformed("too little picture data")
	}
	if d.progressive {
		d.transformAll()
	}
	return &Picture{Image: d.picture(), W: d.w, H: d.h, Profile: d.iccProfile()}, nil
}

// chooseScale decides how many coefficients are kept, from what the target needs and what
// memory allows.
func (d *decoder) chooseScale() {
	outW, outH := d.target.Fit(float64(d.w), float64(d.h))
	d.scale = 1
	for d.scale < blockSide && (d.w*d.scale/blockSide < raster.Headroom*outW || d.h*d.scale/blockSide < raster.Headroom*outH) {
		d.scale *= 2
	}
	for d.scale > 1 && d.w*d.scale/blockSide*(d.h*d.scale/blockSide) > maxScaled {
		d.scale /= 2
	}
	if d.progressive && d.scale > 1 && d.storage() > maxStorage {
		d.scale = 1
	}
}

// storage is what all coefficients of a progressive picture need, in bytes.
func (d *decoder) storage() int {
	blocks := 0
	for _, c := range d.comps {
		blocks += d.mcusX * c.h * d.mcusY * c.v
	}
	return blocks * coefficient * 2
}

// lastKept is the last coefficient in zigzag order that lies in the first n columns and rows.
var lastKept = map[int]int{1: 0, 2: 4, 4: 24, 8: 63}

// allocate makes the planes, and room for a progressive picture's coefficients. At an eighth
// a progressive picture needs nothing but DC, so all other scans are skipped.
func (d *decoder) allocate() {
	for i := range d.comps {
		c := &d.comps[i]
		c.nx, c.ny = d.scale, d.scale
		if !d.progressive || d.scale > 1 {
			c.nx, c.ny = enlarged(d.scale, d.hMax, c.h), enlarged(d.scale, d.vMax, c.v)
		}
		c.keep = lastKept[max(c.nx, c.ny)]
		c.blocksX, c.blocksY = d.mcusX*c.h, d.mcusY*c.v
		c.stride = c.blocksX * c.nx
		c.plane = make([]byte, c.stride*c.blocksY*c.ny)
		for i := range c.plane {
			c.plane[i] = 128
		}
		if d.progressive {
			c.stored = 1
			if d.scale > 1 {
				c.stored = coefficient
			}
			c.coeffs = make([]int16, c.blocksX*c.blocksY*c.stored)
		}
	}
}

// enlarged is how many samples a block of a component gives that has n of the most samples in
// an MCU.
func enlarged(scale, most, n int) int {
	for scale < blockSide && n*2 <= most {
		scale *= 2
		n *= 2
	}
	return scale
}
