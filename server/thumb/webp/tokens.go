package webp

// Coefficients (RFC 6386, 13).

const (
	planes   = 4 // kinds of blocks that have probabilities of their own:
	yAfterY2 = 0 // brightness whose DC is coded apart,
	y2       = 1 // those DCs,
	chroma   = 2
	yWhole   = 3 // brightness with its DC

	bands    = 8
	contexts = 3 // how many of the blocks above and to the left have coefficients
	nodes    = 11
	last     = 16 // coefficients of a block
)

// bandOf is the band of each place in zigzag order, and one more.
var bandOf = [last + 1]byte{0, 1, 2, 3, 6, 4, 5, 6, 6, 6, 6, 6, 6, 6, 6, 7, 0}

var zigzag = [last]byte{0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15}

// categories are the probabilities of the further bits of large values.
var categories = [4][]byte{{173, 148, 140}, {176, 155, 140, 135}, {180, 157, 141, 134, 130}, {254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129}}

// block reads one block's coefficients from place n on, multiplied, into out. It returns the
// place after the last that is coded, so n if none is.
func (b *bitReader) block(probs *[bands][contexts][nodes]byte, context int, f factors, n int, out *[last]int16) int {
	p := &probs[bandOf[n]][context]
	for n < last {
		if !b.bit(p[0]) {
			return n
		}
		for !b.bit(p[1]) {
			if n++; n == last {
				return last
			}
			p = &probs[bandOf[n]][0]
		}
		v, next := int32(1), 1
		if b.bit(p[2]) {
			v, next = b.large(p), 2
		}
		if b.flag() {
			v = -v
		}
		out[zigzag[n]] = int16(v * f[min(n, 1)])
		n++
		p = &probs[bandOf[n]][next]
	}
	return last
}

// large reads a value of two or more.
func (b *bitReader) large(p *[nodes]byte) int32 {
	if !b.bit(p[3]) {
		if !b.bit(p[4]) {
			return 2
		}
		return 3 + b.more(p[5:6])
	}
	if !b.bit(p[6]) {
		if !b.bit(p[7]) {
			return 5 + b.more([]byte{159})
		}
		return 7 + b.more([]byte{165, 145})
	}
	category := 0
	if b.bit(p[8]) {
		category = 2
	}
	if b.bit(p[9+category/2]) {
		category++
	}
	return 3 + 8<<category + b.more(categories[category])
}

// more reads a number whose bits have these probabilities.
func (b *bitReader) more(probs []byte) (v int32) {
	for _, prob := range probs {
		v <<= 1
		if b.bit(prob) {
			v++
		}
	}
	return v
}

// neighbour is what a macroblock leaves to those below and to the right of it: the modes of
// its blocks at that edge, and which of them have coefficients.
type neighbour struct {
	modes [4]byte
	y     [4]byte // 1 for a block with coefficients
	uv    [4]byte // two blue, two red
	y2    byte
}

// coefficients reads those of the macroblock from its row's partition.
func (d *decoder) coefficients(b *bitReader, above *neighbour) {
	m, left, q := &d.mb, &d.left, &d.quantizers[d.mb.segment]
	kind, first := yWhole, 0
	if m.mode != inBlocks {
		kind, first = yAfterY2, 1
		end := b.block(&d.probs[y2], int(left.y2+above.y2), q.y2, 0, &m.dc)
		left.y2 = btoi(end > 0)
		above.y2 = left.y2
		m.spreadDC()
	}
	for i := range 16 {
		x, y := i&3, i>>2
		m.ends[i] = b.block(&d.probs[kind], int(left.y[y]+above.y[x]), q.y, first, &m.coeffs[i])
		left.y[y] = btoi(m.ends[i] > first)
		above.y[x] = left.y[y]
	}
	for i := 16; i < blocks; i++ {
		x, y := i>>1&2|i&1, i>>1&2|i>>1&1
		m.ends[i] = b.block(&d.probs[chroma], int(left.uv[y]+above.uv[x]), q.uv, 0, &m.coeffs[i])
		left.uv[y] = btoi(m.ends[i] > 0)
		above.uv[x] = left.uv[y]
	}
}

// noCoefficients notes that a macroblock has none. One without DCs of its own leaves alone
// what is known of those.
func (d *decoder) noCoefficients(above *neighbour) {
	d.left.y, d.left.uv = [4]byte{}, [4]byte{}
	above.y, above.uv = [4]byte{}, [4]byte{}
	if d.mb.mode != inBlocks {
		d.left.y2, above.y2 = 0, 0
	}
}

func btoi(b bool) byte {
	if b {
		return 1
	}
	return 0
}
