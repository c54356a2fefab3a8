package render

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"errors"
	"io"
)

var errFont = errors.New("a font with a broken directory")

// webFontPicture is the specimen of a WOFF font: one for TrueType or OpenType, each of its
// tables compressed by itself (WOFF File Format 1.0, 3 to 5).
func webFontPicture(ctx context.Context, doc *document, width int) (*picture, error) {
	data, err := unpackWOFF(doc)
	if err != nil {
		return nil, err
	}
	return doc.inner(ctx, data, "font.ttf", width)
}

// unpackWOFF gives the font in its uncompressed form.
func unpackWOFF(doc *document) ([]byte, error) {
	be := binary.BigEndian
	if len(doc.head) < 44 {
		return nil, errFont
	}
	flavour, tables := doc.head[4:8], int(be.Uint16(doc.head[12:]))
	directory := doc.bytes(44, int64(tables)*20, 1<<20)
	if directory == nil || tables == 0 {
		return nil, errFont
	}
	out := append(bytes.Clone(flavour), doc.head[12], doc.head[13], 0, 0, 0, 0, 0, 0)
	at := len(out) + 16*tables
	var body []byte
	for entry := directory; len(entry) > 0; entry = entry[20:] {
		table, err := unpackTable(doc, entry)
		if err != nil {
			return nil, err
		}
		if len(body)+len(table) > maxMember {
			return nil, errTooLarge
		}
		out = append(out, entry[:4]...)
		out = append(out, entry[16:20]...)
		out = be.AppendUint32(be.AppendUint32(out, uint32(at+len(body))), uint32(len(table)))
		body = append(body, table...)
		body = append(body, make([]byte, -len(table)&3)...)
	}
	return append(out, body...), nil
}

// unpackTable reads the table that an entry of the directory describes.
func unpackTable(doc *document, entry []byte) ([]byte, error) {
	be := binary.BigEndian
	at, stored, size := int64(be.Uint32(entry[4:])), int64(be.Uint32(entry[8:])), int64(be.Uint32(entry[12:]))
	data := doc.bytes(at, stored, maxMember)
	if data == nil || stored > size {
		return nil, errFont
	}
	if stored == size {
		return data, nil
	}
	z, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	table, err := io.ReadAll(io.LimitReader(z, min(size, maxMember)+1))
	if err == nil && int64(len(table)) != size {
		err = errFont
	}
	return table, err
}
