package web

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSize(t *testing.T) {
	for bytes, want := range map[int64]string{
		0: "0 bytes", 1: "1 byte", 1023: "1023 bytes", 1024: "1.0 KB", 1536: "1.5 KB", 102399: "100 KB",
		1048575: "1.0 MB", 1 << 30: "1.0 GB", 8 << 30: "8.0 GB", 1 << 40: "1.0 TB", 1<<63 - 1: "8192 PB",
	} {
		if got := size(bytes); got != want {
			t.Errorf("%d: %q, want %q", bytes, got, want)
		}
	}
}

func TestWaysAreSafe(t *testing.T) {
	for _, kind := range []string{
		"text/html", "TEXT/HTML; charset=utf-8", "application/xhtml+xml", "image/svg+xml", "text/xml", "application/xml", "multipart/related",
		"message/rfc822", "application/x-shockwave-flash", "text/html;text/plain", "application/octet-stream", "", "image/png, text/html",
	} {
		if w := wayOf(kind); w != asPreview {
			t.Errorf("%q is shown as %s", kind, w)
		}
	}
	for kind, w := range ways {
		if w.inline() && (strings.Contains(kind, "html") || strings.Contains(kind, "xml") || strings.HasPrefix(kind, "text/")) {
			t.Errorf("%s is sent to be shown", kind)
		}
		if wayOf(strings.ToUpper(kind)+" ; x=y") != w {
			t.Errorf("%s is not known in capitals", kind)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("Grüße"))
	f.Add([]byte("\xff\xfeG\x00r"))
	f.Add([]byte("\xef\xbb\xbfx\xf0\x9f\x98"))
	f.Add([]byte("caf\xe9"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		got := decode(raw)
		if !utf8.ValidString(got) || strings.ContainsRune(got, 0) {
			t.Fatalf("%q is shown as %q", raw, got)
		}
		if utf8.Valid(raw) && !strings.HasPrefix(string(raw), "\xef\xbb\xbf") && got != strings.ReplaceAll(string(raw), "\x00", "\ufffd") {
			t.Fatalf("%q is shown as %q", raw, got)
		}
	})
}
