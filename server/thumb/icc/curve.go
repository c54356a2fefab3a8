package icc

import (
	"encoding/binary"
	"math"
)

// curve is a one-dimensional function on 0 to 1, as a table with linear interpolation.
type curve []float32

func (c curve) at(v float32) float32 {
	if !(v > 0) { // NaN as well
		return c[0]
	}
	if v >= 1 {
		return c[len(c)-1]
	}
	f := v * float32(len(c)-1)
	i := int(f)
	return c[i] + (c[i+1]-c[i])*(f-float32(i))
}

// sampled is how finely functions are tabulated.
const sampled = 1024

func tabulate(f func(float64) float64) curve {
	c := make(curve, sampled)
	for i := range c {
		if v := f(float64(i) / (sampled - 1)); v == v { // no NaN
			c[i] = float32(max(0, min(1, v)))
		}
	}
	return c
}

// newCurve reads a curveType or parametricCurveType (10.6 and 10.18) and tells how many bytes
// it takes.
func newCurve(tag []byte) (curve, int, error) {
	if len(tag) < 12 {
		return nil, 0, unusable("a curve is missing")
	}
	switch string(tag[:4]) {
	case "curv":
		return sampledCurve(tag)
	case "para":
		return parametricCurve(tag)
	}
	return nil, 0, unusable("a curve of type %q", tag[:4])
}

func sampledCurve(tag []byte) (curve, int, error) {
	n := int(binary.BigEndian.Uint32(tag[8:]))
	if n > 1<<16 || len(tag) < 12+2*n {
		return nil, 0, unusable("a curve of %d points", n)
	}
	size := 12 + 2*n
	switch n {
	case 0:
		return curve{0, 1}, size, nil
	case 1:
		gamma := float64(binary.BigEndian.Uint16(tag[12:])) / 256
		return tabulate(func(x float64) float64 { return math.Pow(x, gamma) }), size, nil
	}
	c := make(curve, n)
	for i := range c {
		c[i] = float32(binary.BigEndian.Uint16(tag[12+2*i:])) / 65535
	}
	return c, size, nil
}

// parametricCurve is one of the five functions of table 68; missing parameters are zero.
func parametricCurve(tag []byte) (curve, int, error) {
	kind := int(binary.BigEndian.Uint16(tag[8:]))
	if kind > 4 {
		return nil, 0, unusable("function %d", kind)
	}
	count := []int{1, 3, 4, 5, 7}[kind]
	size := 12 + 4*count
	if len(tag) < size {
		return nil, 0, unusable("a short function")
	}
	var p [7]float64 // g a b c d e f
	for i := range count {
		p[i] = float64(fixed(tag[12+4*i:]))
	}
	g, a, b, c, d, e, f := p[0], p[1], p[2], p[3], p[4], p[5], p[6]
	switch kind {
	case 0:
		a, d = 1, -1
	case 1:
		c, d = 0, -b/a
	case 2:
		d, e, f, c = -b/a, c, c, 0
	}
	return tabulate(func(x float64) float64 {
		if x >= d {
			return math.Pow(a*x+b, g) + e
		}
		return c*x + f
	}), size, nil
}
