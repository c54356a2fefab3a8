package raster

// Shrinker averages blocks of factor × factor pixels while rows stream through it. What is
// left at the right and bottom edges is averaged over the pixels that are there, and counted
// in the extent.
type Shrinker struct {
	out    *Image
	factor int
	width  int // of a source row, in pixels
	height int
	next   int      // source row
	sums   []uint32 // of one output row
}

// NewShrinker prepares for h rows of w pixels. The sum of a block fits 32 bits while factor
// is at most 4,096.
func NewShrinker(model Model, w, h, factor int) *Shrinker {
	factor = min(factor, 4096)
	out := New(model, (w+factor-1)/factor, (h+factor-1)/factor)
	out.ExtentW, out.ExtentH = float64(w)/float64(factor), float64(h)/float64(factor)
	s := &Shrinker{out: out, factor: factor, width: w, height: h}
	if factor > 1 {
		s.sums = make([]uint32, out.W*int(model))
	}
	return s
}

// Row takes the next row of samples; rows beyond the last are ignored. The row may be reused
// afterwards.
func (s *Shrinker) Row(row []byte) {
	if s.next >= s.height {
		return
	}
	y := s.next
	s.next++
	if s.factor == 1 {
		copy(s.out.Row(y), row)
		return
	}
	s.add(row)
	if rows := y%s.factor + 1; rows == s.factor || s.next == s.height {
		s.flush(y/s.factor, rows)
	}
}

// add sums a source row into the current output row.
func (s *Shrinker) add(row []byte) {
	n := int(s.out.Model)
	span := s.factor * n
	for o := 0; o < len(s.sums); o += n {
		block := row[:min(span, len(row))]
		row = row[len(block):]
		switch n {
		case 1:
			s.sums[o] += sum1(block)
		case 3:
			r, g, b := sum3(block)
			s.sums[o] += r
			s.sums[o+1] += g
			s.sums[o+2] += b
		default:
			for i, v := range block {
				s.sums[o+i&3] += uint32(v)
			}
		}
	}
}

func sum1(block []byte) (sum uint32) {
	for _, v := range block {
		sum += uint32(v)
	}
	return sum
}

func sum3(block []byte) (r, g, b uint32) {
	for len(block) >= 3 {
		r += uint32(block[0])
		g += uint32(block[1])
		b += uint32(block[2])
		block = block[3:]
	}
	return r, g, b
}

// flush writes the averages of output row y, which was summed over that many source rows.
func (s *Shrinker) flush(y, rows int) {
	n := int(s.out.Model)
	out := s.out.Row(y)
	whole := uint32(rows * s.factor)
	for i, sum := range s.sums {
		count := whole
		if left := s.width - i/n*s.factor; left < s.factor {
			count = uint32(rows * left)
		}
		out[i] = byte((sum + count/2) / count)
	}
	clear(s.sums)
}

// Image is the shrunken picture. Rows that never came stay black in grey and RGB and white in
// CMYK; Missing tells how many.
func (s *Shrinker) Image() *Image { return s.out }

// Missing is the number of rows that have not come.
func (s *Shrinker) Missing() int { return s.height - s.next }
