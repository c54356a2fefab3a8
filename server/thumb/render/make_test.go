package render

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
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// The corpus: documents made by hand, whose picture is orange above and blue below.

var orange, blue = color.RGBA{240, 140, 20, 255}, color.RGBA{20, 60, 200, 255}

// flag is the picture.
func flag(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(img, image.Rect(0, 0, w, h/2), image.NewUniform(orange), image.Point{}, draw.Src)
	draw.Draw(img, image.Rect(0, h/2, w, h), image.NewUniform(blue), image.Point{}, draw.Src)
	return img
}

func encoded(t testing.TB, encode func(*bytes.Buffer) error) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := encode(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func makeJPEG(t testing.TB, w, h int) []byte {
	return encoded(t, func(b *bytes.Buffer) error { return jpeg.Encode(b, flag(w, h), &jpeg.Options{Quality: 92}) })
}

func makePNG(t testing.TB, w, h int) []byte {
	return encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, flag(w, h)) })
}

func makeGIF(t testing.TB, w, h int) []byte {
	return encoded(t, func(b *bytes.Buffer) error { return gif.Encode(b, flag(w, h), nil) })
}

func makeBMP(t testing.TB, w, h int) []byte {
	return encoded(t, func(b *bytes.Buffer) error { return bmp.Encode(b, flag(w, h)) })
}

func makeTIFF(t testing.TB, w, h int) []byte {
	return encoded(t, func(b *bytes.Buffer) error {
		return tiff.Encode(b, flag(w, h), &tiff.Options{Compression: tiff.Deflate, Predictor: true})
	})
}

// makePSD is an RGB document without compression.
func makePSD(_ testing.TB, w, h int) []byte {
	be := binary.BigEndian
	out := append([]byte("8BPS\x00\x01"), 0, 0, 0, 0, 0, 0, 0, 3)
	out = be.AppendUint32(be.AppendUint32(out, uint32(h)), uint32(w))
	out = append(out, 0, 8, 0, 3)
	out = append(out, make([]byte, 4+4+4+2)...)
	img := flag(w, h)
	for c := range 3 {
		for i := c; i < len(img.Pix); i += 4 {
			out = append(out, img.Pix[i])
		}
	}
	return out
}

// makePDF is one page with the given content, of 300×200 points, and one more object.
func makePDF(content, mediaBox, object string) []byte {
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [" + mediaBox + "] /Contents 4 0 R /Resources << /XObject << /X 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(content), content),
		object,
	}
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	var offsets []int
	for i, o := range objects {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, xref)
	return b.Bytes()
}

const (
	flagContent = "0.9412 0.549 0.0784 rg 0 100 300 100 re f 0.0784 0.2353 0.7843 rg 0 0 300 100 re f"
	pageBox     = "0 0 300 200"
)

func makeScan(t testing.TB) []byte {
	data := makeJPEG(t, 600, 400)
	return makePDF("300 0 0 200 0 0 cm /X Do", pageBox, fmt.Sprintf(
		"<< /Type /XObject /Subtype /Image /Width 600 /Height 400 /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode /Length %d >>\nstream\n%s\nendstream",
		len(data), data))
}

func makeZIP(t testing.TB, members ...string) []byte {
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

func makeEPUB(t testing.TB) []byte {
	return makeZIP(t, "mimetype", "application/epub+zip",
		"META-INF/container.xml", `<container><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>`,
		"OEBPS/book.opf", `<package><metadata><meta name="cover" content="c"/></metadata><manifest><item id="x" href="x.html"/><item id="c" href="img/cover.jpg"/></manifest></package>`,
		"OEBPS/img/cover.jpg", string(makeJPEG(t, 600, 400)))
}

func xmp(jpeg []byte) string {
	text := base64.StdEncoding.EncodeToString(jpeg)
	return "<x:xmpmeta><xmpGImg:image>" + text[:76] + "&#xA;" + text[76:] + "</xmpGImg:image></x:xmpmeta>"
}

// makeDOSEPS has a TIFF preview.
func makeDOSEPS(t testing.TB) []byte {
	preview := makeTIFF(t, 600, 400)
	script := "%!PS-Adobe-3.0 EPSF-3.0\nshowpage\n"
	out := []byte("\xc5\xd0\xd3\xc6")
	for _, v := range []int{30, len(script), 0, 0, 30 + len(script), len(preview)} {
		out = binary.LittleEndian.AppendUint32(out, uint32(v))
	}
	return append(append(append(out, 0xff, 0xff), script...), preview...)
}

// makeRaw looks like a camera's: a TIFF header, some data, a small JPEG and a large one.
func makeRaw(t testing.TB) []byte {
	out := append([]byte("II*\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00"), bytes.Repeat([]byte{1, 2, 3, 0xff, 0xd8, 5}, 500)...)
	out = append(out, makeJPEG(t, 60, 40)...)
	out = append(out, make([]byte, 1000)...)
	return append(append(out, makeJPEG(t, 600, 400)...), make([]byte, 500)...)
}

// makeMP3 is an ID3 tag with a cover (ID3v2.3, 4.15), and silence.
func makeMP3(t testing.TB) []byte {
	cover := makeJPEG(t, 600, 400)
	frame := append([]byte("\x00image/jpeg\x00\x03\x00"), cover...)
	body := append([]byte("APIC"), binary.BigEndian.AppendUint32(nil, uint32(len(frame)))...)
	body = append(append(body, 0, 0), frame...)
	n := len(body)
	head := append([]byte("ID3\x03\x00\x00"), byte(n>>21&127), byte(n>>14&127), byte(n>>7&127), byte(n&127))
	return append(append(head, body...), make([]byte, 500)...)
}

// makeFLAC is a picture block (RFC 9639, 8.8).
func makeFLAC(t testing.TB) []byte {
	be := binary.BigEndian
	cover := makePNG(t, 600, 400)
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

// makeHEIF is a HEIF file whose thumbnail is a JPEG, turned by the given quarters.
func makeHEIF(t testing.TB, quarters byte) []byte {
	be := binary.BigEndian
	data := makeJPEG(t, 600, 400)
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
