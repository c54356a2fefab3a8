// Package text turns documents into the words that a search index keeps.
//
// A document is a file's bytes and its name. Its kind (PDF, office archive,
// web page, …) follows from the name's extension or, without a known one, from
// its first bytes. An extractor reads one kind and writes into a sink, which
// takes at most MaxText bytes: what lies beyond is not searchable, and that is
// no error. The folded form is how words are compared everywhere: without
// case, accents and compatibility forms; in the spaced form each character of
// a script that is written without spaces stands alone, so that an index of
// words can find a piece of a sentence as a phrase.
//
// Extractors read strangers' files. They run in the worker process
// (server/worker), allocate in proportion to the bounds below and never to
// what a file claims, and give back what they had when a file turns out broken
// half way. Everything here is safe for concurrent use.
package text

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path/filepath"
	"strings"
	"time"
)

// Version changes whenever the same document may give other text: what was
// extracted, or failed, under an older one is tried again.
const Version = 3

// The bounds of one document.
const (
	MaxText   = 4 << 20  // bytes of text kept
	MaxMarkup = 64 << 20 // bytes of inflated markup read
	sniffed   = 16 << 10 // bytes looked at to tell encodings and kinds
)

// Timeout is after how long an extractor gives back what it has; the worker's
// own limit must be longer.
const Timeout = 6 * time.Second

// The kinds of failure, for errors.Is. Only ErrSlow is worth a second try on the
// same bytes with the same Version.
var (
	ErrNoText = errors.New("the file holds no text")
	ErrBroken = errors.New("the file is damaged or not what its name says")
	ErrSlow   = errors.New("the file gave no text in time")
)

// Document is what an extractor reads.
type Document struct {
	Name string      // decides the kind; never opened
	Body io.ReaderAt // the file's bytes
	Size int64       // bytes
	// CacheDir is where PDFium's machine code is kept between starts; "" compiles
	// it anew. The first PDF of the process decides.
	CacheDir string
}

// An extractor writes a document's text. A full sink, an ended ctx and the end
// of the document all end it without an error.
type extractor func(ctx context.Context, d Document, out *sink) error

// Extract gives the text of a document, as UTF-8, at most MaxText bytes of it.
// A document that breaks off, or takes longer than Timeout, gives the text up to
// there. Errors are ErrNoText, ErrBroken, ErrSlow or those of reading d.Body.
func Extract(ctx context.Context, d Document) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	extract := kindOf(d)
	if extract == nil {
		return "", ErrNoText
	}
	out := newSink(MaxText)
	out.buf = make([]byte, 0, min(d.Size, MaxText/16))
	err := guarded(extract, ctx, d, out)
	if out.Len() > 0 {
		return out.String(), nil
	}
	switch {
	case ctx.Err() != nil:
		err = ErrSlow
	case err == nil:
		err = ErrNoText
	}
	return "", err
}

// guarded makes a panic of one of the libraries the document's fault.
func guarded(extract extractor, ctx context.Context, d Document, out *sink) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = broken("panic", fmt.Errorf("%v", p))
		}
	}()
	return extract(ctx, d, out)
}

// Wanted says whether a file of this name may hold text. It spares opening the
// pictures, films and archives that fill most disks.
func Wanted(name string) bool {
	return !textless[extension(name)]
}

// kindOf chooses by extension, then by the first bytes.
func kindOf(d Document) extractor {
	ext := extension(d.Name)
	if textless[ext] {
		return nil
	}
	if e := extractors[ext]; e != nil {
		return e
	}
	head := make([]byte, min(d.Size, 1024))
	n, _ := d.Body.ReadAt(head, 0)
	return kindOfBytes(head[:n])
}

func kindOfBytes(head []byte) extractor {
	trimmed := bytes.ToLower(bytes.TrimLeft(head, "\xef\xbb\xbf \t\r\n"))
	switch {
	case bytes.HasPrefix(head, []byte("%PDF-")):
		return extractPDF
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return extractArchive
	case bytes.HasPrefix(head, []byte(`{\rtf`)):
		return extractRTF
	case bytes.HasPrefix(trimmed, []byte("<!doctype html")), bytes.HasPrefix(trimmed, []byte("<html")):
		return extractHTML
	case bytes.HasPrefix(trimmed, []byte("<?xml")):
		return extractXML
	}
	return extractPlain
}

func extension(name string) string {
	return strings.ToLower(strings.TrimPrefix(filepath.Ext(name), "."))
}

// extractors by extension; everything else is told by its bytes.
var extractors = map[string]extractor{
	"pdf": extractPDF, "ai": extractPDF, "pdfa": extractPDF,
	"docx": extractArchive, "docm": extractArchive, "dotx": extractArchive, "dotm": extractArchive,
	"xlsx": extractArchive, "xlsm": extractArchive, "xltx": extractArchive, "xltm": extractArchive,
	"pptx": extractArchive, "pptm": extractArchive, "potx": extractArchive, "potm": extractArchive,
	"ppsx": extractArchive, "ppsm": extractArchive,
	"odt": extractArchive, "ott": extractArchive, "ods": extractArchive, "ots": extractArchive,
	"odp": extractArchive, "otp": extractArchive, "odg": extractArchive, "odf": extractArchive,
	"html": extractHTML, "htm": extractHTML, "xhtml": extractHTML,
	"xml": extractXML, "svg": extractXML,
	"fodt": extractXML, "fods": extractXML, "fodp": extractXML,
	"rtf": extractRTF, "eml": extractMail,
	"txt": extractPlain, "md": extractPlain, "markdown": extractPlain, "csv": extractPlain, "log": extractPlain,
}

// textless are extensions under which no text is to be found.
var textless = set(`
	jpg jpeg jpe jfif png gif bmp tif tiff webp heic heif avif jxl ico icns psd psb xcf raw cr2 cr3 nef arw dng orf rw2 raf
	indd idml sketch fig xd eps blend c4d max fbx obj stl
	mp3 m4a aac wav flac ogg oga opus aif aiff wma mid midi
	mp4 m4v mov avi mkv webm wmv mpg mpeg flv mts m2ts 3gp mxf
	zip rar 7z gz tgz bz2 xz zst tar lz4 lzma cab iso img dmg vhd vhdx vmdk qcow2
	exe dll so dylib msi deb rpm apk ipa app bin o a obj lib class jar war pyc wasm
	ttf otf woff woff2 eot ttc
	db sqlite sqlite3 mdb accdb pst ost dat pack idx
	doc xls ppt xlsb key pages numbers`)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

// whole is the document from its start as a stream of at most limit bytes.
func (d Document) whole(limit int64) io.Reader {
	return io.NewSectionReader(d.Body, 0, min(d.Size, limit))
}

// read gives the document's first bytes, at most limit of them.
func (d Document) read(limit int64) ([]byte, error) {
	raw := make([]byte, min(d.Size, limit))
	n, err := d.Body.ReadAt(raw, 0)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return raw[:n], err
}

func broken(what string, err error) error {
	return fmt.Errorf("%w: %s: %v", ErrBroken, what, err)
}

// Recipe changes whenever the same bytes under this name may give other text
// than before: with Version and with the name.
func Recipe(name string) int64 {
	return Version<<32 | int64(crc32.ChecksumIEEE([]byte(name)))
}
