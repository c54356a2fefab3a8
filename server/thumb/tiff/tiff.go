// Package tiff decodes the TIFF files of print and photography row by row into a smaller
// picture (TIFF 6.0, Adobe 1992): grey, RGB or CMYK of 8 or 16 bits in strips, uncompressed or
// by LZW, Deflate or PackBits, with the colour profile. What it refuses with ErrVariant, such
// as tiles, is left to a decoder that holds the whole picture.
//
// A directory (IFD) lists a picture's fields by number; a strip is a run of rows that is
// compressed by itself. Only the first picture of a file is looked at.
package tiff

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"folderfront/server/thumb/raster"
)

// ErrVariant says that a file is of a kind that this package doesn't read.
var ErrVariant = errors.New("tiff: a variant that isn't streamed")

// Picture is a decoded TIFF; W and H are its own size in pixels.
type Picture struct {
	Image   *raster.Image
	W, H    int
	Profile []byte // ICC profile, nil for none
}

// Fields (TIFF 6.0, section 8; 34675 by ICC.1, B.4).
const (
	fWidth, fHeight, fBits, fCompression, fPhotometric = 256, 257, 258, 259, 262
	fOffsets, fSamples, fRows, fCounts, fPlanar        = 273, 277, 278, 279, 284
	fPredictor, fTileWidth, fExtra, fFormat, fProfile  = 317, 322, 338, 339, 34675
)

const (
	maxFields  = 1000
	maxValues  = 200_000
	maxProfile = 4 << 20
)

func malformed(format string, args ...any) error {
	return fmt.Errorf("tiff: %s", fmt.Sprintf(format, args...))
}

// decoder holds a file's first directory.
type decoder struct {
	r       io.ReaderAt
	size    int64
	order   binary.ByteOrder
	fields  map[uint16]field
	w, h    int
	samples int // a pixel has, alpha included
	bytes   int // a sample has
	model   raster.Model
	alpha   int  // place of the alpha sample, -1 for none
	premul  bool // colours are multiplied by it already
	white   bool // 0 is white, in grey
}

type field struct {
	kind  uint16
	count uint32
	value [4]byte
}

// Decode reads the first picture, shrunk on its way to the target. A truncated file gives the
// rows that were there, the rest is blank, if that is a twentieth at least.
func Decode(r io.ReaderAt, size int64, target raster.Target) (*Picture, error) {
	d := &decoder{r: r, size: size, fields: map[uint16]field{}}
	if err := d.directory(); err != nil {
		return nil, err
	}
	if err := d.layout(); err != nil {
		return nil, err
	}
	s := raster.NewShrinker(d.model, d.w, d.h, target.Factor(d.w, d.h))
	if err := d.strips(s); s.Missing() > d.h/20*19 {
		return nil, errors.Join(malformed("too few rows"), err)
	}
	for blank := d.blank(); s.Missing() > 0; {
		s.Row(blank)
	}
	return &Picture{Image: s.Image(), W: d.w, H: d.h, Profile: d.profile()}, nil
}

func (d *decoder) blank() []byte {
	row := make([]byte, d.w*int(d.model))
	if d.model != raster.CMYK {
		for i := range row {
			row[i] = 255
		}
	}
	return row
}

func (d *decoder) directory() error {
	var head [8]byte
	if _, err := d.r.ReadAt(head[:], 0); err != nil {
		return malformed("no header")
	}
	switch string(head[:4]) {
	case "II*\x00":
		d.order = binary.LittleEndian
	case "MM\x00*":
		d.order = binary.BigEndian
	default:
		return malformed("no header")
	}
	at := int64(d.order.Uint32(head[4:]))
	var count [2]byte
	if _, err := d.r.ReadAt(count[:], at); err != nil {
		return malformed("no directory")
	}
	n := int(d.order.Uint16(count[:]))
	if n > maxFields {
		return malformed("%d fields", n)
	}
	table := make([]byte, 12*n)
	if _, err := d.r.ReadAt(table, at+2); err != nil && err != io.EOF {
		return malformed("a short directory")
	}
	for ; len(table) > 0; table = table[12:] {
		d.fields[d.order.Uint16(table)] = field{d.order.Uint16(table[2:]), d.order.Uint32(table[4:]), [4]byte(table[8:])}
	}
	return nil
}

// numbers reads a field of shorts or longs; nil when it is missing or absurd.
func (d *decoder) numbers(tag uint16) []uint32 {
	f, ok := d.fields[tag]
	wide := map[uint16]uint32{1: 1, 3: 2, 4: 4}[f.kind]
	if !ok || wide == 0 || f.count > maxValues {
		return nil
	}
	data := f.value[:]
	if f.count*wide > 4 {
		data = make([]byte, f.count*wide)
		if _, err := d.r.ReadAt(data, int64(d.order.Uint32(f.value[:]))); err != nil && err != io.EOF {
			return nil
		}
	}
	all := make([]uint32, f.count)
	for i := range all {
		switch wide {
		case 1:
			all[i] = uint32(data[i])
		case 2:
			all[i] = uint32(d.order.Uint16(data[2*i:]))
		default:
			all[i] = d.order.Uint32(data[4*i:])
		}
	}
	return all
}

func (d *decoder) number(tag uint16, otherwise int) int {
	if all := d.numbers(tag); len(all) > 0 {
		return int(all[0])
	}
	return otherwise
}

// layout finds out how pixels are stored, and refuses what isn't read here.
func (d *decoder) layout() error {
	d.w, d.h = d.number(fWidth, 0), d.number(fHeight, 0)
	if err := raster.CheckSize(d.w, d.h, raster.MaxStreamed); err != nil {
		return err
	}
	bits := d.numbers(fBits)
	d.samples = d.number(fSamples, 1)
	if len(bits) < 1 || bits[0] != 8 && bits[0] != 16 || d.number(fFormat, 1) != 1 || d.number(fTileWidth, 0) != 0 ||
		d.number(fPlanar, 1) != 1 || d.samples > 8 {
		return ErrVariant
	}
	d.bytes = int(bits[0]) / 8
	switch d.number(fPhotometric, -1) {
	case 0:
		d.model, d.white = raster.Gray, true
	case 1:
		d.model = raster.Gray
	case 2:
		d.model = raster.RGB
	case 5:
		d.model = raster.CMYK
	default:
		return ErrVariant
	}
	if d.samples < int(d.model) {
		return malformed("%d samples", d.samples)
	}
	d.alpha = -1
	if extra := d.numbers(fExtra); len(extra) > 0 && d.model != raster.CMYK && d.samples > int(d.model) && extra[0] > 0 {
		d.alpha, d.premul = int(d.model), extra[0] == 1
	}
	return nil
}

func (d *decoder) profile() []byte {
	f := d.fields[fProfile]
	if f.count < 128 || f.count > maxProfile {
		return nil
	}
	data := make([]byte, f.count)
	if _, err := d.r.ReadAt(data, int64(d.order.Uint32(f.value[:]))); err != nil && err != io.EOF {
		return nil
	}
	return data
}

// strips reads all strips in turn.
func (d *decoder) strips(s *raster.Shrinker) error {
	offsets, counts := d.numbers(fOffsets), d.numbers(fCounts)
	rows := d.number(fRows, d.h)
	if len(offsets) == 0 || rows <= 0 {
		return malformed("no strips")
	}
	for i, offset := range offsets {
		size := d.size - int64(offset)
		if i < len(counts) {
			size = min(size, int64(counts[i]))
		}
		if size <= 0 {
			return malformed("a strip beyond the end")
		}
		r, err := d.open(bufio.NewReader(io.NewSectionReader(d.r, int64(offset), size)))
		if err != nil {
			return err
		}
		if err := d.rows(r, s, min(rows, s.Missing())); err != nil {
			return err
		}
	}
	return nil
}
