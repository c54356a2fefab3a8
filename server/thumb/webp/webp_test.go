package webp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"math/rand/v2"
	"slices"
	"testing"

	xwebp "golang.org/x/image/webp"

	"folderfront/server/thumb/raster"
)

// bitWriter is the arithmetic encoder of RFC 6386, 7.3.
type bitWriter struct {
	out    []byte
	bottom uint32
	span   uint32
	left   int // bits until a byte is complete
}

func (w *bitWriter) bit(prob byte, one bool) {
	split := 1 + (w.span-1)*uint32(prob)>>8
	if one {
		w.bottom, w.span = w.bottom+split, w.span-split
		if w.bottom < split {
			w.carry()
		}
	} else {
		w.span = split
	}
	for ; w.span < 128; w.span <<= 1 {
		if w.bottom>>31 == 1 {
			w.carry()
		}
		w.bottom <<= 1
		if w.left--; w.left == 0 {
			w.out = append(w.out, byte(w.bottom>>24))
			w.bottom &= 1<<24 - 1
			w.left = 8
		}
	}
}

// carry adds one to what has been written.
func (w *bitWriter) carry() {
	for i := len(w.out) - 1; i >= 0; i-- {
		if w.out[i]++; w.out[i] != 0 {
			return
		}
	}
}

func (w *bitWriter) number(n, v int) {
	for n--; n >= 0; n-- {
		w.bit(128, v>>n&1 == 1)
	}
}

// randomWebP has a header that makes sense, without a filter, and then whatever comes: any
// bits are modes and coefficients.
func randomWebP(random *rand.Rand, w, h int) []byte {
	e := bitWriter{span: 255, left: 24}
	e.number(2, 0)
	writeSegments(&e, random)
	e.number(1+6+3, 0)    // no filter
	e.number(2, 3)        // its differences are set
	e.number(8, 0)        // to nothing
	cut := random.IntN(4) // 1, 2, 4 or 8 partitions
	e.number(2, cut)
	e.number(7, random.IntN(30))
	for range 5 {
		e.number(1, 1)
		e.number(5, random.IntN(32))
	}
	e.number(1, 0)
	for i := range updateProbs {
		for j := range updateProbs[i] {
			for k := range updateProbs[i][j] {
				for _, prob := range updateProbs[i][j][k] {
					change := random.IntN(50) == 0
					if e.bit(prob, change); change {
						e.number(8, 1+random.IntN(255))
					}
				}
			}
		}
	}
	e.number(9, 1<<8|random.IntN(256))
	for range 4000 + w*h/4 {
		e.bit(128, random.IntN(2) == 1)
	}
	e.number(32, 0)
	return container("VP8 ", frameOf(random, w, h, e.out, 1<<cut))
}

func writeSegments(e *bitWriter, random *rand.Rand) {
	if random.IntN(2) == 0 {
		e.number(1, 0)
		return
	}
	e.number(3, 7)              // segments, with a map and with data
	e.number(1, random.IntN(2)) // absolute or not
	for range 4 {
		e.number(9, 1<<8|random.IntN(20)<<1|random.IntN(2))
	}
	e.number(4, 0)
	for range 3 {
		e.number(9, 1<<8|random.IntN(256))
	}
}

// frameOf puts random coefficients after a first partition.
func frameOf(random *rand.Rand, w, h int, first []byte, partitions int) []byte {
	tag := len(first)<<5 | 1<<4
	out := []byte{byte(tag), byte(tag >> 8), byte(tag >> 16), 0x9d, 1, 0x2a, byte(w), byte(w >> 8), byte(h), byte(h >> 8)}
	out = append(out, first...)
	size := (4000 + 2*w*h) / partitions
	for range partitions - 1 {
		out = append(out, byte(size), byte(size>>8), byte(size>>16))
	}
	for range size * partitions {
		out = append(out, byte(random.IntN(256)))
	}
	return out
}

// container is a WebP of these chunks.
func container(chunks ...any) []byte {
	var body []byte
	for i := 0; i < len(chunks); i += 2 {
		data := chunks[i+1].([]byte)
		body = binary.LittleEndian.AppendUint32(append(body, chunks[i].(string)...), uint32(len(data)))
		body = append(append(body, data...), make([]byte, len(data)&1)...)
	}
	out := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(4+len(body)))
	return append(append(out, "WEBP"...), body...)
}

// TestSamplesAreTheOtherDecoders compares every kind of block, in pictures of all sorts of
// sizes, with what golang.org/x/image makes of them.
func TestSamplesAreTheOtherDecoders(t *testing.T) {
	for seed := range uint64(60) {
		random := rand.New(rand.NewPCG(seed, 1))
		w, h := 1+random.IntN(90), 1+random.IntN(90)
		data := randomWebP(random, w, h)
		img, err := xwebp.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatalf("seed %d: the other decoder: %v", seed, err)
		}
		want := raster.NewPlanes(w, h, 2)
		m := img.(*image.YCbCr)
		for y := range h {
			want.Luma.Row(m.Y[y*m.YStride:][:w])
		}
		for y := range (h + 1) / 2 {
			want.Blue.Row(m.Cb[y*m.CStride:][:(w+1)/2])
			want.Red.Row(m.Cr[y*m.CStride:][:(w+1)/2])
		}
		body, err := frame(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		d, err := newDecoder(body)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		got := raster.NewPlanes(w, h, 2)
		d.decode(got)
		for name, pair := range map[string][2]*raster.Shrinker{"luma": {got.Luma, want.Luma}, "blue": {got.Blue, want.Blue}, "red": {got.Red, want.Red}} {
			if !bytes.Equal(pair[0].Image().Pix, pair[1].Image().Pix) {
				t.Errorf("seed %d, %d × %d: %s differs", seed, w, h, name)
			}
		}
	}
}

func small(width int) raster.Target { return raster.Target{Width: width} }

func TestDecode(t *testing.T) {
	data := randomWebP(rand.New(rand.NewPCG(2, 2)), 203, 99)
	p, err := Decode(bytes.NewReader(data), small(20))
	if err != nil {
		t.Fatal(err)
	}
	if m := p.Image; p.W != 203 || p.H != 99 || m.Model != raster.RGB || m.W != 51 || m.ExtentW != 203./4 || m.ExtentH != 99./4 {
		t.Errorf("%d × %d became %d × %d, extent %v × %v", p.W, p.H, m.W, m.H, m.ExtentW, m.ExtentH)
	}
	extended := container("VP8X", make([]byte, 10), "ICCP", []byte("odd"), "VP8 ", data[20:])
	q, err := Decode(bytes.NewReader(extended), small(20))
	if err != nil || !bytes.Equal(q.Image.Pix, p.Image.Pix) {
		t.Errorf("the same with a profile: %v", err)
	}
}

func TestWhatIsLeftToOthers(t *testing.T) {
	data := randomWebP(rand.New(rand.NewPCG(2, 2)), 203, 99)
	for name, other := range map[string][]byte{
		"lossless":    container("VP8L", []byte{0x2f}),
		"see-through": container("VP8X", []byte{0x10, 0, 0, 0, 202, 0, 0, 98, 0, 0}, "VP8 ", data[20:]),
		"alpha":       container("ALPH", []byte{0}, "VP8 ", data[20:]),
		"moving":      container("VP8X", []byte{0x02, 0, 0, 0, 202, 0, 0, 98, 0, 0}, "VP8 ", data[20:]),
	} {
		if _, err := Decode(bytes.NewReader(other), small(20)); !errors.Is(err, ErrOther) {
			t.Errorf("%s: %v, want ErrOther", name, err)
		}
	}
	if _, err := Decode(bytes.NewReader(data), small(40)); !errors.Is(err, ErrOther) {
		t.Errorf("a small one: %v, want ErrOther", err)
	}
}

func TestMalformed(t *testing.T) {
	good := randomWebP(rand.New(rand.NewPCG(2, 2)), 203, 99)
	change := func(at int, v ...byte) []byte {
		data := slices.Clone(good)
		copy(data[at:], v)
		return data
	}
	for name, data := range map[string][]byte{
		"no RIFF": change(0, 'r'), "no WebP": change(8, 'w'), "not a key frame": change(20, good[20]|1), "another start": change(23, 0),
		"no width": change(26, 0, 0), "no height": change(28, 0, 0), "a first partition too long": change(21, 0xff, 0xff),
		"a huge chunk": change(16, 0xff, 0xff, 0xff, 0xff), "an empty chunk": container("VP8 ", []byte{}), "nothing": nil, "no picture": container("EXIF", []byte("x")),
	} {
		if _, err := Decode(bytes.NewReader(data), small(20)); err == nil || errors.Is(err, ErrOther) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for n := 0; n < len(good)-1; n += 211 { // its last byte may be padding
		if _, err := Decode(bytes.NewReader(good[:n]), small(20)); err == nil {
			t.Errorf("cut at %d of %d it was decoded", n, len(good))
		}
	}
	for name, data := range map[string][]byte{"no room for sizes": {1, 2}, "a size too large": {9, 0, 0, 1, 2}} {
		if err := new(decoder).split(data, 2); err == nil {
			t.Errorf("two partitions, %s: no error", name)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for seed := range uint64(4) {
		f.Add(randomWebP(rand.New(rand.NewPCG(seed, 3)), 40+int(seed)*7, 33))
	}
	f.Add(container("VP8X", make([]byte, 10), "ICCP", []byte("odd"), "VP8 ", []byte{0}))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 30 && int(data[26])|int(data[27])<<8|int(data[28])|int(data[29])<<8 > 2000 {
			return // claims to be larger than is worth its time
		}
		p, err := Decode(bytes.NewReader(data), small(4))
		if err == nil && (p.Image.W*p.Image.H*3 != len(p.Image.Pix) || p.Image.W > p.W || p.W == 0 || p.H == 0) {
			t.Errorf("%d × %d became %d × %d with %d samples", p.W, p.H, p.Image.W, p.Image.H, len(p.Image.Pix))
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	const w, h = 2000, 1500
	data := randomWebP(rand.New(rand.NewPCG(1, 1)), w, h)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := Decode(bytes.NewReader(data), small(128)); err != nil {
			b.Fatal(err)
		}
	}
}
