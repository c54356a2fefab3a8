package render

import (
	"context"
	"encoding/binary"
	"runtime"
	"strconv"

	"folderfront/server/thumb/heif"
)

// heifThumbnail is the small picture that cameras put beside the large one. Most code it by
// HEVC, for which an installed ffmpeg is needed; some as a JPEG.
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
		var png []byte
		if png, err = ffmpeg(ctx, nil, []string{"-f", "hevc"}, annexB(item)); err == nil {
			pic, err = doc.inner(ctx, png, "thmb.png", width)
		}
	default:
		err = errNone
	}
	if err != nil {
		return nil, err
	}
	pic.orientation, pic.profile = item.Orientation, item.Profile
	return pic, nil
}

// heifTool is the large picture, by an installed heif-thumbnailer (libheif), upright already. It
// makes it coarsely, so it is asked for more than is needed.
func heifTool(ctx context.Context, doc *document, width int) (*picture, error) {
	if doc.osFile == nil || runtime.GOOS == "windows" {
		return nil, errNone
	}
	data, err := runTool(ctx, doc.osFile, "heif-thumbnailer", "-s", strconv.Itoa(4*width), "-p", "/dev/fd/0", "/dev/stdout")
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
