package assets

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"testing"

	"golang.org/x/image/draw"
)

var states = []string{"off", "connecting", "live", "paused", "trouble"}

// TestTrayIconsDifferWithoutColour shrinks every icon to the 16 pixels of a
// small panel, forgets the colour, and wants each pair to differ in ink, not
// just in the softness of an edge.
func TestTrayIconsDifferWithoutColour(t *testing.T) {
	const wanted = 14 // pixels of 256 that are clearly inked in one and clearly not in the other
	for i, a := range states {
		for _, b := range states[i+1:] {
			if n := inkDifference(small(t, a), small(t, b)); n < wanted {
				t.Errorf("%s and %s differ in %d pixels at 16×16, want at least %d", a, b, n, wanted)
			}
		}
	}
}

// TestTrayIconsContrast holds the colour of each icon's ink against the panels
// it is drawn for (WCAG 2.1, 1.4.11: 3 to 1 for graphics).
func TestTrayIconsContrast(t *testing.T) {
	light := []color.Color{color.White, color.Gray{0xF0}}
	dark := []color.Color{color.Black, color.Gray{0x20}}
	panels := map[Panel][]color.Color{Light: light, Dark: dark, Either: {color.White, color.Gray{0x20}}}
	for panel, backgrounds := range panels {
		for _, state := range states {
			ink := inkColour(decode(t, state, panel))
			for _, background := range backgrounds {
				if c := contrast(ink, background); c < 3 {
					t.Errorf("%s on a %s panel: contrast %.2f, want 3", state, panel, c)
				}
			}
		}
	}
}

func TestUnknownPicturesAreNil(t *testing.T) {
	if TrayIcon("nonsense", Light) != nil || Icon("nonsense") != nil || StateIcon("") != nil {
		t.Error("an unknown picture is not nil")
	}
	if len(AppIcon()) == 0 || len(Brand()) == 0 || len(Icon("home")) == 0 {
		t.Error("a known picture is empty")
	}
}

func decode(t *testing.T, state string, panel Panel) image.Image {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(TrayIcon(state, panel)))
	if err != nil {
		t.Fatalf("%s on %s: %v", state, panel, err)
	}
	return img
}

func small(t *testing.T, state string) *image.Alpha {
	t.Helper()
	out := image.NewAlpha(image.Rect(0, 0, 16, 16))
	big := decode(t, state, Light)
	draw.CatmullRom.Scale(out, out.Bounds(), big, big.Bounds(), draw.Src, nil)
	return out
}

func inkDifference(a, b *image.Alpha) int {
	n := 0
	for i := range a.Pix {
		if math.Abs(float64(a.Pix[i])-float64(b.Pix[i])) > 128 {
			n++
		}
	}
	return n
}

// inkColour is the colour of the first pixel that is wholly opaque.
func inkColour(img image.Image) color.Color {
	b := img.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if c := img.At(x, y); opaque(c) {
				return c
			}
		}
	}
	return color.Transparent
}

func opaque(c color.Color) bool {
	_, _, _, a := c.RGBA()
	return a == 0xFFFF
}

func contrast(a, b color.Color) float64 {
	la, lb := luminance(a), luminance(b)
	return (math.Max(la, lb) + 0.05) / (math.Min(la, lb) + 0.05)
}

func luminance(c color.Color) float64 {
	r, g, b, _ := c.RGBA()
	linear := func(v uint32) float64 {
		x := float64(v) / 0xFFFF
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}
