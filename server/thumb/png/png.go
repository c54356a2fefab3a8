// Package png decodes a PNG row by row into a smaller picture, so that memory depends on the
// thumbnail and not on the file (PNG, 3rd edition, W3C 2025).
//
// Interlaced pictures come in seven passes and can't be streamed; they are left to a decoder
// that holds everything (ErrInterlaced).
package png

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"folderfront/server/thumb/raster"
)

// ErrInterlaced says that the picture can't be streamed.
var ErrInterlaced = errors.New("png: interlaced")

// Picture is a decoded PNG; W and H are its own size in pixels.
type Picture struct {
	Image   *raster.Image
	W, H    int
	Profile []byte // ICC profile, nil for none or when the picture is said to be sRGB
}

const (
	signature  = "\x89PNG\r\n\x1a\n"
	maxProfile = 4 << 20
)

func malformed(format string, args ...any) error {
	return fmt.Errorf("png: %s", fmt.Sprintf(format, args...))
}

// Colour types (11.2.1).
const (
	grey, rgb, indexed, greyAlpha, rgbAlpha = 0, 2, 3, 4, 6
)

// channels are the samples a pixel has in each colour type.
var channels = map[byte]int{grey: 1, rgb: 3, indexed: 1, greyAlpha: 2, rgbAlpha: 4}

// header is what the chunks before the pixels say.
type header struct {
	w, h    int
	depth   int // bits a sample
	kind    byte
	palette [256][3]byte
	key     [3]uint16 // the transparent grey or colour, if keyed
	keyed   bool
	profile []byte
	isSRGB  bool
}

// Decode reads a PNG and shrinks it on its way to the target. A truncated file gives the rows
// that were there, the rest is white, if that is a twentieth at least.
func Decode(r io.Reader, target raster.Target) (*Picture, error) {
	c := &chunks{r: r}
	var start [len(signature)]byte
	if _, err := io.ReadFull(r, start[:]); err != nil || string(start[:]) != signature {
		return nil, malformed("no signature")
	}
	var h header
	for h.w == 0 || c.kind != "IDAT" {
		if err := c.next(); err != nil {
			return nil, err
		}
		if err := h.chunk(c); err != nil {
			return nil, err
		}
	}
	z, err := zlib.NewReader(bufio.NewReaderSize(&pixels{chunks: c}, 64<<10))
	if err != nil {
		return nil, malformed("compressed data: %v", err)
	}
	inflated := readAhead(z)
	defer inflated.close()
	s := raster.NewShrinker(h.model(), h.w, h.h, target.Factor(h.w, h.h))
	if err := h.rows(inflated, s); err != nil && s.Missing() > h.h/20*19 {
		return nil, err
	}
	white := bytes.Repeat([]byte{255}, h.w*int(h.model()))
	for s.Missing() > 0 {
		s.Row(white)
	}
	return &Picture{Image: s.Image(), W: h.w, H: h.h, Profile: h.iccProfile()}, nil
}

// chunks walks over a file's chunks. Checksums are not looked at: what is damaged is seen.
type chunks struct {
	r    io.Reader
	kind string
	left int64 // bytes of the current chunk
}

func (c *chunks) next() error {
	skip := c.left
	if c.kind != "" {
		skip += 4 // checksum
	}
	if _, err := io.CopyN(io.Discard, c.r, skip); err != nil {
		return io.ErrUnexpectedEOF
	}
	var head [8]byte
	if _, err := io.ReadFull(c.r, head[:]); err != nil {
		return io.ErrUnexpectedEOF
	}
	c.left, c.kind = int64(binary.BigEndian.Uint32(head[:])), string(head[4:])
	return nil
}

// body reads the current chunk, if it is at most limit bytes.
func (c *chunks) body(limit int64) ([]byte, error) {
	if c.left > limit {
		return nil, malformed("a %s chunk of %d bytes", c.kind, c.left)
	}
	data := make([]byte, c.left)
	_, err := io.ReadFull(c.r, data)
	c.left = 0
	return data, err
}

// pixels is the data of the IDAT chunks, one after the other.
type pixels struct{ *chunks }

func (p *pixels) Read(buf []byte) (int, error) {
	for p.left == 0 {
		if err := p.next(); err != nil {
			return 0, err
		}
		if p.kind != "IDAT" {
			return 0, io.EOF
		}
	}
	n, err := p.r.Read(buf[:min(int64(len(buf)), p.left)])
	p.left -= int64(n)
	return n, err
}

// chunk takes in a chunk that comes before the pixels.
func (h *header) chunk(c *chunks) error {
	if h.w == 0 && c.kind != "IHDR" {
		return malformed("%q comes first", c.kind)
	}
	switch c.kind {
	case "IHDR":
		return h.ihdr(c)
	case "PLTE":
		return h.plte(c)
	case "tRNS":
		return h.trns(c)
	case "sRGB":
		h.isSRGB = true
	case "iCCP":
		if data, err := c.body(maxProfile); err == nil {
			h.profile = data
		}
	case "IEND":
		return malformed("no pixels")
	}
	return nil
}

func (h *header) ihdr(c *chunks) error {
	data, err := c.body(13)
	if err != nil || len(data) < 13 || h.w != 0 {
		return malformed("header")
	}
	w, ht := binary.BigEndian.Uint32(data), binary.BigEndian.Uint32(data[4:])
	if w > raster.MaxSide || ht > raster.MaxSide {
		return malformed("%d × %d pixels", w, ht)
	}
	if err := raster.CheckSize(int(w), int(ht), raster.MaxStreamed); err != nil {
		return err
	}
	h.depth, h.kind = int(data[8]), data[9]
	n, known := channels[h.kind]
	switch {
	case !known || h.depth > 8 && h.kind == indexed || h.depth < 8 && n > 1:
		return malformed("colour type %d of %d bits", h.kind, h.depth)
	case h.depth != 1 && h.depth != 2 && h.depth != 4 && h.depth != 8 && h.depth != 16:
		return malformed("%d bits", h.depth)
	case data[12] == 1:
		return ErrInterlaced
	}
	h.w, h.h = int(w), int(ht)
	return nil
}

func (h *header) plte(c *chunks) error {
	data, err := c.body(3 * 256)
	for i := 0; i+2 < len(data); i += 3 {
		h.palette[i/3] = [3]byte(data[i:])
	}
	return err
}

// trns lays a palette's transparent colours on white at once, and notes a colour key.
func (h *header) trns(c *chunks) error {
	data, err := c.body(256)
	if err != nil {
		return err
	}
	switch {
	case h.kind == indexed:
		for i, alpha := range data {
			for j, v := range h.palette[i] {
				h.palette[i][j] = raster.OnWhite(v, alpha)
			}
		}
	case h.kind == grey && len(data) >= 2, h.kind == rgb && len(data) >= 6:
		h.keyed = true
		for i := range len(data) / 2 {
			h.key[min(i, 2)] = binary.BigEndian.Uint16(data[2*i:])
		}
	}
	return nil
}

// model is grey where every pixel is.
func (h *header) model() raster.Model {
	if h.kind == grey || h.kind == greyAlpha {
		return raster.Gray
	}
	return raster.RGB
}

// iccProfile inflates the profile (11.3.2.3: a name, a zero, the method, zlib data).
func (h *header) iccProfile() []byte {
	_, rest, ok := bytes.Cut(h.profile, []byte{0})
	if h.isSRGB || !ok || len(rest) < 1 {
		return nil
	}
	z, err := zlib.NewReader(bytes.NewReader(rest[1:]))
	if err != nil {
		return nil
	}
	profile, err := io.ReadAll(io.LimitReader(z, maxProfile))
	if err != nil {
		return nil
	}
	return profile
}
