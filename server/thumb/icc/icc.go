// Package icc converts small pictures to sRGB by the colour profile they carry (ICC.1:2022,
// and the older ICC.1:2001-04 that most print profiles follow).
//
//   - A device space is what a picture's samples mean: grey, RGB or CMYK of one device.
//   - The connection space (PCS) is device-independent, XYZ or Lab under D50; every profile
//     leads there.
//   - A matrix profile has a curve for each channel and a 3×3 matrix: cameras and screens.
//     A table profile has a grid of colours to interpolate in: printers.
//
// Pictures are converted after they have been made small, so this is simple rather than fast.
package icc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync"

	"folderfront/server/thumb/raster"
)

// ErrProfile says that a profile is malformed or of a kind that isn't supported.
var ErrProfile = errors.New("icc: unusable profile")

func unusable(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrProfile, fmt.Sprintf(format, args...))
}

// Transform converts samples of one device space to sRGB.
type Transform struct {
	model raster.Model
	toPCS func(in []float32) xyz // device values of 0 to 1
}

// xyz is a colour under D50 with Y of white being 1.
type xyz [3]float32

const (
	headerSize = 128
	maxTags    = 256
)

// New reads a profile.
func New(profile []byte) (*Transform, error) {
	p := parsed{data: profile, tags: map[string][]byte{}}
	if err := p.read(); err != nil {
		return nil, err
	}
	model, known := map[string]raster.Model{"GRAY": raster.Gray, "RGB ": raster.RGB, "CMYK": raster.CMYK}[string(profile[16:20])]
	if !known {
		return nil, unusable("its space is %q", profile[16:20])
	}
	t := &Transform{model: model}
	var err error
	for _, name := range []string{"A2B0", "A2B1"} { // perceptual, then relative colorimetric
		if tag, ok := p.tags[name]; ok {
			t.toPCS, err = newTable(tag, int(model), string(profile[20:24]))
			return t, err
		}
	}
	switch model {
	case raster.Gray:
		t.toPCS, err = p.grey()
	case raster.RGB:
		t.toPCS, err = p.matrix()
	default:
		err = unusable("no table")
	}
	return t, err
}

// parsed is a profile's tag table.
type parsed struct {
	data []byte
	tags map[string][]byte
}

func (p *parsed) read() error {
	if len(p.data) < headerSize+4 || string(p.data[36:40]) != "acsp" {
		return unusable("no profile header")
	}
	n := int(binary.BigEndian.Uint32(p.data[headerSize:]))
	if n > maxTags || len(p.data) < headerSize+4+12*n {
		return unusable("%d tags", n)
	}
	for i := range n {
		entry := p.data[headerSize+4+12*i:]
		offset, size := uint64(binary.BigEndian.Uint32(entry[4:])), uint64(binary.BigEndian.Uint32(entry[8:]))
		if offset+size > uint64(len(p.data)) {
			return unusable("a tag beyond the end")
		}
		p.tags[string(entry[:4])] = p.data[offset : offset+size]
	}
	return nil
}

// grey is a curve from black to the white of D50.
func (p *parsed) grey() (func([]float32) xyz, error) {
	c, _, err := newCurve(p.tags["kTRC"])
	if err != nil {
		return nil, err
	}
	return func(in []float32) xyz {
		y := c.at(in[0])
		return xyz{y * d50[0], y * d50[1], y * d50[2]}
	}, nil
}

// matrix is F.3 of the specification: curves, then the three primaries.
func (p *parsed) matrix() (func([]float32) xyz, error) {
	var curves [3]curve
	var primary [3]xyz
	for i, name := range []string{"r", "g", "b"} {
		var err error
		if curves[i], _, err = newCurve(p.tags[name+"TRC"]); err != nil {
			return nil, err
		}
		tag := p.tags[name+"XYZ"]
		if len(tag) < 20 {
			return nil, unusable("no primary %s", name)
		}
		for j := range 3 {
			primary[i][j] = fixed(tag[8+4*j:])
		}
	}
	return func(in []float32) (out xyz) {
		for i := range 3 {
			v := curves[i].at(in[i])
			for j := range 3 {
				out[j] += v * primary[i][j]
			}
		}
		return out
	}, nil
}

// fixed is an s15Fixed16Number.
func fixed(b []byte) float32 { return float32(int32(binary.BigEndian.Uint32(b))) / 65536 }

// d50 is the connection space's white.
var d50 = xyz{.9642, 1, .8249}

// fromD50 leads from XYZ under D50 to linear sRGB, adapted by Bradford (IEC 61966-2-1).
var fromD50 = [3][3]float32{
	{3.1338561, -1.6168667, -.4906146},
	{-.9787684, 1.9161415, .0334540},
	{.0719453, -.2289914, 1.4052427},
}

// encoded is sRGB's curve from linear values of 0 to 1 in 4,095ths.
var encoded = sync.OnceValue(func() *[4096]byte {
	table := new([4096]byte)
	for i := range table {
		v := float64(i) / 4095
		if v <= .0031308 {
			v *= 12.92
		} else {
			v = 1.055*math.Pow(v, 1/2.4) - .055
		}
		table[i] = byte(v*255 + .5)
	}
	return table
})

func toSRGB(c xyz) (out [3]byte) {
	curve := encoded()
	for i, row := range fromD50 {
		v := row[0]*c[0] + row[1]*c[1] + row[2]*c[2]
		out[i] = curve[int(max(0, min(1, v))*4095+.5)]
	}
	return out
}

// Convert gives m in sRGB, or m itself when the profile is for another model or changes next
// to nothing. Grey stays grey.
func (t *Transform) Convert(m *raster.Image) *raster.Image {
	if m.Model != t.model || t.idle() {
		return m
	}
	n := int(m.Model)
	model := raster.RGB
	if m.Model == raster.Gray {
		model = raster.Gray
	}
	out := raster.New(model, m.W, m.H)
	seen := map[[4]byte][3]byte{} // pictures repeat colours
	for i, o := 0, 0; i < len(m.Pix); i, o = i+n, o+int(model) {
		var key [4]byte
		copy(key[:], m.Pix[i:i+n])
		px, ok := seen[key]
		if !ok {
			px = t.pixel(key[:n])
			if len(seen) < 1<<16 {
				seen[key] = px
			}
		}
		copy(out.Pix[o:o+int(model)], px[:])
	}
	return out
}

func (t *Transform) pixel(samples []byte) [3]byte {
	var in [4]float32
	for i, v := range samples {
		in[i] = float32(v) / 255
	}
	return toSRGB(t.toPCS(in[:len(samples)]))
}

// idle reports whether the transform leaves a choice of colours as they are, as that of an
// sRGB profile does.
func (t *Transform) idle() bool {
	if t.model == raster.CMYK {
		return false
	}
	for _, c := range [][3]byte{{0, 0, 0}, {32, 32, 32}, {128, 128, 128}, {255, 255, 255}, {255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {200, 100, 50}, {20, 60, 120}} {
		if t.model == raster.Gray && (c[0] != c[1] || c[1] != c[2]) {
			continue
		}
		got := t.pixel(c[:int(t.model)])
		for i := range got {
			if d := int(got[i]) - int(c[i]); d < -2 || d > 2 {
				return false
			}
		}
	}
	return true
}

// FromLab converts a picture of three samples a pixel from Lab, L being 0 to 255 for 0 to 100
// and a and b offset by 128, to sRGB in place.
func FromLab(m *raster.Image) {
	for i := 0; i+2 < len(m.Pix); i += 3 {
		px := toSRGB(lab(float32(m.Pix[i])/2.55, float32(m.Pix[i+1])-128, float32(m.Pix[i+2])-128))
		copy(m.Pix[i:], px[:])
	}
}
