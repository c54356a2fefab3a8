package text

import (
	"fmt"
	"unicode/utf16"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
)

// do obeys a control word; unknown ones mean nothing.
func (p *rtf) do(name string, number int, given bool) {
	if hiddenDestinations[name] {
		p.group.hidden = true
		return
	}
	switch name {
	case "par", "line", "sect", "page", "row", "cell", "nestcell", "nestrow":
		p.line()
	case "tab", "emspace", "enspace":
		p.char(' ')
	case "u":
		p.unicode(number)
	case "uc":
		p.group.skipAfterUnicode = min(max(number, 0), 8)
	case "ansicpg":
		p.charset = codePage(number)
	case "mac":
		p.charset = charmap.Macintosh
	case "fonttbl":
		p.group.hidden, p.group.fonts = true, true
	case "f":
		p.flush()
		p.group.font = number
	case "fcharset":
		if e := fontCharset(number); p.group.fonts && e != nil && len(p.charsets) < 10_000 {
			p.charsets[p.group.font] = e
		}
	case "plain":
		p.flush()
		p.group.font = -1
	default:
		p.symbol(name)
	}
}

// symbol writes the characters that have names.
func (p *rtf) symbol(name string) {
	if r, ok := rtfSymbols[name]; ok && !p.group.hidden {
		p.flush()
		p.out.writeRune(r)
	}
}

func (p *rtf) line() {
	if !p.group.hidden {
		p.flush()
		p.out.line()
	}
}

// unicode takes a UTF-16 code unit, written as a signed number.
func (p *rtf) unicode(number int) {
	p.flush()
	r := rune(uint16(number))
	p.skip = p.group.skipAfterUnicode
	if p.group.hidden {
		return
	}
	if p.high != 0 {
		r, p.high = utf16.DecodeRune(p.high, r), 0
	} else if utf16.IsSurrogate(r) {
		p.high = r
		return
	}
	p.out.writeRune(r)
}

var rtfSymbols = map[string]rune{
	"emdash": '—', "endash": '–', "bullet": '•',
	"lquote": '‘', "rquote": '’', "ldblquote": '“', "rdblquote": '”',
}

// hiddenDestinations are groups whose text no reader of the document sees.
var hiddenDestinations = set(`colortbl stylesheet pict object objdata themedata datastore latentstyles
	listtable listoverridetable revtbl rsidtbl generator info fldinst filetbl xmlnstbl bkmkstart bkmkend
	pntext nonshppict private mmathPr`)

// codePage is Windows' code page of that number, 1252 when unknown.
func codePage(number int) encoding.Encoding {
	if label, ok := codePages[number]; ok {
		if e, err := htmlindex.Get(label); err == nil {
			return e
		}
	}
	if e, err := htmlindex.Get(fmt.Sprintf("windows-%d", number)); err == nil {
		return e
	}
	return charmap.Windows1252
}

var codePages = map[int]string{
	932: "shift_jis", 936: "gbk", 949: "euc-kr", 950: "big5", 10000: "macintosh",
	866: "ibm866", 65001: "utf-8", 20866: "koi8-r", 21866: "koi8-u",
}

// fontCharset is the code page of a font's \fcharset, nil for the document's.
func fontCharset(number int) encoding.Encoding {
	page, ok := map[int]int{
		0: 1252, 128: 932, 129: 949, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258,
		177: 1255, 178: 1256, 186: 1257, 204: 1251, 222: 874, 238: 1250,
	}[number]
	if !ok {
		return nil
	}
	return codePage(page)
}
