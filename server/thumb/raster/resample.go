package raster

import "math"

// lobes is the half-width of the Lanczos filter, in output pixels.
const lobes = 3

// weightOne is 1.0 in the fixed-point weights.
const weightOne = 1 << 14

// kernel is the weighted window of input pixels of each output pixel.
type kernel struct {
	first   []int   // first input pixel
	weights []int32 // count for each output pixel, one after the other; each window sums to weightOne
	count   int
}

// Resample makes m exactly w×h with a Lanczos filter over its extent. It is meant for making
// pictures smaller, and right for small enlargements.
func Resample(m *Image, w, h int) *Image {
	if m.W == w && m.H == h && m.ExtentW == float64(w) && m.ExtentH == float64(h) {
		return m
	}
	across := horizontal(m, newKernel(m.ExtentW, m.W, w), w)
	return vertical(across, newKernel(m.ExtentH, m.H, h), h)
}

// newKernel computes the windows for out pixels over extent of in pixels.
func newKernel(extent float64, in, out int) kernel {
	scale := extent / float64(out)
	stretch := max(scale, 1)
	reach := lobes * stretch
	k := kernel{count: min(in, int(math.Ceil(2*reach))+1), first: make([]int, out)}
	k.weights = make([]int32, k.count*out)
	window := make([]float64, k.count)
	for o := range out {
		centre := (float64(o) + .5) * scale
		first := int(math.Floor(centre - reach))
		first = max(0, min(first, in-k.count))
		k.first[o] = first
		for i := range window {
			window[i] = lanczos((float64(first+i) + .5 - centre) / stretch)
		}
		quantize(window, k.weights[o*k.count:][:k.count])
	}
	return k
}

func lanczos(x float64) float64 {
	switch {
	case x == 0:
		return 1
	case x <= -lobes || x >= lobes:
		return 0
	}
	x *= math.Pi
	return lobes * math.Sin(x) * math.Sin(x/lobes) / (x * x)
}

// quantize turns a window into fixed-point weights whose sum is exactly weightOne.
func quantize(window []float64, weights []int32) {
	total := 0.
	for _, v := range window {
		total += v
	}
	left, largest := int32(weightOne), 0
	for i, v := range window {
		weights[i] = int32(math.Round(v / total * weightOne))
		left -= weights[i]
		if weights[i] > weights[largest] {
			largest = i
		}
	}
	weights[largest] += left
}

func clamp(v int32) byte {
	v = (v + weightOne/2) >> 14
	if uint32(v) <= 255 {
		return byte(v)
	}
	if v < 0 {
		return 0
	}
	return 255
}

func horizontal(m *Image, k kernel, w int) *Image {
	out := New(m.Model, w, m.H)
	out.ExtentH = m.ExtentH
	for y := range m.H {
		in, row := m.Row(y), out.Row(y)
		switch m.Model {
		case RGB:
			across3(in, row, k)
		default:
			acrossAny(in, row, k, int(m.Model))
		}
	}
	return out
}

func across3(in, row []byte, k kernel) {
	for o, first := range k.first {
		var r, g, b int32
		px := in[first*3:]
		for _, weight := range k.weights[o*k.count:][:k.count] {
			p := px[:3:3]
			r += weight * int32(p[0])
			g += weight * int32(p[1])
			b += weight * int32(p[2])
			px = px[3:]
		}
		q := row[o*3:][:3:3]
		q[0], q[1], q[2] = clamp(r), clamp(g), clamp(b)
	}
}

func acrossAny(in, row []byte, k kernel, n int) {
	for o, first := range k.first {
		for c := range n {
			var sum int32
			at := first*n + c
			for _, weight := range k.weights[o*k.count:][:k.count] {
				sum += weight * int32(in[at])
				at += n
			}
			row[o*n+c] = clamp(sum)
		}
	}
}

func vertical(m *Image, k kernel, h int) *Image {
	out := New(m.Model, m.W, h)
	sums := make([]int32, m.W*int(m.Model))
	for o, first := range k.first {
		clear(sums)
		for i, weight := range k.weights[o*k.count:][:k.count] {
			if weight != 0 {
				accumulate(sums, m.Row(first+i), weight)
			}
		}
		for i, sum := range sums {
			out.Row(o)[i] = clamp(sum)
		}
	}
	return out
}

func accumulate(sums []int32, row []byte, weight int32) {
	row = row[:len(sums)]
	for i := range sums {
		sums[i] += weight * int32(row[i])
	}
}
