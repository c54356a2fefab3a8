package render

import (
	"io"
	"os"
	"path"
	"strings"
)

// document is a file whose picture is wanted.
type document struct {
	file     io.ReaderAt
	osFile   *os.File // nil when the document is a part of another one
	size     int64
	ext      string // of the name, lower case, without the dot
	head     []byte // the first bytes
	cacheDir string
	office   bool // LibreOffice may draw it
	depth    int  // how many documents this one lies in
}

// headSize is how much of a document is looked at to tell what it is.
const headSize = 4096

func open(f *os.File, name string) (*document, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	doc, err := newDocument(f, info.Size(), name)
	if err == nil {
		doc.osFile = f
	}
	return doc, err
}

func newDocument(r io.ReaderAt, size int64, name string) (*document, error) {
	doc := &document{file: r, size: size, ext: strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))}
	doc.head = make([]byte, min(size, headSize))
	n, err := r.ReadAt(doc.head, 0)
	doc.head = doc.head[:n]
	if err == io.EOF {
		err = nil
	}
	return doc, err
}

// reader reads the document from its start, independent of other readers.
func (d *document) reader() *io.SectionReader { return io.NewSectionReader(d.file, 0, d.size) }

// part is a document that lies in this one, for example an archive's preview picture.
func (d *document) part(r io.ReaderAt, size int64, name string) (*document, error) {
	p, err := newDocument(r, size, name)
	if err != nil {
		return nil, err
	}
	p.cacheDir, p.depth = d.cacheDir, d.depth+1
	return p, nil
}

// bytes reads a piece of the document; nil when it is larger than most or not there.
func (d *document) bytes(at, size, most int64) []byte {
	if size <= 0 || size > most || at < 0 || at+size > d.size {
		return nil
	}
	data := make([]byte, size)
	if _, err := d.file.ReadAt(data, at); err != nil && err != io.EOF {
		return nil
	}
	return data
}
