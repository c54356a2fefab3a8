package web

import (
	"bytes"
	"context"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"folderfront/server/catalogue"
)

// textBytes is how much of a text is shown; the rest is for the download.
const textBytes = 256 << 10

// text returns the beginning of a text document, and whether that is all.
func (p *Pages) text(ctx context.Context, e catalogue.Entry) (text string, whole bool, err error) {
	file, e, err := p.Catalogue.OpenFile(ctx, e.ID)
	if err != nil {
		return "", false, err
	}
	defer file.Close()
	raw, err := io.ReadAll(io.LimitReader(file, textBytes))
	return decode(raw), e.Size <= textBytes, err
}

// decode reads bytes as UTF-8 or, marked so, UTF-16; what is neither is taken
// for Windows-1252, in which every byte means something.
func decode(raw []byte) string {
	var out []byte
	switch {
	case bytes.HasPrefix(raw, []byte{0xff, 0xfe}), bytes.HasPrefix(raw, []byte{0xfe, 0xff}):
		out, _ = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Bytes(raw)
	case utf8.Valid(wholeRunes(raw)):
		out = bytes.TrimPrefix(wholeRunes(raw), []byte("\xef\xbb\xbf"))
	default:
		out, _ = charmap.Windows1252.NewDecoder().Bytes(raw)
	}
	return strings.ReplaceAll(strings.ToValidUTF8(string(out), "\ufffd"), "\x00", "\ufffd")
}

// wholeRunes drops a character that the limit cut in two.
func wholeRunes(raw []byte) []byte {
	for cut := 1; cut <= min(utf8.UTFMax-1, len(raw)); cut++ {
		if last := raw[len(raw)-cut:]; utf8.RuneStart(last[0]) {
			if !utf8.FullRune(last) {
				return raw[:len(raw)-cut]
			}
			break
		}
	}
	return raw
}
