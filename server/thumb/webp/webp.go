// Package webp reads a lossy WebP just as well as a thumbnail needs.
//
// It follows RFC 9649 for the container and RFC 6386 for the picture, which is one key frame
// of VP8.
//
//   - A macroblock is 16×16 pixels: 16 blocks of 4×4 samples of brightness, 4 of each colour.
//   - A block is predicted from the samples above and to the left of it; the rest is coded as
//     the coefficients of a transform, each bit of them with a probability of its own.
//   - A partition is a run of bytes that is read bit by bit: the first holds how each
//     macroblock is predicted, the others hold coefficients, in turn for each row.
//
// Rows of macroblocks are shrunk as soon as they are there, so little is held of a large
// picture. The filter that smooths the edges of blocks at the very end is left out: it
// changes nothing that is seen once a block has become one pixel. So small pictures, like
// lossless, see-through and moving ones, are left to other decoders.
package webp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"folderfront/server/thumb/raster"
)

// Picture is a decoded WebP. Image's extent says how much of it is real; W and H are the
// WebP's own size in pixels.
type Picture struct {
	Image *raster.Image // RGB, not yet colour-managed
	W, H  int
}

// ErrOther says that the WebP may be fine, but is of a kind that this package doesn't read.
var ErrOther = errors.New("webp: another kind of WebP")

// errFormat is a malformed WebP.
var errFormat = errors.New("webp")

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errFormat, fmt.Sprintf(format, args...))
}

const (
	// leastFactor is how much smaller a picture must become for its blocks' edges not to be seen.
	leastFactor = 4
	maxFrame    = 256 << 20 // bytes

	hasAlpha, hasAnimation = 0x10, 0x02 // flags of an extended WebP
)

// Decode reads a lossy WebP that the target makes at least leastFactor times smaller: just
// large enough, with at least raster.Headroom times as many pixels as the thumbnail along each
// side. Errors are ErrOther, those of r, or about what is malformed.
func Decode(r io.Reader, target raster.Target) (*Picture, error) {
	data, err := frame(r)
	if err != nil {
		return nil, err
	}
	d, err := newDecoder(data)
	if err != nil {
		return nil, err
	}
	if err := raster.CheckSize(d.w, d.h, raster.MaxStreamed); err != nil {
		return nil, err
	}
	factor := target.Factor(d.w, d.h)
	if factor < leastFactor {
		return nil, ErrOther
	}
	out := raster.NewPlanes(d.w, d.h, factor)
	d.decode(out)
	return &Picture{Image: out.RGB(fullRange), W: d.w, H: d.h}, nil
}

// frame finds the lossy picture among the chunks and reads all of it.
func frame(r io.Reader) ([]byte, error) {
	var head [12]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	if string(head[:4]) != "RIFF" || string(head[8:]) != "WEBP" {
		return nil, malformed("no WebP")
	}
	for {
		var chunk [8]byte
		if _, err := io.ReadFull(r, chunk[:]); err != nil {
			return nil, err
		}
		size := int64(binary.LittleEndian.Uint32(chunk[4:]))
		switch string(chunk[:4]) {
		case "VP8 ":
			return readFrame(r, size)
		case "VP8L", "ALPH", "ANIM":
			return nil, ErrOther
		}
		if err := skip(r, string(chunk[:4]), size+size&1); err != nil {
			return nil, err
		}
	}
}

// skip passes over a chunk that holds no picture, but may say that the picture is of another kind.
func skip(r io.Reader, kind string, size int64) error {
	if kind == "VP8X" && size > 0 {
		var flags [1]byte
		if _, err := io.ReadFull(r, flags[:]); err != nil {
			return err
		}
		if flags[0]&(hasAlpha|hasAnimation) != 0 {
			return ErrOther
		}
		size--
	}
	_, err := io.CopyN(io.Discard, r, size)
	return err
}

func readFrame(r io.Reader, size int64) ([]byte, error) {
	if size > maxFrame {
		return nil, malformed("a frame of %d bytes", size)
	}
	data, err := io.ReadAll(io.LimitReader(r, size))
	if err == nil && int64(len(data)) < size {
		err = io.ErrUnexpectedEOF
	}
	return data, err
}
