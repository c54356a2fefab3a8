package text

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/htmlindex"

	"folderfront/server/worker/pdfium/pdftest"
)

func extracted(t testing.TB, name string, raw []byte) (string, error) {
	t.Helper()
	return Extract(context.Background(), Document{
		Name: name, Body: bytes.NewReader(raw), Size: int64(len(raw)), CacheDir: cacheDir(t),
	})
}

// cacheDir spares each run of the tests the compilation of PDFium.
func cacheDir(t testing.TB) string {
	t.Helper()
	base, err := os.UserCacheDir()
	if err != nil {
		return t.TempDir()
	}
	return filepath.Join(base, "folderfront-tests", "wazero")
}

// want fails unless the text holds each of the words, and none of the absent.
func want(t *testing.T, got string, words, absent []string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(got, w) {
			t.Errorf("%q is missing from %q", w, got)
		}
	}
	for _, w := range absent {
		if strings.Contains(got, w) {
			t.Errorf("%q should not be in %q", w, got)
		}
	}
}

func TestExtract(t *testing.T) {
	tests := []struct {
		name          string
		raw           []byte
		words, absent []string
	}{
		{
			"report.docx", docx(`<w:p><w:r><w:t>Quar</w:t></w:r><w:r><w:t xml:space="preserve">terly &amp; b&#252;dget</w:t></w:r></w:p><w:p><w:r><w:t>東京都</w:t></w:r></w:p><w:p><w:r><w:instrText>PAGEREF</w:instrText><w:delText>removed</w:delText></w:r></w:p>`),
			[]string{"Quarterly & büdget\n東京都", "Doc title"},
			[]string{"PAGEREF", "removed", "w:t"},
		},
		{"macro.docm", docx(`<w:p><w:r><w:t>macro kin</w:t></w:r></w:p>`), []string{"macro kin"}, nil},
		{"numbers.xlsx", xlsx(), []string{"Invoice", "Größe", "4711", "inline words"}, []string{"phonetic", "SUM"}},
		{"deck.pptx", pptx("Launch plan", "speaker remark"), []string{"Launch plan", "speaker remark"}, nil},
		{"letter.odt", odt("Sehr geehrte", "Damen"), []string{"Sehr geehrte\nDamen", "ODF title"}, nil},
		{"sheet.ods", odt("cell one", "cell two"), []string{"cell one", "cell two"}, nil},
		{
			"page.html", []byte(`<!doctype html><title>T&eacute;st</title><style>p{color:red}</style><script>var hidden=1</script><p>one<b>two</b></p><p>three &lt;4&gt;</p>`),
			[]string{"Tést", "onetwo\nthree <4>"},
			[]string{"color", "hidden"},
		},
		{"latin.html", encoded(t, "windows-1252", `<meta charset="windows-1252"><p>café crème</p>`), []string{"café crème"}, nil},
		{
			"data.xml", []byte(`<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "y">]><a b="x>y"><!-- gone > --><c>first</c><c><![CDATA[<second>]]></c>&x;</a>`),
			[]string{"first", "<second>"},
			[]string{"gone", "ENTITY"},
		},
		{"drawing.svg", []byte(`<svg><text>Label</text></svg>`), []string{"Label"}, nil},
		{
			"letter.rtf", []byte(`{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset0 Times;}{\f1\fcharset204 Arial;}}{\*\generator Gone;}\f0 Caf\'e9 \u8364?uro\par{\b bold}text \f1 \'cf\'f0\'e8\'e2\'e5\'f2\par\emdash}`),
			[]string{"Café €uro\nboldtext", "Привет", "—"},
			[]string{"Times", "Gone"},
		},
		{"japanese.rtf", []byte(`{\rtf1\ansi\ansicpg932{\fonttbl{\f0\fcharset128 Gothic;}}\f0 \'93\'fa\'96\'7b}`), []string{"日本"}, []string{"Gothic"}},
		{"note.eml", mailOf(), []string{"Grüße aus Köln", "alice@example.com", "Zahlen für März", "budget.xlsx", "inner subject"}, []string{"alternative page", "QUJD"}},
		{"readme.md", []byte("# Heading\n\nSome *text*"), []string{"# Heading", "Some *text*"}, nil},
		{"main.go", []byte("package main // ключ"), []string{"package main // ключ"}, nil},
		{"noextension", []byte("plain words"), []string{"plain words"}, nil},
		{"archive-without-name", docx(`<w:p><w:r><w:t>sniffed</w:t></w:r></w:p>`), []string{"sniffed"}, nil},
		{"letter.pdf", pdftest.Text("Marmalade toast", "second page"), []string{"Marmalade toast", "second page"}, nil},
		{"brochure.ai", pdftest.Text("Illustrator words"), []string{"Illustrator words"}, nil},
		{"bom.txt", []byte("\xef\xbb\xbfmarked"), []string{"marked"}, []string{"\ufeff"}},
		{"utf16.txt", encoded(t, "utf-16le", "\ufeffžluťoučký"), []string{"žluťoučký"}, nil},
		{"utf16be.txt", encoded(t, "utf-16be", "\ufeffžluťoučký"), []string{"žluťoučký"}, nil},
		{"utf32.txt", []byte("\xff\xfe\x00\x00a\x00\x00\x00\x0c\x04\x00\x00"), []string{"aЌ"}, nil},
		{"sjis.txt", encoded(t, "shift_jis", strings.Repeat("これは日本語の文章です。東京都に住んでいます。", 5)), []string{"東京都"}, nil},
		{"gbk.txt", encoded(t, "gbk", strings.Repeat("这是一个简体中文的文件，内容用于测试编码。", 5)), []string{"简体中文"}, nil},
		{"big5.txt", encoded(t, "big5", strings.Repeat("這是一個繁體中文的文件，內容用於測試編碼。", 5)), []string{"繁體中文"}, nil},
		{"euckr.txt", encoded(t, "euc-kr", strings.Repeat("한국어 문서입니다. 인코딩을 시험합니다. ", 5)), []string{"한국어"}, nil},
		{"cyrillic.txt", encoded(t, "windows-1251", strings.Repeat("Съешь же ещё этих мягких французских булок, да выпей чаю. ", 5)), []string{"французских"}, nil},
		{"koi.txt", encoded(t, "koi8-r", strings.Repeat("Съешь же ещё этих мягких французских булок, да выпей чаю. ", 5)), []string{"французских"}, nil},
		{"latin1.txt", encoded(t, "windows-1252", "Voilà l’été à la crème brûlée, déjà vu; "+strings.Repeat("un café très élégant à la française. ", 5)), []string{"élégant"}, nil},
		{"gb18030.txt", encoded(t, "gb18030", strings.Repeat("这是一个简体中文的文件，㐀㐁生僻字用四个字节。", 5)), []string{"简体中文", "㐀㐁"}, nil},
		{"eucjp.txt", encoded(t, "euc-jp", strings.Repeat("これは日本語の文章です。東京都に住んでいます。", 5)), []string{"東京都"}, nil},
		{"jis.txt", encoded(t, "iso-2022-jp", strings.Repeat("これは日本語の文章です。東京都に住んでいます。", 5)), []string{"東京都"}, nil},
		{"greek.txt", encoded(t, "windows-1253", strings.Repeat("Ξεσκεπάζω την ψυχοφθόρα βδελυγμία, είπε ο γέρος. ", 5)), []string{"ψυχοφθόρα"}, nil},
		{"hebrew.txt", encoded(t, "windows-1255", strings.Repeat("דג סקרן שט בים מאוכזב ולפתע מצא חברה. ", 5)), []string{"מאוכזב"}, nil},
		{"thai.txt", []byte("สวัสดีชาวโลก"), []string{"สวัสดีชาวโลก"}, nil},
		{"arabic.txt", []byte("مرحبا بالعالم"), []string{"مرحبا بالعالم"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := extracted(t, tt.name, tt.raw)
			if err != nil {
				t.Fatal(err)
			}
			want(t, got, tt.words, tt.absent)
		})
	}
}

// TestExtractKin: templates, shows and files with macros are read like the
// documents that they resemble.
func TestExtractKin(t *testing.T) {
	for extensions, raw := range map[string][]byte{
		"docx docm dotx dotm":           docx("<w:p><w:r><w:t>kindred words</w:t></w:r></w:p>"),
		"xlsx xlsm xltx xltm":           zipOf(map[string]string{"xl/sharedStrings.xml": "<sst><si><t>kindred words</t></si></sst>"}),
		"pptx pptm potx potm ppsx ppsm": pptx("kindred words", ""),
		"odt ott ods ots odp otp odg":   odt("kindred words"),
		"fodt fods fodp":                []byte(xmlHead + "<office:document><text:p>kindred words</text:p></office:document>"),
		"html htm xhtml":                []byte("<p>kindred <i>words</i></p>"),
		"pdf ai":                        pdftest.Text("kindred words"),
		"md markdown txt csv log go py js ts java c h cpp cs rb rs php swift kt sql sh ps1 css json yaml toml ini tex": []byte("kindred words"),
	} {
		for extension := range strings.FieldsSeq(extensions) {
			got, err := extracted(t, "a."+extension, raw)
			if err != nil || !strings.Contains(got, "kindred words") || !Wanted("a."+extension) {
				t.Errorf("%s: text %q, error %v", extension, got, err)
			}
		}
	}
}

func encoded(t testing.TB, label, s string) []byte {
	t.Helper()
	e, err := htmlindex.Get(label)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := e.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestExtractRefuses(t *testing.T) {
	whole := docx(`<w:p><w:r><w:t>` + strings.Repeat("words that go on ", 10_000) + `</w:t></w:r></w:p>`)
	tests := []struct {
		name string
		raw  []byte
		want error
	}{
		{"photo.jpg", []byte("\xff\xd8\xff"), ErrNoText},
		{"empty.txt", nil, ErrNoText},
		{"blank.txt", []byte(" \n\t "), ErrNoText},
		{"binary", []byte("ab\x00cd"), ErrNoText},
		{"binary.txt", []byte("\x7fELF\x02\x01\x01\x00"), ErrNoText},
		{"truncated.docx", whole[:len(whole)/2], ErrBroken},
		{"nozip.docx", []byte("this is no archive"), ErrBroken},
		{"nothing.docx", zipOf(map[string]string{"other.bin": "x"}), ErrNoText},
		{"norich.rtf", []byte("hello"), ErrBroken},
		{"nomail.eml", []byte("\x00\x01"), ErrBroken},
		{"truncated.pdf", pdftest.Text("lost")[:300], ErrBroken},
		{"nopdf.pdf", []byte("%PDF-1.7 but no more"), ErrBroken},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := extracted(t, tt.name, tt.raw)
			if !errors.Is(err, tt.want) {
				t.Errorf("text %q, error %v, want %v", got, err, tt.want)
			}
		})
	}
}

// A document that breaks off gives what stands before the break.
func TestExtractTruncated(t *testing.T) {
	for name, raw := range map[string][]byte{
		"a.html": []byte("<p>kept words</p><p title=\"unclo"),
		"a.xml":  []byte("<a>kept words</a><![CDATA[ and"),
		"a.rtf":  []byte(`{\rtf1 kept words\par {\b bo`),
		"a.eml":  []byte("Subject: kept words\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nbody"),
		"a.txt":  []byte("kept words \xe6\x9d"),
		"a.pdf":  pdftest.Text("kept words")[:len(pdftest.Text("kept words"))-8],
	} {
		t.Run(name, func(t *testing.T) {
			got, err := extracted(t, name, raw)
			if err != nil {
				t.Fatal(err)
			}
			want(t, got, []string{"kept words"}, nil)
		})
	}
}

func TestExtractIsBounded(t *testing.T) {
	long := strings.Repeat("0123456789 ", 1<<20)
	got, err := extracted(t, "long.html", []byte("<p>"+long))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) > MaxText || len(got) < MaxText-100 {
		t.Errorf("%d bytes of text, want about %d", len(got), MaxText)
	}
}

func TestWanted(t *testing.T) {
	for name, want := range map[string]bool{
		"a.jpg": false, "B.MP4": false, "x.docx": true, "Makefile": true, "a.unknown": true, "old.zip": false,
	} {
		if Wanted(name) != want {
			t.Errorf("Wanted(%q) = %v", name, !want)
		}
	}
}
