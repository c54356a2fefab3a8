package render

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"strings"
)

// Pictures inside other documents.

const (
	maxDepth  = 2        // how deep a picture may lie
	maxMember = 32 << 20 // bytes of one
)

var errTooLarge = errors.New("too large to look at")

// inner is the picture of a document within this one; name only serves its extension.
func (d *document) inner(ctx context.Context, data []byte, name string, width int) (*picture, error) {
	if len(data) == 0 {
		return nil, errNone
	}
	if d.depth >= maxDepth {
		return nil, errors.New("it lies too deep")
	}
	part, err := d.part(bytes.NewReader(data), int64(len(data)), name)
	if err != nil {
		return nil, err
	}
	failed := errNone
	for _, w := range ways(part) {
		pic, err := w.picture(ctx, part, width)
		if err == nil {
			return pic, nil
		}
		failed = err
	}
	return nil, failed
}

// xmpPicture is the preview that Adobe's programs put into a document's XMP, as a base64 JPEG
// (XMP specification, part 2, 8.4: xmpGImg:image). It may lie anywhere in the file.
func xmpPicture(ctx context.Context, doc *document, width int) (*picture, error) {
	const most = 64 << 20
	text, err := between(io.LimitReader(doc.reader(), most), "<xmpGImg:image>", "</xmpGImg:image>", 8<<20)
	if err != nil {
		return nil, err
	}
	clean := strings.NewReplacer("&#xA;", "", "&#10;", "", "\n", "", "\r", "", " ", "").Replace(string(text))
	data, err := base64.StdEncoding.DecodeString(clean)
	if err != nil {
		return nil, err
	}
	return doc.inner(ctx, data, "preview.jpg", width)
}

// between reads on to the first text between two marks, at most most bytes long.
func between(r io.Reader, start, end string, most int) ([]byte, error) {
	buf := make([]byte, 256<<10)
	var held []byte
	found := false
	for {
		n, err := r.Read(buf)
		held = append(held, buf[:n]...)
		if !found {
			if i := bytes.Index(held, []byte(start)); i >= 0 {
				held, found = held[i+len(start):], true
			} else {
				held = held[max(0, len(held)-len(start)):]
			}
		}
		if found {
			if i := bytes.Index(held, []byte(end)); i >= 0 {
				return held[:i], nil
			}
			if len(held) > most {
				return nil, errTooLarge
			}
		}
		if err != nil {
			return nil, errNone
		}
	}
}

// epsTIFF is the preview of a DOS EPS file: its header tells where (Adobe technical note 5002,
// 5.2).
func epsTIFF(ctx context.Context, doc *document, width int) (*picture, error) {
	if len(doc.head) < 30 || !magic("\xc5\xd0\xd3\xc6")(doc) {
		return nil, errNone
	}
	at, size := int64(le32(doc.head[20:])), int64(le32(doc.head[24:]))
	return doc.inner(ctx, doc.bytes(at, size, maxMember), "preview.tiff", width)
}

func le32(b []byte) uint32 {
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}

// largestJPEG is the largest JPEG in a camera's raw file, which is its preview: full JPEGs are
// looked for by their markers, so no maker's structure has to be known.
func largestJPEG(ctx context.Context, doc *document, width int) (*picture, error) {
	at, size, err := findJPEG(doc)
	if err != nil {
		return nil, err
	}
	pic, err := doc.inner(ctx, doc.bytes(at, size, 64<<20), "preview.jpg", width)
	if err == nil && pic.orientation == 0 {
		pic.orientation = orientation(doc) // the raw file's own
	}
	return pic, err
}

// findJPEG scans for start-of-image markers and takes the one farthest from the next.
func findJPEG(doc *document) (at, size int64, err error) {
	const most = 256 << 20
	buf := make([]byte, 1<<20)
	starts := []int64{}
	for base := int64(0); base < min(doc.size, most); base += int64(len(buf)) - 3 {
		n, _ := doc.file.ReadAt(buf, base)
		for i := 0; len(starts) < 1000; i++ {
			j := bytes.Index(buf[i:n], []byte("\xff\xd8\xff"))
			if j < 0 {
				break
			}
			i += j
			if i+3 < n && (buf[i+3] == 0xdb || buf[i+3] == 0xe0 || buf[i+3] == 0xe1 || buf[i+3] == 0xc4) {
				starts = append(starts, base+int64(i))
			}
		}
	}
	for _, start := range starts {
		if end := jpegEnd(doc, start); end-start > size {
			at, size = start, end-start
		}
	}
	if size == 0 {
		return 0, 0, errNone
	}
	return at, size, nil
}

// jpegEnd walks over a JPEG's segments to its scan, and then to its end; lossless JPEG, which
// is how some raw data are coded, doesn't count.
func jpegEnd(doc *document, start int64) int64 {
	var head [4]byte
	at := start + 2
	for range 200 {
		if _, err := doc.file.ReadAt(head[:], at); err != nil || head[0] != 0xff || head[1] == 0xc3 {
			return start
		}
		at += 2 + int64(head[2])<<8 + int64(head[3])
		if head[1] == 0xda {
			return scanEnd(doc, at)
		}
	}
	return start
}

func scanEnd(doc *document, at int64) int64 {
	buf := make([]byte, 64<<10)
	for at < doc.size {
		n, _ := doc.file.ReadAt(buf, at)
		if i := bytes.Index(buf[:n], []byte("\xff\xd9")); i >= 0 {
			return at + int64(i) + 2
		}
		at += int64(max(1, n-1))
	}
	return doc.size
}
