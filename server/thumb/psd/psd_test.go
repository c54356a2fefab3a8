package psd

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"folderfront/server/thumb/raster"
)

// sample describes a document to build.
type sample struct {
	w, h, channels, depth, mode int
	large, packed               bool
	resources                   []byte
	value                       func(c, x, y int) uint32 // of the depth
	palette                     []byte
}

func (s sample) build() []byte {
	be := binary.BigEndian
	version := byte(1)
	if s.large {
		version = 2
	}
	out := append([]byte("8BPS"), 0, version, 0, 0, 0, 0, 0, 0)
	out = be.AppendUint16(out, uint16(s.channels))
	out = be.AppendUint32(be.AppendUint32(out, uint32(s.h)), uint32(s.w))
	out = be.AppendUint16(be.AppendUint16(out, uint16(s.depth)), uint16(s.mode))
	out = append(be.AppendUint32(out, uint32(len(s.palette))), s.palette...)
	out = append(be.AppendUint32(out, uint32(len(s.resources))), s.resources...)
	if s.large {
		out = append(out, 0, 0, 0, 0)
	}
	out = append(out, 0, 0, 0, 0)
	var rows [][]byte
	for c := range s.channels {
		for y := range s.h {
			rows = append(rows, s.row(c, y))
		}
	}
	if !s.packed {
		return append(append(out, 0, 0), bytes.Join(rows, nil)...)
	}
	out = append(out, 0, 1)
	for i, row := range rows {
		rows[i] = pack(row)
		if s.large {
			out = be.AppendUint32(out, uint32(len(rows[i])))
		} else {
			out = be.AppendUint16(out, uint16(len(rows[i])))
		}
	}
	return append(out, bytes.Join(rows, nil)...)
}

func (s sample) row(c, y int) []byte {
	row := make([]byte, (s.w*s.depth+7)/8)
	for x := range s.w {
		v := s.value(c, x, y)
		switch s.depth {
		case 1:
			row[x/8] |= byte(v&1) << (7 - x%8)
		case 8:
			row[x] = byte(v)
		case 16:
			binary.BigEndian.PutUint16(row[2*x:], uint16(v))
		default:
			binary.BigEndian.PutUint32(row[4*x:], v)
		}
	}
	return row
}

// pack is PackBits with runs where they pay.
func pack(row []byte) (out []byte) {
	for len(row) > 0 {
		n := 1
		for n < len(row) && n < 128 && row[n] == row[0] {
			n++
		}
		if n > 1 {
			out = append(out, byte(1-n), row[0])
		} else {
			out = append(out, 0, row[0])
		}
		row = row[n:]
	}
	return out
}

func resource(id int, body []byte) []byte {
	out := append([]byte("8BIM"), byte(id>>8), byte(id), 0, 0)
	out = append(binary.BigEndian.AppendUint32(out, uint32(len(body))), body...)
	return append(out, make([]byte, len(body)&1)...)
}

func decode(data []byte, width int) (*Picture, error) {
	d, err := Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	return d.Composite(raster.Target{Width: width})
}

func constant(v ...uint32) func(c, x, y int) uint32 {
	return func(c, _, _ int) uint32 { return v[c] }
}

func TestModes(t *testing.T) {
	palette := make([]byte, 768)
	palette[7], palette[256+7], palette[512+7] = 10, 20, 30
	half := math.Float32bits(.2158)
	for _, c := range []struct {
		name string
		sample
		want []byte
	}{
		{"rgb", sample{depth: 8, mode: rgb, channels: 3, value: constant(10, 20, 30)}, []byte{10, 20, 30}},
		{"rgb with a mask", sample{depth: 8, mode: rgb, channels: 4, value: constant(10, 20, 30, 0)}, []byte{10, 20, 30}},
		{"16 bits", sample{depth: 16, mode: rgb, channels: 3, value: constant(0x0a00, 0x14ff, 0x1e80)}, []byte{10, 20, 30}},
		{"32 bits", sample{depth: 32, mode: grey, channels: 1, value: constant(half)}, []byte{128}},
		{"ink", sample{depth: 8, mode: cmyk, channels: 4, value: constant(255, 155, 55, 0)}, []byte{0, 100, 200, 255}},
		{"grey", sample{depth: 8, mode: grey, channels: 1, value: constant(99)}, []byte{99}},
		{"duotone", sample{depth: 8, mode: duotone, channels: 1, value: constant(99)}, []byte{99}},
		{"bitmap", sample{depth: 1, mode: bitmap, channels: 1, value: constant(1)}, []byte{0}},
		{"indexed", sample{depth: 8, mode: indexed, channels: 1, value: constant(7), palette: palette}, []byte{10, 20, 30}},
		{"lab white", sample{depth: 8, mode: lab, channels: 3, value: constant(255, 128, 128)}, []byte{255, 255, 255}},
		{"lab grey", sample{depth: 8, mode: lab, channels: 3, value: constant(137, 128, 128)}, []byte{128, 128, 128}},
	} {
		for _, variant := range []struct{ large, packed bool }{{false, false}, {false, true}, {true, false}, {true, true}} {
			s := c.sample
			s.w, s.h, s.large, s.packed = 31, 17, variant.large, variant.packed
			got, err := decode(s.build(), 31)
			name := fmt.Sprintf("%s, large %v, packed %v", c.name, s.large, s.packed)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			n := int(got.Image.Model)
			for i, v := range got.Image.Pix[(8*31+15)*n:][:n] {
				if d := int(v) - int(c.want[i]); d < -2 || d > 2 {
					t.Errorf("%s: %v, want %v", name, got.Image.Pix[:n], c.want)
					break
				}
			}
		}
	}
}

func TestPlacesAndShrinking(t *testing.T) {
	s := sample{w: 400, h: 200, channels: 3, depth: 8, mode: rgb, packed: true, value: func(c, x, y int) uint32 {
		return uint32([]int{x * 255 / 399, y * 255 / 199, 0}[c])
	}}
	got, err := decode(s.build(), 50)
	if err != nil || got.Image.W != 100 || got.Image.H != 50 {
		t.Fatalf("%+v, %v", got, err)
	}
	right := got.Image.Row(49)[99*3:]
	if right[0] < 250 || right[1] < 250 || right[2] != 0 {
		t.Errorf("the last pixel is %v", right[:3])
	}
}

func TestResources(t *testing.T) {
	s := sample{w: 4, h: 4, channels: 1, depth: 8, mode: grey, value: constant(5)}
	s.resources = bytes.Join([][]byte{
		resource(1000, []byte("odd")), resource(1036, append(make([]byte, 28), "JPEG"...)), resource(1039, []byte("profile")),
		resource(1057, []byte{0, 0, 0, 1, 0}),
	}, nil)
	data := s.build()
	d, err := Open(bytes.NewReader(data), int64(len(data)))
	if err != nil || string(d.Thumbnail) != "JPEG" || string(d.Profile) != "profile" {
		t.Fatalf("%+v, %v", d, err)
	}
	if _, err := d.Composite(raster.Target{Width: 4}); !errors.Is(err, ErrNoComposite) {
		t.Errorf("a blank composite: %v", err)
	}
}

func TestMalformed(t *testing.T) {
	good := sample{w: 20, h: 20, channels: 3, depth: 8, mode: rgb, packed: true, value: constant(1, 2, 3)}
	data := good.build()
	set := func(at int, v ...byte) []byte {
		out := bytes.Clone(data)
		copy(out[at:], v)
		return out
	}
	for name, data := range map[string][]byte{
		"empty": nil, "no signature": set(0, 'X'), "absurd height": set(14, 0xff, 0xff, 0xff, 0xff), "no width": set(18, 0, 0, 0, 0),
		"50,000²": set(14, 0, 0, 0xc3, 0x50, 0, 0, 0xc3, 0x50), "7 bits": set(22, 0, 7), "mode 99": set(24, 0, 99),
		"ink of three channels": set(24, 0, cmyk), "no channels": set(12, 0, 0), "ZIP": set(38, 0, 2),
		"resources beyond the end": set(30, 0, 0xff, 0xff, 0xff),
	} {
		if _, err := decode(data, 10); err == nil {
			t.Errorf("%s was decoded", name)
		}
	}
	for n := range len(data) {
		if _, err := decode(data[:n], 10); err == nil {
			t.Errorf("cut at %d of %d it was decoded", n, len(data))
		}
	}
	if err := unpack([]byte(strings.Repeat("\x80", 40)), make([]byte, 4)); err == nil {
		t.Error("a row of nothing was unpacked")
	}
}

func FuzzDecode(f *testing.F) {
	for _, packed := range []bool{false, true} {
		f.Add(sample{w: 20, h: 20, channels: 3, depth: 8, mode: rgb, packed: packed, value: constant(1, 2, 3)}.build())
		f.Add(sample{w: 9, h: 9, channels: 4, depth: 16, mode: cmyk, large: true, packed: packed, value: constant(1, 2, 3, 4)}.build())
	}
	f.Add(sample{w: 9, h: 9, channels: 1, depth: 1, mode: bitmap, value: constant(1), resources: resource(1036, make([]byte, 40))}.build())
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 21 { // small pictures only: large ones are just slow
			data[14], data[15], data[16], data[18], data[19], data[20] = 0, 0, data[16]&3, 0, 0, data[20]&3
		}
		got, err := decode(data, 10)
		if err == nil && len(got.Image.Pix) != got.Image.W*got.Image.H*int(got.Image.Model) {
			t.Errorf("%d samples for %d × %d", len(got.Image.Pix), got.Image.W, got.Image.H)
		}
	})
}
