package jpeg

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	stdjpeg "image/jpeg"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"folderfront/server/thumb/raster"
)

// samples are small JPEGs of one picture in all ways of coding it.
func samples(t testing.TB) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob("testdata/*.jpg")
	if err != nil || len(names) < 12 {
		t.Fatalf("%d samples, error %v", len(names), err)
	}
	all := map[string][]byte{}
	for _, name := range names {
		if all[filepath.Base(name)], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// psnr compares samples, in decibels.
func psnr(a, b *raster.Image) float64 {
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

// reference is the standard library's decoding at full size.
func reference(t testing.TB, data []byte) *raster.Image {
	t.Helper()
	img, err := stdjpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return raster.FromImage(img, raster.Target{Width: img.Bounds().Dx()})
}

func TestFullSizeIsTheStandardLibrarys(t *testing.T) {
	for name, data := range samples(t) {
		want := reference(t, data)
		got, err := Decode(bytes.NewReader(data), raster.Target{Width: want.W})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		db := psnr(got.Image, want)
		t.Logf("%s: %.1f dB", name, db)
		if db < 45 {
			t.Errorf("%s: %.1f dB, want at least 45", name, db)
		}
	}
}

func TestScaledLooksLikeFullSizeMadeSmaller(t *testing.T) {
	for name, data := range samples(t) {
		full := reference(t, data)
		for _, width := range []int{50, 25, 12} {
			target := raster.Target{Width: width}
			w, h := target.Fit(float64(full.W), float64(full.H))
			got, err := Decode(bytes.NewReader(data), target)
			if err != nil {
				t.Errorf("%s at %d: %v", name, width, err)
				continue
			}
			if got.Image.W >= full.W && width < 25 {
				t.Errorf("%s at %d was decoded at full size", name, width)
			}
			db := psnr(raster.Resample(got.Image, w, h), raster.Resample(full, w, h))
			t.Logf("%s at %d (from %d): %.1f dB", name, width, got.Image.W, db)
			if db < 32 {
				t.Errorf("%s at %d: %.1f dB, want at least 32", name, width, db)
			}
		}
	}
}

func TestTurnedPicturesKeepHeadroomAlongTheOtherSide(t *testing.T) {
	data := samples(t)["baseline420.jpg"] // 101×67
	got, err := Decode(bytes.NewReader(data), raster.Target{Width: 8, Turned: true})
	if err != nil {
		t.Fatal(err)
	}
	if got.Image.H < 16 {
		t.Errorf("%d rows for a thumbnail 8 wide once turned", got.Image.H)
	}
}

func TestTruncatedAnywhere(t *testing.T) {
	for name, data := range samples(t) {
		pictures := 0
		for n := 0; n < len(data); n += 61 {
			got, err := Decode(bytes.NewReader(data[:n]), raster.Target{Width: 25})
			if (got == nil) == (err == nil) {
				t.Fatalf("%s cut at %d: picture %v, error %v", name, n, got != nil, err)
			}
			if err == nil {
				pictures++
			}
		}
		if pictures == 0 {
			t.Errorf("%s: no truncated file gave a picture", name)
		}
	}
}

func TestDamagedAnywhere(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for name, data := range samples(t) {
		for range 30 {
			damaged := bytes.Clone(data)
			for range 1 + random.IntN(4) {
				damaged[random.IntN(len(data))] = byte(random.Uint32())
			}
			if got, err := Decode(bytes.NewReader(damaged), raster.Target{Width: 25}); (got == nil) == (err == nil) {
				t.Fatalf("%s: picture %v, error %v", name, got != nil, err)
			}
		}
	}
}

// claiming is a sample with another size in its frame header.
func claiming(t testing.TB, data []byte, w, h int) []byte {
	t.Helper()
	for i := range len(data) - 9 {
		if data[i] == 0xff && data[i+1] >= 0xc0 && data[i+1] <= 0xc2 {
			out := bytes.Clone(data)
			out[i+5], out[i+6], out[i+7], out[i+8] = byte(h>>8), byte(h), byte(w>>8), byte(w)
			return out
		}
	}
	t.Fatal("no frame header")
	return nil
}

func TestAbsurdSizes(t *testing.T) {
	for _, c := range []struct {
		name string
		w, h int
		fine bool
	}{
		{"progressive420.jpg", 65500, 65500, false},
		{"baseline420.jpg", 65500, 65500, false},
		{"progressive444.jpg", 0, 10, false},
		{"baseline420.jpg", 10, 0, false},
		{"progressive420.jpg", 20000, 20000, false}, // too little data for that
		{"baseline444.jpg", 30000, 30000, false},
		{"baseline444.jpg", 200, 200, true},
	} {
		_, err := Decode(bytes.NewReader(claiming(t, samples(t)[c.name], c.w, c.h)), raster.Target{Width: 256})
		if (err == nil) != c.fine {
			t.Errorf("%s claiming %d × %d: %v", c.name, c.w, c.h, err)
		}
	}
}

func TestTooManyScans(t *testing.T) {
	data := samples(t)["progressivegray.jpg"]
	at := bytes.Index(data, []byte{0xff, mSOS})
	first := data[at : at+bytes.Index(data[at:], []byte{0xff, mDHT})] // of DC: may be repeated
	many := append(bytes.Clone(data[:at]), bytes.Repeat(first, 2000)...)
	if _, err := Decode(bytes.NewReader(append(many, 0xff, mEOI)), raster.Target{Width: 25}); err == nil {
		t.Error("2,000 scans were decoded")
	}
}

func TestTheProfileIsPutTogether(t *testing.T) {
	data := samples(t)["gray.jpg"]
	part := func(i, n byte, body string) []byte {
		seg := append([]byte("ICC_PROFILE\x00"), i, n)
		seg = append(seg, body...)
		return append([]byte{0xff, mAPP2, byte((len(seg) + 2) >> 8), byte(len(seg) + 2)}, seg...)
	}
	with := func(parts ...[]byte) []byte {
		return append(append(bytes.Clone(data[:2]), bytes.Join(parts, nil)...), data[2:]...)
	}
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"two parts, out of order", with(part(2, 2, "def"), part(1, 2, "abc")), "abcdef"},
		{"a part missing", with(part(2, 2, "def")), ""},
		{"none", data, ""},
	} {
		got, err := Decode(bytes.NewReader(c.data), raster.Target{Width: 25})
		if err != nil || string(got.Profile) != c.want {
			t.Errorf("%s: %q, error %v; want %q", c.name, got.Profile, err, c.want)
		}
	}
}

func TestNoJPEG(t *testing.T) {
	for _, s := range []string{"", "\xff", "\xff\xd8", "\xff\xd8\xff\xd9", "\xff\xd8\xff\xda\x00\x02", "GIF89a", "\xff\xd8\xff\xc0\x00\x01", "\xff\xd8\xff\xe0\x00\x00"} {
		if _, err := Decode(bytes.NewReader([]byte(s)), raster.Target{Width: 25}); err == nil {
			t.Errorf("%q was decoded", s)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, data := range samples(f) {
		f.Add(data, 25)
		f.Add(claiming(f, data, 500, 10), 500)
	}
	f.Fuzz(func(t *testing.T, data []byte, width int) {
		if len(data) > 1<<16 {
			return
		}
		for i := range len(data) - 7 { // small pictures only: large ones are just slow
			if data[i] == 0xff && data[i+1] >= 0xc0 && data[i+1] <= 0xc2 {
				data[i+5] &= 3
				data[i+7] &= 3
			}
		}
		got, err := Decode(bytes.NewReader(data), raster.Target{Width: 1 + (width & 1023)})
		if err == nil && len(got.Image.Pix) != got.Image.W*got.Image.H*int(got.Image.Model) {
			t.Errorf("%d samples for %d × %d", len(got.Image.Pix), got.Image.W, got.Image.H)
		}
	})
}

// photograph is a picture with some noise and edges, as large as a camera's.
func photograph(w, h int) []byte {
	random := rand.New(rand.NewPCG(3, 4))
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			v := 128 + 60*math.Sin(float64(x)/37)*math.Cos(float64(y)/23) + 12*random.NormFloat64()
			if (x/400+y/300)%5 == 0 {
				v += 50
			}
			c := byte(max(0, min(255, v)))
			img.SetRGBA(x, y, color.RGBA{c, byte(x * 255 / w), 255 - c, 255})
		}
	}
	var out bytes.Buffer
	if err := stdjpeg.Encode(&out, img, &stdjpeg.Options{Quality: 88}); err != nil {
		panic(err)
	}
	return out.Bytes()
}

func BenchmarkDecode12MP(b *testing.B) {
	data := photograph(4000, 3000)
	for _, width := range []int{128, 256, 512, 1024, 2048} {
		b.Run(fmt.Sprint(width), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Decode(bytes.NewReader(data), raster.Target{Width: width}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
