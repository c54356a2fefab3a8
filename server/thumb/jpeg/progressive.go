package jpeg

// Decoding of progressive scans (T.81, annex G). Coefficients are kept for every block until
// the end, in zigzag order; at an eighth of the size only DC is.

func (c *component) stowed(x, y int) []int16 {
	at := (y*c.blocksX + x) * c.stored
	return c.coeffs[at : at+c.stored : at+c.stored]
}

func (s *scanner) firstDC(p *scanComponent, x, y int) error {
	diff, ok := difference(p.dc, &s.bits)
	if !ok {
		return s.corrupt()
	}
	p.pred += diff
	p.stowed(x, y)[0] = int16(p.pred << s.al)
	return nil
}

func (s *scanner) refineDC(p *scanComponent, x, y int) error {
	if s.bits.take(1) == 1 {
		p.stowed(x, y)[0] |= 1 << s.al
	}
	return nil
}

// firstAC is G.1.2.2: coefficients of a band, and runs of blocks that have none (any more).
func (s *scanner) firstAC(p *scanComponent, x, y int) error {
	if s.eobRun > 0 {
		s.eobRun--
		return nil
	}
	block := p.stowed(x, y)
	for k := s.lo; k <= s.hi; k++ {
		symbol, ok := p.ac.symbol(&s.bits)
		if !ok {
			return s.corrupt()
		}
		run, size := int(symbol>>4), uint(symbol&15)
		if size == 0 {
			if run < 15 {
				s.eobRun = s.endOfBand(run) - 1
				return nil
			}
			k += 15
			continue
		}
		if k += run; k > s.hi {
			return s.corrupt()
		}
		block[k] = int16(s.bits.signed(size) << s.al)
	}
	return nil
}

// endOfBand is the length of a run of blocks, this one included.
func (s *scanner) endOfBand(run int) int { return 1<<run + int(s.bits.take(uint(run))) }

// refineAC is G.1.2.3: one more bit for coefficients that are known, and new ones between.
func (s *scanner) refineAC(p *scanComponent, x, y int) error {
	block := p.stowed(x, y)
	bit := int16(1) << s.al
	k := s.lo
	for s.eobRun == 0 && k <= s.hi {
		symbol, ok := p.ac.symbol(&s.bits)
		if !ok {
			return s.corrupt()
		}
		run, size := int(symbol>>4), symbol&15
		var fresh int16
		switch {
		case size == 0 && run < 15:
			s.eobRun = s.endOfBand(run)
			continue
		case size > 1:
			return s.corrupt()
		case size == 1:
			fresh = -bit
			if s.bits.take(1) == 1 {
				fresh = bit
			}
		}
		k = s.refineRun(block, k, run, bit)
		if k > s.hi {
			break
		}
		block[k] = fresh
		k++
	}
	if s.eobRun > 0 {
		s.eobRun--
		s.refineRun(block, k, coefficient, bit)
	}
	return nil
}

// refineRun refines what is not zero from k on and passes over a run of zeros; it returns the
// place of the zero after the run, or one beyond the band.
func (s *scanner) refineRun(block []int16, k, run int, bit int16) int {
	for ; k <= s.hi; k++ {
		if block[k] == 0 {
			if run == 0 {
				return k
			}
			run--
			continue
		}
		if s.bits.take(1) == 0 || block[k]&bit != 0 && block[k] > 0 || -block[k]&bit != 0 && block[k] < 0 {
			continue
		}
		if block[k] > 0 {
			block[k] += bit
		} else {
			block[k] -= bit
		}
	}
	return k
}

// transformAll turns the coefficients into samples, once all scans are in.
func (d *decoder) transformAll() {
	for i := range d.comps {
		c := &d.comps[i]
		quant := &d.quant[c.quant]
		for y := range c.blocksY {
			for x := range c.blocksX {
				stowed := c.stowed(x, y)
				if c.stored == 1 {
					c.plane[y*c.stride+x] = clampSample((int32(stowed[0])*quant[0] + 4) >> 3)
					continue
				}
				var block [coefficient]int32
				for k := range c.keep + 1 {
					block[zigzag[k]] = int32(stowed[k]) * quant[k]
				}
				c.transform(&block, x, y)
			}
		}
		c.coeffs = nil
	}
}
