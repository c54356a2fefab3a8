package heif

import (
	"encoding/binary"
	"io"
)

// properties takes over what is associated with the thumbnail; rotation and colour from the
// primary if it has none of its own.
func properties(iprp []byte, id, primary uint32, item *Item) {
	all := boxes(iprp)
	list := boxes(find(all, "ipco"))
	turned, mirrored := 0, 0
	for _, owner := range []uint32{primary, id} {
		for _, b := range all {
			if b.kind != "ipma" {
				continue
			}
			for _, index := range associated(b.body, owner) {
				if index < 1 || index > len(list) {
					continue
				}
				p := list[index-1]
				switch {
				case (p.kind == "hvcC" || p.kind == "av1C") && owner == id:
					item.Config = p.body
				case p.kind == "colr" && len(p.body) > 4 && (string(p.body[:4]) == "prof" || string(p.body[:4]) == "rICC"):
					item.Profile = p.body[4:]
				case p.kind == "irot" && len(p.body) > 0:
					turned = int(p.body[0] & 3)
				case p.kind == "imir" && len(p.body) > 0:
					mirrored = 1 + int(p.body[0]&1)
				}
			}
		}
	}
	item.Orientation = orientation(turned, mirrored)
}

// orientation turns quarters anticlockwise, and then a mirroring (1 up and down, 2 left and
// right), into Exif's numbers.
func orientation(turned, mirrored int) int {
	return [4][3]int{{0, 4, 2}, {8, 7, 5}, {3, 2, 4}, {6, 5, 7}}[turned][mirrored]
}

// associated are the numbers of an item's properties.
func associated(ipma []byte, id uint32) (all []int) {
	if len(ipma) < 8 {
		return nil
	}
	v, wideIndex := version(ipma), ipma[3]&1 == 1
	wide := 2
	if v > 0 {
		wide = 4
	}
	count := binary.BigEndian.Uint32(ipma[4:])
	for b := ipma[8:]; count > 0 && len(b) > wide; count-- {
		owner, n := number(b, v), int(b[wide])
		b = b[wide+1:]
		for range n {
			var index int
			switch {
			case wideIndex && len(b) >= 2:
				index, b = int(binary.BigEndian.Uint16(b)&0x7fff), b[2:]
			case !wideIndex && len(b) >= 1:
				index, b = int(b[0]&0x7f), b[1:]
			default:
				return all
			}
			if owner == id {
				all = append(all, index)
			}
		}
	}
	return all
}

// content reads an item's data by the item locations (14496-12, 8.11.3).
func content(r io.ReaderAt, size int64, iloc, idat []byte, id uint32) []byte {
	if len(iloc) < 8 {
		return nil
	}
	c := &cursor{b: iloc[4:]}
	v := version(iloc)
	sizes := c.take(2)
	offsetSize, lengthSize, baseSize, indexSize := int(sizes>>12), int(sizes>>8&15), int(sizes>>4&15), int(sizes&15)
	if v == 0 {
		indexSize = 0
	}
	idSize := 2
	if v == 2 {
		idSize = 4
	}
	for count := c.take(idSize); count > 0 && !c.over; count-- {
		item := uint32(c.take(idSize))
		method := uint64(0)
		if v > 0 {
			method = c.take(2) & 15
		}
		c.take(2)
		base := c.take(baseSize)
		var data []byte
		for extents := c.take(2); extents > 0 && !c.over; extents-- {
			c.take(indexSize)
			at, n := base+c.take(offsetSize), c.take(lengthSize)
			if item == id {
				data = appendExtent(data, r, size, idat, method, at, n)
			}
		}
		if item == id {
			return data
		}
	}
	return nil
}

// appendExtent reads a piece from the file (method 0) or the meta box' own data (1).
func appendExtent(data []byte, r io.ReaderAt, size int64, idat []byte, method, at, n uint64) []byte {
	if n > maxItem || uint64(len(data))+n > maxItem {
		return nil
	}
	switch {
	case method == 1 && at <= uint64(len(idat)) && n <= uint64(len(idat))-at:
		return append(data, idat[at:at+n]...)
	case method == 0 && at <= uint64(size) && n <= uint64(size)-at:
		piece := make([]byte, n)
		if _, err := r.ReadAt(piece, int64(at)); err != nil && err != io.EOF {
			return nil
		}
		return append(data, piece...)
	}
	return nil
}

// cursor reads numbers; beyond the end they are 0 and over is set.
type cursor struct {
	b    []byte
	over bool
}

func (c *cursor) take(n int) (v uint64) {
	if n > len(c.b) || n > 8 {
		c.over = true
		return 0
	}
	for _, b := range c.b[:n] {
		v = v<<8 | uint64(b)
	}
	c.b = c.b[n:]
	return v
}
