package text

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"path"
	"strings"
)

// maxMembers bounds how many members of an archive are looked at.
const maxMembers = 20_000

// extractArchive reads the documents that are zip archives of XML: Office Open
// XML (ECMA-376) and OpenDocument (ISO 26300). Members are inflated as they
// are read, MaxMarkup bytes of them together.
func extractArchive(ctx context.Context, d Document, out *sink) error {
	archive, err := zip.NewReader(d.Body, d.Size)
	if err != nil {
		return broken("archive", err)
	}
	in := bufio.NewReaderSize(nil, 64<<10)
	left := int64(MaxMarkup)
	var failed error
	for _, f := range archive.File[:min(len(archive.File), maxMembers)] {
		effect := partDialect(f.Name)
		if effect == nil {
			continue
		}
		if left <= 0 || out.full() || ctx.Err() != nil {
			break
		}
		n, err := stripMember(ctx, f, in, left, out, effect())
		left -= n
		failed = errors.Join(failed, err)
	}
	return failed
}

// stripMember reads one member through in and says how many bytes it inflated.
func stripMember(ctx context.Context, f *zip.File, in *bufio.Reader, limit int64, out *sink, effect dialect) (int64, error) {
	body, err := f.Open()
	if err != nil {
		return 0, broken(f.Name, err)
	}
	defer body.Close()
	limited := &io.LimitedReader{R: body, N: limit}
	out.line()
	in.Reset(utf8Reader(limited))
	err = strip(ctx, in, out, effect)
	return limit - limited.N, err
}

// utf8Reader reads XML in UTF-16, which the standards allow, as UTF-8.
func utf8Reader(r io.Reader) io.Reader {
	var head [2]byte
	n, _ := io.ReadFull(r, head[:])
	all := io.MultiReader(bytes.NewReader(head[:n]), r)
	for _, m := range marks[3:] {
		if string(head[:n]) == m.mark {
			return m.encoding.NewDecoder().Reader(r)
		}
	}
	return all
}

// partDialect tells by a member's name whether it holds text, and in which
// dialect; nil means no text.
func partDialect(name string) func() dialect {
	dir, base := path.Split(name)
	if !strings.HasSuffix(base, ".xml") {
		return nil
	}
	switch dir {
	case "":
		return when(base == "content.xml" || base == "meta.xml" || base == "styles.xml", openDocument)
	case "docProps/":
		return when(base == "core.xml", properties)
	case "word/":
		return when(wordPart(base), wordprocessing)
	case "xl/":
		return when(base == "sharedStrings.xml" || strings.HasPrefix(base, "comments"), spreadsheet)
	case "xl/worksheets/":
		return spreadsheet
	case "ppt/slides/", "ppt/notesSlides/", "ppt/comments/":
		return presentation
	}
	return nil
}

func when(yes bool, d func() dialect) func() dialect {
	if yes {
		return d
	}
	return nil
}

func wordPart(base string) bool {
	for _, prefix := range []string{"document", "header", "footer", "footnotes", "endnotes", "comments"} {
		if strings.HasPrefix(base, prefix) {
			return true
		}
	}
	return false
}

// properties is for title, subject, keywords and author: each its own line.
func properties() dialect { return func([]byte) tagEffect { return tagLine } }

// wordprocessing joins the runs of a paragraph, which split words at will, and
// leaves out field codes and deleted text.
func wordprocessing() dialect {
	return func(tag []byte) tagEffect {
		switch string(tagName(tag)) {
		case "/w:p", "w:br", "w:cr", "/w:tc", "/w:tr":
			return tagLine
		case "w:tab":
			return tagSpace
		case "w:instrText", "w:delText":
			return tagSkip
		}
		return tagNothing
	}
}

func presentation() dialect {
	return func(tag []byte) tagEffect {
		switch string(tagName(tag)) {
		case "/a:p", "a:br", "/p:txBody", "/p:text":
			return tagLine
		}
		return tagNothing
	}
}

// spreadsheet keeps shared and inline strings and numbers; the value of a cell
// of type "s" is only the place of its shared string, and phonetic guides say a
// word twice.
func spreadsheet() dialect {
	shared, phonetic := false, false
	return func(tag []byte) tagEffect {
		name := tagName(tag)
		switch string(name) {
		case "rPh", "/rPh":
			phonetic = name[0] != '/'
		}
		if phonetic {
			return tagSkip
		}
		switch string(name) {
		case "/si", "/c", "/row", "/text":
			return tagLine
		case "c":
			shared = bytes.Contains(tag, []byte(` t="s"`))
		case "v":
			if shared {
				return tagSkip
			}
		case "f":
			return tagSkip
		}
		return tagNothing
	}
}

func openDocument() dialect {
	return func(tag []byte) tagEffect {
		switch string(tagName(tag)) {
		case "/text:p", "/text:h", "text:line-break", "/table:table-cell":
			return tagLine
		case "text:s", "text:tab":
			return tagSpace
		}
		if bytes.HasPrefix(tag, []byte("/meta:")) || bytes.HasPrefix(tag, []byte("/dc:")) {
			return tagLine
		}
		return tagNothing
	}
}

// tagName is a tag's name, with the slash of an end tag in front.
func tagName(tag []byte) []byte {
	end := bytes.IndexAny(tag, " \t\r\n")
	if end < 0 {
		end = len(tag)
	}
	name := tag[:end]
	if len(name) > 1 {
		name = bytes.TrimSuffix(name, []byte("/"))
	}
	return name
}
