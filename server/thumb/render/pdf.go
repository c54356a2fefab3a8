package render

import (
	"bytes"
	"context"
	"errors"
	"strings"

	pdf "github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"

	"folderfront/server/thumb/raster"
	"folderfront/server/worker/pdfium"
)

// isPDF: the header may stand anywhere in the first kilobyte (ISO 32000-1, annex H.3).
func isPDF(doc *document) bool {
	return bytes.Contains(doc.head[:min(1024, len(doc.head))], []byte("%PDF-"))
}

// errPlaceholder says that the page is only Illustrator's note that there is none.
var errPlaceholder = errors.New("saved without PDF content")

// pdfPicture is the first page, drawn at the size asked for. A page that is one JPEG (a scan,
// a photograph) is decoded as such, which is faster and keeps its colours.
func pdfPicture(ctx context.Context, doc *document, width int) (*picture, error) {
	instance, err := pdfium.Start(ctx, doc.cacheDir)
	if err != nil {
		return nil, err
	}
	defer instance.Close()
	opened, err := instance.OpenDocument(&requests.OpenDocument{FileReader: doc.reader(), FileReaderSize: doc.size})
	if err != nil {
		return nil, err
	}
	p := &pdfPage{Pdfium: instance, page: requests.Page{ByIndex: &requests.PageByIndex{Document: opened.Document}}}
	if data := p.soleJPEG(); data != nil {
		if pic, err := doc.inner(ctx, data, "page.jpg", width); err == nil {
			return pic, nil
		}
	}
	if doc.ext == "ai" && p.isPlaceholder() {
		return nil, errPlaceholder
	}
	return p.draw(width)
}

// pdfPage is one page.
type pdfPage struct {
	pdf.Pdfium
	page requests.Page
}

func (p *pdfPage) draw(width int) (*picture, error) {
	size, err := p.FPDF_GetPageSizeByIndex(&requests.FPDF_GetPageSizeByIndex{Document: p.page.ByIndex.Document})
	if err != nil {
		return nil, err
	}
	if !(size.Width > 0 && size.Height > 0) {
		return nil, errNone
	}
	scale := float64(width) / size.Width
	w, h := raster.Target{Width: width}.Fit(float64(width), size.Height*scale)
	out, err := p.RenderPageInPixels(&requests.RenderPageInPixels{
		Page: p.page, Width: w, Height: h, RenderFlags: enums.FPDF_RENDER_FLAG_ANNOT,
	})
	if err != nil {
		return nil, err
	}
	defer out.Cleanup()
	return drawn(raster.FromImage(out.Result.Image, raster.Target{Width: width})), nil
}

// isPlaceholder looks for the note in what is little text.
func (p *pdfPage) isPlaceholder() bool {
	text, err := p.GetPageText(&requests.GetPageText{Page: p.page})
	return err == nil && strings.Contains(text.Text, "without PDF Content")
}

// soleJPEG is the JPEG that fills the page and is all there is on it; nil otherwise.
func (p *pdfPage) soleJPEG() []byte {
	count, err := p.FPDFPage_CountObjects(&requests.FPDFPage_CountObjects{Page: p.page})
	if err != nil || count.Count != 1 {
		return nil
	}
	object, err := p.FPDFPage_GetObject(&requests.FPDFPage_GetObject{Page: p.page})
	if err != nil || !p.isJPEG(object.PageObject) || !p.fillsPage(object.PageObject) {
		return nil
	}
	raw, err := p.FPDFImageObj_GetImageDataRaw(&requests.FPDFImageObj_GetImageDataRaw{ImageObject: object.PageObject})
	if err != nil {
		return nil
	}
	return raw.Data
}

// isJPEG reports whether an object is an RGB or grey JPEG and nothing else. Ink is left to
// PDFium: how it is to be inverted stands in the PDF.
func (p *pdfPage) isJPEG(object references.FPDF_PAGEOBJECT) bool {
	kind, err := p.FPDFPageObj_GetType(&requests.FPDFPageObj_GetType{PageObject: object})
	if err != nil || kind.Type != enums.FPDF_PAGEOBJ_IMAGE {
		return false
	}
	filters, err := p.FPDFImageObj_GetImageFilterCount(&requests.FPDFImageObj_GetImageFilterCount{ImageObject: object})
	if err != nil || filters.Count != 1 {
		return false
	}
	filter, err := p.FPDFImageObj_GetImageFilter(&requests.FPDFImageObj_GetImageFilter{ImageObject: object})
	if err != nil || filter.ImageFilter != "DCTDecode" {
		return false
	}
	meta, err := p.FPDFImageObj_GetImageMetadata(&requests.FPDFImageObj_GetImageMetadata{ImageObject: object, Page: p.page})
	return err == nil && (meta.ImageMetadata.Colorspace == enums.FPDF_COLORSPACE_DEVICERGB || meta.ImageMetadata.Colorspace == enums.FPDF_COLORSPACE_DEVICEGRAY)
}

// fillsPage reports whether an object covers the page, upright, but for a hundredth.
func (p *pdfPage) fillsPage(object references.FPDF_PAGEOBJECT) bool {
	size, err := p.FPDF_GetPageSizeByIndex(&requests.FPDF_GetPageSizeByIndex{Document: p.page.ByIndex.Document})
	if err != nil {
		return false
	}
	m, err := p.FPDFPageObj_GetMatrix(&requests.FPDFPageObj_GetMatrix{PageObject: object})
	if err != nil {
		return false
	}
	near := func(a float32, b, side float64) bool { return float64(a) > b-side/100 && float64(a) < b+side/100 }
	w, h := size.Width, size.Height
	rotation, err := p.FPDFPage_GetRotation(&requests.FPDFPage_GetRotation{Page: p.page})
	return err == nil && rotation.PageRotation == enums.FPDF_PAGE_ROTATION_NONE && m.Matrix.B == 0 && m.Matrix.C == 0 &&
		near(m.Matrix.A, w, w) && near(m.Matrix.D, h, h) && near(m.Matrix.E, 0, w) && near(m.Matrix.F, 0, h)
}
