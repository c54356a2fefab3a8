package render

import (
	"context"
	"errors"
	"image"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"folderfront/server/thumb/raster"
)

// specimen is what a font shows of itself: size and text of each line, the size in hundredths
// of the width.
var specimen = []struct {
	size float64
	text string
}{
	{38, "Aa"}, {8, "ABCDEFGHIJKLM"}, {8, "NOPQRSTUVWXYZ"}, {8, "abcdefghijklm"}, {8, "nopqrstuvwxyz"}, {8, "0123456789 &?!"},
}

// fontPicture draws a specimen of a TrueType or OpenType font, or the first of a collection.
func fontPicture(_ context.Context, doc *document, width int) (*picture, error) {
	f, err := openFont(doc)
	if err != nil {
		return nil, err
	}
	img := image.NewRGBA(image.Rect(0, 0, width, width))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	y, shown := fixed.I(width)/40, false
	for _, line := range specimen {
		face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: line.size * float64(width) / 100, DPI: 72})
		if err != nil {
			return nil, err
		}
		d := font.Drawer{Dst: img, Src: image.Black, Face: face}
		wide := d.MeasureString(line.text)
		shown = shown || wide > 0
		d.Dot = fixed.Point26_6{X: (fixed.I(width) - wide) / 2, Y: y + fixed.Int26_6(line.size*float64(width)/100*64)}
		d.DrawString(line.text)
		y += fixed.Int26_6(line.size * 1.25 * float64(width) / 100 * 64)
	}
	if !shown {
		return nil, errors.New("a font without Latin letters")
	}
	return drawn(raster.FromImage(img, raster.Target{Width: width})), nil
}

func openFont(doc *document) (*sfnt.Font, error) {
	if magic("ttcf")(doc) {
		c, err := opentype.ParseCollectionReaderAt(doc.file)
		if err != nil {
			return nil, err
		}
		return c.Font(0)
	}
	return opentype.ParseReaderAt(doc.file)
}
