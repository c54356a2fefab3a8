package webp

// Prediction from the samples above and to the left (RFC 6386, 12).

// edges says which neighbours a macroblock has.
type edges struct{ above, left bool }

// predict fills a macroblock of the plane, at column x.
func (p *plane) predict(x int, mode byte, e edges) {
	o, above := p.at(x, 0), p.pix[p.at(x, -1):][:p.side]
	if mode == modeDC {
		p.fill(o, p.mean(o, above, e))
		return
	}
	corner := int32(p.pix[p.at(x-1, -1)])
	for range p.side {
		row, left := p.pix[o:][:p.side], p.pix[o-1]
		switch mode {
		case modeV:
			copy(row, above)
		case modeH:
			set(row, left)
		default:
			slope(row, above, int32(left)-corner)
		}
		o += p.stride
	}
}

func set(row []byte, v byte) {
	for i := range row {
		row[i] = v
	}
}

// slope sets row to what is above, changed by a difference.
func slope(row, above []byte, difference int32) {
	above = above[:len(row)]
	for i := range row {
		row[i] = clamp(int32(above[i]) + difference)
	}
}

func clamp(v int32) byte {
	if uint32(v) > 255 {
		return byte(^v >> 31)
	}
	return byte(v)
}

func (p *plane) fill(o int, v byte) {
	for range p.side {
		set(p.pix[o:][:p.side], v)
		o += p.stride
	}
}

// mean is that of the samples above and to the left, as far as there are any.
func (p *plane) mean(o int, above []byte, e edges) byte {
	sum, n := 0, 0
	if e.above {
		n += p.side
		for _, v := range above {
			sum += int(v)
		}
	}
	if e.left {
		n += p.side
		for y := range p.side {
			sum += int(p.pix[o-1+y*p.stride])
		}
	}
	if n == 0 {
		return 128
	}
	return byte((sum + n/2) / n)
}

// inBlocks predicts and completes a macroblock of brightness block by block, since each is
// predicted from those before.
func (p *plane) inBlocks(x int, m *macroblock) {
	right := [4]byte(p.pix[p.at(x+16, -1):])
	for i, mode := range m.inner {
		o := p.at(x+i%4*4, i/4*4)
		e := p.edge(o)
		if i%4 == 3 {
			copy(e[11:], right[:]) // those further down are not there yet
			e[15] = right[3]
		}
		p.block(o, mode, &e)
		p.add(o, &m.coeffs[i], m.ends[i])
	}
}

// edge is what a block is predicted from, from below on its left, around the corner, to the
// right above it; the first sample comes three times and the last one twice.
func (p *plane) edge(o int) (e [16]byte) {
	left := o - 1
	for i := range 4 {
		e[5-i] = p.pix[left]
		left += p.stride
	}
	e[0], e[1] = e[2], e[2]
	copy(e[6:15], p.pix[o-p.stride-1:])
	e[15] = e[14]
	return e
}

// two is the mean of two samples, three that of three with the middle one counted twice.
func two(e *[16]byte, i int) byte { return byte((int(e[i]) + int(e[i+1]) + 1) >> 1) }

func three(e *[16]byte, i int) byte {
	return byte((int(e[i-1]) + 2*int(e[i]) + int(e[i+1]) + 2) >> 2)
}

// block predicts one block.
func (p *plane) block(o int, mode byte, e *[16]byte) {
	var rows [4][4]byte
	switch mode {
	case modeDC:
		sum := 4
		for i := 2; i < 6; i++ {
			sum += int(e[i]) + int(e[i+5])
		}
		for y := range rows {
			set(rows[y][:], byte(sum>>3))
		}
	case modeTM:
		for y := range rows {
			slope(rows[y][:], e[7:11], int32(e[5-y])-int32(e[6]))
		}
	case modeV:
		v := [4]byte{three(e, 7), three(e, 8), three(e, 9), three(e, 10)}
		rows = [4][4]byte{v, v, v, v}
	case modeH:
		for y := range rows {
			set(rows[y][:], three(e, 5-y))
		}
	default:
		rows = slanted(mode, e)
	}
	for y := range rows {
		copy(p.pix[o+y*p.stride:][:4], rows[y][:])
	}
}

// slanted predicts in one of the directions between; each sample is a mean of neighbours on
// the edge, and comes again a row further on.
func slanted(mode byte, e *[16]byte) (rows [4][4]byte) {
	switch mode {
	case modeRD:
		diagonal(&rows, e, 6, -1)
	case modeLD:
		diagonal(&rows, e, 8, 1)
	case modeVR:
		for x := range 4 {
			rows[0][x], rows[1][x] = two(e, 6+x), three(e, 6+x)
		}
		rows[2] = [4]byte{three(e, 5), rows[0][0], rows[0][1], rows[0][2]}
		rows[3] = [4]byte{three(e, 4), rows[1][0], rows[1][1], rows[1][2]}
	case modeVL:
		for x := range 4 {
			rows[0][x], rows[1][x] = two(e, 7+x), three(e, 8+x)
		}
		rows[2] = [4]byte{rows[0][1], rows[0][2], rows[0][3], three(e, 12)}
		rows[3] = [4]byte{rows[1][1], rows[1][2], rows[1][3], three(e, 13)}
	case modeHD:
		rows[3] = [4]byte{two(e, 2), three(e, 3), two(e, 3), three(e, 4)}
		rows[2] = [4]byte{rows[3][2], rows[3][3], two(e, 4), three(e, 5)}
		rows[1] = [4]byte{rows[2][2], rows[2][3], two(e, 5), three(e, 6)}
		rows[0] = [4]byte{rows[1][2], rows[1][3], three(e, 7), three(e, 8)}
	case modeHU:
		rows[0] = [4]byte{two(e, 4), three(e, 4), two(e, 3), three(e, 3)}
		rows[1] = [4]byte{rows[0][2], rows[0][3], two(e, 2), three(e, 2)}
		rows[2] = [4]byte{rows[1][2], rows[1][3], e[2], e[2]}
		rows[3] = [4]byte{e[2], e[2], e[2], e[2]}
	}
	return rows
}

// diagonal takes means from place i on, and a step further with each row.
func diagonal(rows *[4][4]byte, e *[16]byte, i, step int) {
	for y := range rows {
		for x := range 4 {
			rows[y][x] = three(e, i+x)
		}
		i += step
	}
}
