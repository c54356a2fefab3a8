package render

import (
	"bytes"
	"context"
	"slices"
)

// way is one attempt to get a picture out of a document. width is that of the thumbnail, so
// that a decoder needs to make no more than is looked at.
type way struct {
	name    string
	picture func(ctx context.Context, doc *document, width int) (*picture, error)
}

// formats are all that is known, with the ways to a picture, best first. The first format
// that matches is the document's.
func formats() []format {
	return []format{
		{"jpeg", magic("\xff\xd8\xff"), []way{{"jpeg", jpegPicture}, {"plain jpeg", plainJPEG}}},
		{"png", magic("\x89PNG\r\n\x1a\n"), []way{{"png", pngPicture}}},
		{"gif", magic("GIF8"), []way{{"gif", gifPicture}}},
		{"webp", both(magic("RIFF"), magicAt(8, "WEBP")), []way{{"webp", webpPicture}}},
		{"bmp", magic("BM"), []way{{"bmp", bmpPicture}}},
		{"tiff", magic("II*\x00", "MM\x00*"), []way{{"tiff", tiffPicture}}},
	}
}

type format struct {
	name    string
	matches func(*document) bool
	ways    []way
}

// ways are those of the document's format; none when it is not known.
func ways(doc *document) []way {
	if f, ok := recognise(doc); ok {
		return f.ways
	}
	return nil
}

func formatOf(doc *document) string {
	f, _ := recognise(doc)
	return f.name
}

func recognise(doc *document) (format, bool) {
	all := formats()
	i := slices.IndexFunc(all, func(f format) bool { return f.matches(doc) })
	if i < 0 {
		return format{}, false
	}
	return all[i], true
}

// magic matches documents that start with one of the given strings.
func magic(starts ...string) func(*document) bool { return magicAt(0, starts...) }

func magicAt(at int, starts ...string) func(*document) bool {
	return func(d *document) bool {
		return len(d.head) >= at && slices.ContainsFunc(starts, func(s string) bool {
			return bytes.HasPrefix(d.head[at:], []byte(s))
		})
	}
}

func both(a, b func(*document) bool) func(*document) bool {
	return func(d *document) bool { return a(d) && b(d) }
}
