// Package heif finds the thumbnail in a HEIF or AVIF file (ISO/IEC 23008-12, on the boxes of
// ISO/IEC 14496-12).
//
// An item is a picture, a piece of one, or metadata; one is the primary. References lead from
// a thumbnail (thmb) to its picture; properties, such as the decoder's configuration, the
// rotation and the colour profile, are associated with items by number.
package heif

import (
	"encoding/binary"
	"errors"
	"io"
)

// ErrNone says that a file has no thumbnail, or is malformed.
var ErrNone = errors.New("heif: no thumbnail")

// Item is a thumbnail.
type Item struct {
	Type        string // hvc1, av01, jpeg
	Data        []byte
	Config      []byte // the decoder's configuration (hvcC, av1C), nil for none
	Profile     []byte // ICC profile, nil for none
	Orientation int    // as Exif counts; 0 for upright
}

const (
	maxMeta = 16 << 20
	maxItem = 16 << 20
	maxKids = 4096 // boxes on one level
)

// box is a box' type and content.
type box struct {
	kind string
	body []byte
}

// boxes splits content into boxes; what is malformed ends them.
func boxes(b []byte) (all []box) {
	for len(b) >= 8 && len(all) < maxKids {
		size, head := uint64(binary.BigEndian.Uint32(b)), uint64(8)
		if size == 1 && len(b) >= 16 {
			size, head = binary.BigEndian.Uint64(b[8:]), 16
		}
		if size == 0 {
			size = uint64(len(b))
		}
		if size < head || size > uint64(len(b)) {
			return all
		}
		all = append(all, box{string(b[4:8]), b[head:size]})
		b = b[size:]
	}
	return all
}

func find(all []box, kind string) []byte {
	for _, b := range all {
		if b.kind == kind {
			return b.body
		}
	}
	return nil
}

// Thumbnail finds the thumbnail of the primary item.
func Thumbnail(r io.ReaderAt, size int64) (*Item, error) {
	meta, err := readMeta(r, size)
	if err != nil {
		return nil, err
	}
	all := boxes(skip(meta, 4))
	primary := number(skip(find(all, "pitm"), 4), version(find(all, "pitm")))
	id, ok := reference(find(all, "iref"), primary)
	if !ok {
		return nil, ErrNone
	}
	item := &Item{Type: typeOf(find(all, "iinf"), id)}
	properties(find(all, "iprp"), id, primary, item)
	item.Data = content(r, size, find(all, "iloc"), find(all, "idat"), id)
	if item.Type == "" || item.Data == nil {
		return nil, ErrNone
	}
	return item, nil
}

// readMeta looks for the meta box among the file's.
func readMeta(r io.ReaderAt, size int64) ([]byte, error) {
	var head [16]byte
	for at := int64(0); at+8 <= size; {
		if _, err := r.ReadAt(head[:8], at); err != nil {
			return nil, ErrNone
		}
		n, skip := int64(binary.BigEndian.Uint32(head[:])), int64(8)
		if n == 1 {
			if _, err := r.ReadAt(head[:], at); err != nil {
				return nil, ErrNone
			}
			n, skip = int64(binary.BigEndian.Uint64(head[8:])), 16
		}
		if n < skip || at+n > size {
			return nil, ErrNone
		}
		if string(head[4:8]) == "meta" && n <= maxMeta {
			body := make([]byte, n-skip)
			_, err := r.ReadAt(body, at+skip)
			return body, err
		}
		at += n
	}
	return nil, ErrNone
}

func skip(b []byte, n int) []byte { return b[min(n, len(b)):] }

// version is that of a full box.
func version(b []byte) int {
	if len(b) < 4 {
		return 0
	}
	return int(b[0])
}

// number reads an item's id: two bytes in version 0, four later.
func number(b []byte, version int) uint32 {
	switch {
	case version == 0 && len(b) >= 2:
		return uint32(binary.BigEndian.Uint16(b))
	case version > 0 && len(b) >= 4:
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

// reference finds the item whose thmb reference leads to the primary.
func reference(iref []byte, primary uint32) (uint32, bool) {
	v := version(iref)
	wide := 2
	if v > 0 {
		wide = 4
	}
	for _, b := range boxes(skip(iref, 4)) {
		if b.kind != "thmb" || len(b.body) < wide+2 {
			continue
		}
		count := int(binary.BigEndian.Uint16(b.body[wide:]))
		for to := b.body[wide+2:]; count > 0 && len(to) >= wide; count, to = count-1, to[wide:] {
			if number(to, v) == primary {
				return number(b.body, v), true
			}
		}
	}
	return 0, false
}

// typeOf looks an item up in the item information.
func typeOf(iinf []byte, id uint32) string {
	start := 6
	if version(iinf) > 0 {
		start = 8
	}
	for _, b := range boxes(skip(iinf, start)) {
		v := version(b.body)
		if b.kind != "infe" || v < 2 {
			continue
		}
		at := 4
		if number(skip(b.body, at), v-2) != id {
			continue
		}
		at += 2 * (v - 1) // the id
		if at+6 <= len(b.body) {
			return string(b.body[at+2 : at+6])
		}
	}
	return ""
}
