package tiff

import (
	"bufio"
	"compress/zlib"
	"io"

	"golang.org/x/image/tiff/lzw"

	"folderfront/server/thumb/raster"
)

// open undoes a strip's compression.
func (d *decoder) open(r *bufio.Reader) (io.Reader, error) {
	switch d.number(fCompression, 1) {
	case 1:
		return r, nil
	case 5:
		return lzw.NewReader(r, lzw.MSB, 8), nil
	case 8, 32946:
		return zlib.NewReader(r)
	case 32773:
		return &packBits{r: r}, nil
	}
	return nil, ErrVariant
}

// packBits is section 9's compression: runs of up to 128 bytes.
type packBits struct {
	r      *bufio.Reader
	left   int // bytes of the current run
	repeat bool
	value  byte
}

func (p *packBits) Read(buf []byte) (n int, err error) {
	for n < len(buf) {
		if p.left == 0 {
			if err := p.run(); err != nil {
				return n, err
			}
			continue
		}
		if !p.repeat {
			if p.value, err = p.r.ReadByte(); err != nil {
				return n, err
			}
		}
		buf[n] = p.value
		n++
		p.left--
	}
	return n, nil
}

func (p *packBits) run() error {
	b, err := p.r.ReadByte()
	switch {
	case err != nil:
		return err
	case b < 128:
		p.left, p.repeat = int(b)+1, false
	case b > 128:
		p.left, p.repeat = 257-int(b), true
		p.value, err = p.r.ReadByte()
	}
	return err
}

// rows reads a strip's rows.
func (d *decoder) rows(r io.Reader, s *raster.Shrinker, n int) error {
	row := make([]byte, d.w*d.samples*d.bytes)
	out := make([]byte, d.w*int(d.model))
	differs := d.number(fPredictor, 1)
	if differs > 2 {
		return ErrVariant
	}
	for range n {
		if _, err := io.ReadFull(r, row); err != nil {
			return err
		}
		if differs == 2 {
			d.sumUp(row)
		}
		d.convert(row, out)
		s.Row(out)
	}
	return nil
}

// sumUp undoes horizontal differencing (section 14).
func (d *decoder) sumUp(row []byte) {
	step := d.samples * d.bytes
	if d.bytes == 1 {
		for i := step; i < len(row); i++ {
			row[i] += row[i-step]
		}
		return
	}
	for i := step; i+1 < len(row); i += 2 {
		d.order.PutUint16(row[i:], d.order.Uint16(row[i:])+d.order.Uint16(row[i-step:]))
	}
}

// convert turns a row into the model's samples of 8 bits, on white.
func (d *decoder) convert(row, out []byte) {
	n, high := int(d.model), 0
	if d.bytes == 2 && d.order.Uint16([]byte{0, 1}) != 1 {
		high = 1 // the little end comes first
	}
	step := d.samples * d.bytes
	for ; len(out) >= n; row, out = row[step:], out[n:] {
		for c := range n {
			out[c] = row[c*d.bytes+high]
		}
		if d.white {
			out[0] = ^out[0]
		}
		if d.alpha >= 0 {
			d.onWhite(out[:n], row[d.alpha*d.bytes+high])
		}
	}
}

func (d *decoder) onWhite(px []byte, alpha byte) {
	for c, v := range px {
		if d.premul {
			px[c] = byte(min(255, int(v)+255-int(alpha)))
		} else {
			px[c] = raster.OnWhite(v, alpha)
		}
	}
}
