package text

import (
	"context"
	"io"
	"strings"

	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"

	"folderfront/server/worker/pdfium"
)

// extractPDF reads page by page. Each document gets an instance of its own, so
// nothing of one document can reach the next.
func extractPDF(ctx context.Context, d Document, out *sink) error {
	instance, err := pdfium.Start(ctx, d.CacheDir)
	if err != nil {
		return err
	}
	defer instance.Close()
	document, err := instance.OpenDocument(&requests.OpenDocument{
		FileReader:     io.NewSectionReader(d.Body, 0, d.Size),
		FileReaderSize: d.Size,
	})
	if err != nil {
		return broken("PDF", err)
	}
	count, err := instance.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: document.Document})
	if err != nil {
		return broken("PDF", err)
	}
	for i := 0; i < count.PageCount && !out.full() && ctx.Err() == nil; i++ {
		page, err := instance.GetPageText(&requests.GetPageText{Page: pageAt(document.Document, i)})
		if err != nil {
			continue // the other pages may be whole
		}
		out.line()
		out.writeString(joinHyphens(page.Text))
	}
	return nil
}

func pageAt(d references.FPDF_DOCUMENT, i int) requests.Page {
	return requests.Page{ByIndex: &requests.PageByIndex{Document: d, Index: i}}
}

// joinHyphens puts words together that PDFium found parted at a line's end: it
// writes U+0002 or U+FFFE for a hyphen there.
func joinHyphens(s string) string { return hyphens.Replace(clean(s)) }

var hyphens = strings.NewReplacer("\x02\r\n", "", "\x02", "", "\uFFFE\r\n", "", "\uFFFE", "")
