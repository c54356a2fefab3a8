package render

import (
	"context"
	"image"
	"image/gif"
	"image/jpeg"
	"io"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	xwebp "golang.org/x/image/webp"

	"folderfront/server/thumb/raster"
	"folderfront/server/thumb/webp"
)

// What Go's own decoders read: they hold the whole picture, so its size is looked at first.

// plainJPEG is for what the scaled decoder refuses.
func plainJPEG(_ context.Context, doc *document, width int) (*picture, error) {
	return plain(doc, width, jpeg.DecodeConfig, jpeg.Decode)
}

func gifPicture(_ context.Context, doc *document, width int) (*picture, error) {
	return plain(doc, width, gif.DecodeConfig, gif.Decode) // the first frame only
}

// plainWebP is for what the shrinking decoder leaves: lossless, see-through and small ones.
func plainWebP(_ context.Context, doc *document, width int) (*picture, error) {
	return plain(doc, width, xwebp.DecodeConfig, func(r io.Reader) (image.Image, error) {
		img, err := xwebp.Decode(r)
		switch m := img.(type) {
		case *image.YCbCr:
			fullRange(m)
		case *image.NYCbCrA:
			fullRange(&m.YCbCr)
		}
		return img, err
	})
}

// fullRange stretches the samples of a lossy WebP to the range that Go takes them to have.
func fullRange(m *image.YCbCr) {
	for i, v := range m.Y {
		m.Y[i] = webp.Luma[v]
	}
	for _, plane := range [][]byte{m.Cb, m.Cr} {
		for i, v := range plane {
			plane[i] = webp.Chroma[v]
		}
	}
}

func bmpPicture(_ context.Context, doc *document, width int) (*picture, error) {
	return plain(doc, width, bmp.DecodeConfig, bmp.Decode)
}

// plainTIFF is for what the streaming decoder refuses.
func plainTIFF(_ context.Context, doc *document, width int) (*picture, error) {
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
