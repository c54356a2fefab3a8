package raster

// Orient turns m as an Exif orientation of 1 to 8 says (Exif 2.32, tag 0x0112); other values
// leave it as it is. The result's extent is all of it, so it is meant for the final picture.
func Orient(m *Image, orientation int) *Image {
	if orientation < 2 || orientation > 8 {
		return m
	}
	w, h := m.W, m.H
	if orientation >= 5 {
		w, h = h, w
	}
	out := New(m.Model, w, h)
	n := int(m.Model)
	for y := range h {
		row := out.Row(y)
		for x := range w {
			sx, sy := source(orientation, x, y, m.W, m.H)
			copy(row[x*n:][:n], m.Pix[(sy*m.W+sx)*n:])
		}
	}
	return out
}

// source is where the pixel that ends up at x, y comes from in a picture of w×h.
func source(orientation, x, y, w, h int) (int, int) {
	switch orientation {
	case 2:
		return w - 1 - x, y
	case 3:
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6:
		return y, h - 1 - x
	case 7:
		return w - 1 - y, h - 1 - x
	}
	return w - 1 - y, x // 8
}
