package jpeg

import (
	"bytes"
	"slices"

	"folderfront/server/thumb/raster"
)

// Markers (T.81, table B.1).
const (
	mSOF0, mSOF1, mSOF2 = 0xc0, 0xc1, 0xc2
	mDHT                = 0xc4
	mRST0, mRST7        = 0xd0, 0xd7
	mSOI, mEOI          = 0xd8, 0xd9
	mSOS, mDQT, mDRI    = 0xda, 0xdb, 0xdd
	mAPP2, mAPP14       = 0xe2, 0xee
)

// segments reads the file marker by marker until its end.
func (d *decoder) segments() error {
	if a, err := d.bits.bytes(2); err != nil || a[0] != 0xff || a[1] != mSOI {
		return malformed("no start of image")
	}
	for {
		marker, err := d.bits.nextMarker()
		if err != nil {
			return err
		}
		switch {
		case marker == mEOI:
			return nil
		case marker == mSOI, marker >= mRST0 && marker <= mRST7, marker == 1:
			continue
		}
		if err := d.segment(marker); err != nil {
			return err
		}
		if d.complete() {
			return nil
		}
	}
}

// complete reports whether nothing can come any more that is needed.
func (d *decoder) complete() bool {
	return d.scans > 0 && !d.progressive && !slices.ContainsFunc(d.comps, func(c component) bool { return !c.seen })
}

// segment reads one segment, and a scan's data.
func (d *decoder) segment(marker byte) error {
	size, err := d.bits.bytes(2)
	if err != nil {
		return err
	}
	n := int(size[0])<<8 + int(size[1]) - 2
	if n < 0 {
		return malformed("a segment of no length")
	}
	body, err := d.bits.bytes(n)
	if err != nil {
		return err
	}
	switch marker {
	case mSOF0, mSOF1, mSOF2:
		return d.frame(marker, body)
	case mDHT:
		return d.huffmanTables(body)
	case mDQT:
		return d.quantTables(body)
	case mDRI:
		if len(body) < 2 {
			return malformed("a short restart interval")
		}
		d.restart = int(body[0])<<8 + int(body[1])
	case mSOS:
		return d.scan(body)
	case mAPP2:
		d.profilePart(body)
	case mAPP14:
		if len(body) >= 12 && bytes.HasPrefix(body, []byte("Adobe")) {
			d.adobe, d.transform = true, body[11]
		}
	case 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf:
		return malformed("frame type %#x is not supported", marker)
	}
	return nil
}

func (d *decoder) frame(marker byte, body []byte) error {
	if d.comps != nil {
		return malformed("two frames")
	}
	if len(body) < 6 || body[0] != 8 {
		return malformed("a frame header of %d bytes", len(body))
	}
	d.progressive = marker == mSOF2
	d.h, d.w = int(body[1])<<8+int(body[2]), int(body[3])<<8+int(body[4])
	if err := raster.CheckSize(d.w, d.h, raster.MaxStreamed); err != nil {
		return err
	}
	n := int(body[5])
	if n != 1 && n != 3 && n != 4 || len(body) < 6+3*n {
		return malformed("%d components", n)
	}
	for i := range n {
		b := body[6+3*i:]
		c := component{id: b[0], h: int(b[1] >> 4), v: int(b[1] & 15), quant: b[2]}
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 || c.quant > 3 {
			return malformed("component %d", i)
		}
		if n == 1 {
			c.h, c.v = 1, 1 // one component is never interleaved, whatever it says
		}
		d.hMax, d.vMax = max(d.hMax, c.h), max(d.vMax, c.v)
		d.comps = append(d.comps, c)
	}
	d.mcusX = (d.w + blockSide*d.hMax - 1) / (blockSide * d.hMax)
	d.mcusY = (d.h + blockSide*d.vMax - 1) / (blockSide * d.vMax)
	d.chooseScale()
	return nil
}

func (d *decoder) huffmanTables(body []byte) error {
	for len(body) > 0 {
		if len(body) < 17 {
			return malformed("a short Huffman table")
		}
		class, index := body[0]>>4, body[0]&15
		counts := [16]byte(body[1:17])
		total := 0
		for _, n := range counts {
			total += int(n)
		}
		if class > 1 || index > 3 || total > 256 || len(body) < 17+total {
			return malformed("a Huffman table")
		}
		table, err := newHuffman(counts, body[17:17+total])
		if err != nil {
			return err
		}
		if class == 0 {
			d.dc[index] = table
		} else {
			d.ac[index] = table
		}
		body = body[17+total:]
	}
	return nil
}

func (d *decoder) quantTables(body []byte) error {
	for len(body) > 0 {
		wide, index := int(body[0]>>4), body[0]&15
		size := coefficient * (wide + 1)
		if wide > 1 || index > 3 || len(body) < 1+size {
			return malformed("a quantisation table")
		}
		for i := range coefficient {
			if wide == 1 {
				d.quant[index][i] = int32(body[1+2*i])<<8 + int32(body[2+2*i])
			} else {
				d.quant[index][i] = int32(body[1+i])
			}
		}
		body = body[1+size:]
	}
	return nil
}

// profilePart keeps one part of the ICC profile (ICC.1:2022, B.4).
func (d *decoder) profilePart(body []byte) {
	const name = "ICC_PROFILE\x00"
	if len(body) > len(name)+2 && bytes.HasPrefix(body, []byte(name)) {
		d.profile[body[len(name)]] = body[len(name)+2:]
	}
}

// iccProfile puts the parts together; nil if one is missing or it is too large.
func (d *decoder) iccProfile() []byte {
	var all []byte
	for i := 1; i <= len(d.profile); i++ {
		part, ok := d.profile[byte(i)]
		if !ok || len(all)+len(part) > maxProfile {
			return nil
		}
		all = append(all, part...)
	}
	return all
}
