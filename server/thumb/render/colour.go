package render

import (
	"folderfront/server/thumb/icc"
	"folderfront/server/thumb/raster"
)

// toSRGB converts a small picture to sRGB: by its profile if that is usable; otherwise ink as
// it is usually printed, and everything else as sRGB already.
func toSRGB(img *raster.Image, profile []byte) *raster.Image {
	if profile != nil {
		if t, err := icc.New(profile); err == nil {
			img = t.Convert(img)
		}
	}
	return icc.Untagged(img)
}
