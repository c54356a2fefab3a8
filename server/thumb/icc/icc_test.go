package icc

import (
	"encoding/binary"
	"errors"
	"math"
	"testing"

	"folderfront/server/thumb/raster"
)

// profile builds a profile from tags.
func profile(space, pcs string, tags map[string][]byte) []byte {
	out := make([]byte, headerSize)
	copy(out[16:], space)
	copy(out[20:], pcs)
	copy(out[36:], "acsp")
	out = binary.BigEndian.AppendUint32(out, uint32(len(tags)))
	at := len(out) + 12*len(tags)
	var bodies []byte
	for name, body := range tags {
		out = append(out, name...)
		out = binary.BigEndian.AppendUint32(out, uint32(at+len(bodies)))
		out = binary.BigEndian.AppendUint32(out, uint32(len(body)))
		bodies = append(bodies, body...)
	}
	return append(out, bodies...)
}

func point(x, y, z float64) []byte {
	out := []byte("XYZ \x00\x00\x00\x00")
	for _, v := range []float64{x, y, z} {
		out = binary.BigEndian.AppendUint32(out, uint32(int32(math.Round(v*65536))))
	}
	return out
}

func gamma(g float64) []byte {
	out := append([]byte("curv\x00\x00\x00\x00"), 0, 0, 0, 1)
	return binary.BigEndian.AppendUint16(out, uint16(g*256))
}

func parametric(kind int, params ...float64) []byte {
	out := append([]byte("para\x00\x00\x00\x00"), 0, byte(kind), 0, 0)
	for _, v := range params {
		out = binary.BigEndian.AppendUint32(out, uint32(int32(math.Round(v*65536))))
	}
	return out
}

// srgbTags are sRGB's own primaries under D50.
func matrixProfile(trc []byte, swapped bool) []byte {
	red, green := point(.4361, .2225, .0139), point(.3851, .7169, .0971)
	if swapped {
		red, green = green, red
	}
	return profile("RGB ", "XYZ ", map[string][]byte{
		"rXYZ": red, "gXYZ": green, "bXYZ": point(.1431, .0606, .7141), "rTRC": trc, "gTRC": trc, "bTRC": trc,
	})
}

func srgbCurve() []byte { return parametric(3, 2.4, 1/1.055, .055/1.055, 1/12.92, .04045) }

func picture(model raster.Model, px ...byte) *raster.Image {
	m := raster.New(model, len(px)/int(model), 1)
	copy(m.Pix, px)
	return m
}

func TestConvert(t *testing.T) {
	for _, c := range []struct {
		name    string
		profile []byte
		in      *raster.Image
		want    []byte
	}{
		{"sRGB is left alone", matrixProfile(srgbCurve(), false), picture(raster.RGB, 12, 200, 77), []byte{12, 200, 77}},
		{"red and green swapped", matrixProfile(srgbCurve(), true), picture(raster.RGB, 255, 0, 0, 0, 255, 0, 90, 200, 30), []byte{0, 255, 0, 255, 0, 0, 200, 90, 30}},
		{"linear light", matrixProfile(gamma(1), false), picture(raster.RGB, 55, 55, 55, 255, 255, 255), []byte{128, 128, 128, 255, 255, 255}},
		{"grey of gamma 1", profile("GRAY", "XYZ ", map[string][]byte{"kTRC": gamma(1)}), picture(raster.Gray, 55, 0, 255), []byte{128, 0, 255}},
		{"ink by a table", inkProfile(1), picture(raster.CMYK, 0, 0, 0, 0, 0, 0, 0, 255, 0, 0, 0, 128), []byte{255, 255, 255, 0, 0, 0, 118, 118, 118}},
		{"ink by a 16-bit table", inkProfile(2), picture(raster.CMYK, 0, 0, 0, 0, 0, 0, 0, 255, 0, 0, 0, 128), []byte{255, 255, 255, 0, 0, 0, 118, 118, 118}},
		{"ink by a newer table", newInkProfile(), picture(raster.CMYK, 0, 0, 0, 0, 0, 0, 0, 255, 0, 0, 0, 128), []byte{255, 255, 255, 0, 0, 0, 118, 118, 118}},
		{"a profile for another model", inkProfile(1), picture(raster.RGB, 1, 2, 3), []byte{1, 2, 3}},
	} {
		tr, err := New(c.profile)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		got := tr.Convert(c.in)
		if len(got.Pix) != len(c.want) {
			t.Errorf("%s: %d samples, want %d", c.name, len(got.Pix), len(c.want))
			continue
		}
		for i, v := range got.Pix {
			if d := int(v) - int(c.want[i]); d < -2 || d > 2 {
				t.Errorf("%s: %v, want %v", c.name, got.Pix, c.want)
				break
			}
		}
	}
}

// labCorners is a grid of two points along each ink: any ink is black, L falling from 100 to 0
// with black alone; a and b are neutral.
func inkProfile(width int) []byte {
	name, neutral, white := "mft1", uint16(128), uint16(255)
	if width == 2 {
		name, neutral, white = "mft2", 0x8000, 0xff00
	}
	put := func(out []byte, v uint16) []byte {
		if width == 1 {
			return append(out, byte(v))
		}
		return binary.BigEndian.AppendUint16(out, v)
	}
	tag := make([]byte, 48)
	copy(tag, name)
	tag[8], tag[9], tag[10] = 4, 3, 2
	points := 256
	if width == 2 {
		tag = append(tag, 0, 2, 0, 2)
		points = 2
	}
	ramp := func(n int) {
		for range n {
			for i := range points {
				if width == 1 {
					tag = append(tag, byte(i))
				} else {
					tag = binary.BigEndian.AppendUint16(tag, uint16(i*65535))
				}
			}
		}
	}
	ramp(4)
	for corner := range 16 {
		l := white
		if corner&1 == 1 { // the last ink, black
			l = 0
		}
		tag = put(put(put(tag, l), neutral), neutral)
	}
	ramp(3)
	return profile("CMYK", "Lab ", map[string][]byte{"A2B0": tag})
}

func newInkProfile() []byte {
	tag := make([]byte, 32)
	copy(tag, "mAB ")
	tag[8], tag[9] = 4, 3
	set := func(i int) { binary.BigEndian.PutUint32(tag[12+4*i:], uint32(len(tag))) }
	identity := func(n int) {
		for range n {
			tag = append(tag, "curv\x00\x00\x00\x00\x00\x00\x00\x00"...)
		}
	}
	set(0)
	identity(3)
	set(1)
	for i := range 12 {
		v := uint32(0)
		if i%4 == 0 && i < 9 {
			v = 1 << 16
		}
		tag = binary.BigEndian.AppendUint32(tag, v)
	}
	set(2)
	identity(3)
	set(3)
	tag = append(tag, 2, 2, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0)
	for corner := range 16 {
		l := uint16(65535)
		if corner&1 == 1 {
			l = 0
		}
		for _, v := range []uint16{l, 0x8080, 0x8080} {
			tag = binary.BigEndian.AppendUint16(tag, v)
		}
	}
	set(4)
	identity(4)
	return profile("CMYK", "Lab ", map[string][]byte{"A2B1": tag})
}

func TestParametricCurves(t *testing.T) {
	for _, c := range []struct {
		tag  []byte
		x, y float64
	}{
		{parametric(0, 2), .5, .25},
		{parametric(1, 2, 1, -.25), .5, .0625},
		{parametric(1, 2, 1, -.25), .1, 0},
		{parametric(2, 2, 1, 0, .25), .5, .5},
		{srgbCurve(), .02, .02 / 12.92},
		{parametric(4, 1, 1, 0, .5, .5, .1, .2), .25, .325},
		{parametric(4, 1, 1, 0, .5, .5, .1, .2), .75, .85},
	} {
		got, size, err := newCurve(c.tag)
		if err != nil || size != len(c.tag) || math.Abs(float64(got.at(float32(c.x)))-c.y) > .002 {
			t.Errorf("%x at %v: %v, size %d, error %v; want %v", c.tag[8:], c.x, got.at(float32(c.x)), size, err, c.y)
		}
	}
}

func TestUntagged(t *testing.T) {
	got := Untagged(picture(raster.CMYK, 0, 0, 0, 0, 0, 0, 0, 255, 255, 0, 0, 0, 0, 255, 255, 0))
	want := []byte{255, 255, 255, 44, 46, 53, 0, 185, 242, 255, 46, 23}
	for i, v := range got.Pix {
		if d := int(v) - int(want[i]); d < -2 || d > 2 {
			t.Errorf("got %v, want about %v", got.Pix, want)
			break
		}
	}
	rgb := picture(raster.RGB, 1, 2, 3)
	if Untagged(rgb) != rgb {
		t.Error("RGB was converted")
	}
}

func TestUnusableProfiles(t *testing.T) {
	good := matrixProfile(srgbCurve(), false)
	for name, p := range map[string][]byte{
		"empty":            nil,
		"a header alone":   good[:headerSize],
		"no signature":     make([]byte, 500),
		"an unknown space": profile("HSV ", "XYZ ", nil),
		"ink, no table":    profile("CMYK", "Lab ", nil),
		"no curves":        profile("RGB ", "XYZ ", nil),
		"no grey curve":    profile("GRAY", "XYZ ", nil),
		"an odd curve":     profile("GRAY", "XYZ ", map[string][]byte{"kTRC": []byte("text\x00\x00\x00\x00\x00\x00\x00\x00")}),
		"too many points":  profile("GRAY", "XYZ ", map[string][]byte{"kTRC": []byte("curv\x00\x00\x00\x00\xff\xff\xff\xff")}),
		"an odd table":     profile("CMYK", "Lab ", map[string][]byte{"A2B0": make([]byte, 100)}),
		"a short table":    profile("CMYK", "Lab ", map[string][]byte{"A2B0": append([]byte("mft2\x00\x00\x00\x00\x04\x03\x11"), make([]byte, 60)...)}),
		"a huge grid":      profile("CMYK", "Lab ", map[string][]byte{"A2B0": append([]byte("mft1\x00\x00\x00\x00\x04\x03\xff"), make([]byte, 60)...)}),
		"offsets outside":  profile("CMYK", "Lab ", map[string][]byte{"A2B0": append([]byte("mAB \x00\x00\x00\x00\x04\x03\x00\x00\xff\xff\xff\xff"), make([]byte, 60)...)}),
	} {
		if _, err := New(p); !errors.Is(err, ErrProfile) {
			t.Errorf("%s: %v, want ErrProfile", name, err)
		}
	}
	for n := 0; n < len(good); n += 3 {
		if _, err := New(good[:n]); err == nil {
			t.Errorf("cut at %d it was accepted", n)
		}
	}
}

func FuzzNew(f *testing.F) {
	f.Add(matrixProfile(srgbCurve(), true))
	f.Add(inkProfile(1))
	f.Add(inkProfile(2))
	f.Add(newInkProfile())
	f.Fuzz(func(t *testing.T, data []byte) {
		tr, err := New(data)
		if err != nil {
			return
		}
		m := picture(tr.model, []byte{1, 2, 3, 4, 200, 100, 50, 25, 255, 255, 0, 0}[:12/int(tr.model)*int(tr.model)]...)
		if out := tr.Convert(m); out.W != m.W || out.H != m.H {
			t.Errorf("%d × %d became %d × %d", m.W, m.H, out.W, out.H)
		}
	})
}
