package jpeg

import (
	"encoding/binary"
	"io"
)

// bitReader reads bytes, and bits of entropy-coded data: there a byte 0xFF is followed by a
// zero that is dropped, or by a marker that ends the data (T.81, B.1.1.5). Past a marker or
// the end come zero bits.
type bitReader struct {
	src    io.Reader
	buf    [32 << 10]byte
	pos    int
	end    int
	acc    uint64 // the next bits, from the top
	n      uint   // valid bits in acc
	marker byte   // that ended the data; 0 for none
	eof    bool   // the file ended in the middle of the data
	spent  int    // zero bytes made up since
}

// more reads on; false at the end of the file.
func (b *bitReader) more() bool {
	rest := copy(b.buf[:], b.buf[b.pos:b.end])
	b.pos, b.end = 0, rest
	n, _ := io.ReadAtLeast(b.src, b.buf[rest:], 1)
	b.end += n
	return n > 0
}

func (b *bitReader) byte() (byte, error) {
	if b.pos == b.end && !b.more() {
		return 0, io.ErrUnexpectedEOF
	}
	v := b.buf[b.pos]
	b.pos++
	return v, nil
}

func (b *bitReader) bytes(n int) ([]byte, error) {
	p := make([]byte, n)
	have := copy(p, b.buf[b.pos:b.end])
	b.pos += have
	if _, err := io.ReadFull(b.src, p[have:]); err != nil {
		return nil, io.ErrUnexpectedEOF
	}
	return p, nil
}

// fill makes n at least 32 (in fact 56, unless data end).
func (b *bitReader) fill() {
	if b.end-b.pos >= 8 && b.marker == 0 {
		word := binary.BigEndian.Uint64(b.buf[b.pos:])
		if (^word-0x0101010101010101)&word&0x8080808080808080 == 0 { // no byte is 0xFF
			b.acc |= word >> b.n
			b.pos += int((63 - b.n) >> 3)
			b.n |= 56
			return
		}
	}
	for b.n <= 56 {
		b.acc |= uint64(b.dataByte()) << (56 - b.n)
		b.n += 8
	}
}

// dataByte is the next byte of entropy-coded data.
func (b *bitReader) dataByte() byte {
	if b.marker != 0 || b.eof {
		b.spent++
		return 0
	}
	if b.end-b.pos < 2 {
		b.more()
	}
	if b.end-b.pos < 2 && (b.end == b.pos || b.buf[b.pos] == 0xff) {
		b.eof = true
		return 0
	}
	v := b.buf[b.pos]
	b.pos++
	if v != 0xff {
		return v
	}
	for b.buf[b.pos] == 0xff { // fill bytes before a marker
		b.pos++
		if b.pos == b.end && !b.more() {
			b.eof = true
			return 0
		}
	}
	next := b.buf[b.pos]
	b.pos++
	if next == 0 {
		return 0xff
	}
	b.marker = next
	return 0
}

// exhausted reports whether bits have been used that were never there.
func (b *bitReader) exhausted() bool { return b.spent > 8 && (b.marker != 0 || b.eof) }

// reset drops what is left of the accumulator.
func (b *bitReader) reset() { b.acc, b.n, b.spent = 0, 0, 0 }

// take reads up to 16 bits.
func (b *bitReader) take(n uint) uint32 {
	if b.n < 32 {
		b.fill()
	}
	v := uint32(b.acc >> 1 >> (63 - n))
	b.acc <<= n
	b.n -= n
	return v
}

// signed reads a value of n bits as T.81, F.2.2.1, extends it.
func (b *bitReader) signed(n uint) int32 {
	if n == 0 {
		return 0
	}
	return extend(b.take(n), n)
}

func extend(v uint32, n uint) int32 {
	if v < 1<<(n-1) {
		return int32(v) - 1<<n + 1
	}
	return int32(v)
}

// skipToMarker passes over entropy-coded data up to a marker that is no restart.
func (b *bitReader) skipToMarker() {
	for !b.eof {
		for b.marker == 0 && !b.eof {
			b.dataByte()
		}
		if b.marker < 0xd0 || b.marker > 0xd7 {
			return
		}
		b.marker = 0
	}
}

// nextMarker is the marker that ended the data, or the next one in the file.
func (b *bitReader) nextMarker() (byte, error) {
	b.reset()
	if m := b.marker; m != 0 {
		b.marker = 0
		return m, nil
	}
	for {
		v, err := b.byte()
		if err != nil {
			return 0, err
		}
		for v == 0xff {
			if v, err = b.byte(); err != nil {
				return 0, err
			}
			if v != 0 && v != 0xff {
				return v, nil
			}
		}
	}
}
