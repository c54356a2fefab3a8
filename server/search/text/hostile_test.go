package text

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"

	"folderfront/server/worker/pdfium/pdftest"
)

// hostile documents try to cost more than they may: each must end by itself
// within the time limit, in memory bounded by the bounds of text.go.
var hostile = map[string]func() []byte{
	"bomb.docx": func() []byte { return bomb("word/document.xml", "<w:t>boom </w:t>", 4*scale()) },
	"bomb.odt":  func() []byte { return bomb("content.xml", strings.Repeat(" ", 64), 4*scale()) },
	"onetag.docx": func() []byte {
		return bomb("word/document.xml", "<w:t "+strings.Repeat("a", 4096), 4*scale())
	},
	"bomb.pptx":    func() []byte { return bomb("ppt/slides/slide1.xml", "<a:t>boom</a:t><a:br/>", 4*scale()) },
	"bomb.ods":     func() []byte { return bomb("content.xml", "<text:p>boom</text:p>", 4*scale()) },
	"cell.xlsx":    func() []byte { return bomb("xl/sharedStrings.xml", "boom", 4*scale()) },
	"deep.docx":    func() []byte { return bomb("word/document.xml", "<w:p>boom", 4*scale()) },
	"entity.docx":  func() []byte { return bomb("word/document.xml", "boom&", scale()) },
	"claims.xlsx":  func() []byte { return lie(xlsx()) },
	"nested.docx":  nested,
	"comment.html": func() []byte { return []byte("<p>kept</p><!-- " + strings.Repeat("-", 4*scale())) },
	"attribute.html": func() []byte {
		return []byte(`<p>kept</p><a title="` + strings.Repeat("x", 4*scale()))
	},
	"table.html":  func() []byte { return []byte("<p>kept</p>" + strings.Repeat("<table><tr><td>", scale()/16)) },
	"word.rtf":    func() []byte { return []byte(`{\rtf1 kept\` + strings.Repeat("a", 4*scale())) },
	"number.rtf":  func() []byte { return []byte(`{\rtf1 kept\u` + strings.Repeat("9", 4*scale())) },
	"endless.rtf": func() []byte { return []byte(`{\rtf1 kept\par ` + strings.Repeat(`{\b x}\par `, scale()/8)) },
	"header.eml":  func() []byte { return []byte("Subject: kept" + strings.Repeat(" x\r\n ", scale()/8) + "\r\n\r\nx") },
	"deep.eml":    deepMail,
	"base64.eml": func() []byte {
		return []byte("Subject: kept\r\nContent-Transfer-Encoding: base64\r\n\r\n" + strings.Repeat("AAAA", scale()))
	},
	"line.txt":     func() []byte { return []byte("kept" + strings.Repeat("x", 4*scale())) },
	"cut.txt":      func() []byte { return []byte("kept " + strings.Repeat("\xe6\x9d", scale())) },
	"members.xlsx": manyMembers,
	"laughs.docx": func() []byte {
		return zipOf(map[string]string{"word/document.xml": `<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]><w:p><w:t>kept &b;&f;</w:t></w:p>`})
	},
	"laughs.xml": func() []byte { return []byte(`<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><a>kept &b;</a>`) },
	"deep.xml":   func() []byte { return []byte(strings.Repeat("<a>", scale()/2) + "kept") },
	"deep.html":  func() []byte { return []byte(strings.Repeat("<div>", scale()/2) + "kept") },
	"deep.rtf":   func() []byte { return []byte(`{\rtf1 kept` + strings.Repeat("{", 4*scale())) },
	"fonts.rtf":  func() []byte { return []byte(`{\rtf1 kept{\fonttbl` + manyFonts(scale()/64)) },
	"bin.rtf":    func() []byte { return []byte(`{\rtf1 kept\bin2147483647 x}`) },
	"forwarded.eml": func() []byte {
		return []byte("Subject: kept\r\n" + strings.Repeat("Content-Type: message/rfc822\r\n\r\n", 100_000))
	},
	"parts.eml": func() []byte {
		return []byte("Subject: kept\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + strings.Repeat("--b\r\n\r\nx\r\n", 200_000))
	},
	"pages.pdf":   pageLoop,
	"stream.pdf":  func() []byte { return flateBomb(scale()) },
	"content.pdf": func() []byte { return manyOperators(20_000) },
}

// scale is the size of the hostile in bytes: within the bounds in ordinary
// runs, since making them is slow, and far beyond under FOLDERFRONT_PROVE.
func scale() int {
	if os.Getenv("FOLDERFRONT_PROVE") != "" {
		return 64 << 20
	}
	return 256 << 10
}

func TestHostileDocuments(t *testing.T) {
	for name, make := range hostile {
		t.Run(name, func(t *testing.T) {
			raw := make()
			before := allocated()
			got, err := extracted(t, name, raw)
			if err == nil && !strings.Contains(got, "kept") && !strings.Contains(got, "boom") {
				t.Errorf("text %.80q", got)
			}
			if len(got) > MaxText {
				t.Errorf("%d bytes of text", len(got))
			}
			// PDFium's memory is bounded by itself; see server/worker/pdfium.
			if cost := allocated() - before; cost > 256<<20 && !strings.HasSuffix(name, ".pdf") {
				t.Errorf("%d MiB allocated for %d KiB", cost>>20, len(raw)>>10)
			}
		})
	}
}

// allocated counts every byte that was ever asked of Go's heap.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// bomb is an archive whose member repeats text up to size bytes.
func bomb(name, text string, size int) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create(name)
	if err != nil {
		panic(err)
	}
	io.Copy(f, io.LimitReader(endless(text), int64(size)))
	w.Close()
	return b.Bytes()
}

type endless string

func (e endless) Read(p []byte) (int, error) {
	n := 0
	for n+len(e) <= len(p) {
		n += copy(p[n:], e)
	}
	if n == 0 {
		n = copy(p, e)
	}
	return n, nil
}

// lie makes all sizes in an archive's directory as large as they can be told.
func lie(archive []byte) []byte {
	for at := 0; ; at += 4 {
		i := bytes.Index(archive[at:], []byte("PK\x01\x02"))
		if i < 0 {
			return archive
		}
		at += i
		copy(archive[at+24:], "\xfe\xff\xff\xff") // the size that the member will inflate to
	}
}

// nested is an archive in an archive, and so on.
func nested() []byte {
	inner := []byte("<w:t>kept</w:t>")
	for range 100 {
		inner = zipOf(map[string]string{"word/document.xml": string(inner), "docProps/core.xml": "kept"})
	}
	return inner
}

// deepMail is a message of parts within parts.
func deepMail() []byte {
	var b strings.Builder
	b.WriteString("Subject: kept\r\n")
	for i := range 5000 {
		fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i)
	}
	return []byte(b.String())
}

func manyMembers() []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := range scale() >> 10 {
		if _, err := w.Create(fmt.Sprintf("xl/worksheets/sheet%d.xml", i)); err != nil {
			panic(err)
		}
	}
	w.Close()
	return b.Bytes()
}

func manyFonts(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{\f%d\fcharset204 F;}`, i)
	}
	return b.String()
}

// pageLoop is a tree of pages that holds itself.
func pageLoop() []byte {
	return pdftest.File(
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [2 0 R 2 0 R] /Parent 2 0 R /Count 1000000000 >>",
	)
}

// flateBomb is a page whose content inflates to size bytes.
func flateBomb(size int) []byte {
	var packed bytes.Buffer
	packed.Write([]byte{0x78, 0x9c})
	w, _ := flate.NewWriter(&packed, flate.BestCompression)
	io.Copy(w, io.LimitReader(endless(strings.Repeat("q Q ", 1024)), int64(size)))
	w.Close()
	return onePage(fmt.Sprintf("<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream", packed.Len(), packed.String()))
}

// manyOperators is a page that says the same word very often.
func manyOperators(n int) []byte {
	stream := "BT /F1 1 Tf " + strings.Repeat("(kept) Tj ", n) + "ET"
	return onePage(pdftest.Stream(stream))
}

func onePage(content string) []byte {
	return pdftest.File(
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		content,
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
	)
}
