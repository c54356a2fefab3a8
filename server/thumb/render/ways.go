package render

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"folderfront/server/thumb/still"
)

// way is one attempt to get a picture out of a document. width is that of the thumbnail, so
// that a decoder needs to make no more than is looked at.
type way struct {
	name    string
	picture func(ctx context.Context, doc *document, width int) (*picture, error)
}

// format is a kind of document, with the ways to its picture, best first.
type format struct {
	name    string
	matches func(*document) bool
	ways    []way
}

// formats are all that is known. The first that matches is the document's, so what is told by
// its name, within a family that shares its first bytes, comes before the family.
func formats() []format {
	video := []way{{"cover", coverPicture}, {"ffmpeg", framePicture}}
	raw := []way{{"preview", largestJPEG}}
	return []format{
		{"jpeg", magic("\xff\xd8\xff"), []way{{"jpeg", jpegPicture}, {"plain jpeg", plainJPEG}, {"ffmpeg", toolPicture}}},
		{"png", magic("\x89PNG\r\n\x1a\n"), []way{{"png", pngPicture}}},
		{"gif", magic("GIF8"), []way{{"gif", gifPicture}, {"ffmpeg", toolPicture}}},
		{"webp", both(magic("RIFF"), magicAt(8, "WEBP")), []way{{"webp", webpPicture}, {"plain webp", plainWebP}, {"ffmpeg", toolPicture}}},
		{"psd", magic("8BPS"), []way{{"composite", psdPicture}, {"thumbnail", psdThumbnail}}},
		{"pdf", isPDF, []way{{"pdfium", pdfPicture}, {"xmp", xmpPicture}}},
		{"eps", magic("%!PS", "\xc5\xd0\xd3\xc6"), []way{{"xmp", xmpPicture}, {"tiff", epsTIFF}}},
		{"indesign", magic("\x06\x06\xed\xf5\xd8\x1d\x46\xe5"), []way{{"xmp", xmpPicture}}},
		{"raw", both(magic("II", "MM", "FUJIFILM"), named("dng cr2 nef nrw arw srf sr2 orf rw2 raf pef rwl 3fr erf kdc iiq srw")), raw},
		{"raw", magicAt(4, "ftypcrx "), raw},
		{"tiff", magic("II*\x00", "MM\x00*"), []way{{"tiff", tiffPicture}, {"plain tiff", plainTIFF}, {"ffmpeg", toolPicture}}},
		{"bmp", both(magic("BM"), not(isText)), []way{{"bmp", bmpPicture}, {"ffmpeg", toolPicture}}},
		{"avif", magicAt(4, "ftypavif", "ftypavis"), []way{{"thumbnail", heifThumbnail}, {"avif", stillPicture(&still.AVIF)}}},
		{"heif", magicAt(4, "ftyphei", "ftypmif1", "ftyphevc", "ftypmsf1"), []way{{"small", heifSmall}, {"thumbnail", heifThumbnail}, {"avif", stillPicture(&still.AVIF)}, {"libheif", heifTool}}},
		{"jxl", magic("\xff\x0a", "\x00\x00\x00\x0cJXL \r\n\x87\n"), []way{{"jxl", stillPicture(&still.JXL)}, {"ffmpeg", toolPicture}}},
		{"jp2", magic("\x00\x00\x00\x0cjP  \r\n\x87\n", "\xff\x4f\xff\x51"), []way{{"ffmpeg", toolPicture}}},
		{"exr", magic("v/1\x01"), []way{{"ffmpeg", toolPicture}}},
		{"epub", both(magic("PK\x03\x04"), named("epub")), []way{{"cover", bookPicture}, {"preview", archivePicture}}},
		{"comic", both(magic("PK\x03\x04"), named("cbz")), []way{{"first page", comicPicture}}},
		{"archive", magic("PK\x03\x04"), []way{{"preview", archivePicture}, {"libreoffice", officePicture}}},
		{"office", magic("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "{\\rtf"), []way{{"libreoffice", officePicture}}},
		{"mp4", magicAt(4, "ftyp", "moov", "mdat", "wide"), video},
		{"matroska", magic("\x1a\x45\xdf\xa3"), video},
		{"avi", both(magic("RIFF"), magicAt(8, "AVI ")), video},
		{"mpegts", both(magic("G"), magicAt(188, "G")), video},
		{"mpeg", magic("\x00\x00\x01\xba", "\x00\x00\x01\xb3"), video},
		{"flv", magic("FLV\x01"), video},
		{"asf", magic("\x30\x26\xb2\x75"), video},
		{"mxf", magic("\x06\x0e\x2b\x34"), video},
		{"ogg", magic("OggS"), video},
		{"audio", either(magic("ID3", "fLaC"), named("mp3 m4a aac wav aif aiff")), []way{{"cover", coverPicture}}},
		{"font", magic("\x00\x01\x00\x00", "OTTO", "true", "ttcf"), []way{{"specimen", fontPicture}}},
		{"webfont", magic("wOFF"), []way{{"specimen", webFontPicture}}},
		{"svg", either(both(contains("<svg"), not(named("html htm xhtml md js ts"))), both(magic("\x1f\x8b"), named("svgz"))), []way{{"resvg", svgPicture}}},
		{"text", isText, []way{{"text", textPicture}}},
	}
}

// ways are those of the document's format; none when it is not known.
func ways(doc *document) []way {
	f, _ := recognise(doc)
	return f.ways
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

// named matches documents with one of the extensions.
func named(extensions string) func(*document) bool {
	return func(d *document) bool { return d.ext != "" && slices.Contains(strings.Fields(extensions), d.ext) }
}

func contains(s string) func(*document) bool {
	return func(d *document) bool { return bytes.Contains(d.head, []byte(s)) }
}

func both(a, b func(*document) bool) func(*document) bool {
	return func(d *document) bool { return a(d) && b(d) }
}

func either(a, b func(*document) bool) func(*document) bool {
	return func(d *document) bool { return a(d) || b(d) }
}

func not(a func(*document) bool) func(*document) bool {
	return func(d *document) bool { return !a(d) }
}
