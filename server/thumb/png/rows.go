package png

import (
	"encoding/binary"
	"io"

	"folderfront/server/thumb/raster"
)

// rows reads all rows, undoes their filters and hands them to the shrinker.
func (h *header) rows(r io.Reader, s *raster.Shrinker) error {
	bits := h.depth * channels[h.kind]
	size, step := (h.w*bits+7)/8, max(1, bits/8)
	current, above := make([]byte, 1+size), make([]byte, 1+size)
	out := make([]byte, h.w*int(h.model()))
	for range h.h {
		if _, err := io.ReadFull(r, current); err != nil {
			return err
		}
		if err := unfilter(current[0], current[1:], above[1:], step); err != nil {
			return err
		}
		if h.kind == rgb && h.depth == 8 && !h.keyed {
			s.Row(current[1:])
		} else {
			h.convert(current[1:], out)
			s.Row(out)
		}
		current, above = above, current
	}
	return nil
}

// unfilter undoes a row's filter (clause 9); step is the distance to the pixel on the left.
func unfilter(filter byte, row, above []byte, step int) error {
	above = above[:len(row)]
	switch filter {
	case 0:
	case 1:
		for i := step; i < len(row); i++ {
			row[i] += row[i-step]
		}
	case 2:
		for i, v := range above {
			row[i] += v
		}
	case 3:
		for i := range min(step, len(row)) {
			row[i] += above[i] / 2
		}
		for i := step; i < len(row); i++ {
			row[i] += byte((int(row[i-step]) + int(above[i])) / 2)
		}
	case 4:
		paeth(row, above, step)
	default:
		return malformed("filter %d", filter)
	}
	return nil
}

func paeth(row, above []byte, step int) {
	for i := range min(step, len(row)) {
		row[i] += above[i]
	}
	for c := range step {
		left, corner := int32(0), int32(0)
		if c < len(row) {
			left, corner = int32(row[c]), int32(above[c])
		}
		for i := c + step; i < len(row); i += step {
			up := int32(above[i])
			pa, pb := up-corner, left-corner
			pc := pa + pb
			pa, pb, pc = abs(pa), abs(pb), abs(pc)
			best := corner
			if pa <= pb && pa <= pc {
				best = left
			} else if pb <= pc {
				best = up
			}
			left = int32(byte(best) + row[i])
			corner = up
			row[i] = byte(left)
		}
	}
}

func abs(v int32) int32 {
	m := v >> 31
	return (v ^ m) - m
}

// convert turns a row into grey or RGB of 8 bits, on white.
func (h *header) convert(row, out []byte) {
	switch h.kind {
	case grey:
		for x := range out {
			out[x] = h.greySample(row, x)
		}
	case indexed:
		for x := range h.w {
			copy(out[3*x:3*x+3], h.palette[h.packed(row, x)][:])
		}
	case rgb:
		for x := range h.w {
			h.rgbPixel(row, x, out[3*x:])
		}
	case greyAlpha:
		wide := h.depth / 8
		for x := range out {
			out[x] = raster.OnWhite(row[2*wide*x], row[2*wide*x+wide])
		}
	case rgbAlpha:
		h.rgbaRow(row, out)
	}
}

// packed is sample x of a row with at most 8 bits a sample.
func (h *header) packed(row []byte, x int) byte {
	if h.depth == 8 {
		return row[x]
	}
	at := x * h.depth
	return row[at/8] >> (8 - h.depth - at%8) & (1<<h.depth - 1)
}

func (h *header) greySample(row []byte, x int) byte {
	if h.depth == 16 {
		v := binary.BigEndian.Uint16(row[2*x:])
		if h.keyed && v == h.key[0] {
			return 255
		}
		return byte(v >> 8)
	}
	v := h.packed(row, x)
	if h.keyed && uint16(v) == h.key[0] {
		return 255
	}
	return byte(int(v) * 255 / (1<<h.depth - 1))
}

func (h *header) rgbPixel(row []byte, x int, out []byte) {
	transparent := h.keyed
	for c := range 3 {
		var v uint16
		if h.depth == 16 {
			v = binary.BigEndian.Uint16(row[6*x+2*c:])
			out[c] = byte(v >> 8)
		} else {
			v = uint16(row[3*x+c])
			out[c] = byte(v)
		}
		transparent = transparent && v == h.key[c]
	}
	if transparent {
		out[0], out[1], out[2] = 255, 255, 255
	}
}

func (h *header) rgbaRow(row, out []byte) {
	wide := h.depth / 8
	for ; len(out) >= 3; out, row = out[3:], row[4*wide:] {
		if alpha := row[3*wide]; alpha == 255 {
			out[0], out[1], out[2] = row[0], row[wide], row[2*wide]
		} else {
			out[0], out[1], out[2] = raster.OnWhite(row[0], alpha), raster.OnWhite(row[wide], alpha), raster.OnWhite(row[2*wide], alpha)
		}
	}
}
