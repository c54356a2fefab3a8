package render

import (
	"encoding/binary"

	"github.com/bep/imagemeta"
)

// metaFormats are the formats whose orientation is looked for. HEIF says it in other ways.
var metaFormats = map[string]imagemeta.ImageFormat{
	"jpeg": imagemeta.JPEG, "png": imagemeta.PNG, "webp": imagemeta.WebP, "tiff": imagemeta.TIFF,
}

// orientation is how a picture is to be turned, as Exif says; 0 when it doesn't.
func orientation(doc *document) (turn int) {
	format, ok := metaFormats[formatOf(doc)]
	if !ok {
		return 0
	}
	imagemeta.Decode(imagemeta.Options{
		R:           doc.reader(),
		ImageFormat: format,
		Sources:     imagemeta.EXIF,
		ShouldHandleTag: func(tag imagemeta.TagInfo) bool {
			return tag.Namespace == "IFD0" && tag.Tag == "Orientation"
		},
		HandleTag: func(tag imagemeta.TagInfo) error {
			if v, ok := tag.Value.(uint16); ok {
				turn = int(v)
			}
			return imagemeta.ErrStopWalking
		},
	})
	return turn
}

// maxProfile bounds an ICC profile, in bytes.
const maxProfile = 4 << 20

// profileOf is the ICC profile of a WebP (its ICCP chunk, RFC 9649, 2.7.1.4); nil for none.
func profileOf(doc *document) []byte {
	if formatOf(doc) != "webp" {
		return nil
	}
	var head [8]byte
	for at := int64(12); ; {
		if _, err := doc.file.ReadAt(head[:], at); err != nil {
			return nil
		}
		size := int64(binary.LittleEndian.Uint32(head[4:]))
		switch string(head[:4]) {
		case "ICCP":
			return doc.bytes(at+8, size, maxProfile)
		case "VP8 ", "VP8L":
			return nil // the profile comes before the picture
		}
		at += 8 + size + size&1
	}
}
