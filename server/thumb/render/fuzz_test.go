package render

import (
	"bytes"
	"testing"

	"golang.org/x/image/font/gofont/goregular"

	"folderfront/server/thumb/thumbtest"
)

// FuzzInside is for everything that is looked for inside documents: previews, covers, profiles.
func FuzzInside(f *testing.F) {
	names := []string{"a.eps", "a.nef", "a.docx", "a.epub", "a.cbz", "a.heic", "a.mp3", "a.webp", "a.txt", "a.ai", "a.woff"}
	for i, data := range [][]byte{
		thumbtest.DOSEPS(f), thumbtest.Raw(f, thumbtest.JPEG(f, 600, 400)), thumbtest.ZIP(f, "docProps/thumbnail.jpeg", string(thumbtest.JPEG(f, 30, 20))), thumbtest.EPUB(f, thumbtest.JPEG(f, 600, 400)),
		thumbtest.ZIP(f, "01.jpg", string(thumbtest.JPEG(f, 30, 20))), thumbtest.HEIF(thumbtest.JPEG(f, 600, 400), 1), thumbtest.MP3(thumbtest.JPEG(f, 600, 400)), []byte("RIFF\x20\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00ICCP\x04\x00\x00\x00abcd"),
		[]byte("# Title\n\ntext"), []byte("%!PS " + thumbtest.XMP(thumbtest.JPEG(f, 30, 20))), makeWOFF(f, goregular.TTF),
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
		case "eps", "raw", "archive", "epub", "comic", "heif", "audio", "webp", "text", "webfont":
		default:
			return // decoders have targets of their own
		}
		reply, pictures := thumbnails(t.Context(), doc, []int{64})
		if reply.None == (len(pictures) > 0) {
			t.Errorf("%+v with %d bytes", reply, len(pictures))
		}
	})
}
