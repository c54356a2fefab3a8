package render

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"path"
	"strings"
)

// maxEntries bounds the members of an archive that is opened at all.
const maxEntries = 100_000

// previews are the names of the picture of itself that a document in a ZIP archive carries,
// best first: OpenDocument (part 3, 3.7), Office Open XML, iWork, Sketch, XD, Krita,
// OpenRaster, Procreate.
var previews = []string{
	"mergedimage.png", "preview.jpg", "previews/preview.png", "preview.png", "QuickLook/Preview.pdf", "QuickLook/Thumbnail.jpg",
	"QuickLook/Thumbnail.png", "docProps/thumbnail.jpeg", "docProps/thumbnail.jpg", "docProps/thumbnail.png",
	"Thumbnails/thumbnail.png", "thumbnail.png", "thumbnail.jpg", "Metadata/thumbnail.png", "preview.webp",
}

func openArchive(doc *document) (*zip.Reader, error) {
	n, err := countEntries(doc)
	if err != nil {
		return nil, err
	}
	if n > maxEntries {
		return nil, errTooLarge
	}
	return zip.NewReader(doc.file, doc.size)
}

// countEntries reads the end record (APPNOTE 6.3.10, 4.3.16), so that a directory of absurd
// size is never read. ZIP64 archives say 65,535 there and are judged by the directory's size.
func countEntries(doc *document) (int, error) {
	size := min(doc.size, 66<<10)
	tail := doc.bytes(doc.size-size, size, size)
	i := bytes.LastIndex(tail, []byte("PK\x05\x06"))
	if i < 0 || len(tail)-i < 22 {
		return 0, errors.New("an archive without an end")
	}
	n := int(binary.LittleEndian.Uint16(tail[i+10:]))
	if n == 65535 {
		n = int(doc.size / 46) // the least a member takes in the directory
		if length := binary.LittleEndian.Uint32(tail[i+12:]); length != 1<<32-1 {
			n = int(length / 46)
		}
	}
	return n, nil
}

// member reads one file of an archive; nil when it isn't there or too large.
func member(z *zip.Reader, name string) []byte {
	for _, f := range z.File {
		if f.Name != name || f.UncompressedSize64 > maxMember {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return nil
		}
		defer r.Close()
		data, err := readAll(r, maxMember)
		if err != nil {
			return nil
		}
		return data
	}
	return nil
}

// archivePicture is the picture that a document in a ZIP archive carries of itself.
func archivePicture(ctx context.Context, doc *document, width int) (*picture, error) {
	z, err := openArchive(doc)
	if err != nil {
		return nil, err
	}
	failed := errNone
	for _, name := range previews {
		if data := member(z, name); data != nil {
			pic, err := doc.inner(ctx, data, name, width)
			if err == nil {
				return pic, nil
			}
			failed = err
		}
	}
	return nil, failed
}

// bookPicture is the cover of an EPUB (EPUB 3.3, 5.5.2 cover-image, and the older meta).
func bookPicture(ctx context.Context, doc *document, width int) (*picture, error) {
	z, err := openArchive(doc)
	if err != nil {
		return nil, err
	}
	var container struct {
		Root struct {
			Path string `xml:"full-path,attr"`
		} `xml:"rootfiles>rootfile"`
	}
	if err := xml.Unmarshal(member(z, "META-INF/container.xml"), &container); err != nil {
		return nil, err
	}
	var book struct {
		Meta []struct {
			Name    string `xml:"name,attr"`
			Content string `xml:"content,attr"`
		} `xml:"metadata>meta"`
		Items []struct {
			ID         string `xml:"id,attr"`
			Href       string `xml:"href,attr"`
			Properties string `xml:"properties,attr"`
		} `xml:"manifest>item"`
	}
	if err := xml.Unmarshal(member(z, container.Root.Path), &book); err != nil {
		return nil, err
	}
	cover := ""
	for _, m := range book.Meta {
		if m.Name == "cover" {
			cover = m.Content
		}
	}
	for _, item := range book.Items {
		if strings.Contains(item.Properties, "cover-image") || cover != "" && item.ID == cover {
			name := path.Join(path.Dir(container.Root.Path), item.Href)
			return doc.inner(ctx, member(z, name), name, width)
		}
	}
	return nil, errNone
}

// comicPicture is the first picture of a comic book archive.
func comicPicture(ctx context.Context, doc *document, width int) (*picture, error) {
	z, err := openArchive(doc)
	if err != nil {
		return nil, err
	}
	first := ""
	for _, f := range z.File {
		switch strings.ToLower(path.Ext(f.Name)) {
		case ".jpg", ".jpeg", ".png", ".webp", ".gif":
			if first == "" || f.Name < first {
				first = f.Name
			}
		}
	}
	return doc.inner(ctx, member(z, first), first, width)
}
