// Package psd reads the composite of a Photoshop document, PSD or PSB (Adobe Photoshop File
// Formats Specification, 2019), shrinking it while it is read.
//
//   - The composite is the picture of all layers together, which Photoshop stores behind them
//     for other programs. Its channels come one after the other, each as rows of samples.
//   - A resource is a numbered block of data about the document: 1036 is a small JPEG, 1039
//     the colour profile, 1057 tells whether the composite is real or blank.
package psd

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"folderfront/server/thumb/raster"
)

// ErrNoComposite says that the document was stored without a composite.
var ErrNoComposite = errors.New("psd: no composite")

// Picture is a decoded composite; W and H are the document's size in pixels.
type Picture struct {
	Image   *raster.Image
	W, H    int
	Profile []byte // ICC profile, nil for none
}

// Colour modes.
const (
	bitmap, grey, indexed, rgb, cmyk, multi, duotone, lab = 0, 1, 2, 3, 4, 7, 8, 9
)

const (
	headerSize   = 26
	maxResources = 64 << 20
	maxPalette   = 768
)

func malformed(format string, args ...any) error {
	return fmt.Errorf("psd: %s", fmt.Sprintf(format, args...))
}

// Document is an opened PSD: everything but the pixels.
type Document struct {
	W, H      int
	Profile   []byte
	Thumbnail []byte // a JPEG, nil for none

	file     *io.SectionReader
	large    bool // PSB
	channels int
	depth    int // bits a sample
	mode     int
	palette  []byte
	blank    bool  // the composite is
	pixels   int64 // where the composite begins
}

// Open reads a document's header and resources.
func Open(r io.ReaderAt, size int64) (*Document, error) {
	d := &Document{file: io.NewSectionReader(r, 0, size)}
	var head [headerSize]byte
	if _, err := io.ReadFull(d.file, head[:]); err != nil || string(head[:4]) != "8BPS" {
		return nil, malformed("no header")
	}
	be := binary.BigEndian
	d.large = be.Uint16(head[4:]) == 2
	d.channels = int(be.Uint16(head[12:]))
	d.H, d.W = int(be.Uint32(head[14:])), int(be.Uint32(head[18:]))
	d.depth, d.mode = int(be.Uint16(head[22:])), int(be.Uint16(head[24:]))
	if err := raster.CheckSize(d.W, d.H, raster.MaxStreamed); err != nil {
		return nil, err
	}
	if d.channels < 1 || d.channels > 56 || d.depth != 1 && d.depth != 8 && d.depth != 16 && d.depth != 32 {
		return nil, malformed("%d channels of %d bits", d.channels, d.depth)
	}
	return d, d.sections()
}

// sections walks over what lies between the header and the composite.
func (d *Document) sections() error {
	n, err := d.length(false)
	if err != nil {
		return err
	}
	if d.mode == indexed {
		d.palette = make([]byte, maxPalette)
		if n < maxPalette {
			return malformed("a palette of %d bytes", n)
		}
		if _, err := io.ReadFull(d.file, d.palette); err != nil {
			return err
		}
		n -= maxPalette
	}
	if _, err := d.file.Seek(n, io.SeekCurrent); err != nil {
		return err
	}
	if n, err = d.length(false); err != nil || n > maxResources {
		return malformed("resources of %d bytes", n)
	}
	start, _ := d.file.Seek(0, io.SeekCurrent)
	d.resources(start, start+n)
	if _, err := d.file.Seek(start+n, io.SeekStart); err != nil {
		return err
	}
	if n, err = d.length(d.large); err != nil {
		return err
	}
	d.pixels, err = d.file.Seek(n, io.SeekCurrent)
	return err
}

// length reads a section's length, which takes eight bytes for some sections of a PSB.
func (d *Document) length(long bool) (int64, error) {
	var b [8]byte
	if !long {
		_, err := io.ReadFull(d.file, b[4:])
		return int64(binary.BigEndian.Uint64(b[:])), err
	}
	_, err := io.ReadFull(d.file, b[:])
	n := int64(binary.BigEndian.Uint64(b[:]))
	if err == nil && (n < 0 || n > d.file.Size()) {
		err = malformed("a section of %d bytes", n)
	}
	return n, err
}

// resources looks through the resource blocks between two places; it stops at the first that
// is malformed.
func (d *Document) resources(at, end int64) {
	for range 10000 {
		var head [7]byte
		if at+12 > end {
			return
		}
		if _, err := d.file.ReadAt(head[:], at); err != nil || string(head[:4]) != "8BIM" {
			return
		}
		at += 6 + (int64(head[6])+2)&^1
		var length [4]byte
		if _, err := d.file.ReadAt(length[:], at); err != nil {
			return
		}
		size := int64(binary.BigEndian.Uint32(length[:]))
		at += 4
		if at+size > end {
			return
		}
		d.resource(int(head[4])<<8|int(head[5]), at, size)
		at += (size + 1) &^ 1
	}
}

func (d *Document) resource(id int, at, size int64) {
	body := func(skip, most int64) []byte {
		if size <= skip || size > most {
			return nil
		}
		data := make([]byte, size-skip)
		if _, err := d.file.ReadAt(data, at+skip); err != nil {
			return nil
		}
		return data
	}
	switch id {
	case 1036:
		d.Thumbnail = body(28, 16<<20) // behind a header of sizes
	case 1039:
		d.Profile = body(0, 4<<20)
	case 1057:
		if info := body(0, 1<<20); len(info) > 4 {
			d.blank = info[4] == 0
		}
	}
}

// Composite reads the picture, shrunk on its way to the target.
func (d *Document) Composite(target raster.Target) (*Picture, error) {
	if d.blank {
		return nil, ErrNoComposite
	}
	n, err := d.wanted()
	if err != nil {
		return nil, err
	}
	rows, err := d.open()
	if err != nil {
		return nil, err
	}
	planes := make([]*raster.Image, n)
	for i := range planes {
		if planes[i], err = d.plane(rows, target); err != nil {
			return nil, err
		}
	}
	return &Picture{Image: d.combine(planes), W: d.W, H: d.H, Profile: d.Profile}, nil
}

// wanted is how many channels make the picture; the others are masks.
func (d *Document) wanted() (int, error) {
	n, known := map[int]int{bitmap: 1, grey: 1, indexed: 1, duotone: 1, multi: 1, rgb: 3, lab: 3, cmyk: 4}[d.mode]
	if !known || n > d.channels {
		return 0, malformed("mode %d with %d channels", d.mode, d.channels)
	}
	return n, nil
}

// plane reads one channel.
func (d *Document) plane(rows rowReader, target raster.Target) (*raster.Image, error) {
	factor := target.Factor(d.W, d.H)
	if d.mode == indexed {
		return d.indexedPlane(rows, factor)
	}
	s := raster.NewShrinker(raster.Gray, d.W, d.H, factor)
	row, samples := make([]byte, d.rowSize()), make([]byte, d.W)
	for range d.H {
		if err := rows.next(row); err != nil {
			return nil, err
		}
		d.samples(row, samples)
		s.Row(samples)
	}
	return s.Image(), nil
}

// indexedPlane looks colours up before averaging them; its picture is RGB.
func (d *Document) indexedPlane(rows rowReader, factor int) (*raster.Image, error) {
	s := raster.NewShrinker(raster.RGB, d.W, d.H, factor)
	row, px := make([]byte, d.rowSize()), make([]byte, 3*d.W)
	for range d.H {
		if err := rows.next(row); err != nil {
			return nil, err
		}
		for x, v := range row[:d.W] {
			px[3*x], px[3*x+1], px[3*x+2] = d.palette[v], d.palette[256+int(v)], d.palette[512+int(v)]
		}
		s.Row(px)
	}
	return s.Image(), nil
}

func (d *Document) rowSize() int { return (d.W*d.depth + 7) / 8 }

// open positions at the first row.
func (d *Document) open() (rowReader, error) {
	if _, err := d.file.Seek(d.pixels, io.SeekStart); err != nil {
		return nil, err
	}
	r := bufio.NewReaderSize(d.file, 64<<10)
	var kind [2]byte
	if _, err := io.ReadFull(r, kind[:]); err != nil {
		return nil, malformed("no pixels")
	}
	switch kind[1] {
	case 0:
		return rawRows{r}, nil
	case 1:
		return newPackedRows(r, d.channels*d.H, d.large)
	}
	return nil, malformed("compression %d", kind[1])
}
