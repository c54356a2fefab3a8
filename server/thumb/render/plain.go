package render

import (
	"context"
	"image"
	"image/gif"
	"image/jpeg"
	"io"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"

	"folderfront/server/thumb/raster"
)

// What Go's own decoders read: they hold the whole picture, so its size is looked at first.

// plainJPEG is for what the scaled decoder refuses.
func plainJPEG(_ context.Context, doc *document, width int) (*picture, error) {
	return plain(doc, width, jpeg.DecodeConfig, jpeg.Decode)
}

func gifPicture(_ context.Context, doc *document, width int) (*picture, error) {
	return plain(doc, width, gif.DecodeConfig, gif.Decode) // the first frame only
}

func webpPicture(_ context.Context, doc *document, width int) (*picture, error) {
	return plain(doc, width, webp.DecodeConfig, webp.Decode)
}

func bmpPicture(_ context.Context, doc *document, width int) (*picture, error) {
	return plain(doc, width, bmp.DecodeConfig, bmp.Decode)
}

func tiffPicture(_ context.Context, doc *document, width int) (*picture, error) {
	return plain(doc, width, tiff.DecodeConfig, tiff.Decode)
}

func plain(doc *document, width int, config func(io.Reader) (image.Config, error), decode func(io.Reader) (image.Image, error)) (*picture, error) {
	c, err := config(doc.reader())
	if err != nil {
		return nil, err
	}
	if err := raster.CheckSize(c.Width, c.Height, raster.MaxWhole); err != nil {
		return nil, err
	}
	img, err := decode(doc.reader())
	if err != nil {
		return nil, err
	}
	turn := orientation(doc)
	b := img.Bounds()
	small := raster.FromImage(img, target(width, turn))
	return &picture{img: small, w: b.Dx(), h: b.Dy(), profile: profileOf(doc), orientation: turn}, nil
}
