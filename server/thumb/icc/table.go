package icc

import (
	"encoding/binary"
	"math"
)

// table is a multi-dimensional profile: curves before, a grid, curves behind. For mAB tables
// matrix and middle stand between the grid and the last curves.
type table struct {
	in     []curve
	grid   []int     // points along each input
	values []float32 // three for each point, the last input varying fastest
	middle []curve   // nil for none
	matrix []float32 // 3×3 and three offsets; nil for none
	out    []curve
	pcs    func([3]float32) xyz
}

// newTable reads an A2B tag: lut8Type, lut16Type or lutAToBType (10.10 to 10.12).
func newTable(tag []byte, inputs int, pcs string) (func([]float32) xyz, error) {
	if len(tag) < 32 || int(tag[8]) != inputs || tag[9] != 3 {
		return nil, unusable("a table of another shape")
	}
	var t *table
	var err error
	switch string(tag[:4]) {
	case "mft1":
		t, err = lut(tag, inputs, 1)
	case "mft2":
		t, err = lut(tag, inputs, 2)
	case "mAB ":
		t, err = aToB(tag, inputs)
	default:
		err = unusable("a table of type %q", tag[:4])
	}
	if err != nil {
		return nil, err
	}
	t.pcs = fromXYZ
	if pcs == "Lab " {
		t.pcs = fromLab
		if string(tag[:4]) == "mft2" {
			t.pcs = fromOldLab
		}
	}
	return t.convert, nil
}

// fromXYZ: 16 bits hold 0 to 1 + 32767/32768.
func fromXYZ(v [3]float32) xyz {
	const most = 1 + 32767./32768
	return xyz{v[0] * most, v[1] * most, v[2] * most}
}

func fromLab(v [3]float32) xyz { return lab(v[0]*100, v[1]*255-128, v[2]*255-128) }

// fromOldLab is the 16-bit encoding of version 2, where FF00 is 100.
func fromOldLab(v [3]float32) xyz {
	const most = 65535. / 65280
	return lab(v[0]*100*most, v[1]*255*most-128, v[2]*255*most-128)
}

// lab converts by CIE 15.
func lab(l, a, b float32) xyz {
	y := (l + 16) / 116
	f := [3]float32{y + a/500, y, y - b/200}
	var out xyz
	for i, v := range f {
		if v > 6./29 {
			out[i] = d50[i] * v * v * v
		} else {
			out[i] = d50[i] * (v - 4./29) * 3 * 36 / 841
		}
	}
	return out
}

// maxPoints bounds a grid: 17⁴ for CMYK is usual.
const maxPoints = 1 << 20

func lut(tag []byte, inputs, width int) (*table, error) {
	n, m, body := 256, 256, 48
	if width == 2 {
		if len(tag) < 52 {
			return nil, unusable("a short table")
		}
		n, m, body = int(binary.BigEndian.Uint16(tag[48:])), int(binary.BigEndian.Uint16(tag[50:])), 52
	}
	side := int(tag[10])
	points := power(side, inputs)
	if n < 2 || m < 2 || n > 4096 || m > 4096 || side < 2 || points > maxPoints || len(tag) < body+width*(n*inputs+3*points+3*m) {
		return nil, unusable("a short table")
	}
	values := samples(tag[body:], width, n*inputs+3*points+3*m)
	t := &table{}
	for range inputs {
		t.in, values = append(t.in, values[:n]), values[n:]
		t.grid = append(t.grid, side)
	}
	t.values, values = values[:3*points], values[3*points:]
	for range 3 {
		t.out, values = append(t.out, values[:m]), values[m:]
	}
	return t, nil
}

func power(side, n int) int {
	points := 1
	for range n {
		points = min(points*side, maxPoints+1)
	}
	return points
}

// samples reads n numbers of one or two bytes as 0 to 1.
func samples(b []byte, width, n int) curve {
	out := make(curve, n)
	for i := range out {
		if width == 1 {
			out[i] = float32(b[i]) / 255
		} else {
			out[i] = float32(binary.BigEndian.Uint16(b[2*i:])) / 65535
		}
	}
	return out
}

// aToB reads a lutAToBType: A curves, grid, M curves, matrix, B curves.
func aToB(tag []byte, inputs int) (*table, error) {
	offset := func(i int) int { return int(binary.BigEndian.Uint32(tag[12+4*i:])) }
	b, matrix, m, grid, a := offset(0), offset(1), offset(2), offset(3), offset(4)
	t := &table{}
	var err error
	if t.out, err = curves(tag, b, 3); err != nil {
		return nil, err
	}
	if m != 0 {
		if t.middle, err = curves(tag, m, 3); err != nil {
			return nil, err
		}
	}
	if matrix != 0 {
		if matrix < 0 || matrix+48 > len(tag) {
			return nil, unusable("a short matrix")
		}
		for i := range 12 {
			t.matrix = append(t.matrix, fixed(tag[matrix+4*i:]))
		}
	}
	if grid == 0 && inputs == 3 {
		return t, nil
	}
	if t.in, err = curves(tag, a, inputs); err != nil {
		return nil, err
	}
	return t, t.readGrid(tag, grid, inputs)
}

func (t *table) readGrid(tag []byte, at, inputs int) error {
	if at < 0 || at+20 > len(tag) {
		return unusable("no grid")
	}
	points, width := 1, int(tag[at+16])
	for i := range inputs {
		side := int(tag[at+i])
		if side < 2 {
			return unusable("a grid of %d points", side)
		}
		t.grid = append(t.grid, side)
		points = min(points*side, maxPoints+1)
	}
	if width != 1 && width != 2 || points > maxPoints || at+20+3*points*width > len(tag) {
		return unusable("a short grid")
	}
	t.values = samples(tag[at+20:], width, 3*points)
	return nil
}

// curves reads n curves, each padded to four bytes.
func curves(tag []byte, at, n int) (all []curve, err error) {
	for range n {
		if at <= 0 || at > len(tag) {
			return nil, unusable("a curve beyond the end")
		}
		c, size, err := newCurve(tag[at:])
		if err != nil {
			return nil, err
		}
		all = append(all, c)
		at += (size + 3) &^ 3
	}
	return all, nil
}

func (t *table) convert(in []float32) xyz {
	var v [3]float32
	if t.values == nil {
		v = [3]float32(in)
	} else {
		v = t.interpolate(in)
	}
	for i, c := range t.middle {
		v[i] = c.at(v[i])
	}
	if t.matrix != nil {
		w := v
		for i := range v {
			v[i] = t.matrix[3*i]*w[0] + t.matrix[3*i+1]*w[1] + t.matrix[3*i+2]*w[2] + t.matrix[9+i]
		}
	}
	for i, c := range t.out {
		v[i] = c.at(v[i])
	}
	return t.pcs(v)
}

// interpolate looks a colour up in the grid, linearly between the corners of its cell.
func (t *table) interpolate(in []float32) (out [3]float32) {
	var low [4]int
	var part [4]float32
	for i, v := range in {
		f := t.in[i].at(v) * float32(t.grid[i]-1)
		low[i] = min(int(math.Floor(float64(f))), t.grid[i]-2)
		part[i] = f - float32(low[i])
	}
	for corner := range 1 << len(in) {
		weight, at := float32(1), 0
		for i := range in {
			up := corner >> i & 1
			at = at*t.grid[i] + low[i] + up
			if up == 1 {
				weight *= part[i]
			} else {
				weight *= 1 - part[i]
			}
		}
		if weight == 0 {
			continue
		}
		for c := range out {
			out[c] += weight * t.values[3*at+c]
		}
	}
	return out
}
