package text

import (
	"bufio"
	"bytes"
	"context"
	"testing"
	"unicode/utf8"
)

// checkExtractor runs an extractor on any bytes: it must end, keep to the
// sink's limit and give UTF-8.
func checkExtractor(t *testing.T, extract extractor, raw []byte) {
	t.Helper()
	const limit = 1000
	out := newSink(limit)
	d := Document{Body: bytes.NewReader(raw), Size: int64(len(raw))}
	if err := extract(context.Background(), d, out); err != nil && out.Len() > limit {
		t.Errorf("error %v with %d bytes", err, out.Len())
	}
	if out.Len() > limit {
		t.Errorf("%d bytes, want at most %d", out.Len(), limit)
	}
	if !utf8.ValidString(out.String()) {
		t.Errorf("no UTF-8: %q", out.String())
	}
}

func FuzzRTF(f *testing.F) {
	for _, s := range []string{
		`{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset128 A;}}\f0 \'93\'fa\u8364?\par}`,
		`{\rtf1 \bin5 }}}}}after}`, `{\rtf1\uc3\u-10179 abc\u-8704 abc}`, `{\rtf1{{{{`, `{\rtf1\`, `{\rtf1\'`,
		`{\rtf1\bin-1 x\f99999999999999999999 \ansicpg-3 y}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) { checkExtractor(t, extractRTF, raw) })
}

func FuzzMarkup(f *testing.F) {
	for _, s := range []string{
		`<a b="x>y">text &amp; &#65; &nope; & &</a>`, `<!-- a --><![CDATA[ b ]] ]]>c`, `<!DOCTYPE a [<!ENTITY b "c">]>d`,
		`<?pi ?>`, `<`, `<!`, `<![CDATA[`, `<!--`, `<a '`, "a\xff<b>\xfe", `]]>`, `<?xml encoding="utf-16"?>`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) { checkExtractor(t, extractXML, raw) })
}

// FuzzDialects reads the same markup as each kind of office document would.
func FuzzDialects(f *testing.F) {
	for _, s := range []string{
		`<w:p><w:r><w:t>a</w:t><w:tab/><w:instrText>b</w:instrText></w:r></w:p>`, `<c t="s"><v>0</v></c><c><f>1</f><v>2</v></c><rPh>x</rPh>`,
		`<rPh>`, `<v>`, `<text:p>a<text:s/>b</text:p><text:h/>`, `<a:p>a<a:br/></a:p>`, `</`, `< >`, `</ >`, `<c`, `<w:delText>`,
	} {
		f.Add([]byte(s))
	}
	dialects := []func() dialect{properties, wordprocessing, presentation, spreadsheet, openDocument}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, d := range dialects {
			checkExtractor(t, func(ctx context.Context, member Document, out *sink) error {
				return strip(ctx, bufio.NewReader(utf8Reader(member.whole(MaxMarkup))), out, d())
			}, raw)
		}
	})
}

func FuzzMail(f *testing.F) {
	f.Add(mailOf())
	for _, s := range []string{
		"Subject: =?utf-8?q?broken=", "Content-Type: multipart/mixed\r\n\r\nx",
		"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nA: b\r\n\r\n--b--",
		"Content-Transfer-Encoding: base64\r\n\r\n####", "Content-Type: text/html; charset=nope\r\n\r\n<p>x",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) { checkExtractor(t, extractMail, raw) })
}

func FuzzHTML(f *testing.F) {
	for _, s := range []string{"<p>a<script>b</p>", "<style>", "<meta charset=utf-7>+", "<!-- --!><a b='", "</title", "a < b &eac", "<title>a</titl>&#x", "\xff\xfea\x00", "<textarea><!--"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) { checkExtractor(t, extractHTML, raw) })
}

func FuzzPlain(f *testing.F) {
	for _, s := range []string{"", "\xff\xfe", "\xef\xbb\xbfa", "\x1b$B", "~{", "\x80\x81", "日本", "\xe6\x97"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) { checkExtractor(t, extractPlain, raw) })
}

func FuzzArchive(f *testing.F) {
	f.Add(docx("<w:t>a</w:t>"))
	f.Add(xlsx())
	f.Add([]byte("PK\x05\x06" + string(make([]byte, 18))))
	f.Fuzz(func(t *testing.T, raw []byte) { checkExtractor(t, extractArchive, raw) })
}
