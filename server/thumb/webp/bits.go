package webp

import "math/bits"

// bitReader is the arithmetic decoder of RFC 6386, 7. Past the end of its bytes it reads zeros.
type bitReader struct {
	data  []byte // still to be loaded
	value uint64 // what has been loaded, less what has been decoded; its lowest left+8 bits count
	span  uint32 // of the current interval, less one: 127 to 254
	left  int    // bits loaded beyond the eight that a decision takes
}

func newBitReader(data []byte) bitReader { return bitReader{data: data, span: 254, left: -8} }

// load makes left at least 0.
func (b *bitReader) load() {
	if len(b.data) >= 8 {
		d := b.data[:8:8]
		word := uint64(d[0])<<48 | uint64(d[1])<<40 | uint64(d[2])<<32 | uint64(d[3])<<24 | uint64(d[4])<<16 | uint64(d[5])<<8 | uint64(d[6])
		b.value = b.value<<56 | word
		b.left += 56
		b.data = b.data[7:]
		return
	}
	b.value <<= 8
	b.left += 8
	if len(b.data) > 0 {
		b.value |= uint64(b.data[0])
		b.data = b.data[1:]
	}
}

// bit reads one bit that is 0 with a probability of prob in 256.
func (b *bitReader) bit(prob byte) bool {
	if b.left < 0 {
		b.load()
	}
	split := b.span * uint32(prob) >> 8
	one := uint32(b.value>>(b.left&63)) > split
	span := split + 1
	if one {
		b.value -= uint64(span) << (b.left & 63)
		span = b.span - split
	}
	shift := bits.LeadingZeros8(uint8(span))
	b.span = span<<(shift&7) - 1
	b.left -= shift
	return one
}

// flag reads a bit that is as likely set as not.
func (b *bitReader) flag() bool { return b.bit(128) }

// number reads n bits, the highest first.
func (b *bitReader) number(n int) (v int) {
	for range n {
		v <<= 1
		if b.flag() {
			v++
		}
	}
	return v
}

// signed reads n bits and then a sign.
func (b *bitReader) signed(n int) int {
	v := b.number(n)
	if b.flag() {
		return -v
	}
	return v
}

// optional is signed, or 0 without a flag that comes first.
func (b *bitReader) optional(n int) int {
	if !b.flag() {
		return 0
	}
	return b.signed(n)
}
