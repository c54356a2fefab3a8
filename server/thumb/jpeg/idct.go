package jpeg

// The inverse transform of the coarsest nx×ny coefficients of a block. In one dimension
//
//	f(x) = ½ Σ C(u)·F(u)·cos((2x+1)uπ/2n),  u < n,  C(0) = 1/√2, else 1
//
// which for n = 8 is T.81's, and for smaller n gives the same brightness. All four sizes take
// out the common factor 1/(2√2); two passes of it are the 1/8 at the end. Between the passes
// values have three fractional bits.

const (
	fraction  = 11 // bits of the constants below
	between   = 3
	one       = 1 << fraction
	c1, c3    = 2676, 1108 // √2·cos(π/8), √2·cos(3π/8), in 1/one
	o1, o3    = 2841, 2408 // √2·cos(π/16), √2·cos(3π/16)
	o5, o7    = 1609, 565  // √2·cos(5π/16), √2·cos(7π/16)
	firstPass = fraction - between
	lastPass  = fraction + between + 3
)

func clampSample(v int32) byte {
	v += 128
	if uint32(v) <= 255 {
		return byte(v)
	}
	if v < 0 {
		return 0
	}
	return 255
}

// transform writes a block's samples to the plane.
func (c *component) transform(block *[coefficient]int32, x, y int) {
	if c.nx == 2 && c.ny == 2 {
		c.transform2(block, x, y)
		return
	}
	var half [coefficient]int32 // ny rows of nx columns, after the first pass
	var in, out [blockSide]int32
	for u := range c.nx {
		for v := range c.ny {
			in[v] = block[v*blockSide+u]
		}
		inverse(c.ny, &in, &out)
		for v := range c.ny {
			half[v*blockSide+u] = (out[v] + 1<<(firstPass-1)) >> firstPass
		}
	}
	at := y*c.ny*c.stride + x*c.nx
	for v := range c.ny {
		inverse(c.nx, (*[blockSide]int32)(half[v*blockSide:]), &out)
		row := c.plane[at+v*c.stride:][:c.nx]
		for i := range row {
			row[i] = clampSample((out[i] + 1<<(lastPass-1)) >> lastPass)
		}
	}
}

// transform2 is transform for 2×2, which most photographs need for their luma.
func (c *component) transform2(block *[coefficient]int32, x, y int) {
	a, b := block[0]+block[8], block[0]-block[8]
	p, q := block[1]+block[9], block[1]-block[9]
	at := y*2*c.stride + x*2
	upper, lower := c.plane[at:at+2], c.plane[at+c.stride:at+c.stride+2]
	upper[0], upper[1] = clampSample((a+p+4)>>3), clampSample((a-p+4)>>3)
	lower[0], lower[1] = clampSample((b+q+4)>>3), clampSample((b-q+4)>>3)
}

// inverse is the transform of n values in one dimension, scaled by one.
func inverse(n int, in, out *[blockSide]int32) {
	switch n {
	case 1:
		out[0] = in[0] * one
	case 2:
		out[0], out[1] = (in[0]+in[1])*one, (in[0]-in[1])*one
	case 4:
		out[0], out[1], out[2], out[3] = inverse4(in[0], in[1], in[2], in[3])
	default:
		inverse8(in, out)
	}
}

func inverse4(f0, f1, f2, f3 int32) (a, b, c, d int32) {
	even, odd := (f0+f2)*one, (f0-f2)*one
	p, q := f1*c1+f3*c3, f1*c3-f3*c1
	return even + p, odd + q, odd - q, even - p
}

// inverse8 is the even coefficients' transform of four, plus and minus the odd ones' part.
func inverse8(in, out *[blockSide]int32) {
	a, b, c, d := inverse4(in[0], in[2], in[4], in[6])
	p := in[1]*o1 + in[3]*o3 + in[5]*o5 + in[7]*o7
	q := in[1]*o3 - in[3]*o7 - in[5]*o1 - in[7]*o5
	r := in[1]*o5 - in[3]*o1 + in[5]*o7 + in[7]*o3
	s := in[1]*o7 - in[3]*o5 + in[5]*o3 - in[7]*o1
	out[0], out[1], out[2], out[3] = a+p, b+q, c+r, d+s
	out[4], out[5], out[6], out[7] = d-s, c-r, b-q, a-p
}
