package psd

import (
	"bufio"
	"encoding/binary"
	"io"
	"math"

	"folderfront/server/thumb/icc"
	"folderfront/server/thumb/raster"
)

// rowReader gives the composite's rows, channel after channel.
type rowReader interface {
	next(row []byte) error
}

type rawRows struct{ r io.Reader }

func (r rawRows) next(row []byte) error {
	_, err := io.ReadFull(r.r, row)
	return err
}

// packedRows are compressed by PackBits, each row by itself; a table of their sizes comes first.
type packedRows struct {
	r      *bufio.Reader
	sizes  []uint32
	packed []byte
}

func newPackedRows(r *bufio.Reader, rows int, large bool) (*packedRows, error) {
	wide := 2
	if large {
		wide = 4
	}
	p := &packedRows{r: r}
	entry := make([]byte, wide)
	for range rows {
		if _, err := io.ReadFull(r, entry); err != nil {
			return nil, malformed("a short table of rows")
		}
		size := uint32(binary.BigEndian.Uint16(entry))
		if large {
			size = binary.BigEndian.Uint32(entry)
		}
		p.sizes = append(p.sizes, size)
	}
	return p, nil
}

func (p *packedRows) next(row []byte) error {
	size := int(p.sizes[0])
	p.sizes = p.sizes[1:]
	if size > 2*len(row)+64 {
		return malformed("a packed row of %d bytes", size)
	}
	if cap(p.packed) < size {
		p.packed = make([]byte, size)
	}
	packed := p.packed[:size]
	if _, err := io.ReadFull(p.r, packed); err != nil {
		return err
	}
	return unpack(packed, row)
}

// unpack undoes PackBits (TIFF 6.0, section 9).
func unpack(packed, row []byte) error {
	for len(row) > 0 {
		if len(packed) < 2 {
			return malformed("a short row")
		}
		n := int(int8(packed[0]))
		packed = packed[1:]
		switch {
		case n >= 0:
			n++
			if n > len(packed) || n > len(row) {
				return malformed("a run beyond the row")
			}
			copy(row, packed[:n])
			packed, row = packed[n:], row[n:]
		case n > -128:
			n = 1 - n
			if n > len(row) {
				return malformed("a run beyond the row")
			}
			for i := range row[:n] {
				row[i] = packed[0]
			}
			packed, row = packed[1:], row[n:]
		}
	}
	return nil
}

// samples turns a row into 8-bit samples, where 0 is black or no ink.
func (d *Document) samples(row, out []byte) {
	switch d.depth {
	case 1:
		for x := range out {
			out[x] = ^-(row[x/8] >> (7 - x%8) & 1) // a set bit is black
		}
	case 8:
		copy(out, row)
	case 16:
		for x := range out {
			out[x] = row[2*x]
		}
	default:
		for x := range out {
			out[x] = encode(math.Float32frombits(binary.BigEndian.Uint32(row[4*x:])))
		}
	}
	if d.mode == cmyk {
		for x := range out {
			out[x] = ^out[x]
		}
	}
}

// encode gives a linear sample of 0 to 1 sRGB's curve.
func encode(v float32) byte {
	switch {
	case !(v > 0):
		return 0
	case v >= 1:
		return 255
	case v <= .0031308:
		return byte(v*12.92*255 + .5)
	}
	return byte((1.055*math.Pow(float64(v), 1/2.4)-.055)*255 + .5)
}

// combine puts channels together.
func (d *Document) combine(planes []*raster.Image) *raster.Image {
	if len(planes) == 1 {
		return planes[0]
	}
	first := planes[0]
	out := raster.New(raster.Model(len(planes)), first.W, first.H)
	out.ExtentW, out.ExtentH = first.ExtentW, first.ExtentH
	for c, plane := range planes {
		for i, v := range plane.Pix {
			out.Pix[i*len(planes)+c] = v
		}
	}
	if d.mode == lab {
		icc.FromLab(out)
		d.Profile = nil
	}
	return out
}
