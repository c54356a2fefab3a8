package text

import (
	"bytes"
	"context"
	"strings"
	"unicode/utf8"

	"github.com/wlynxg/chardet"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// extractPlain reads text of any encoding; source code and Markdown are text
// as they are.
func extractPlain(_ context.Context, d Document, out *sink) error {
	raw, err := d.read(MaxText)
	if err != nil {
		return err
	}
	decoded, err := decode(raw)
	if err != nil {
		return err
	}
	out.write(decoded)
	return nil
}

// marks are the byte order marks, longest first: UTF-32's begins with UTF-16's.
var marks = []struct {
	mark     string
	encoding encoding.Encoding
}{
	{"\xff\xfe\x00\x00", utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)},
	{"\x00\x00\xfe\xff", utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)},
	{"\xef\xbb\xbf", unicode.UTF8},
	{"\xff\xfe", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)},
	{"\xfe\xff", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)},
}

// decode tells the encoding of raw, which may be cut anywhere, and makes it
// UTF-8: a byte order mark is believed; a NUL among the first bytes means no
// text; then ISO-2022-JP (RFC 1468), which is ASCII but for its escapes, UTF-8,
// and what the statistics of the first bytes suggest.
func decode(raw []byte) ([]byte, error) {
	for _, m := range marks {
		if rest, ok := bytes.CutPrefix(raw, []byte(m.mark)); ok {
			return m.encoding.NewDecoder().Bytes(rest)
		}
	}
	head := raw[:min(len(raw), sniffed)]
	if bytes.IndexByte(head, 0) >= 0 {
		return nil, ErrNoText
	}
	if bytes.Contains(head, []byte("\x1b$B")) || bytes.Contains(head, []byte("\x1b$@")) {
		return japanese.ISO2022JP.NewDecoder().Bytes(raw)
	}
	if utf8.Valid(raw) {
		return raw, nil
	}
	if validButCut(head) {
		return bytes.ToValidUTF8(raw, []byte("\uFFFD")), nil
	}
	return decodeGuessed(raw, head)
}

func decodeGuessed(raw, head []byte) ([]byte, error) {
	guess := chardet.Detect(head)
	e, err := htmlindex.Get(label(guess.Encoding))
	if err != nil || guess.Confidence < 0.2 {
		e, _ = htmlindex.Get("windows-1252")
	}
	decoded, err := e.NewDecoder().Bytes(raw)
	if err != nil {
		return nil, broken(guess.Encoding, err)
	}
	return decoded, nil
}

// label is the name under which browsers know an encoding.
func label(detected string) string {
	switch strings.ToLower(detected) {
	case "cp932", "shift_jis":
		return "shift_jis"
	case "gb2312", "gbk":
		return "gb18030" // holds them both
	case "cp949", "uhc":
		return "euc-kr"
	case "macroman":
		return "macintosh"
	case "maccyrillic":
		return "x-mac-cyrillic"
	}
	return detected
}

// validButCut is utf8.Valid but for a last character that breaks off.
func validButCut(b []byte) bool {
	for i := 1; i < utf8.UTFMax && i <= len(b); i++ {
		if utf8.RuneStart(b[len(b)-i]) && !utf8.FullRune(b[len(b)-i:]) {
			return utf8.Valid(b[:len(b)-i])
		}
	}
	return utf8.Valid(b)
}
