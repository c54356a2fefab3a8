package conformance

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// uploadCases are about /uploadInit and /upload.
var uploadCases = []Case{
	{Group: "uploadInit", Name: "it answers the metadata of the file to be", Level: Required, Writes: true, run: announces},
	{Group: "uploadInit", Name: "what was only announced is not listed", Level: Recommended, Writes: true, run: announcedUnlisted},
	{Group: "uploadInit", Name: "a name that exists is a new version, or a second file", Level: Recommended, Writes: true, run: newVersion},
	{Group: "uploadInit", Name: "nothing can be uploaded beside the shared folders", Level: Recommended, Writes: true, run: intoRoot},
	{Group: "uploadInit", Name: "names that are no name of a file are refused", Level: Recommended, Writes: true, run: badNames("uploadInit", "filename")},
	{Group: "upload", Name: "bytes arrive as they are, whatever the Content-Type", Level: Required, Writes: true, run: anyContentType},
	{Group: "upload", Name: "a body in chunks, without a length, arrives whole", Level: Required, Writes: true, run: chunkedBody},
	{Group: "upload", Name: "an empty document arrives", Level: Required, Writes: true, run: emptyBody},
	{Group: "upload", Name: "several megabytes arrive whole", Level: Required, Writes: true, run: megabytes},
	{Group: "upload", Name: "POST works like PUT", Level: Recommended, Writes: true, run: postUpload},
	{Group: "upload", Name: "the same bytes again are a success", Level: Recommended, Writes: true, run: sameAgain},
	{Group: "upload", Name: "a cut upload leaves the document as it was", Level: Required, Writes: true, run: cutUpload},
	{Group: "upload", Name: "several uploads at once all arrive whole", Level: Required, Writes: true, run: manyUploads},
	{Group: "upload", Name: "a failure says \"result\": \"fail\"", Level: Recommended, run: failedUpload},
}

func announces(ctx context.Context, p *probe) error {
	folder, err := p.newFolder(ctx)
	if err != nil {
		return err
	}
	i, err := p.UploadInit(ctx, folder.ID, "announced.pdf")
	if err != nil {
		return err
	}
	if i.Title != "announced.pdf" || i.Folder() {
		return wrong("it is the %s %q", i.Kind, i.Title)
	}
	return soundFields(i)
}

func announcedUnlisted(ctx context.Context, p *probe) error {
	folder, err := p.newFolder(ctx)
	if err != nil {
		return err
	}
	i, err := p.UploadInit(ctx, folder.ID, "announced.pdf")
	if err != nil {
		return err
	}
	items, err := p.Files(ctx, folder.ID)
	if err != nil {
		return err
	}
	if len(items) > 0 {
		return wrong("its folder lists %q", items[0].Title)
	}
	_, err = p.Metadata(ctx, i.ID)
	return err
}

func newVersion(ctx context.Context, p *probe) error {
	folder, first, err := p.newFile(ctx, "versions.txt", []byte("first"))
	if err != nil {
		return err
	}
	second, err := p.Send(ctx, folder.ID, "versions.txt", []byte("the second"))
	if err != nil {
		return err
	}
	if err := p.holds(ctx, second.ID, []byte("the second")); err != nil {
		return err
	}
	items, err := p.Files(ctx, folder.ID)
	if err != nil {
		return err
	}
	switch {
	case second.ID == first.ID && len(items) == 1:
		return nil
	case second.ID != first.ID && len(items) == 2:
		return p.holds(ctx, first.ID, []byte("first"))
	}
	return wrong("the ids are %s and %s, and the folder lists %d documents", first.ID, second.ID, len(items))
}

func intoRoot(ctx context.Context, p *probe) error {
	call := Call{Method: http.MethodPost, Endpoint: "uploadInit", Query: url.Values{"parentId": {"/"}, "filename": {"folderfront-check.txt"}}}
	return p.refuses(ctx, call, http.StatusForbidden)
}

// badNames tries what no file may be called.
func badNames(endpoint, parameter string) func(context.Context, *probe) error {
	return func(ctx context.Context, p *probe) error {
		folder, err := p.newFolder(ctx)
		if err != nil {
			return err
		}
		for _, name := range []string{
			"", ".", "..", "../up.txt", "a/b.txt", `a\b.txt`, "/absolute.txt", "a\x00b.txt", "a\nb.txt", "a\x7fb.txt", "con", "NUL.txt", "aux.pdf",
			"trailing.", "trailing ", "a:b.txt", "a.txt::$DATA", "\xff.txt", strings.Repeat("n", 256) + ".txt", ".folderfront",
		} {
			call := Call{Method: http.MethodPost, Endpoint: endpoint, Query: url.Values{"parentId": {folder.ID}, parameter: {name}}}
			if err := p.refuses(ctx, call, http.StatusInternalServerError, http.StatusForbidden); err != nil {
				return err
			}
		}
		items, err := p.Files(ctx, folder.ID)
		if err != nil {
			return err
		}
		if len(items) > 0 {
			return wrong("%q was made", items[0].Title)
		}
		return nil
	}
}

// arrives uploads by a call and looks whether the content is there.
func (p *probe) arrives(ctx context.Context, content []byte, call Call) error {
	folder, err := p.newFolder(ctx)
	if err != nil {
		return err
	}
	i, err := p.UploadInit(ctx, folder.ID, "arrives.bin")
	if err != nil {
		return err
	}
	call.Query = one("id", i.ID)
	if err := p.upload(ctx, call); err != nil {
		return err
	}
	listed, err := p.child(ctx, folder.ID, "arrives.bin")
	if err != nil {
		return err
	}
	if listed.Size != int64(len(content)) {
		return wrong("it is listed with %d bytes, not %d", listed.Size, len(content))
	}
	return p.holds(ctx, i.ID, content)
}

func anyContentType(ctx context.Context, p *probe) error {
	for _, kind := range []string{"", "application/octet-stream", "application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=x", "text/plain; charset=utf-16"} {
		content := []byte("id=another&filename=other\x00\xff--x--")
		call := Call{Method: http.MethodPut, Body: bytes.NewReader(content), Header: http.Header{"Content-Type": {kind}}}
		if err := p.arrives(ctx, content, call); err != nil {
			return wrong("sent as %q: %v", kind, err)
		}
	}
	return nil
}

func chunkedBody(ctx context.Context, p *probe) error {
	content := bytes.Repeat([]byte("chunk "), 100_000)
	return p.arrives(ctx, content, Call{Method: http.MethodPut, Body: io.NopCloser(bytes.NewReader(content)), Length: -1})
}

func emptyBody(ctx context.Context, p *probe) error {
	return p.arrives(ctx, nil, Call{Method: http.MethodPut})
}

func megabytes(ctx context.Context, p *probe) error {
	content := pattern(9<<20 + 17)
	return p.arrives(ctx, content, Call{Method: http.MethodPut, Body: bytes.NewReader(content)})
}

// pattern makes bytes of which no two parts are alike.
func pattern(size int) []byte {
	content := make([]byte, 0, size+32)
	for n := 0; len(content) < size; n++ {
		content = fmt.Appendf(content, "%d bytes so far; ", n)
	}
	return content[:size]
}

func postUpload(ctx context.Context, p *probe) error {
	content := []byte("by POST")
	return p.arrives(ctx, content, Call{Method: http.MethodPost, Body: bytes.NewReader(content)})
}

func sameAgain(ctx context.Context, p *probe) error {
	content := []byte("again and again")
	folder, file, err := p.newFile(ctx, "same.txt", content)
	if err != nil {
		return err
	}
	if err := p.Upload(ctx, file.ID, content); err != nil {
		return err
	}
	items, err := p.Files(ctx, folder.ID)
	if err != nil {
		return err
	}
	if len(items) != 1 {
		return wrong("the folder lists %d documents", len(items))
	}
	return p.holds(ctx, file.ID, content)
}

func cutUpload(ctx context.Context, p *probe) error {
	content := []byte("whole")
	folder, file, err := p.newFile(ctx, "cut.txt", content)
	if err != nil {
		return err
	}
	again, err := p.UploadInit(ctx, folder.ID, "cut.txt")
	if err != nil {
		return err
	}
	cut := io.MultiReader(strings.NewReader("only the first ha"), brokenReader{})
	if _, err := p.Do(ctx, Call{Method: http.MethodPut, Endpoint: "upload", Query: one("id", again.ID), Body: cut, Length: 100_000}); err == nil {
		return wrong("an upload of which a part is missing was answered")
	}
	return p.holds(ctx, file.ID, content)
}

// brokenReader is a connection that breaks off.
type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func manyUploads(ctx context.Context, p *probe) error {
	folder, err := p.newFolder(ctx)
	if err != nil {
		return err
	}
	const many = 8
	reasons := make([]error, many)
	var all sync.WaitGroup
	for n := range many {
		all.Go(func() {
			content := pattern(300_000 + n)
			i, err := p.Send(ctx, folder.ID, fmt.Sprintf("parallel %d.bin", n), content)
			if err == nil {
				err = p.holds(ctx, i.ID, content)
			}
			reasons[n] = err
		})
	}
	all.Wait()
	for _, err := range reasons {
		if err != nil {
			return err
		}
	}
	items, err := p.Files(ctx, folder.ID)
	if err == nil && len(items) != many {
		err = wrong("the folder lists %d of %d documents", len(items), many)
	}
	return err
}

func failedUpload(ctx context.Context, p *probe) error {
	call := Call{Method: http.MethodPut, Endpoint: "upload", Query: one("id", nowhere), Body: strings.NewReader("x")}
	if err := p.refuses(ctx, call, http.StatusNotFound); err != nil {
		return err
	}
	call.Body = strings.NewReader("x")
	a, err := p.Do(ctx, call)
	if err != nil {
		return err
	}
	if !strings.Contains(strings.ReplaceAll(string(a.Body), " ", ""), `"result":"fail"`) {
		return wrong("it says %s", start(a.Body))
	}
	return nil
}
