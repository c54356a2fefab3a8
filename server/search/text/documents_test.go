package text

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"strings"
)

// zipOf makes an archive of names and contents.
func zipOf(members map[string]string) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, content := range members {
		f, err := w.Create(name)
		if err != nil {
			panic(err)
		}
		f.Write([]byte(content))
	}
	w.Close()
	return b.Bytes()
}

const xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`

func docx(body string) []byte {
	return zipOf(map[string]string{
		"[Content_Types].xml": xmlHead + `<Types/>`,
		"word/document.xml":   xmlHead + `<w:document><w:body>` + body + `</w:body></w:document>`,
		"docProps/core.xml":   xmlHead + `<cp:coreProperties><dc:title>Doc title</dc:title></cp:coreProperties>`,
	})
}

func xlsx() []byte {
	return zipOf(map[string]string{
		"xl/sharedStrings.xml":     xmlHead + `<sst><si><t>Invoice</t><rPh><t>phonetic</t></rPh></si><si><r><t>Grö</t></r><r><t>ße</t></r></si></sst>`,
		"xl/worksheets/sheet1.xml": xmlHead + `<sheetData><row><c r="A1" t="s"><v>0</v></c><c r="B1"><f>SUM(A1)</f><v>4711</v></c><c t="inlineStr"><is><t>inline words</t></is></c></row></sheetData>`,
	})
}

func pptx(slide, notes string) []byte {
	return zipOf(map[string]string{
		"ppt/slides/slide1.xml":           xmlHead + `<p:sld><p:txBody><a:p><a:r><a:t>` + slide + `</a:t></a:r></a:p></p:txBody></p:sld>`,
		"ppt/notesSlides/notesSlide1.xml": xmlHead + `<p:notes><a:p><a:r><a:t>` + notes + `</a:t></a:r></a:p></p:notes>`,
	})
}

func odt(paragraphs ...string) []byte {
	return zipOf(map[string]string{
		"mimetype":    "application/vnd.oasis.opendocument.text",
		"content.xml": xmlHead + `<office:text><text:p>` + strings.Join(paragraphs, `</text:p><text:p text:style-name="x">`) + `</text:p></office:text>`,
		"meta.xml":    xmlHead + `<office:meta><dc:title>ODF title</dc:title></office:meta>`,
	})
}

// mailOf is a message with alternatives, an attachment and a forwarded message.
func mailOf() []byte {
	return []byte(strings.ReplaceAll(`From: Alice <alice@example.com>
To: =?utf-8?q?J=C3=BCrgen?= <j@example.com>
Subject: =?utf-8?b?`+base64.StdEncoding.EncodeToString([]byte("Grüße aus Köln"))+`?=
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="outer"

--outer
Content-Type: multipart/alternative; boundary="inner"

--inner
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Zahlen f=FCr M=E4rz
--inner
Content-Type: text/html

<p>alternative page</p>
--inner--
--outer
Content-Type: application/octet-stream
Content-Disposition: attachment; filename="budget.xlsx"
Content-Transfer-Encoding: base64

QUJDREVG
--outer
Content-Type: message/rfc822

Subject: inner subject

inner body
--outer--
`, "\n", "\r\n"))
}
