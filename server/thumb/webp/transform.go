package webp

// Inverse transforms (RFC 6386, 14).

// spreadDC makes the DCs of the blocks of brightness from those that are coded apart.
func (m *macroblock) spreadDC() {
	var t [last]int32
	for i := range 4 {
		c0, c1, c2, c3 := int32(m.dc[i]), int32(m.dc[4+i]), int32(m.dc[8+i]), int32(m.dc[12+i])
		a, b, c, d := c0+c3, c1+c2, c1-c2, c0-c3
		t[i], t[4+i], t[8+i], t[12+i] = a+b, c+d, a-b, d-c
	}
	for i := range 4 {
		r := t[4*i:][:4:4]
		a, b, c, d := r[0]+r[3]+3, r[1]+r[2], r[1]-r[2], r[0]-r[3]+3
		for x, v := range [4]int32{a + b, c + d, a - b, d - c} {
			m.coeffs[4*i+x][0] = int16(v >> 3)
		}
	}
	m.dc = [last]int16{}
}

// addBlocks adds a macroblock's blocks to what was predicted.
func (p *plane) addBlocks(x int, coeffs [][last]int16, ends []int) {
	across := p.side / 4
	for i := range coeffs {
		p.add(p.at(x+i%across*4, i/across*4), &coeffs[i], ends[i])
	}
}

// add adds a block's samples, and leaves its coefficients zero.
func (p *plane) add(o int, c *[last]int16, end int) {
	switch {
	case end > 1:
		p.addAll(o, c)
		*c = [last]int16{}
	case c[0] != 0:
		p.addFlat(o, (int32(c[0])+4)>>3)
		c[0] = 0
	}
}

func (p *plane) addFlat(o int, v int32) {
	for range 4 {
		row := p.pix[o:][:4:4]
		row[0], row[1], row[2], row[3] = clamp(int32(row[0])+v), clamp(int32(row[1])+v), clamp(int32(row[2])+v), clamp(int32(row[3])+v)
		o += p.stride
	}
}

// cosine and sine multiply by √2 times those of π/8.
func cosine(v int32) int32 { return v * 85627 >> 16 }
func sine(v int32) int32   { return v * 35468 >> 16 }

func (p *plane) addAll(o int, c *[last]int16) {
	var t [last]int32
	for i := range 4 {
		c0, c1, c2, c3 := int32(c[i]), int32(c[4+i]), int32(c[8+i]), int32(c[12+i])
		a, b := c0+c2, c0-c2
		d, e := cosine(c1)+sine(c3), sine(c1)-cosine(c3)
		t[i], t[4+i], t[8+i], t[12+i] = a+d, b+e, b-e, a-d
	}
	for i := range 4 {
		r := t[4*i:][:4:4]
		a, b := r[0]+r[2]+4, r[0]-r[2]+4
		d, e := cosine(r[1])+sine(r[3]), sine(r[1])-cosine(r[3])
		row := p.pix[o:][:4:4]
		row[0], row[1] = clamp(int32(row[0])+(a+d)>>3), clamp(int32(row[1])+(b+e)>>3)
		row[2], row[3] = clamp(int32(row[2])+(b-e)>>3), clamp(int32(row[3])+(a-d)>>3)
		o += p.stride
	}
}
