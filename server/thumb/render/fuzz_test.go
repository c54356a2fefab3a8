package render

import (
	"bytes"
	"testing"

	"folderfront/server/thumb/thumbtest"
)

// FuzzInside is for everything that is looked for inside documents: previews, covers, profiles.
func FuzzInside(f *testing.F) {
	names := []string{"a.eps", "a.nef", "a.docx", "a.epub", "a.cbz", "a.heic", "a.mp3", "a.webp", "a.txt", "a.ai"}
	for i, data := range [][]byte{
		thumbtest.DOSEPS(f), thumbtest.Raw(f, thumbtest.JPEG(f, 30, 20)), thumbtest.ZIP(f, "docProps/thumbnail.jpeg", string(thumbtest.JPEG(f, 30, 20))), thumbtest.EPUB(f, thumbtest.JPEG(f, 30, 20)),
		thumbtest.ZIP(f, "01.jpg", string(thumbtest.JPEG(f, 30, 20))), thumbtest.HEIF(thumbtest.JPEG(f, 30, 20), 1), thumbtest.MP3(thumbtest.JPEG(f, 30, 20)), []byte("RIFF\x20\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00ICCP\x04\x00\x00\x00abcd"),
		[]byte("# Title\n\ntext"), []byte("%!PS " + thumbtest.XMP(thumbtest.JPEG(f, 30, 20))),
	} {
		f.Add(data, i)
	}
	f.Fuzz(func(t *testing.T, data []byte, i int) {
		t.Setenv("PATH", "")
		doc, err := newDocument(bytes.NewReader(data), int64(len(data)), names[((i%len(names))+len(names))%len(names)])
		if err != nil {
			t.Fatal(err)
		}
		switch formatOf(doc) {
		case "eps", "raw", "archive", "epub", "comic", "heif", "audio", "webp", "text":
		default:
			return // decoders have targets of their own
		}
		reply, pictures := thumbnails(t.Context(), doc, []int{64})
		if reply.None == (len(pictures) > 0) {
			t.Errorf("%+v with %d bytes", reply, len(pictures))
		}
	})
}

// FuzzWOFF is for the unpacking of web fonts.
func FuzzWOFF(f *testing.F) {
	tiny := "\x00\x01\x00\x00\x00\x02" + "\x00\x00\x00\x00\x00\x00" + "head\x00\x00\x00\x01\x00\x00\x00\x2c\x00\x00\x00\x20" +
		"name\x00\x00\x00\x02\x00\x00\x00\x4c\x00\x00\x00\x03" + "00000000000000000000000000000000" + "abc\x00"
	f.Add(makeWOFF(f, []byte(tiny)))
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := newDocument(bytes.NewReader(data), int64(len(data)), "a.woff")
		if err != nil {
			t.Fatal(err)
		}
		if font, err := unpackWOFF(doc); err == nil && len(font) < 12 {
			t.Errorf("a font of %d bytes", len(font))
		}
	})
}
