package icc

import "folderfront/server/thumb/raster"

// inks is the polynomial for CMYK without a profile that Mozilla's pdf.js uses (Apache-2.0,
// src/core/colorspace.js), fitted to US Web Coated (SWOP): 255 plus, for red, green and blue,
// these factors of c², cm, cy, ck, c, m², my, mk, m, y², yk, y, k², k.
var inks = [3][14]float32{
	{-4.3873324, 54.486152, 18.822905, 212.25662, -285.2331, 1.7149763, -5.6096737, -17.873871, -5.4970064, -2.521734, -21.248923, 17.511927, -21.861221, -189.48181},
	{8.841041, 60.118027, 6.8714256, 31.1591, -79.297084, -15.310361, 17.575251, 131.35251, -190.9453, 4.444339, 9.863286, -24.867416, -20.737325, -187.80454},
	{.88425224, 8.078678, 30.899783, -.23883239, -14.183577, 10.495933, 63.023785, 50.606958, -112.23884, .03296041, 115.603844, -193.58209, -22.338168, -180.12614},
}

// Untagged converts ink without a profile to sRGB; other models are returned as they are.
func Untagged(m *raster.Image) *raster.Image {
	if m.Model != raster.CMYK {
		return m
	}
	out := raster.New(raster.RGB, m.W, m.H)
	for i, o := 0, 0; i < len(m.Pix); i, o = i+4, o+3 {
		c, mg := float32(m.Pix[i])/255, float32(m.Pix[i+1])/255
		y, k := float32(m.Pix[i+2])/255, float32(m.Pix[i+3])/255
		for j, f := range inks {
			v := 255 + c*(f[0]*c+f[1]*mg+f[2]*y+f[3]*k+f[4]) + mg*(f[5]*mg+f[6]*y+f[7]*k+f[8]) + y*(f[9]*y+f[10]*k+f[11]) + k*(f[12]*k+f[13])
			out.Pix[o+j] = byte(max(0, min(255, v)) + .5)
		}
	}
	return out
}
