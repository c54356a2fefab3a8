package text

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold gives the form in which names and words are compared: compatibility
// forms decomposed (UAX #15, NFKD; Hangul syllables stay whole), marks and
// invisible characters dropped, lower case, typographic quotes made plain. Two
// texts that a person would call the same word fold alike. Invalid UTF-8
// becomes U+FFFD. Folding twice changes nothing.
func Fold(s string) string {
	return string(AppendFolded(make([]byte, 0, len(s)), s))
}

// AppendFolded appends the folded form of s to dst.
func AppendFolded(dst []byte, s string) []byte { return appendFolded(dst, s, false) }

// Spaced is Fold with a space on both sides of each character that belongs to
// a script written without spaces.
func Spaced(s string) string {
	return string(appendFolded(make([]byte, 0, len(s)+len(s)/8), s, true))
}

func appendFolded(dst []byte, s string, spaced bool) []byte {
	if !isASCII(s) && !norm.NFC.IsNormalString(s) {
		s = norm.NFC.String(s) // Hangul of macOS names; the rest is decomposed below anyway
	}
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			dst = append(dst, lowerASCII(c))
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r < firstSlow:
			dst = append(dst, alphabets()[r]...)
		case spaced && isIdeograph(r):
			dst = append(append(append(dst, ' '), s[i:i+size]...), ' ')
		default:
			dst = appendFoldedRune(dst, r, s[i:i+size], spaced)
		}
		i += size
	}
	return dst
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// firstSlow ends the alphabets before Thai, whose letters fold by a table.
const firstSlow = 0x0E00

// alphabets is each letter's folded form.
var alphabets = sync.OnceValue(func() *[firstSlow]string {
	var table [firstSlow]string
	for r := rune(utf8.RuneSelf); r < firstSlow; r++ {
		table[r] = string(appendFoldedRune(nil, r, string(r), false))
	}
	return &table
})

// isIdeograph is true for the common Han characters, which fold to themselves.
func isIdeograph(r rune) bool { return r >= 0x4E00 && r <= 0x9FFF }

func lowerASCII(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// appendFoldedRune folds one character above ASCII; raw are its bytes.
func appendFoldedRune(dst []byte, r rune, raw string, spaced bool) []byte {
	if r >= 0xAC00 && r <= 0xD7A3 { // Hangul syllables
		return append(dst, raw...)
	}
	parts := raw
	if d := norm.NFKD.PropertiesString(raw).Decomposition(); d != nil {
		parts = string(d)
	}
	for _, p := range parts {
		dst = appendFoldedPart(dst, p, spaced)
	}
	return dst
}

func appendFoldedPart(dst []byte, r rune, spaced bool) []byte {
	if r < utf8.RuneSelf {
		return append(dst, lowerASCII(byte(r)))
	}
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) || r == tatweel {
		return dst
	}
	if plain, ok := undecomposed[r]; ok {
		return append(dst, plain...)
	}
	if unicode.IsSpace(r) {
		return append(dst, ' ')
	}
	if spaced && unbroken(r) {
		dst = append(dst, ' ')
		dst = utf8.AppendRune(dst, r)
		return append(dst, ' ')
	}
	return utf8.AppendRune(dst, unicode.ToLower(r))
}

// unbroken says whether r belongs to a script written without spaces.
func unbroken(r rune) bool {
	return r >= 0x0E00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana,
		unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// tatweel stretches Arabic words and says nothing.
const tatweel = 'ـ'

// undecomposed are letters that Unicode doesn't decompose though people type
// them without their stroke or ligature, and quotes that word processors bend.
var undecomposed = map[rune]string{
	'ß': "ss", 'ẞ': "ss", 'æ': "ae", 'Æ': "ae", 'œ': "oe", 'Œ': "oe", 'ø': "o", 'Ø': "o",
	'ł': "l", 'Ł': "l", 'đ': "d", 'Đ': "d", 'ð': "d", 'Ð': "d", 'þ': "th", 'Þ': "th",
	'ħ': "h", 'Ħ': "h", 'ı': "i", 'ς': "σ",
	'“': `"`, '”': `"`, '„': `"`, '‟': `"`, '‘': "'", '’': "'", '‚': "'", '‛': "'",
}

// clean makes s valid UTF-8, for what came from an unknown encoder.
func clean(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
