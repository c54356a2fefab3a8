package server

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"folderfront/server/catalogue"
)

// naturalKey makes a key of a name whose byte order is the natural order of
// names: case and accents don't matter, and runs of digits compare by their
// value ("page 9" before "page 10"). Names with equal keys need the names
// themselves to tell them apart.
func naturalKey(name string) string {
	folded := plain(catalogue.Fold(name))
	if !strings.ContainsAny(folded, "0123456789") {
		return folded
	}
	var key strings.Builder
	key.Grow(len(folded) + 8)
	for rest := folded; rest != ""; {
		n := digits(rest)
		if n == 0 {
			key.WriteByte(rest[0])
			rest = rest[1:]
			continue
		}
		writeNumber(&key, strings.TrimLeft(rest[:n], "0"))
		rest = rest[n:]
	}
	return key.String()
}

// plain leaves the marks out that stand on letters.
func plain(folded string) string {
	if norm.NFD.IsNormalString(folded) && !strings.ContainsFunc(folded, isMark) {
		return folded
	}
	return strings.Map(func(r rune) rune {
		if isMark(r) {
			return -1
		}
		return r
	}, norm.NFD.String(folded))
}

func isMark(r rune) bool { return r > unicode.MaxASCII && unicode.Is(unicode.Mn, r) }

// writeNumber writes a number so that longer ones sort after shorter ones. The
// leading '0' keeps numbers where digits sort among other characters; names
// are at most 255 bytes, so one byte holds any length.
func writeNumber(key *strings.Builder, number string) {
	key.WriteByte('0')
	key.WriteByte(byte(min(len(number), 255)))
	key.WriteString(number)
}

// digits counts the decimal digits at the start of s.
func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}
