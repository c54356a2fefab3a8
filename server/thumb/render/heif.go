package render

import (
	"context"
	"encoding/binary"
	"runtime"
	"strconv"
	"time"

	"folderfront/server/thumb/heif"
)

// heifThumbnail is the small picture that cameras put beside the large one. Most code it by
// HEVC, for which an installed tool is needed; some as a JPEG. Where the large one can be had
// and more is wanted than the small one has, it gives way.
func heifThumbnail(ctx context.Context, doc *document, width int) (*picture, error) {
	item, err := heif.Thumbnail(doc.file, doc.size)
	if err != nil {
		return nil, err
	}
	var pic *picture
	switch item.Type {
	case "jpeg":
		pic, err = doc.inner(ctx, item.Data, "thmb.jpg", width)
	case "hvc1":
		pic, err = hevcThumbnail(ctx, doc, item, width)
	default:
		err = errNone
	}
	if err != nil {
		return nil, err
	}
	pic.orientation, pic.profile = item.Orientation, item.Profile
	if pic.w < width {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second) // better a small picture than none
		defer cancel()
		if large, err := heifTool(ctx, doc, width); err == nil {
			return large, nil
		}
	}
	return pic, nil
}

// hevcThumbnail decodes the small picture, not turned, by an installed ffmpeg.
func hevcThumbnail(ctx context.Context, doc *document, item *heif.Item, width int) (*picture, error) {
	png, err := ffmpeg(ctx, nil, []string{"-f", "hevc"}, annexB(item))
	if err != nil {
		return nil, err
	}
	return doc.inner(ctx, png, "thmb.png", width)
}

// heifTool is the large picture, by an installed heif-thumbnailer (libheif), upright already. It
// makes it coarsely, so it is asked for more than is needed.
func heifTool(ctx context.Context, doc *document, width int) (*picture, error) {
	return libheif(ctx, doc, width, "-s", strconv.Itoa(4*width), "-p")
}

// heifSmall is the small picture, if it is wide enough, in the same way: that program starts
// much faster than ffmpeg.
func heifSmall(ctx context.Context, doc *document, width int) (*picture, error) {
	item, err := heif.Thumbnail(doc.file, doc.size)
	if err != nil || item.Type != "hvc1" {
		return nil, errNone
	}
	pic, err := libheif(ctx, doc, width, "-s", strconv.Itoa(4*width))
	if err != nil || pic.w < width {
		return nil, errNone
	}
	pic.profile = item.Profile
	return pic, nil
}

func libheif(ctx context.Context, doc *document, width int, args ...string) (*picture, error) {
	if doc.osFile == nil || runtime.GOOS == "windows" {
		return nil, errNone
	}
	data, err := runTool(ctx, doc.osFile, "heif-thumbnailer", append(args, "/dev/fd/0", "/dev/stdout")...)
	if err != nil {
		return nil, err
	}
	return doc.inner(ctx, data, "heif.png", width)
}

// annexB turns an HEVC item into a byte stream (H.265, annex B): the parameter sets of its
// configuration (ISO/IEC 14496-15, 8.3.3.1), then its data, with start codes for lengths.
func annexB(item *heif.Item) []byte {
	var out []byte
	unit := func(b []byte, wide int) []byte {
		if len(b) < wide {
			return nil
		}
		n := 0
		for _, v := range b[:wide] {
			n = n<<8 | int(v)
		}
		if b = b[wide:]; n > len(b) {
			return nil
		}
		out = append(append(out, 0, 0, 0, 1), b[:n]...)
		return b[n:]
	}
	config := item.Config
	if len(config) < 23 {
		return nil
	}
	wide, arrays := int(config[21]&3)+1, int(config[22])
	rest := config[23:]
	for range arrays {
		if len(rest) < 3 {
			return nil
		}
		n := int(binary.BigEndian.Uint16(rest[1:]))
		rest = rest[3:]
		for range n {
			rest = unit(rest, 2)
		}
	}
	for data := item.Data; len(data) > 0; {
		data = unit(data, wide)
	}
	return out
}
