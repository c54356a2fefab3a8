package render

import (
	"github.com/bep/imagemeta"
)

// meta is what a picture file says beside its pixels.
type meta struct {
	orientation int
	profile     []byte
}

// metaFormats are the formats whose orientation is looked for.
var metaFormats = map[string]imagemeta.ImageFormat{
	"jpeg": imagemeta.JPEG, "png": imagemeta.PNG, "webp": imagemeta.WebP, "tiff": imagemeta.TIFF,
}

// readMeta reads the orientation; what can't be read is left out.
func readMeta(doc *document) meta {
	var m meta
	format, ok := metaFormats[formatOf(doc)]
	if !ok {
		return m
	}
	m.orientation = orientation(doc, format)
	return m
}

func orientation(doc *document, format imagemeta.ImageFormat) (turn int) {
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
