package raster

import (
	"image"
	"image/color"
	"math"
	"testing"
)

func TestFit(t *testing.T) {
	for _, c := range []struct {
		w, h         float64
		width        int
		turned       bool
		wantW, wantH int
	}{
		{4000, 3000, 200, false, 200, 150},
		{100, 50, 200, false, 100, 50},  // never enlarged
		{100, 10000, 50, false, 2, 200}, // at most four times as high
		{3000, 4000, 200, true, 150, 200},
		{10000, 1, 200, false, 200, 1},
		{1, 65535, 16, false, 1, 64},
	} {
		w, h := Target{c.width, c.turned}.Fit(c.w, c.h)
		if w != c.wantW || h != c.wantH {
			t.Errorf("%v × %v at %d: %d × %d, want %d × %d", c.w, c.h, c.width, w, h, c.wantW, c.wantH)
		}
	}
}

func TestCheckSize(t *testing.T) {
	for _, c := range []struct {
		w, h int
		fine bool
	}{{1, 1, true}, {65535, 1000, true}, {0, 1, false}, {1, -1, false}, {65536, 1, false}, {50000, 50000, false}} {
		if err := CheckSize(c.w, c.h, MaxWhole); (err == nil) != c.fine {
			t.Errorf("%d × %d: %v", c.w, c.h, err)
		}
	}
}

// wave is a smooth picture of any size: every size shows the same.
func wave(model Model, w, h int) *Image {
	m := New(model, w, h)
	for y := range h {
		for x := range w {
			for c := range int(model) {
				fx, fy := (float64(x)+.5)/float64(w), (float64(y)+.5)/float64(h)
				m.Pix[(y*w+x)*int(model)+c] = byte(128 + 100*math.Sin(5*fx+float64(c))*math.Cos(4*fy))
			}
		}
	}
	return m
}

func decibels(a, b *Image) float64 {
	if a.W != b.W || a.H != b.H || a.Model != b.Model {
		return 0
	}
	sum := 0.
	for i := range a.Pix {
		d := float64(a.Pix[i]) - float64(b.Pix[i])
		sum += d * d
	}
	return 10 * math.Log10(255*255*float64(len(a.Pix))/max(sum, 1e-9))
}

func shrink(m *Image, factor int) *Image {
	s := NewShrinker(m.Model, m.W, m.H, factor)
	for y := range m.H {
		s.Row(m.Row(y))
	}
	return s.Image()
}

func TestShrinkingKeepsPlaces(t *testing.T) {
	for _, model := range []Model{Gray, RGB, CMYK} {
		large := wave(model, 503, 351) // no multiple of the factors
		for _, factor := range []int{1, 2, 4, 7} {
			small := shrink(large, factor)
			if small.ExtentW != 503/float64(factor) || small.ExtentH != 351/float64(factor) {
				t.Errorf("model %d by %d: extent %v × %v", model, factor, small.ExtentW, small.ExtentH)
			}
			if db := decibels(Resample(small, 30, 21), wave(model, 30, 21)); db < 45 {
				t.Errorf("model %d by %d: %.1f dB, want at least 45", model, factor, db)
			}
		}
	}
}

func TestIgnoringTheExtentShiftsEverything(t *testing.T) {
	small := shrink(wave(RGB, 1001, 701), 32)
	right := decibels(Resample(small, 30, 21), wave(RGB, 30, 21))
	small.ExtentW, small.ExtentH = float64(small.W), float64(small.H)
	wrong := decibels(Resample(small, 30, 21), wave(RGB, 30, 21))
	if wrong > right-5 {
		t.Errorf("%.1f dB without the extent and %.1f with: it isn't used", wrong, right)
	}
}

func TestShrinkerTakesNoMoreRowsThanThereAre(t *testing.T) {
	s := NewShrinker(Gray, 2, 2, 1)
	for range 5 {
		s.Row([]byte{9, 9})
	}
	if s.Missing() != 0 || len(s.Image().Pix) != 4 {
		t.Errorf("%d rows missing, %d samples", s.Missing(), len(s.Image().Pix))
	}
}

func TestResampleKeepsFlatColours(t *testing.T) {
	m := New(RGB, 50, 40)
	for i := range m.Pix {
		m.Pix[i] = []byte{10, 200, 255}[i%3]
	}
	for _, size := range [][2]int{{7, 5}, {50, 40}, {80, 70}, {1, 1}} {
		out := Resample(m, size[0], size[1])
		for i, v := range out.Pix {
			if v != []byte{10, 200, 255}[i%3] {
				t.Errorf("at %v sample %d is %d", size, i, v)
				break
			}
		}
	}
}

func TestOrient(t *testing.T) {
	m := New(Gray, 2, 3)
	copy(m.Pix, []byte{1, 2, 3, 4, 5, 6}) // rows 12, 34, 56
	for orientation, want := range map[int]string{
		0: "123456", 1: "123456", 2: "214365", 3: "654321", 4: "563412", 5: "135246", 6: "531642", 7: "642531", 8: "246135", 9: "123456",
	} {
		got := ""
		for _, v := range Orient(m, orientation).Pix {
			got += string('0' + rune(v))
		}
		if got != want {
			t.Errorf("orientation %d: %s, want %s", orientation, got, want)
		}
	}
}

func TestFromImageLaysOnWhite(t *testing.T) {
	r := image.Rect(3, 4, 5, 6) // away from the origin
	half := color.NRGBA{0, 0, 0, 128}
	palette := image.NewPaletted(r, color.Palette{half})
	for _, img := range []interface {
		image.Image
		Set(int, int, color.Color)
	}{image.NewRGBA(r), image.NewNRGBA(r), image.NewNRGBA64(r), image.NewRGBA64(r), palette} {
		for y := r.Min.Y; y < r.Max.Y; y++ {
			for x := r.Min.X; x < r.Max.X; x++ {
				img.Set(x, y, half)
			}
		}
		got := FromImage(img, Target{Width: 2})
		for _, v := range got.Pix {
			if v < 126 || v > 129 {
				t.Errorf("%T: %v, want grey", img, got.Pix)
				break
			}
		}
	}
}

func TestFromImageAndBack(t *testing.T) {
	grey := image.NewGray(image.Rect(0, 0, 2, 1))
	grey.Pix = []byte{7, 8}
	deep := image.NewGray16(image.Rect(0, 0, 1, 1))
	deep.Pix = []byte{9, 200}
	ink := image.NewCMYK(image.Rect(0, 0, 1, 1))
	ink.Pix = []byte{1, 2, 3, 4}
	for _, c := range []struct {
		img   image.Image
		model Model
		want  string
	}{{grey, Gray, "\x07\x08"}, {deep, Gray, "\x09"}, {ink, CMYK, "\x01\x02\x03\x04"}} {
		got := FromImage(c.img, Target{Width: 2})
		if got.Model != c.model || string(got.Pix) != c.want {
			t.Errorf("%T: model %d, %v", c.img, got.Model, got.Pix)
		}
	}
	m := New(RGB, 1, 1)
	copy(m.Pix, []byte{1, 2, 3})
	if got := m.ToImage().At(0, 0); got != (color.RGBA{1, 2, 3, 255}) {
		t.Errorf("back to %v", got)
	}
	if _, ok := New(Gray, 1, 1).ToImage().(*image.Gray); !ok {
		t.Error("grey doesn't stay grey")
	}
}

func TestPlanesShrinkAsPixelsDo(t *testing.T) {
	for _, size := range []image.Point{{64, 48}, {65, 49}, {300, 201}, {127, 1}, {1, 90}} {
		m := image.NewYCbCr(image.Rectangle{Max: size}, image.YCbCrSubsampleRatio420)
		for i := range m.Y {
			m.Y[i] = byte(100 + 60*math.Sin(float64(i%m.YStride)/9)*math.Cos(float64(i/m.YStride)/7))
		}
		for i := range m.Cb {
			m.Cb[i], m.Cr[i] = byte(110+i%m.CStride/4), byte(140-i/m.CStride/4)
		}
		got := fromPlanes(m, 5)
		s := NewShrinker(RGB, size.X, size.Y, 4)
		row := make([]byte, 3*size.X)
		for y := range size.Y {
			rowYCbCr(m, m.Rect, y, row)
			s.Row(row)
		}
		want := s.Image()
		if got.W != want.W || got.H != want.H || got.ExtentW != want.ExtentW || got.ExtentH != want.ExtentH {
			t.Errorf("%v: %d × %d of %v × %v, want %d × %d of %v × %v", size, got.W, got.H, got.ExtentW, got.ExtentH, want.W, want.H, want.ExtentW, want.ExtentH)
			continue
		}
		for i := range want.Pix {
			if d := int(got.Pix[i]) - int(want.Pix[i]); d < -3 || d > 3 {
				t.Errorf("%v: sample %d is %d, want %d", size, i, got.Pix[i], want.Pix[i])
				break
			}
		}
	}
	if isPlanar(image.NewYCbCr(image.Rect(0, 0, 9, 9), image.YCbCrSubsampleRatio444), 4) || isPlanar(image.NewYCbCr(image.Rect(0, 0, 9, 9), image.YCbCrSubsampleRatio420), 1) {
		t.Error("planes are shrunk that can't be")
	}
}
