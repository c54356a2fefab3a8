package png

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	stdpng "image/png"
	"math"
	"math/rand/v2"
	"testing"

	"folderfront/server/thumb/raster"
)

// pattern sets every pixel of img to something that depends on its place.
func pattern(img draw.Image) {
	b := img.Bounds()
	for y := range b.Dy() {
		for x := range b.Dx() {
			img.Set(x, y, color.NRGBA64{uint16(x * 65535 / b.Dx()), uint16(y * 65535 / b.Dy()), uint16((x ^ y) << 9), uint16(65535 - x*y*9)})
		}
	}
}

func encode(t testing.TB, img image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := stdpng.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func samples(t testing.TB) map[string][]byte {
	r := image.Rect(0, 0, 61, 43)
	all := map[string][]byte{}
	for _, img := range []draw.Image{
		image.NewGray(r), image.NewGray16(r), image.NewRGBA(r), image.NewNRGBA(r), image.NewRGBA64(r), image.NewNRGBA64(r),
		image.NewPaletted(r, color.Palette{color.Black, color.White}),
		image.NewPaletted(r, color.Palette{color.Black, color.White, color.NRGBA{255, 0, 0, 128}}),
		image.NewPaletted(r, palette(16)), image.NewPaletted(r, palette(200)),
	} {
		pattern(img)
		all[fmt.Sprintf("%T %d", img, len(all))] = encode(t, img)
	}
	opaque := image.NewRGBA(r)
	pattern(opaque)
	draw.Draw(opaque, r, opaque, image.Point{}, draw.Over)
	for i := 3; i < len(opaque.Pix); i += 4 {
		opaque.Pix[i] = 255
	}
	all["opaque"] = encode(t, opaque)
	return all
}

func palette(n int) (p color.Palette) {
	for i := range n {
		p = append(p, color.NRGBA{byte(i * 255 / n), byte(i * 77), byte(255 - i), byte(128 + i%128)})
	}
	return p
}

func TestFullSizeIsTheStandardLibrarys(t *testing.T) {
	for name, data := range samples(t) {
		img, err := stdpng.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(bytes.NewReader(data), raster.Target{Width: 61})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		worst := 0.
		for y := range 43 {
			for x := range 61 {
				want := onWhite(img.At(x, y))
				for c := range want {
					v := got.Image.Row(y)[x*int(got.Image.Model)+c%int(got.Image.Model)]
					worst = max(worst, math.Abs(float64(v)-float64(want[c])))
				}
			}
		}
		if worst > 2 {
			t.Errorf("%s: a sample is off by %v", name, worst)
		}
	}
}

func onWhite(c color.Color) [3]byte {
	r, g, b, a := c.RGBA()
	return [3]byte{byte((r + 65535 - a) >> 8), byte((g + 65535 - a) >> 8), byte((b + 65535 - a) >> 8)}
}

func TestShrunkIsTheAverage(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 1000, 600))
	for i := range img.Pix {
		img.Pix[i] = byte(i % 2 * 200)
	}
	got, err := Decode(bytes.NewReader(encode(t, img)), raster.Target{Width: 100})
	if err != nil || got.Image.W != 200 || got.W != 1000 || got.H != 600 {
		t.Fatalf("%+v, %v", got, err)
	}
	for i, v := range got.Image.Pix {
		if v < 79 || v > 121 {
			t.Fatalf("sample %d is %d, want about 100", i, v)
		}
	}
}

// chunk builds one chunk.
func chunk(kind string, body []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	out = append(append(out, kind...), body...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

// claiming is data with another size in its header.
func claiming(data []byte, w, h uint32) []byte {
	out := bytes.Clone(data)
	binary.BigEndian.PutUint32(out[16:], w)
	binary.BigEndian.PutUint32(out[20:], h)
	return out
}

func TestRefused(t *testing.T) {
	data := encode(t, image.NewGray(image.Rect(0, 0, 9, 9)))
	interlaced := bytes.Clone(data)
	interlaced[28] = 1
	if _, err := Decode(bytes.NewReader(interlaced), raster.Target{Width: 9}); !errors.Is(err, ErrInterlaced) {
		t.Errorf("interlaced: %v", err)
	}
	badDepth := bytes.Clone(data)
	badDepth[24] = 3
	badKind := bytes.Clone(data)
	badKind[25] = 5
	for name, data := range map[string][]byte{
		"50,000²":              claiming(data, 50000, 50000),
		"no width":             claiming(data, 0, 9),
		"huge width":           claiming(data, 1<<31, 1),
		"3 bits":               badDepth,
		"colour type 5":        badKind,
		"empty":                nil,
		"signature only":       []byte(signature),
		"no pixels":            append([]byte(signature), chunk("IEND", nil)...),
		"pixels first":         append([]byte(signature), chunk("IDAT", nil)...),
		"palette too long":     append(bytes.Clone(data[:33]), chunk("PLTE", make([]byte, 2000))...),
		"data that isn't zlib": append(bytes.Clone(data[:33]), chunk("IDAT", []byte("hello"))...),
		"mostly missing":       claiming(data, 9, 60000),
	} {
		if _, err := Decode(bytes.NewReader(data), raster.Target{Width: 9}); err == nil {
			t.Errorf("%s was decoded", name)
		}
	}
}

func TestTruncatedAnywhere(t *testing.T) {
	for name, data := range samples(t) {
		for n := 0; n < len(data); n += 31 {
			if got, err := Decode(bytes.NewReader(data[:n]), raster.Target{Width: 20}); (got == nil) == (err == nil) {
				t.Fatalf("%s cut at %d: picture %v, error %v", name, n, got != nil, err)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, data := range samples(f) {
		f.Add(data, 20)
	}
	f.Fuzz(func(t *testing.T, data []byte, width int) {
		if len(data) > 24 { // small pictures only: large ones are just slow
			data[16], data[17], data[18] = 0, 0, data[18]&3
			data[20], data[21], data[22] = 0, 0, data[22]&3
		}
		got, err := Decode(bytes.NewReader(data), raster.Target{Width: 1 + width&1023})
		if err == nil && len(got.Image.Pix) != got.Image.W*got.Image.H*int(got.Image.Model) {
			t.Errorf("%d samples for %d × %d", len(got.Image.Pix), got.Image.W, got.Image.H)
		}
	})
}

func BenchmarkDecode20MP(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	img := image.NewRGBA(image.Rect(0, 0, 5000, 4000))
	for i := range img.Pix {
		img.Pix[i] = byte(i/5000) + byte(random.Uint32())&7
		if i%4 == 3 {
			img.Pix[i] = 255
		}
	}
	data := encode(b, img)
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := Decode(bytes.NewReader(data), raster.Target{Width: 256}); err != nil {
			b.Fatal(err)
		}
	}
}
