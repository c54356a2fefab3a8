package webp

// What comes before the macroblocks (RFC 6386, 9 and 19.2).

const (
	keyHeader  = 10
	maxIndex   = 127 // of a quantizer
	maxUVIndex = 117
	segments   = 4
)

// factors are what coefficients are multiplied by: DC, then all others.
type factors [2]int32

// quantizer has the factors of one segment.
type quantizer struct{ y, y2, uv factors }

// decoder holds the state of one decode.
type decoder struct {
	w, h       int // pixels
	mbw, mbh   int // macroblocks
	modes      bitReader
	partitions []bitReader
	probs      [planes][bands][contexts][nodes]byte

	mapped       bool // each macroblock names its segment
	segmentProbs [3]byte
	quantizers   [segments]quantizer
	skipping     bool // a macroblock may say that it has no coefficients
	skipProb     byte

	above []neighbour // one for each column of macroblocks
	left  neighbour
	mb    macroblock
	luma  plane
	blue  plane
	red   plane
}

// newDecoder reads a frame up to its first macroblock.
func newDecoder(data []byte) (*decoder, error) {
	if len(data) < keyHeader || data[0]&1 != 0 || string(data[3:6]) != "\x9d\x01\x2a" {
		return nil, malformed("no key frame")
	}
	first := int(data[0])>>5 | int(data[1])<<3 | int(data[2])<<11
	d := &decoder{
		w: (int(data[6]) | int(data[7])<<8) & 0x3fff, h: (int(data[8]) | int(data[9])<<8) & 0x3fff,
		probs: defaultProbs,
	}
	d.mbw, d.mbh = (d.w+15)/16, (d.h+15)/16
	data = data[keyHeader:]
	if d.w == 0 || d.h == 0 || first > len(data) {
		return nil, malformed("a frame of %d × %d pixels with %d of %d bytes", d.w, d.h, len(data), first)
	}
	d.modes = newBitReader(data[:first])
	d.modes.number(2) // colour space and clamping, which mean nothing here
	segment := d.segmentation()
	d.skipFilter()
	if err := d.split(data[first:], 1<<d.modes.number(2)); err != nil {
		return nil, err
	}
	d.quantization(segment)
	d.modes.flag() // whether probabilities are kept for another frame
	d.probabilities()
	if d.skipping = d.modes.flag(); d.skipping {
		d.skipProb = byte(d.modes.number(8))
	}
	return d, nil
}

// segmented is what segments change of the quantizer.
type segmented struct {
	absolute bool // instead of the frame's, rather than added to it
	index    [segments]int
}

func (d *decoder) segmentation() (s segmented) {
	b := &d.modes
	if !b.flag() {
		return s
	}
	d.mapped = b.flag()
	if b.flag() {
		s.absolute = b.flag()
		for i := range s.index {
			s.index[i] = b.optional(7)
		}
		for range segments {
			b.optional(6) // for the filter
		}
	}
	if d.mapped {
		for i := range d.segmentProbs {
			d.segmentProbs[i] = 255
			if b.flag() {
				d.segmentProbs[i] = byte(b.number(8))
			}
		}
	}
	return s
}

// skipFilter reads the filter's parameters, which are not needed.
func (d *decoder) skipFilter() {
	b := &d.modes
	b.number(1 + 6 + 3)
	adjusted := b.flag()
	if adjusted && b.flag() { // by new values
		for range 8 {
			b.optional(6)
		}
	}
}

// split finds n partitions of coefficients; their sizes come first, but for the last one's.
func (d *decoder) split(data []byte, n int) error {
	sizes := data
	if len(data) < 3*(n-1) {
		return malformed("%d bytes for %d partitions", len(data), n)
	}
	data = data[3*(n-1):]
	for ; n > 1; n-- {
		size := int(sizes[0]) | int(sizes[1])<<8 | int(sizes[2])<<16
		if size > len(data) {
			return malformed("a partition of %d bytes, where %d are left", size, len(data))
		}
		d.partitions = append(d.partitions, newBitReader(data[:size]))
		sizes, data = sizes[3:], data[size:]
	}
	d.partitions = append(d.partitions, newBitReader(data))
	return nil
}

// quantization reads the quantizers (RFC 6386, 9.6 and 14.1).
func (d *decoder) quantization(s segmented) {
	b := &d.modes
	base := b.number(7)
	yDC, y2DC, y2AC, uvDC, uvAC := b.optional(4), b.optional(4), b.optional(4), b.optional(4), b.optional(4)
	for i := range d.quantizers {
		q := s.index[i]
		if !s.absolute {
			q += base
		}
		d.quantizers[i] = quantizer{
			y:  factors{dcFactor(q+yDC, maxIndex), acFactor(q)},
			y2: factors{dcFactor(q+y2DC, maxIndex) * 2, max(8, acFactor(q+y2AC)*155/100)},
			uv: factors{dcFactor(q+uvDC, maxUVIndex), acFactor(q + uvAC)},
		}
	}
}

func dcFactor(i, most int) int32 { return int32(dcFactors[max(0, min(i, most))]) }
func acFactor(i int) int32       { return int32(acFactors[max(0, min(i, maxIndex))]) }

// probabilities reads those of coefficients that differ from the default (RFC 6386, 13.4).
func (d *decoder) probabilities() {
	for i := range d.probs {
		for j := range d.probs[i] {
			for k := range d.probs[i][j] {
				for l, prob := range updateProbs[i][j][k] {
					if d.modes.bit(prob) {
						d.probs[i][j][k][l] = byte(d.modes.number(8))
					}
				}
			}
		}
	}
}
