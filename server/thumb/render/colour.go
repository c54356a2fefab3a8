package render

import "folderfront/server/thumb/raster"

// toSRGB converts a small picture to sRGB.
func toSRGB(img *raster.Image, profile []byte) *raster.Image {
	if img.Model != raster.CMYK {
		return img
	}
	out := raster.New(raster.RGB, img.W, img.H)
	for i, j := 0, 0; i < len(img.Pix); i, j = i+4, j+3 {
		k := 255 - int(img.Pix[i+3])
		for c := range 3 {
			out.Pix[j+c] = byte((255 - int(img.Pix[i+c])) * k / 255)
		}
	}
	return out
}
