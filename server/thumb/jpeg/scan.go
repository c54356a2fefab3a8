package jpeg

import "io"

// zigzag is the place (row·8 + column) of each coefficient (T.81, figure A.6).
var zigzag = [coefficient]byte{
	0, 1, 8, 16, 9, 2, 3, 10,
	17, 24, 32, 25, 18, 11, 4, 5,
	12, 19, 26, 33, 40, 48, 41, 34,
	27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36,
	29, 22, 15, 23, 30, 37, 44, 51,
	58, 59, 52, 45, 38, 31, 39, 46,
	53, 60, 61, 54, 47, 55, 62, 63,
}

// scanComponent is a component's part in a scan.
type scanComponent struct {
	*component
	dc, ac *huffman
}

// scanner decodes one scan. lo and hi bound the coefficients it brings; ah and al are the bit
// positions of successive approximation (T.81, G.1.1.1.2).
type scanner struct {
	*decoder
	parts  []scanComponent
	lo, hi int
	ah, al uint
	eobRun int
	block  func(*scanComponent, int, int) error
}

// scan reads a scan's header and data.
func (d *decoder) scan(header []byte) error {
	if d.comps == nil {
		return malformed("a scan before the frame")
	}
	if d.scans++; d.scans > maxScans {
		return malformed("more than %d scans", maxScans)
	}
	s, err := d.newScanner(header)
	if err != nil {
		return err
	}
	if d.comps[0].plane == nil {
		d.allocate()
	}
	d.bits.reset()
	if d.progressive && d.scale == 1 && (s.lo > 0) {
		d.bits.skipToMarker()
		return nil
	}
	for _, p := range s.parts {
		p.seen = true
		p.pred = 0
	}
	if len(s.parts) == 1 {
		err = s.single()
	} else {
		err = s.interleaved()
	}
	if err == errEarly {
		return nil
	}
	return err
}

// errEarly ends a progressive scan whose data end early: what it would have refined stays as
// it is.
var errEarly = malformed("a scan ends early")

func (d *decoder) newScanner(header []byte) (*scanner, error) {
	if len(header) < 1 || len(header) < 4+2*int(header[0]) {
		return nil, malformed("a short scan header")
	}
	n := int(header[0])
	if n < 1 || n > len(d.comps) {
		return nil, malformed("a scan of %d components", n)
	}
	s := &scanner{decoder: d}
	for i := range n {
		c := d.byID(header[1+2*i])
		tables := header[2+2*i]
		if c == nil || tables>>4 > 3 || tables&15 > 3 {
			return nil, malformed("a component of a scan")
		}
		s.parts = append(s.parts, scanComponent{c, d.dc[tables>>4], d.ac[tables&15]})
	}
	tail := header[1+2*n:]
	s.lo, s.hi, s.ah, s.al = int(tail[0]), int(tail[1]), uint(tail[2]>>4), uint(tail[2]&15)
	if !d.progressive {
		s.lo, s.hi, s.ah, s.al = 0, coefficient-1, 0, 0
	}
	return s, s.check()
}

func (d *decoder) byID(id byte) *component {
	for i := range d.comps {
		if d.comps[i].id == id {
			return &d.comps[i]
		}
	}
	return nil
}

// check refuses scans that T.81 doesn't allow, and chooses how blocks are decoded.
func (s *scanner) check() error {
	if s.lo > s.hi || s.hi >= coefficient || s.al > 13 || s.ah > 13 || s.lo > 0 && len(s.parts) > 1 || s.progressive && s.lo == 0 && s.hi > 0 {
		return malformed("a scan of coefficients %d to %d", s.lo, s.hi)
	}
	dc, ac := s.lo == 0 && s.ah == 0, s.hi > 0
	for _, p := range s.parts {
		if dc && p.dc == nil || ac && p.ac == nil {
			return malformed("a scan without its Huffman table")
		}
	}
	switch {
	case !s.progressive:
		s.block = s.baseline
	case s.lo == 0 && s.ah == 0:
		s.block = s.firstDC
	case s.lo == 0:
		s.block = s.refineDC
	case s.ah == 0:
		s.block = s.firstAC
	default:
		s.block = s.refineAC
	}
	return nil
}

// interleaved decodes the blocks of several components, MCU by MCU.
func (s *scanner) interleaved() error {
	for n := range s.mcusX * s.mcusY {
		if err := s.restartAt(n); err != nil {
			return err
		}
		mx, my := n%s.mcusX, n/s.mcusX
		for i := range s.parts {
			p := &s.parts[i]
			for b := range p.h * p.v {
				if err := s.block(p, mx*p.h+b%p.h, my*p.v+b/p.h); err != nil {
					return err
				}
			}
		}
		s.decoded++
	}
	return nil
}

// single decodes the blocks of one component, without those that only fill up MCUs.
func (s *scanner) single() error {
	p := &s.parts[0]
	across := blocks(s.w, p.h, s.hMax)
	for n := range across * blocks(s.h, p.v, s.vMax) {
		if err := s.restartAt(n); err != nil {
			return err
		}
		if err := s.block(p, n%across, n/across); err != nil {
			return err
		}
		s.decoded++
	}
	return nil
}

// blocks is how many blocks a component really has along a side of the picture.
func blocks(side, n, most int) int {
	samples := (side*n + most - 1) / most
	return (samples + blockSide - 1) / blockSide
}

// restartAt looks for a restart marker where one is due, and for the end of the data.
func (s *scanner) restartAt(n int) error {
	if s.bits.exhausted() && (s.restart == 0 || s.bits.eof || s.bits.marker < mRST0 || s.bits.marker > mRST7) {
		if s.progressive && !s.bits.eof {
			return errEarly
		}
		return io.ErrUnexpectedEOF
	}
	if n == 0 || s.restart == 0 || n%s.restart != 0 {
		return nil
	}
	for s.bits.marker == 0 && !s.bits.eof {
		s.bits.dataByte()
	}
	if s.bits.marker < mRST0 || s.bits.marker > mRST7 {
		return io.ErrUnexpectedEOF
	}
	s.bits.marker = 0
	s.bits.reset()
	s.eobRun = 0
	for i := range s.parts {
		s.parts[i].pred = 0
	}
	return nil
}

// baseline decodes a whole block (T.81, F.2.2) and transforms it at once.
func (s *scanner) baseline(p *scanComponent, x, y int) error {
	b := &s.bits
	diff, ok := difference(p.dc, b)
	if !ok {
		return s.corrupt()
	}
	p.pred += diff
	quant := &s.quant[p.quant]
	if p.keep == 0 {
		if !skipAC(p.ac, b, 1) {
			return s.corrupt()
		}
		p.plane[y*p.stride+x] = clampSample((p.pred*quant[0] + 4) >> 3)
		return nil
	}
	var block [coefficient]int32
	block[0] = p.pred * quant[0]
	k := 1
	for k <= p.keep {
		if b.n < 32 {
			b.fill()
		}
		e := p.ac.entry(b.acc)
		if e == 0 {
			return s.corrupt()
		}
		size, run := uint(e>>5&15), int(e>>9&15)
		value := b.acc << (e >> 13)
		b.acc <<= e & 31
		b.n -= uint(e & 31)
		if size == 0 {
			if run < 15 {
				k = coefficient
				break
			}
			k += 16
			continue
		}
		if k += run; k >= coefficient {
			return s.corrupt()
		}
		block[zigzag[k]] = extend(uint32(value>>(64-size)), size) * quant[k]
		k++
	}
	if k < coefficient && !skipAC(p.ac, b, k) {
		return s.corrupt()
	}
	p.transform(&block, x, y)
	return nil
}

// difference decodes a DC coefficient's difference to its prediction.
func difference(h *huffman, b *bitReader) (int32, bool) {
	size, ok := h.symbol(b)
	if !ok || size > 15 {
		return 0, false
	}
	return b.signed(uint(size)), true
}

// skipAC passes over the coefficients of a block from k on.
func skipAC(h *huffman, b *bitReader, k int) bool {
	for k < coefficient {
		if b.n < 32 {
			b.fill()
		}
		e := h.entry(b.acc)
		if e == 0 {
			return false
		}
		b.acc <<= e & 31
		b.n -= uint(e & 31)
		if e>>5&15 == 0 && e>>9&15 < 15 {
			return true
		}
		k += int(e>>9&15) + 1
	}
	return true
}

// corrupt is the error for a code that doesn't exist. Once something has been decoded, what
// is there is shown, as with a truncated file.
func (s *scanner) corrupt() error {
	if s.decoded > 0 {
		return io.ErrUnexpectedEOF
	}
	return malformed("a code that doesn't exist")
}
