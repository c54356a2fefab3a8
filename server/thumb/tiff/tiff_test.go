package tiff

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"testing"

	"golang.org/x/image/tiff"

	"folderfront/server/thumb/raster"
)

// sample is a TIFF of constant pixels in two strips.
type sample struct {
	order                 binary.AppendByteOrder
	w, h                  int
	bits, samples         int
	photometric, compress int
	extra                 []uint32
	pixel                 []byte // bytes in the file's order
	more                  map[uint16]uint32
	profile               []byte
}

func (s sample) build() []byte {
	out := s.order.AppendUint32([]byte("II*\x00"), 8)
	if s.order == binary.AppendByteOrder(binary.BigEndian) {
		out = s.order.AppendUint32([]byte("MM\x00*"), 8)
	}
	half := (s.h + 1) / 2
	strips := [][]byte{s.strip(half), s.strip(s.h - half)}
	type entry struct {
		tag   uint16
		kind  uint16
		count uint32
		value uint32
	}
	entries := []entry{
		{fWidth, 4, 1, uint32(s.w)},
		{fHeight, 4, 1, uint32(s.h)},
		{fBits, 4, 1, uint32(s.bits)},
		{fCompression, 4, 1, uint32(s.compress)},
		{fPhotometric, 4, 1, uint32(s.photometric)},
		{fSamples, 4, 1, uint32(s.samples)},
		{fRows, 4, 1, uint32(half)},
	}
	for _, v := range s.extra {
		entries = append(entries, entry{fExtra, 4, 1, v})
	}
	for tag, v := range s.more {
		entries = append(entries, entry{tag, 4, 1, v})
	}
	at := uint32(8 + 2 + 12*(len(entries)+3) + 4)
	entries = append(entries, entry{fOffsets, 4, 2, at}, entry{fCounts, 4, 2, at + 8}, entry{fProfile, 7, uint32(len(s.profile)), at + 16})
	out = s.order.AppendUint16(out, uint16(len(entries)))
	for _, e := range entries {
		out = s.order.AppendUint16(s.order.AppendUint16(out, e.tag), e.kind)
		out = s.order.AppendUint32(s.order.AppendUint32(out, e.count), e.value)
	}
	out = append(out, 0, 0, 0, 0)
	data := at + 16 + uint32(len(s.profile))
	for _, v := range []uint32{data, data + uint32(len(strips[0])), uint32(len(strips[0])), uint32(len(strips[1]))} {
		out = s.order.AppendUint32(out, v)
	}
	return append(append(append(out, s.profile...), strips[0]...), strips[1]...)
}

func (s sample) strip(rows int) []byte {
	raw := bytes.Repeat(s.pixel, s.w*rows)
	switch s.compress {
	case 8:
		var out bytes.Buffer
		z := zlib.NewWriter(&out)
		z.Write(raw)
		z.Close()
		return out.Bytes()
	case 32773:
		var out []byte
		for len(raw) > 0 {
			n := min(100, len(raw))
			out = append(append(out, byte(n-1)), raw[:n]...)
			raw = raw[n:]
		}
		return append(out, 0x80, 0x80)
	}
	return raw
}

func decode(data []byte, width int) (*Picture, error) {
	return Decode(bytes.NewReader(data), int64(len(data)), raster.Target{Width: width})
}

func TestVariants(t *testing.T) {
	le, be := binary.LittleEndian, binary.BigEndian
	for name, c := range map[string]struct {
		sample
		want []byte
	}{
		"rgb":               {sample{order: le, bits: 8, samples: 3, photometric: 2, compress: 1, pixel: []byte{10, 20, 30}}, []byte{10, 20, 30}},
		"big endian":        {sample{order: be, bits: 8, samples: 3, photometric: 2, compress: 8, pixel: []byte{10, 20, 30}}, []byte{10, 20, 30}},
		"16 bits":           {sample{order: le, bits: 16, samples: 3, photometric: 2, compress: 1, pixel: []byte{9, 10, 9, 20, 9, 30}}, []byte{10, 20, 30}},
		"16 bits, big":      {sample{order: be, bits: 16, samples: 3, photometric: 2, compress: 1, pixel: []byte{10, 9, 20, 9, 30, 9}}, []byte{10, 20, 30}},
		"ink":               {sample{order: le, bits: 8, samples: 4, photometric: 5, compress: 32773, pixel: []byte{1, 2, 3, 4}}, []byte{1, 2, 3, 4}},
		"ink and a spot":    {sample{order: le, bits: 8, samples: 5, photometric: 5, compress: 1, pixel: []byte{1, 2, 3, 4, 5}}, []byte{1, 2, 3, 4}},
		"grey":              {sample{order: le, bits: 8, samples: 1, photometric: 1, compress: 1, pixel: []byte{77}}, []byte{77}},
		"white is zero":     {sample{order: le, bits: 8, samples: 1, photometric: 0, compress: 1, pixel: []byte{77}}, []byte{178}},
		"alpha":             {sample{order: le, bits: 8, samples: 4, photometric: 2, compress: 1, extra: []uint32{2}, pixel: []byte{0, 0, 0, 51}}, []byte{204, 204, 204}},
		"multiplied alpha":  {sample{order: le, bits: 8, samples: 4, photometric: 2, compress: 1, extra: []uint32{1}, pixel: []byte{51, 0, 0, 51}}, []byte{255, 204, 204}},
		"an unnamed sample": {sample{order: le, bits: 8, samples: 4, photometric: 2, compress: 1, extra: []uint32{0}, pixel: []byte{1, 2, 3, 0}}, []byte{1, 2, 3}},
	} {
		s := c.sample
		s.w, s.h, s.profile = 33, 21, bytes.Repeat([]byte("p"), 200)
		got, err := decode(s.build(), 33)
		if err != nil || got.W != 33 || got.H != 21 || len(got.Profile) != 200 {
			t.Errorf("%s: %+v, %v", name, got, err)
			continue
		}
		for _, at := range []int{0, 20} {
			if px := got.Image.Row(at)[:len(c.want)]; !bytes.Equal(px, c.want) || int(got.Image.Model) != len(c.want) {
				t.Errorf("%s: row %d is %v, want %v", name, at, px, c.want)
			}
		}
	}
}

func TestAgainstTheOtherDecoder(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 61, 43))
	for y := range 43 {
		for x := range 61 {
			img.Set(x, y, color.RGBA{byte(x * 4), byte(y * 5), byte(x ^ y), 255})
		}
	}
	for _, predictor := range []bool{false, true} {
		var data bytes.Buffer
		if err := tiff.Encode(&data, img, &tiff.Options{Compression: tiff.Deflate, Predictor: predictor}); err != nil {
			t.Fatal(err)
		}
		got, err := decode(data.Bytes(), 61)
		if err != nil {
			t.Fatal(err)
		}
		want := raster.FromImage(img, raster.Target{Width: 61})
		if !bytes.Equal(got.Image.Pix, want.Pix) {
			t.Errorf("predictor %v: other pixels", predictor)
		}
	}
}

func TestRefused(t *testing.T) {
	good := sample{order: binary.LittleEndian, w: 20, h: 20, bits: 8, samples: 3, photometric: 2, compress: 1, pixel: []byte{1, 2, 3}}
	with := func(change func(*sample)) []byte {
		s := good
		change(&s)
		return s.build()
	}
	for name, c := range map[string]struct {
		data []byte
		want error // nil for any
	}{
		"empty":             {nil, nil},
		"no directory":      {[]byte("II*\x00\xff\xff\xff\xff"), nil},
		"absurd":            {with(func(s *sample) { s.more = map[uint16]uint32{fWidth: 1 << 31} }), nil},
		"60,000²":           {with(func(s *sample) { s.more = map[uint16]uint32{fWidth: 60000, fHeight: 60000} }), nil},
		"tiles":             {with(func(s *sample) { s.more = map[uint16]uint32{fTileWidth: 64} }), ErrVariant},
		"planes":            {with(func(s *sample) { s.more = map[uint16]uint32{fPlanar: 2} }), ErrVariant},
		"fax":               {with(func(s *sample) { s.more = map[uint16]uint32{fCompression: 4} }), ErrVariant},
		"one bit":           {with(func(s *sample) { s.bits = 1 }), ErrVariant},
		"a palette":         {with(func(s *sample) { s.photometric = 3 }), ErrVariant},
		"ink of three":      {with(func(s *sample) { s.photometric = 5 }), nil},
		"no rows in strips": {with(func(s *sample) { s.more = map[uint16]uint32{fRows: 0} }), nil},
		"mostly missing":    {with(func(s *sample) { s.more = map[uint16]uint32{fHeight: 60000} }), nil},
	} {
		if _, err := decode(c.data, 10); err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	data := good.build()
	for n := range len(data) {
		if got, err := decode(data[:n], 10); (got == nil) == (err == nil) {
			t.Fatalf("cut at %d: picture %v, error %v", n, got != nil, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, compress := range []int{1, 8, 32773} {
		f.Add(sample{order: binary.BigEndian, w: 9, h: 9, bits: 16, samples: 4, photometric: 5, compress: compress, pixel: make([]byte, 8), profile: make([]byte, 130)}.build())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d := &decoder{r: bytes.NewReader(data), size: int64(len(data)), fields: map[uint16]field{}}
		if d.directory() != nil || d.number(fWidth, 0) > 2000 || d.number(fHeight, 0) > 2000 {
			return // large pictures are just slow
		}
		got, err := decode(data, 10)
		if err == nil && len(got.Image.Pix) != got.Image.W*got.Image.H*int(got.Image.Model) {
			t.Errorf("%d samples for %d × %d", len(got.Image.Pix), got.Image.W, got.Image.H)
		}
	})
}
