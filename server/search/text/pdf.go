package text

import (
	"context"
	"io"
	"strings"

	pdf "github.com/klippa-app/go-pdfium"
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
		page, err := pageText(instance, pageAt(document.Document, i))
		if err != nil {
			continue // the other pages may be whole
		}
		out.line()
		out.writeString(joinHyphens(page))
	}
	return nil
}

// pageText asks for all of a page at once: GetPageText enters PDFium for each
// character, which takes longer than all the rest.
func pageText(instance pdf.Pdfium, page requests.Page) (string, error) {
	loaded, err := instance.FPDFText_LoadPage(&requests.FPDFText_LoadPage{Page: page})
	if err != nil {
		return "", err
	}
	defer instance.FPDFText_ClosePage(&requests.FPDFText_ClosePage{TextPage: loaded.TextPage})
	count, err := instance.FPDFText_CountChars(&requests.FPDFText_CountChars{TextPage: loaded.TextPage})
	if err != nil || count.Count <= 0 {
		return "", err
	}
	text, err := instance.FPDFText_GetText(&requests.FPDFText_GetText{
		TextPage: loaded.TextPage,
		Count:    2 * count.Count, // makes room for those that UTF-16 writes as two
	})
	if err != nil {
		return "", err
	}
	return text.Text, nil
}

func pageAt(d references.FPDF_DOCUMENT, i int) requests.Page {
	return requests.Page{ByIndex: &requests.PageByIndex{Document: d, Index: i}}
}

// joinHyphens puts words together that PDFium found parted at a line's end: it
// writes U+0002 or U+FFFE for a hyphen there.
func joinHyphens(s string) string { return hyphens.Replace(clean(s)) }

var hyphens = strings.NewReplacer("\x02\r\n", "", "\x02", "", "\uFFFE\r\n", "", "\uFFFE", "")
