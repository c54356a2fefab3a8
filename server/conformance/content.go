package conformance

import (
	"bytes"
	"context"
	"image"
	_ "image/jpeg" // pictures that providers send
	_ "image/png"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// downloadCases are about /download.
var downloadCases = []Case{
	{Group: "download", Name: "a range is answered by 206 and these bytes", Level: Recommended, run: oneRange},
	{Group: "download", Name: "several ranges are answered by their parts", Level: Recommended, run: someRanges},
	{Group: "download", Name: "very many ranges are not answered one by one", Level: Recommended, run: manyRanges},
	{Group: "download", Name: "an impossible range yields no wrong bytes", Level: Recommended, run: impossibleRange},
	{Group: "download", Name: "HEAD tells the length and sends nothing", Level: Recommended, run: headOnly},
	{Group: "download", Name: "an unchanged document is answered by 304", Level: Recommended, run: notModified},
	{Group: "download", Name: "the file's name comes along, in both forms", Level: Recommended, Writes: true, run: fileName},
	{Group: "download", Name: "a folder has no content", Level: Recommended, run: folderContent},
}

// pictureCases are about /thumbnail.
var pictureCases = []Case{
	{Group: "thumbnail", Name: "it is no wider than asked for", Level: Recommended, run: widths},
	{Group: "thumbnail", Name: "a size that is no number is answered all the same", Level: Recommended, run: oddSizes},
	{Group: "thumbnail", Name: "an unchanged picture is answered by 304", Level: Recommended, run: unchangedPicture},
	{Group: "thumbnail", Name: "a file without a picture has an icon", Level: Recommended, Writes: true, run: icon},
}

// get makes a download with headers.
func (p *probe) get(ctx context.Context, id string, header ...string) (*Answer, error) {
	h := http.Header{}
	for n := 0; n+1 < len(header); n += 2 {
		h.Set(header[n], header[n+1])
	}
	return p.Do(ctx, Call{Endpoint: "download", Query: one("id", id), Header: h})
}

func oneRange(ctx context.Context, p *probe) error {
	i, content, err := p.bytesOf(ctx)
	if err != nil {
		return err
	}
	last := len(content) - 1
	for header, want := range map[string][]byte{
		"bytes=0-0":                         content[:1],
		"bytes=" + strconv.Itoa(last) + "-": content[last:],
		"bytes=-1":                          content[last:],
		"bytes=" + strconv.Itoa(last/2) + "-" + strconv.Itoa(last): content[last/2:],
	} {
		a, err := p.get(ctx, i.ID, "Range", header)
		if err != nil {
			return err
		}
		if a.Status != http.StatusPartialContent {
			return wrong("%s was answered by %d", header, a.Status)
		}
		if !bytes.Equal(a.Body, want) {
			return wrong("%s was answered by %d bytes that are not the %d asked for", header, len(a.Body), len(want))
		}
		if !strings.HasSuffix(a.Header.Get("Content-Range"), "/"+strconv.Itoa(len(content))) {
			return wrong("%s was answered with Content-Range %q", header, a.Header.Get("Content-Range"))
		}
	}
	return nil
}

func someRanges(ctx context.Context, p *probe) error {
	i, content, err := p.bytesOf(ctx)
	if err != nil {
		return err
	}
	if len(content) < 8 {
		return leftOut("the document is too short for two ranges")
	}
	a, err := p.get(ctx, i.ID, "Range", "bytes=0-1,4-5")
	if err != nil {
		return err
	}
	if a.Status != http.StatusPartialContent {
		return wrong("it was answered by %d", a.Status)
	}
	_, details, err := mime.ParseMediaType(a.Header.Get("Content-Type"))
	if err != nil {
		return err
	}
	parts := multipart.NewReader(bytes.NewReader(a.Body), details["boundary"])
	for _, want := range [][]byte{content[0:2], content[4:6]} {
		part, err := parts.NextPart()
		if err != nil {
			return wrong("a part is missing: %v", err)
		}
		if got, err := io.ReadAll(part); err != nil || !bytes.Equal(got, want) {
			return wrong("a part holds %q, not %q", got, want)
		}
	}
	return nil
}

func manyRanges(ctx context.Context, p *probe) error {
	i, content, err := p.bytesOf(ctx)
	if err != nil {
		return err
	}
	header := "bytes=0-0" + strings.Repeat(",0-0", 2000)
	a, err := p.get(ctx, i.ID, "Range", header)
	if err != nil {
		return err
	}
	if a.Status/100 == 2 && len(a.Body) > len(content) {
		return wrong("they were answered by %d bytes, more than the document has", len(a.Body))
	}
	return nil
}

func impossibleRange(ctx context.Context, p *probe) error {
	i, content, err := p.bytesOf(ctx)
	if err != nil {
		return err
	}
	a, err := p.get(ctx, i.ID, "Range", "bytes="+strconv.Itoa(len(content)+10)+"-")
	if err != nil {
		return err
	}
	if a.Status == http.StatusPartialContent || a.Status == http.StatusOK && !bytes.Equal(a.Body, content) {
		return wrong("it was answered by %d and %d bytes", a.Status, len(a.Body))
	}
	return nil
}

func headOnly(ctx context.Context, p *probe) error {
	i, content, err := p.bytesOf(ctx)
	if err != nil {
		return err
	}
	a, err := p.Do(ctx, Call{Method: http.MethodHead, Endpoint: "download", Query: one("id", i.ID)})
	if err != nil {
		return err
	}
	if a.Status != http.StatusOK || a.Header.Get("Content-Length") != strconv.Itoa(len(content)) || len(a.Body) > 0 {
		return wrong("it was answered by %d, Content-Length %q and %d bytes", a.Status, a.Header.Get("Content-Length"), len(a.Body))
	}
	return nil
}

func notModified(ctx context.Context, p *probe) error {
	i, err := p.document(ctx)
	if err != nil {
		return err
	}
	first, err := p.Download(ctx, i.ID)
	if err != nil {
		return err
	}
	tag := first.Header.Get("Etag")
	if tag == "" {
		return wrong("a document has no ETag")
	}
	return p.unmodified(ctx, Call{Endpoint: "download", Query: one("id", i.ID), Header: http.Header{"If-None-Match": {tag}}})
}

func (p *probe) unmodified(ctx context.Context, call Call) error {
	a, err := p.Do(ctx, call)
	if err != nil {
		return err
	}
	if a.Status != http.StatusNotModified || len(a.Body) > 0 {
		return wrong("it was answered by %d and %d bytes", a.Status, len(a.Body))
	}
	return nil
}

func fileName(ctx context.Context, p *probe) error {
	const name = "naïve 日本 quote'd & more.txt"
	_, file, err := p.newFile(ctx, name, []byte("x"))
	if err != nil {
		return err
	}
	a, err := p.Download(ctx, file.ID)
	if err != nil {
		return err
	}
	header := a.Header.Get("Content-Disposition")
	if !strings.Contains(header, `filename="`) || !strings.Contains(header, "filename*=UTF-8''") {
		return wrong("Content-Disposition is %q", header)
	}
	_, details, err := mime.ParseMediaType(header)
	if err != nil {
		return wrong("Content-Disposition is %q: %v", header, err)
	}
	if details["filename"] != name {
		return wrong("Content-Disposition names %q", details["filename"])
	}
	return nil
}

func folderContent(ctx context.Context, p *probe) error {
	folder, err := p.anyFolder(ctx)
	if err != nil {
		return err
	}
	return p.refuses(ctx, Call{Endpoint: "download", Query: one("id", folder.ID)}, http.StatusNotFound, http.StatusInternalServerError)
}

// sizeOfPicture reads the width of a JPEG or PNG; others are taken for pictures
// by their type, of width 0.
func sizeOfPicture(a *Answer) (width int, err error) {
	kind := a.Header.Get("Content-Type")
	if !strings.HasPrefix(kind, "image/") || len(a.Body) == 0 {
		return 0, wrong("it is %d bytes of the type %q", len(a.Body), kind)
	}
	picture, _, err := image.DecodeConfig(bytes.NewReader(a.Body))
	if err == nil {
		return picture.Width, nil
	}
	if kind == "image/jpeg" || kind == "image/png" {
		return 0, wrong("it says %s and can't be read: %v", kind, err)
	}
	return 0, nil
}

func widths(ctx context.Context, p *probe) error {
	i, err := p.document(ctx)
	if err != nil {
		return err
	}
	for _, size := range []int{32, 100, 256, 1000} {
		a, err := p.Thumbnail(ctx, i.ID, strconv.Itoa(size))
		if err != nil {
			return err
		}
		width, err := sizeOfPicture(a)
		if err != nil {
			return err
		}
		if width > size {
			return wrong("for size=%d it is %d wide", size, width)
		}
	}
	return nil
}

func oddSizes(ctx context.Context, p *probe) error {
	i, err := p.document(ctx)
	if err != nil {
		return err
	}
	for _, size := range []string{"", "large", "-5", "0", "1e9", "99999999999999999999", "200px"} {
		a, err := p.accept(ctx, Call{Endpoint: "thumbnail", Query: url.Values{"id": {i.ID}, "size": {size}}})
		if err != nil {
			return wrong("size=%s: %v", size, err)
		}
		if _, err := sizeOfPicture(a); err != nil {
			return wrong("size=%s: %v", size, err)
		}
	}
	return nil
}

func unchangedPicture(ctx context.Context, p *probe) error {
	i, err := p.document(ctx)
	if err != nil {
		return err
	}
	a, err := p.Thumbnail(ctx, i.ID, "200")
	if err != nil {
		return err
	}
	tag := a.Header.Get("Etag")
	if tag == "" {
		return leftOut("the document's picture has no ETag yet")
	}
	return p.unmodified(ctx, Call{Endpoint: "thumbnail", Query: url.Values{"id": {i.ID}, "size": {"200"}}, Header: http.Header{"If-None-Match": {tag}}})
}

func icon(ctx context.Context, p *probe) error {
	_, file, err := p.newFile(ctx, "no picture.bin", []byte{0, 1, 2, 3})
	if err != nil {
		return err
	}
	a, err := p.Thumbnail(ctx, file.ID, "")
	if err != nil {
		return err
	}
	_, err = sizeOfPicture(a)
	return err
}
