// Package thumbtest makes documents for the tests of thumbnails: small ones of many formats,
// all with the same picture, and hostile ones. The program itself never imports it.
package thumbtest

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"folderfront/server/worker/pdfium/pdftest"
)

// Document is a file with its name.
type Document struct {
	Name string
	Way  string // which way (package render) leads to its picture
	Data []byte
}

// Orange and Blue are the colours of the picture: one above, the other below.
var Orange, Blue = color.RGBA{240, 140, 20, 255}, color.RGBA{20, 60, 200, 255}

// Flag is the picture, w by h pixels.
func Flag(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(img, image.Rect(0, 0, w, h/2), image.NewUniform(Orange), image.Point{}, draw.Src)
	draw.Draw(img, image.Rect(0, h/2, w, h), image.NewUniform(Blue), image.Point{}, draw.Src)
	return img
}

// Documents are of every format that shows its picture without an installed tool.
func Documents(t testing.TB) []Document {
	jpg, pngData := string(JPEG(t, 600, 400)), string(PNG(t, 600, 400))
	return []Document{
		{"photo.jpg", "jpeg", []byte(jpg)},
		{"graphic.png", "png", []byte(pngData)},
		{"animation.gif", "gif", GIF(t, 600, 400)},
		{"old.bmp", "bmp", BMP(t, 600, 400)},
		{"print.tif", "tiff", TIFF(t, 600, 400)},
		{"layers.psd", "composite", PSD(t, 600, 400)},
		{"page.pdf", "pdfium", PDF(FlagContent, PageBox, "<< >>")},
		{"scan.pdf", "pdfium", Scan(t)},
		{"logo.ai", "pdfium", PDF(FlagContent, PageBox, "<< >>")},
		{"old logo.ai", "xmp", []byte("%!PS-Adobe-3.0\n" + XMP([]byte(jpg)))},
		{"ad.eps", "xmp", []byte("%!PS-Adobe-3.0 EPSF-3.0\n" + strings.Repeat("% comment\n", 40000) + XMP([]byte(jpg)))},
		{"dos.eps", "tiff", DOSEPS(t)},
		{"layout.indd", "xmp", []byte("\x06\x06\xed\xf5\xd8\x1d\x46\xe5" + strings.Repeat("x", 300000) + XMP([]byte(jpg)))},
		{"drawing.svg", "resvg", []byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 3 2"><rect width="3" height="1" fill="#f08c14"/><rect y="1" width="3" height="1" fill="#143cc8"/></svg>`)},
		{"camera.nef", "preview", Raw(t, []byte(jpg))},
		{"camera.cr2", "preview", Raw(t, []byte(jpg))},
		{"camera.dng", "preview", Raw(t, []byte(jpg))},
		{"phone.heic", "thumbnail", HEIF([]byte(jpg), 0)},
		{"letter.docx", "preview", ZIP(t, "word/document.xml", "<w/>", "docProps/thumbnail.jpeg", jpg)},
		{"slides.pptx", "preview", ZIP(t, "ppt/presentation.xml", "<p/>", "docProps/thumbnail.jpeg", jpg)},
		{"table.xlsx", "preview", ZIP(t, "xl/workbook.xml", "<x/>", "docProps/thumbnail.png", pngData)},
		{"text.odt", "preview", ZIP(t, "mimetype", "application/vnd.oasis.opendocument.text", "Thumbnails/thumbnail.png", pngData)},
		{"talk.key", "preview", ZIP(t, "Index.zip", "", "preview.jpg", jpg)},
		{"design.sketch", "preview", ZIP(t, "document.json", "{}", "previews/preview.png", pngData)},
		{"prototype.xd", "preview", ZIP(t, "manifest", "{}", "preview.png", pngData)},
		{"painting.kra", "preview", ZIP(t, "maindoc.xml", "", "mergedimage.png", pngData)},
		{"book.epub", "cover", EPUB(t, []byte(jpg))},
		{"comic.cbz", "first page", ZIP(t, "02.jpg", "no", "01.jpg", jpg)},
		{"song.mp3", "cover", MP3([]byte(jpg))},
		{"song.flac", "cover", FLAC([]byte(pngData))},
	}
}

func encoded(t testing.TB, encode func(*bytes.Buffer) error) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := encode(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// JPEG encodes the picture, w by h pixels.
func JPEG(t testing.TB, w, h int) []byte {
	return encoded(t, func(b *bytes.Buffer) error { return jpeg.Encode(b, Flag(w, h), &jpeg.Options{Quality: 92}) })
}

// PNG is like JPEG.
func PNG(t testing.TB, w, h int) []byte {
	return encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, Flag(w, h)) })
}

// GIF is like JPEG.
func GIF(t testing.TB, w, h int) []byte {
	return encoded(t, func(b *bytes.Buffer) error { return gif.Encode(b, Flag(w, h), nil) })
}

// BMP is like JPEG.
func BMP(t testing.TB, w, h int) []byte {
	return encoded(t, func(b *bytes.Buffer) error { return bmp.Encode(b, Flag(w, h)) })
}

// TIFF is like JPEG.
func TIFF(t testing.TB, w, h int) []byte {
	return encoded(t, func(b *bytes.Buffer) error {
		return tiff.Encode(b, Flag(w, h), &tiff.Options{Compression: tiff.Deflate, Predictor: true})
	})
}

// PSD is an RGB document without compression.
func PSD(_ testing.TB, w, h int) []byte {
	be := binary.BigEndian
	out := append([]byte("8BPS\x00\x01"), 0, 0, 0, 0, 0, 0, 0, 3)
	out = be.AppendUint32(be.AppendUint32(out, uint32(h)), uint32(w))
	out = append(out, 0, 8, 0, 3)
	out = append(out, make([]byte, 4+4+4+2)...)
	img := Flag(w, h)
	for c := range 3 {
		for i := c; i < len(img.Pix); i += 4 {
			out = append(out, img.Pix[i])
		}
	}
	return out
}

// PDF is one page with the given content and media box, and one more object, which the content may
// draw as X.
func PDF(content, mediaBox, object string) []byte {
	return pdftest.File(
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox ["+mediaBox+"] /Contents 4 0 R /Resources << /XObject << /X 5 0 R >> >> >>",
		pdftest.Stream(content),
		object,
	)
}

// FlagContent draws the picture on a page of PageBox, for PDF.
const (
	FlagContent = "0.9412 0.549 0.0784 rg 0 100 300 100 re f 0.0784 0.2353 0.7843 rg 0 0 300 100 re f"
	PageBox     = "0 0 300 200"
)

// Scan is a PDF whose page is one JPEG.
func Scan(t testing.TB) []byte {
	data := JPEG(t, 600, 400)
	return PDF("300 0 0 200 0 0 cm /X Do", PageBox, fmt.Sprintf(
		"<< /Type /XObject /Subtype /Image /Width 600 /Height 400 /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode /Length %d >>\nstream\n%s\nendstream",
		len(data), data))
}

// ZIP is an archive of members: a name, its content, the next name …
func ZIP(t testing.TB, members ...string) []byte {
	return encoded(t, func(b *bytes.Buffer) error {
		z := zip.NewWriter(b)
		for i := 0; i+1 < len(members); i += 2 {
			w, err := z.Create(members[i])
			if err != nil {
				return err
			}
			if _, err := w.Write([]byte(members[i+1])); err != nil {
				return err
			}
		}
		return z.Close()
	})
}

// EPUB is a book with a JPEG as its cover.
func EPUB(t testing.TB, cover []byte) []byte {
	return ZIP(t, "mimetype", "application/epub+zip",
		"META-INF/container.xml", `<container><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>`,
		"OEBPS/book.opf", `<package><metadata><meta name="cover" content="c"/></metadata><manifest><item id="x" href="x.html"/><item id="c" href="img/cover.jpg"/></manifest></package>`,
		"OEBPS/img/cover.jpg", string(cover))
}

// XMP is metadata with a JPEG as its preview.
func XMP(jpeg []byte) string {
	text := base64.StdEncoding.EncodeToString(jpeg)
	return "<x:xmpmeta><xmpGImg:image>" + text[:76] + "&#xA;" + text[76:] + "</xmpGImg:image></x:xmpmeta>"
}

// DOSEPS has a TIFF preview.
func DOSEPS(t testing.TB) []byte {
	preview := TIFF(t, 600, 400)
	script := "%!PS-Adobe-3.0 EPSF-3.0\nshowpage\n"
	out := []byte("\xc5\xd0\xd3\xc6")
	for _, v := range []int{30, len(script), 0, 0, 30 + len(script), len(preview)} {
		out = binary.LittleEndian.AppendUint32(out, uint32(v))
	}
	return append(append(append(out, 0xff, 0xff), script...), preview...)
}

// Raw looks like a camera's: a TIFF header, some data, a small JPEG and a large one.
func Raw(t testing.TB, preview []byte) []byte {
	out := append([]byte("II*\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00"), bytes.Repeat([]byte{1, 2, 3, 0xff, 0xd8, 5}, 500)...)
	out = append(out, JPEG(t, 60, 40)...)
	out = append(out, make([]byte, 1000)...)
	return append(append(out, preview...), make([]byte, 500)...)
}

// MP3 is an ID3 tag with a cover (ID3v2.3, 4.15), and silence.
func MP3(cover []byte) []byte {
	frame := append([]byte("\x00image/jpeg\x00\x03\x00"), cover...)
	body := append([]byte("APIC"), binary.BigEndian.AppendUint32(nil, uint32(len(frame)))...)
	body = append(append(body, 0, 0), frame...)
	n := len(body)
	head := append([]byte("ID3\x03\x00\x00"), byte(n>>21&127), byte(n>>14&127), byte(n>>7&127), byte(n&127))
	return append(append(head, body...), make([]byte, 500)...)
}

// FLAC is a picture block (RFC 9639, 8.8).
func FLAC(cover []byte) []byte {
	be := binary.BigEndian
	block := be.AppendUint32(nil, 3)
	block = append(be.AppendUint32(block, 9), "image/png"...)
	for _, v := range []uint32{0, 600, 400, 24, 0, uint32(len(cover))} {
		block = be.AppendUint32(block, v)
	}
	block = append(block, cover...)
	out := append([]byte("fLaC"), 0, 0, 0, 34)
	out = append(out, make([]byte, 34)...)
	return append(append(out, 0x86, byte(len(block)>>16), byte(len(block)>>8), byte(len(block))), block...)
}

// HEIF is a HEIF file whose thumbnail is a JPEG, turned by the given quarters.
func HEIF(data []byte, quarters byte) []byte {
	be := binary.BigEndian
	boxed := func(kind string, parts ...[]byte) []byte {
		body := bytes.Join(parts, nil)
		return append(append(be.AppendUint32(nil, uint32(8+len(body))), kind...), body...)
	}
	infe := func(id byte, kind string) []byte {
		return boxed("infe", []byte{2, 0, 0, 0, 0, id, 0, 0}, []byte(kind), []byte{0})
	}
	build := func(at int) []byte {
		extent := be.AppendUint32(be.AppendUint32(nil, uint32(at)), uint32(len(data)))
		meta := boxed("meta", []byte{0, 0, 0, 0},
			boxed("pitm", []byte{0, 0, 0, 0, 0, 1}),
			boxed("iinf", []byte{0, 0, 0, 0, 0, 2}, infe(1, "hvc1"), infe(2, "jpeg")),
			boxed("iref", []byte{0, 0, 0, 0}, boxed("thmb", []byte{0, 2, 0, 1, 0, 1})),
			boxed("iprp", boxed("ipco", boxed("irot", []byte{quarters})), boxed("ipma", []byte{0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 1, 0x81})),
			boxed("iloc", []byte{0, 0, 0, 0, 0x44, 0, 0, 1, 0, 2, 0, 0, 0, 1}, extent))
		return append(boxed("ftyp", []byte("heic\x00\x00\x00\x00mif1heic")), meta...)
	}
	head := build(0)
	return append(build(len(head)+8), boxed("mdat", data)...)
}
