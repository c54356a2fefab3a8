package try

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzShown shows answers of every kind: what is shown is valid, bounded text.
func FuzzShown(f *testing.F) {
	f.Add("application/json", `{"a":[1,2,{"b":"ü"}]}`)
	f.Add("application/json; charset=utf-8", strings.Repeat("[", 300_000))
	f.Add("text/html", "<h1>\xff\xfe</h1>")
	f.Add("image/jpeg", "\xff\xd8")
	f.Add(";;;", "x")
	f.Add("text/plain", strings.Repeat("ü", 600))
	f.Fuzz(func(t *testing.T, contentType, body string) {
		got := shown(contentType, []byte(body)[:min(len(body), maxKept)], int64(len(body)))
		if !utf8.ValidString(got) || len(got) > maxShown+len(contentType)+100 {
			t.Errorf("%q shows %d bytes of %q", contentType, len(got), body)
		}
		if body == "" && got != "" {
			t.Errorf("nothing is shown as %q", got)
		}
	})
}

// FuzzCreate keeps downloads under titles of every kind: always one new file, in
// the folder itself.
func FuzzCreate(f *testing.F) {
	for _, title := range []string{"report.pdf", "", "..", "../../x", `..\x`, "/etc/passwd", "a\x00b", "con:", ".hidden", strings.Repeat("ü", 127)} {
		f.Add(title)
	}
	f.Fuzz(func(t *testing.T, title string) {
		folder := t.TempDir()
		file, err := create(folder, title)
		if err != nil {
			if len(title) > 200 {
				return // longer than a name can be
			}
			t.Fatalf("%q: %v", title, err)
		}
		defer file.Close()
		if filepath.Dir(file.Name()) != folder {
			t.Errorf("%q is kept as %s", title, file.Name())
		}
		if entries, err := os.ReadDir(folder); err != nil || len(entries) != 1 {
			t.Errorf("%q made %d files, %v", title, len(entries), err)
		}
	})
}
