package thumbtest

import "encoding/binary"

// BMPHeader is all of a black BMP of three samples a pixel but its pixels, which are zeros to
// the end of the file; rows are padded to four bytes.
func BMPHeader(w, h uint32) []byte {
	le := binary.LittleEndian
	size := (w*3 + 3) / 4 * 4 * h
	out := le.AppendUint32([]byte("BM"), 54+size)
	out = le.AppendUint32(append(out, 0, 0, 0, 0), 54)
	out = le.AppendUint32(le.AppendUint32(le.AppendUint32(out, 40), w), h)
	return append(append(out, 1, 0, 24, 0), make([]byte, 24)...)
}

// BlackWebP is a lossless WebP of one colour, which takes no bits for its pixels (RFC 9649, 3).
func BlackWebP(w, h uint32) []byte {
	le := binary.LittleEndian
	var bits, n uint64
	put := func(v uint64, count uint64) { bits |= v << n; n += count }
	put(uint64(w-1)|uint64(h-1)<<14, 28+4) // no alpha, version 0
	data := le.AppendUint32([]byte{0x2f}, uint32(bits))
	bits, n = 0, 0
	put(0, 3) // no transform, no colour cache, no groups of prefix codes
	for _, symbol := range []uint64{0, 0, 0, 255} {
		put(1|symbol<<3|1<<2, 11) // a simple code of one symbol of eight bits: green, red, blue, alpha
	}
	put(1, 4) // that of distances: one symbol of one bit
	data = append(le.AppendUint64(data, bits), 0)
	out := le.AppendUint32([]byte("RIFF"), uint32(len(data)+12))
	return append(le.AppendUint32(append(out, "WEBPVP8L"...), uint32(len(data))), data...)
}
