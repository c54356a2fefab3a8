package render

import (
	"context"
	"errors"
	stdpng "image/png"

	"folderfront/server/thumb/jpeg"
	"folderfront/server/thumb/png"
	"folderfront/server/thumb/tiff"
	"folderfront/server/thumb/webp"
)

// The formats with decoders of our own, which make no more of a picture than is needed.

func jpegPicture(_ context.Context, doc *document, width int) (*picture, error) {
	turn := orientation(doc)
	p, err := jpeg.Decode(doc.reader(), target(width, turn))
	if err != nil {
		return nil, err
	}
	return &picture{img: p.Image, w: p.W, h: p.H, profile: p.Profile, orientation: turn}, nil
}

func pngPicture(_ context.Context, doc *document, width int) (*picture, error) {
	turn := orientation(doc)
	p, err := png.Decode(doc.reader(), target(width, turn))
	if errors.Is(err, png.ErrInterlaced) {
		return plain(doc, width, stdpng.DecodeConfig, stdpng.Decode)
	}
	if err != nil {
		return nil, err
	}
	return &picture{img: p.Image, w: p.W, h: p.H, profile: p.Profile, orientation: turn}, nil
}

func tiffPicture(_ context.Context, doc *document, width int) (*picture, error) {
	turn := orientation(doc)
	p, err := tiff.Decode(doc.file, doc.size, target(width, turn))
	if err != nil {
		return nil, err
	}
	return &picture{img: p.Image, w: p.W, h: p.H, profile: p.Profile, orientation: turn}, nil
}

func webpPicture(_ context.Context, doc *document, width int) (*picture, error) {
	turn := orientation(doc)
	p, err := webp.Decode(doc.reader(), target(width, turn))
	if err != nil {
		return nil, err
	}
	return &picture{img: p.Image, w: p.W, h: p.H, profile: profileOf(doc), orientation: turn}, nil
}
