package webp

// How blocks are predicted (RFC 6386, 11).
const (
	modeDC = iota // the mean of the samples above and to the left
	modeTM        // as much brighter than above as its left is
	modeV         // down from above
	modeH         // across from the left
	modeRD        // and in six more directions
	modeVR
	modeLD
	modeVL
	modeHD
	modeHU
	modes
	inBlocks = modes // each block of a macroblock has a mode of its own
)

// blocks of a macroblock: brightness, then blue, then red.
const blocks = 16 + 4 + 4

// macroblock is the one at hand.
type macroblock struct {
	segment int
	mode    byte        // of its brightness
	inner   [16]byte    // modes of blocks, with inBlocks
	uvMode  byte        // of both colours
	dc      [last]int16 // of the blocks of brightness, coded apart
	coeffs  [blocks][last]int16
	ends    [blocks]int // for each block the place after its last coefficient
}

// prediction reads how a macroblock is predicted; empty says that it has no coefficients.
func (d *decoder) prediction(above *neighbour) (empty bool) {
	b, m := &d.modes, &d.mb
	if d.mapped {
		m.segment = b.segment(&d.segmentProbs)
	}
	if d.skipping {
		empty = b.bit(d.skipProb)
	}
	m.mode = b.lumaMode()
	if m.mode == inBlocks {
		d.innerModes(above)
	} else {
		for i := range 4 {
			above.modes[i], d.left.modes[i] = m.mode, m.mode
		}
	}
	m.uvMode = b.chromaMode()
	return empty
}

func (b *bitReader) segment(probs *[3]byte) int {
	if !b.bit(probs[0]) {
		return int(btoi(b.bit(probs[1])))
	}
	return 2 + int(btoi(b.bit(probs[2])))
}

func (b *bitReader) lumaMode() byte {
	switch {
	case !b.bit(145):
		return inBlocks
	case !b.bit(156):
		return modeDC + (modeV-modeDC)*btoi(b.bit(163))
	case !b.bit(128):
		return modeH
	}
	return modeTM
}

func (b *bitReader) chromaMode() byte {
	switch {
	case !b.bit(142):
		return modeDC
	case !b.bit(114):
		return modeV
	case !b.bit(183):
		return modeH
	}
	return modeTM
}

// innerModes reads those of the 16 blocks of brightness.
func (d *decoder) innerModes(above *neighbour) {
	for y := range 4 {
		mode := d.left.modes[y]
		for x := range 4 {
			mode = d.modes.blockMode(&modeProbs[above.modes[x]][mode])
			above.modes[x] = mode
			d.mb.inner[4*y+x] = mode
		}
		d.left.modes[y] = mode
	}
}

func (b *bitReader) blockMode(p *[modes - 1]byte) byte {
	switch {
	case !b.bit(p[0]):
		return modeDC
	case !b.bit(p[1]):
		return modeTM
	case !b.bit(p[2]):
		return modeV
	case b.bit(p[3]):
		return b.steepMode(p)
	case !b.bit(p[4]):
		return modeH
	case !b.bit(p[5]):
		return modeRD
	}
	return modeVR
}

func (b *bitReader) steepMode(p *[modes - 1]byte) byte {
	switch {
	case !b.bit(p[6]):
		return modeLD
	case !b.bit(p[7]):
		return modeVL
	case !b.bit(p[8]):
		return modeHD
	}
	return modeHU
}
