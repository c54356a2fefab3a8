package thumb

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"testing"

	"folderfront/assets/types"
)

func TestEveryIconIsDrawn(t *testing.T) {
	c := newIcons()
	seen := map[string]string{}
	for _, name := range []string{
		"a.jpg", "a.cr2", "a.psd", "a.ai", "a.pdf", "a.txt", "a.docx", "a.xlsx", "a.pptx", "a.indd", "a.mp4", "a.mp3",
		"a.zip", "a.html", "a.ttf", "a.eml", "a.stl", "a.epub", "a.bin",
	} {
		for _, width := range []int{16, 64} {
			img, err := jpeg.Decode(bytes.NewReader(c.get(name, false, width)))
			if err != nil {
				t.Fatalf("%s at %d: %v", name, width, err)
			}
			if img.Bounds().Dx() != width || img.Bounds().Dy() != width {
				t.Errorf("%s at %d is %v", name, width, img.Bounds())
			}
			if width == 64 {
				if corner := color.GrayModel.Convert(img.At(1, 1)).(color.Gray); corner.Y < 250 {
					t.Errorf("%s: the corner is %v, want white", name, corner)
				}
			}
		}
		data := string(c.get(name, false, 64))
		if other := seen[data]; other != "" {
			t.Errorf("%s and %s have the same icon", name, other)
		}
		seen[data] = name
	}
	if bytes.Equal(c.get("a.jpg", true, 64), c.get("a.jpg", false, 64)) {
		t.Error("a folder has the icon of a picture")
	}
}

func TestNoIconIsEnormous(t *testing.T) {
	img, err := jpeg.Decode(bytes.NewReader(newIcons().get("a.jpg", false, 2048)))
	if err != nil || img.Bounds().Dx() != maxIcon {
		t.Errorf("%v, %v", img.Bounds(), err)
	}
}

func TestIconsKeptAreBounded(t *testing.T) {
	c := newIcons()
	for width := range 2 * maxDrawn {
		c.get("a.jpg", false, MinWidth+width)
	}
	if len(c.drawn) > maxDrawn {
		t.Errorf("%d icons are kept, want at most %d", len(c.drawn), maxDrawn)
	}
}

func TestDrawSVG(t *testing.T) {
	for _, c := range []struct {
		name, svg string
		want      color.RGBA // at the centre of 64×64
		fails     bool
	}{
		{"rect", `<svg><rect fill="#ff0000" x="16" y="16" width="32" height="32"/></svg>`, color.RGBA{255, 0, 0, 255}, false},
		{"circle", `<svg><circle fill="#00ff00" cx="32" cy="32" r="9"/></svg>`, color.RGBA{0, 255, 0, 255}, false},
		{"absolute path", `<svg><path fill="#0000ff" d="M10 10H50V50L10 50Z"/></svg>`, color.RGBA{0, 0, 255, 255}, false},
		{"relative path", `<svg><path fill="#0000ff" d="m10 10h40v40l-40 0z"/></svg>`, color.RGBA{0, 0, 255, 255}, false},
		{"hole", `<svg><path fill="#0000ff" d="M10 10h44v44h-44zM20 20v24h24v-24z"/></svg>`, color.RGBA{}, false},
		{"curves", `<svg><path fill="#0000ff" d="M0 0C64 0 64 0 64 32S64 64 0 64z"/></svg>`, color.RGBA{0, 0, 255, 255}, false},
		{"no separators", `<svg><path fill="#0000ff" d="M10.5.5l43 0 0 60-43-.5z"/></svg>`, color.RGBA{0, 0, 255, 255}, false},
		{"unknown element", `<svg><text>hello</text></svg>`, color.RGBA{}, true},
		{"unknown command", `<svg><path fill="#0000ff" d="M0 0A1 1 0 0 0 1 1"/></svg>`, color.RGBA{}, true},
		{"too few numbers", `<svg><path fill="#0000ff" d="M0 0C1 1"/></svg>`, color.RGBA{}, true},
		{"numbers after the end", `<svg><path fill="#0000ff" d="M0 0L1 1z1"/></svg>`, color.RGBA{}, true},
		{"no command", `<svg><path fill="#0000ff" d="1 1"/></svg>`, color.RGBA{}, true},
		{"no number", `<svg><path fill="#0000ff" d="M0 -"/></svg>`, color.RGBA{}, true},
		{"no colour", `<svg><circle cx="32" cy="32" r="9"/></svg>`, color.RGBA{}, true},
		{"no width", `<svg><rect fill="#ff0000" x="1" y="1"/></svg>`, color.RGBA{}, true},
		{"no XML", `<svg`, color.RGBA{}, true},
	} {
		img := image.NewRGBA(image.Rect(0, 0, 64, 64))
		err := drawSVG(img, []byte(c.svg))
		if (err != nil) != c.fails {
			t.Errorf("%s: error %v, want one: %v", c.name, err, c.fails)
		}
		if got := img.RGBAAt(32, 32); err == nil && got != c.want {
			t.Errorf("%s: the centre is %v, want %v", c.name, got, c.want)
		}
	}
}

func FuzzDrawSVG(f *testing.F) {
	for _, kind := range []types.Kind{types.File, types.Folder, "pdf", "vector"} {
		f.Add(types.SVG(kind))
	}
	f.Add([]byte(`<svg><path fill="#0000ff" d="m0 0z m1e9-1"/></svg>`))
	f.Add([]byte(`<svg><path fill="#0000ff" d="M00 0001 100000000 000"/></svg>`)) // overflowed the rasterizer
	f.Add([]byte(`<svg><circle fill="#0000ff" cx="NaN" cy="-Inf" r="1e30"/></svg>`))
	f.Fuzz(func(t *testing.T, svg []byte) {
		if err := drawSVG(image.NewRGBA(image.Rect(0, 0, 16, 16)), svg); err != nil && err.Error() == "" {
			t.Error("an error without words")
		}
	})
}
