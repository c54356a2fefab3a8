package render

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"

	"folderfront/server/thumb/psd"
	"folderfront/server/thumb/raster"
	"folderfront/server/thumb/still"
	"folderfront/server/thumb/svg"
)

// maxSVG bounds an SVG, in bytes after inflating.
const maxSVG = 32 << 20

// svgPicture draws an SVG, or an SVGZ.
func svgPicture(ctx context.Context, doc *document, width int) (*picture, error) {
	var r io.Reader = doc.reader()
	if bytes.HasPrefix(doc.head, []byte("\x1f\x8b")) {
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, err
		}
		r = z
	}
	data, err := readAll(r, maxSVG)
	if err != nil {
		return nil, err
	}
	img, err := svg.Draw(ctx, data, raster.Target{Width: width}, doc.cacheDir)
	if err != nil {
		return nil, err
	}
	return drawn(raster.FromImage(img, raster.Target{Width: width})), nil
}

// drawn is a picture that was made at the size asked for.
func drawn(img *raster.Image) *picture { return &picture{img: img, w: img.W, h: img.H} }

// readAll reads everything, unless that is more than most bytes.
func readAll(r io.Reader, most int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(data)) > most {
		return nil, errTooLarge
	}
	return data, err
}

// psdPicture is the composite; a document stored without one has a small picture at least.
func psdPicture(_ context.Context, doc *document, width int) (*picture, error) {
	d, err := psd.Open(doc.file, doc.size)
	if err != nil {
		return nil, err
	}
	p, err := d.Composite(raster.Target{Width: width})
	if err != nil {
		return nil, err
	}
	return &picture{img: p.Image, w: p.W, h: p.H, profile: p.Profile}, nil
}

func psdThumbnail(ctx context.Context, doc *document, width int) (*picture, error) {
	d, err := psd.Open(doc.file, doc.size)
	if err != nil {
		return nil, err
	}
	return doc.inner(ctx, d.Thumbnail, "resource.jpg", width)
}

// stillPicture is the way for a format of package still.
func stillPicture(f *still.Format) func(context.Context, *document, int) (*picture, error) {
	return func(ctx context.Context, doc *document, width int) (*picture, error) {
		img, err := f.Decode(ctx, doc.reader(), doc.size, doc.cacheDir)
		if err != nil {
			return nil, err
		}
		b := img.Bounds()
		return &picture{img: raster.FromImage(img, raster.Target{Width: width}), w: b.Dx(), h: b.Dy()}, nil
	}
}
