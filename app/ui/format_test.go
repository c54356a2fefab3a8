//go:build !headless || ci

package ui

import (
	"strings"
	"testing"
)

func TestFit(t *testing.T) {
	within := func(n int) func(string) bool {
		return func(s string) bool { return len([]rune(s)) <= n }
	}
	for _, c := range []struct {
		s      string
		middle bool
		room   int
		want   string
	}{
		{"short", false, 10, "short"},
		{"a long sentence", false, 7, "a long…"},
		{"https://example.com/api", true, 11, "https…m/api"},
		{"日本語のとても長い名前", true, 5, "日本…名前"},
		{"anything", false, 0, "…"},
		{"", true, 0, ""},
	} {
		if got := fit(c.s, c.middle, within(c.room)); got != c.want {
			t.Errorf("%q in %d: %q, want %q", c.s, c.room, got, c.want)
		}
	}
}

// FuzzPlain holds that no name, however made, brings a control character or a
// reversing mark onto the screen.
func FuzzPlain(f *testing.F) {
	for _, s := range []string{"", "a\nb", "\u202egpj.exe", "\xff\xfe", "ok", "\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := plain(s)
		if strings.ContainsAny(got, "\n\r\t\x00\u202e\u2066\u200f") {
			t.Errorf("plain(%q) = %q", s, got)
		}
		if again := plain(got); again != got {
			t.Errorf("plain(%q) changes on the second go: %q", got, again)
		}
	})
}
