package jpeg

// lookBits is how many bits a Huffman table looks at in one step.
const lookBits = 11

// huffman is a table for decoding (T.81, annexes C and F.2.2.3). An entry of look tells, for
// the next lookBits bits, the code they begin with:
//
//	bits 0–4   length of the code and of the value bits that follow it
//	bits 5–8   length of the value bits (the low half of the symbol)
//	bits 9–12  run of zeros (the high half of the symbol)
//	bits 13–17 length of the code
//
// and is 0 when the code is longer or there is none.
type huffman struct {
	look    [1 << lookBits]uint32
	maxCode [17]int32 // the largest code of each length, -1 for none
	offset  [17]int32 // index of the first symbol of each length, less its code
	symbols []byte
}

// newHuffman builds a table from the number of codes of each length and the symbols.
func newHuffman(counts [16]byte, symbols []byte) (*huffman, error) {
	h := &huffman{symbols: symbols}
	code, index := int32(0), int32(0)
	for length := 1; length <= 16; length++ {
		n := int32(counts[length-1])
		if code+n > 1<<length {
			return nil, malformed("a Huffman table has too many codes")
		}
		h.maxCode[length] = -1
		h.offset[length] = index - code
		for range n {
			h.enter(length, code, symbols[index])
			h.maxCode[length] = code
			code++
			index++
		}
		code <<= 1
	}
	return h, nil
}

func (h *huffman) enter(length int, code int32, symbol byte) {
	if length > lookBits {
		return
	}
	size, run := uint32(symbol&15), uint32(symbol>>4)
	entry := uint32(length)<<13 | run<<9 | size<<5 | (uint32(length) + size)
	first := int(code) << (lookBits - length)
	for i := range 1 << (lookBits - length) {
		h.look[first+i] = entry
	}
}

// entry decodes one code into the form of look; 0 for a code that doesn't exist. It leaves the
// bits where they are. At least 16 must be valid.
func (h *huffman) entry(acc uint64) uint32 {
	if e := h.look[acc>>(64-lookBits)]; e != 0 {
		return e
	}
	return h.long(acc)
}

func (h *huffman) long(acc uint64) uint32 {
	for length := lookBits + 1; length <= 16; length++ {
		code := int32(acc >> (64 - length))
		if code <= h.maxCode[length] {
			symbol := h.symbols[h.offset[length]+code]
			size, run := uint32(symbol&15), uint32(symbol>>4)
			return uint32(length)<<13 | run<<9 | size<<5 | (uint32(length) + size)
		}
	}
	return 0
}

// symbol decodes one symbol and takes its code's bits.
func (h *huffman) symbol(b *bitReader) (byte, bool) {
	if b.n < 32 {
		b.fill()
	}
	e := h.entry(b.acc)
	length := uint(e >> 13)
	b.acc <<= length
	b.n -= length
	return byte(e>>5&15 | e>>9&15<<4), e != 0
}
