package jpeg

import "folderfront/server/thumb/raster"

// picture puts the planes together, shrinking on if they are larger than needed.
func (d *decoder) picture() *raster.Image {
	w := (d.w*d.scale + blockSide - 1) / blockSide
	h := (d.h*d.scale + blockSide - 1) / blockSide
	factor := d.target.Factor(d.w, d.h) * d.scale / blockSide
	s := raster.NewShrinker(d.model(), w, h, max(1, factor))
	convert := d.converter()
	rows := make([][]byte, len(d.comps))
	wide := make([][]byte, len(d.comps))
	for i := range wide {
		wide[i] = make([]byte, w)
	}
	row := make([]byte, w*len(d.comps))
	for y := range h {
		for i := range d.comps {
			rows[i] = d.comps[i].row(d, y, wide[i])
		}
		convert(rows, row)
		s.Row(row)
	}
	m := s.Image()
	real := float64(d.scale) / blockSide / float64(max(1, factor))
	m.ExtentW, m.ExtentH = min(float64(m.W), float64(d.w)*real), min(float64(m.H), float64(d.h)*real)
	return m
}

// row is a component's samples for row y of the scaled picture, enlarged into buf if the plane
// has fewer.
func (c *component) row(d *decoder, y int, buf []byte) []byte {
	plane := c.plane[y*c.v*c.ny/(d.vMax*d.scale)*c.stride:][:c.stride]
	have, want := c.h*c.nx, d.hMax*d.scale
	if have == want {
		return plane[:len(buf)]
	}
	for x := range buf {
		buf[x] = plane[x*have/want]
	}
	return buf
}

func (d *decoder) model() raster.Model { return raster.Model(len(d.comps)) }

// converter makes rows of pixels from rows of samples: T.871 for YCbCr; Adobe's marker says
// otherwise, and that CMYK is stored inverted.
func (d *decoder) converter() func(rows [][]byte, out []byte) {
	switch {
	case len(d.comps) == 1:
		return func(rows [][]byte, out []byte) { copy(out, rows[0]) }
	case len(d.comps) == 3 && d.isRGB():
		return interleave
	case len(d.comps) == 3:
		return fromYCbCr
	case d.adobe && d.transform == 2:
		return fromYCCK
	case d.adobe:
		return func(rows [][]byte, out []byte) { interleave(rows, out); invert(out) }
	}
	return interleave
}

func (d *decoder) isRGB() bool {
	if d.adobe {
		return d.transform == 0
	}
	return d.comps[0].id == 'R' && d.comps[1].id == 'G' && d.comps[2].id == 'B'
}

func interleave(rows [][]byte, out []byte) {
	for i, row := range rows {
		at := i
		for _, v := range row {
			out[at] = v
			at += len(rows)
		}
	}
}

func invert(row []byte) {
	for i := range row {
		row[i] = 255 - row[i]
	}
}

func fromYCbCr(rows [][]byte, out []byte) {
	luma := rows[0]
	blue, red := rows[1][:len(luma)], rows[2][:len(luma)]
	for i, y := range luma {
		o := out[3*i : 3*i+3 : 3*i+3]
		o[0], o[1], o[2] = rgb(y, blue[i], red[i])
	}
}

// rgb is T.871's conversion in 16-bit fixed point.
func rgb(y, cb, cr byte) (r, g, b byte) {
	v := int32(y)<<16 + 1<<15
	u, w := int32(cb)-128, int32(cr)-128
	return clampFixed(v + 91881*w), clampFixed(v - 22554*u - 46802*w), clampFixed(v + 116130*u)
}

func clampFixed(v int32) byte {
	if uint32(v) < 1<<24 {
		return byte(v >> 16)
	}
	if v < 0 {
		return 0
	}
	return 255
}

// fromYCCK turns Adobe's inverted YCCK into ink. Its colours are RGB inverted to CMY, stored
// inverted again: the two cancel out, so only black is to be inverted.
func fromYCCK(rows [][]byte, out []byte) {
	for i, y := range rows[0] {
		o := out[4*i : 4*i+4 : 4*i+4]
		o[0], o[1], o[2] = rgb(y, rows[1][i], rows[2][i])
		o[3] = 255 - rows[3][i]
	}
}
