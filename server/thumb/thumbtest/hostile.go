package thumbtest

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strings"
	"testing"
)

// zeros is a deflate stream of n MiB of zeros, without its end.
func zeros(t testing.TB, n int) []byte {
	t.Helper()
	var first bytes.Buffer
	w, err := flate.NewWriter(&first, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 1<<20)
	w.Write(block)
	w.Flush()
	start := first.Len()
	w.Write(block)
	w.Flush()
	again := first.Bytes()[start:]
	return append(bytes.Clone(first.Bytes()[:start]), bytes.Repeat(again, n-1)...)
}

func hostilePNG(t testing.TB, side uint32, depth byte, mib int) []byte {
	chunk := func(kind string, body []byte) []byte {
		out := append(append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), kind...), body...)
		return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
	}
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, side), side)
	out := append([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", append(head, depth, 0, 0, 0, 0))...)
	return append(out, chunk("IDAT", append([]byte{0x78, 0x9c}, zeros(t, mib)...))...)
}

// hostileJPEG is a progressive JPEG of 215 bytes or so that claims to be huge.
func hostileJPEG(side uint16, scans int) []byte {
	be := binary.BigEndian
	segment := func(marker byte, body ...byte) []byte {
		return append(be.AppendUint16([]byte{0xff, marker}, uint16(len(body)+2)), body...)
	}
	out := []byte{0xff, 0xd8}
	out = append(out, segment(0xdb, append([]byte{0}, bytes.Repeat([]byte{1}, 64)...)...)...)
	out = append(out, segment(0xc4, append([]byte{0, 1}, append(make([]byte, 15), 0)...)...)...)
	out = append(out, segment(0xc4, append([]byte{0x10, 1}, append(make([]byte, 15), 0)...)...)...)
	frame := be.AppendUint16(be.AppendUint16([]byte{8}, side), side)
	out = append(out, segment(0xc2, append(frame, 1, 1, 0x11, 0)...)...)
	for range scans {
		out = append(append(out, segment(0xda, 1, 1, 0, 0, 0, 0)...), make([]byte, 50)...)
	}
	return append(out, 0xff, 0xd9)
}

func hostileGIF(side uint16, frames int) []byte {
	le := binary.LittleEndian
	out := le.AppendUint16(le.AppendUint16([]byte("GIF89a"), side), side)
	out = append(out, 0x80, 0, 0, 0, 0, 0, 255, 255, 255)
	frame := append([]byte{0x2c, 0, 0, 0, 0}, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0)
	return append(append(out, bytes.Repeat(frame, frames)...), ';')
}

func hostileTIFF(w, h uint32) []byte {
	le := binary.LittleEndian
	out := []byte("II*\x00\x08\x00\x00\x00\x08\x00")
	for _, tag := range [][2]uint32{{256, w}, {257, h}, {258, 8}, {259, 1}, {262, 1}, {273, 8}, {278, h}, {279, 100}} {
		out = le.AppendUint16(le.AppendUint16(out, uint16(tag[0])), 4)
		out = le.AppendUint32(le.AppendUint32(out, 1), tag[1])
	}
	return append(out, make([]byte, 200)...)
}

func hostileWebP() []byte {
	le := binary.LittleEndian
	w, h := uint32(16384-1), uint32(8000-1)
	data := append([]byte{0x2f}, le.AppendUint32(nil, w|h<<14)...)
	data = append(data, make([]byte, 5000)...)
	out := append([]byte("RIFF"), le.AppendUint32(nil, uint32(len(data)+12))...)
	return append(append(append(out, "WEBPVP8L"...), le.AppendUint32(nil, uint32(len(data)))...), data...)
}

func hostilePDF(mediaBox, kids, content string, extra ...string) []byte {
	objects := append([]string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [" + kids + "] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [" + mediaBox + "] /Contents 4 0 R /Resources << /XObject << /X 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(content), content),
	}, extra...)
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	for i, o := range objects {
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	fmt.Fprintf(&b, "trailer << /Size %d /Root 1 0 R >>\n%%%%EOF\n", len(objects)+1)
	return b.Bytes()
}

// hostileArchive has a directory of n entries that all are the same file.
func hostileArchive(n int) []byte {
	le := binary.LittleEndian
	out := append([]byte("PK\x03\x04\x14\x00"), make([]byte, 24)...)
	at := len(out)
	entry := append([]byte("PK\x01\x02\x14\x00\x14\x00"), make([]byte, 38)...)
	entry[28] = 1
	out = append(out, bytes.Repeat(append(entry, 'a'), n)...)
	size := len(out) - at
	out = append(out, "PK\x05\x06\x00\x00\x00\x00\xff\xff\xff\xff"...)
	out = le.AppendUint32(le.AppendUint32(out, uint32(size)), uint32(at))
	return append(out, 0, 0)
}

// hostileDocument has a thumbnail that inflates to a gigabyte and says it is small.
func hostileDocument(t testing.TB) []byte {
	le := binary.LittleEndian
	data := append(zeros(t, 1024), 3, 0)
	name := "docProps/thumbnail.jpeg"
	fields := func() []byte {
		out := []byte{20, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0}
		return le.AppendUint32(le.AppendUint32(out, uint32(len(data))), 1000)
	}
	out := append([]byte("PK\x03\x04"), fields()...)
	out = append(append(append(out, byte(len(name)), 0, 0, 0), name...), data...)
	at := len(out)
	out = append(append(out, "PK\x01\x02\x14\x00"...), fields()...)
	out = append(append(append(out, byte(len(name)), 0), make([]byte, 16)...), name...)
	size := len(out) - at
	out = append(out, "PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00"...)
	return append(le.AppendUint32(le.AppendUint32(out, uint32(size)), uint32(at)), 0, 0)
}

func laughs() string {
	s := `<!DOCTYPE svg [<!ENTITY a "ha">`
	for c := 'b'; c <= 'n'; c++ {
		s += fmt.Sprintf(`<!ENTITY %c "%s">`, c, strings.Repeat(fmt.Sprintf("&%c;", c-1), 10))
	}
	return s + `]><svg xmlns="http://www.w3.org/2000/svg"><text>&n;</text></svg>`
}

const svgHead = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">`

// Hostile are documents made to cost memory or time without end. None has a picture that is
// worth it.
func Hostile(t testing.TB) []Document {
	form := "<< /Type /XObject /Subtype /Form /BBox [0 0 100 100] /Resources << /XObject << /X 5 0 R >> >> /Length 10 >>\nstream\n/X Do /X Do\nendstream"
	image := "<< /Type /XObject /Subtype /Image /Width 60000 /Height 60000 /ColorSpace /DeviceRGB /BitsPerComponent 8 /Length 4 >>\nstream\nabcd\nendstream"
	return []Document{
		{"50000.png", "", hostilePNG(t, 50000, 1, 300)},
		{"20000.png", "", hostilePNG(t, 20000, 8, 382)},
		{"huge.jpg", "", hostileJPEG(65500, 1)},
		{"large.jpg", "", hostileJPEG(30000, 1)},
		{"scans.jpg", "", hostileJPEG(100, 2000)},
		{"131mp.webp", "", hostileWebP()},
		{"65535.gif", "", hostileGIF(65535, 1)},
		{"frames.gif", "", hostileGIF(10, 300_000)},
		{"absurd.tif", "", hostileTIFF(1<<31, 1<<31)},
		{"large.tif", "", hostileTIFF(60000, 60000)},
		{"laughs.svg", "", []byte(laughs())},
		{"external.svg", "", []byte(`<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + svgHead + `<text y="50">&x;</text></svg>`)},
		{"deep.svg", "", []byte(svgHead + strings.Repeat("<g>", 200_000) + strings.Repeat("</g>", 200_000) + "</svg>")},
		{"filter.svg", "", []byte(svgHead + `<filter id="f" x="-1e6" y="-1e6" width="2e6" height="2e6"><feGaussianBlur stdDeviation="1e5"/></filter><rect width="99" height="99" filter="url(#f)"/></svg>`)},
		{"size.svg", "", []byte(`<svg xmlns="http://www.w3.org/2000/svg" width="1e9" height="1e9"><rect width="1e9" height="1e9"/></svg>`)},
		{"forms.pdf", "", hostilePDF("0 0 100 100", "3 0 R", "/X Do", form)},
		{"60000.pdf", "", hostilePDF("0 0 100 100", "3 0 R", "100 0 0 100 0 0 cm /X Do", image)},
		{"bomb.pdf", "", hostilePDF("0 0 100 100", "3 0 R", strings.Repeat("0 0 99 99 re f 0 0 m 99 99 l S ", 300_000), "<< >>")},
		{"loop.pdf", "", hostilePDF("0 0 100 100", "2 0 R", "", "<< >>")},
		{"box.pdf", "", hostilePDF("0 0 1000000000 1000000000", "3 0 R", "0 0 99 99 re f", "<< >>")},
		{"400000 entries.docx", "", hostileArchive(400_000)},
		{"gigabyte.docx", "", hostileDocument(t)},
	}
}
