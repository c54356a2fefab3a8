// Package render makes the picture of a document. It runs in the worker process.
//
//   - A document is one open file and its name. What it is, is read from its first bytes; the
//     name only decides between formats that look alike.
//   - A way is one attempt to get a picture out of a document. A format has one or more, best
//     first; the next is tried when one fails.
//   - A picture is what a way found: pixels, the colour profile they are meant in, and how to
//     turn them upright. Finishing makes it the exact size, sRGB and a JPEG.
//
// Every way is made for hostile files: it looks at the claimed size before it allocates, and
// reads no more than it needs. What still goes wrong is caught by the worker's limits.
package render

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/jpeg"

	"folderfront/server/thumb/raster"
	"folderfront/server/worker"
)

// Kind is the worker's name for jobs that Handle does.
const Kind = "thumb"

// Version is part of every cache key: count it up whenever the same file gives another picture.
const Version = 2

// Args is what a job asks for.
type Args struct {
	Name   string // the document's name, for its extension
	Widths []int  // in pixels, widest first; pictures may be narrower, never wider
	Office bool   // an installed LibreOffice may draw it
}

// Reply goes with the JPEGs in the result's data, one after the other.
type Reply struct {
	None     bool   // there is no picture in this document; Why says why
	Why      string // for the log
	Way      string // which way succeeded
	Pictures []Made // one for each width asked for
}

// Made is one JPEG's size.
type Made struct {
	Width, Height int // in pixels
	Bytes         int
}

// quality is that of the JPEGs that are answered.
const quality = 80

// errNone says that a document holds no picture of the kind that a way looks for.
var errNone = errors.New("no picture in it")

// Handle makes the thumbnail of job.File. A document without a picture is an answer, not an
// error.
func Handle(ctx context.Context, job worker.Job) (worker.Result, error) {
	var args Args
	if err := job.Decode(&args); err != nil {
		return worker.Result{}, err
	}
	doc, err := open(job.File, args.Name)
	if err != nil {
		return worker.Result{}, err
	}
	doc.cacheDir, doc.office = job.CacheDir, args.Office
	if len(args.Widths) == 0 {
		return worker.Result{}, errors.New("no width is asked for")
	}
	reply, data := thumbnails(ctx, doc, args.Widths)
	return worker.Result{Reply: reply, Data: data}, nil
}

// thumbnails tries one way after the other.
func thumbnails(ctx context.Context, doc *document, widths []int) (Reply, []byte) {
	failed := errNone
	for _, w := range ways(doc) {
		pic, err := attempt(ctx, w, doc, widths[0])
		if err == nil {
			reply, data, err := encode(pic, widths)
			if err == nil {
				reply.Way = w.name
				return reply, data
			}
		}
		failed = fmt.Errorf("%w; %s: %w", failed, w.name, err)
	}
	return Reply{None: true, Why: failed.Error()}, nil
}

// encode makes the JPEGs of one picture.
func encode(pic *picture, widths []int) (reply Reply, data []byte, err error) {
	var out bytes.Buffer
	for _, width := range widths {
		before := out.Len()
		img := finish(pic, width)
		if err := jpeg.Encode(&out, img.ToImage(), &jpeg.Options{Quality: quality}); err != nil {
			return reply, nil, err
		}
		reply.Pictures = append(reply.Pictures, Made{img.W, img.H, out.Len() - before})
	}
	return reply, out.Bytes(), nil
}

// attempt tries one way; a decoder's panic is a failure like any other.
func attempt(ctx context.Context, w way, doc *document, width int) (pic *picture, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	pic, err = w.picture(ctx, doc, width)
	if err == nil && (pic.img.W == 0 || pic.img.H == 0) {
		return nil, errNone
	}
	return pic, err
}

// picture is what a way found.
type picture struct {
	img         *raster.Image
	w, h        int    // of the source, in its own pixels, before it is turned
	profile     []byte // ICC profile, nil for none
	orientation int    // Exif's; 0 and 1 are upright
}

// finish makes a picture the exact size, sRGB and upright.
func finish(pic *picture, width int) *raster.Image {
	t := target(width, pic.orientation)
	w, h := t.Fit(float64(pic.w), float64(pic.h))
	img := raster.Resample(pic.img, w, h)
	img = toSRGB(img, pic.profile)
	return raster.Orient(img, pic.orientation)
}

func target(width, orientation int) raster.Target {
	return raster.Target{Width: width, Turned: orientation >= 5 && orientation <= 8}
}
