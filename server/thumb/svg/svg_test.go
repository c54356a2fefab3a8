package svg

import (
	"fmt"
	"image/color"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"folderfront/server/thumb/raster"
)

const header = `<svg xmlns="http://www.w3.org/2000/svg" width="100" height="50">`

func TestDraw(t *testing.T) {
	dir := compiled(t)
	for _, c := range []struct {
		name, svg string
		w, h      int
		x, y      int
		want      color.RGBA
	}{
		{"a rectangle, enlarged", header + `<rect width="50" height="50" fill="#f00"/></svg>`, 200, 100, 50, 50, color.RGBA{255, 0, 0, 255}},
		{"transparent is white", header + `</svg>`, 200, 100, 50, 50, color.RGBA{255, 255, 255, 255}},
		{"no namespace", `<svg viewBox="0 0 10 10"><circle cx="5" cy="5" r="4" fill="blue"/></svg>`, 200, 200, 100, 100, color.RGBA{0, 0, 255, 255}},
		{"very tall", `<svg xmlns="http://www.w3.org/2000/svg" width="10" height="1000"><rect width="10" height="1000" fill="lime"/></svg>`, 8, 800, 4, 400, color.RGBA{0, 255, 0, 255}},
		{"very large", `<svg xmlns="http://www.w3.org/2000/svg" width="1e9" height="1e9"><rect width="1e9" height="1e9" fill="lime"/></svg>`, 200, 200, 100, 100, color.RGBA{0, 255, 0, 255}},
		{"percent sizes", `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 2"><rect width="100%" height="100%" fill="lime"/></svg>`, 200, 100, 100, 50, color.RGBA{0, 255, 0, 255}},
	} {
		img, err := Draw(t.Context(), []byte(c.svg), raster.Target{Width: 200}, dir)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if s := img.Rect.Size(); s.X != c.w || s.Y != c.h {
			t.Errorf("%s: %v, want %d × %d", c.name, s, c.w, c.h)
			continue
		}
		if got := img.RGBAAt(c.x, c.y); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestTextIsDrawn(t *testing.T) {
	img, err := Draw(t.Context(), []byte(header+`<text x="5" y="40" font-size="40" font-family="Helvetica">Hxg</text></svg>`), raster.Target{Width: 200}, compiled(t))
	if err != nil {
		t.Fatal(err)
	}
	dark := 0
	for i := 0; i < len(img.Pix); i += 4 {
		if img.Pix[i] < 64 {
			dark++
		}
	}
	if dark < 500 {
		t.Errorf("%d dark pixels, want letters", dark)
	}
}

func TestHostile(t *testing.T) {
	laughs := `<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa">`
	for i := range 12 {
		laughs += fmt.Sprintf(`<!ENTITY %c "%s">`, 'b'+i, strings.Repeat(fmt.Sprintf("&%c;", 'a'+i), 10))
	}
	dir := compiled(t)
	for name, svg := range map[string]string{
		"empty":             "",
		"no svg":            "<html></html>",
		"laughs":            laughs + `]>` + header + `<text>&m;</text></svg>`,
		"200,000 levels":    header + strings.Repeat("<g>", 200000) + strings.Repeat("</g>", 200000) + `</svg>`,
		"no size":           `<svg xmlns="http://www.w3.org/2000/svg" width="0" height="0"/>`,
		"cut off":           header + `<rect`,
		"recursive use":     header + `<g id="a"><use href="#a"/></g></svg>`,
		"an external file":  header + `<image width="100" height="50" href="file:///etc/hostname"/></svg>`,
		"external entities": `<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/hostname">]>` + header + `<text y="40">&x;</text></svg>`,
	} {
		img, err := Draw(t.Context(), []byte(svg), raster.Target{Width: 50}, dir)
		if err != nil {
			continue // refused is fine
		}
		for i, v := range img.Pix {
			if v != 255 {
				t.Errorf("%s: something was drawn at %d", name, i/4)
				break
			}
		}
	}
}

func TestWithNamespace(t *testing.T) {
	for in, want := range map[string]string{
		`<svg>`:                 `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">`,
		`<svg xmlns:xlink="x">`: `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="x">`,
		`<svg xmlns="http://www.w3.org/2000/svg">`: `<svg xmlns="http://www.w3.org/2000/svg">`,
		`<svg`: `<svg`, ``: ``,
	} {
		if got := string(withNamespace([]byte(in))); got != want {
			t.Errorf("%s became %s", in, got)
		}
	}
}

func BenchmarkDraw(b *testing.B) {
	dir := compiled(b)
	svg := []byte(header + strings.Repeat(`<path d="M10 10C20 20 40 20 50 10z" fill="#f80" stroke="#123"/>`, 50) + `</svg>`)
	for b.Loop() {
		if _, err := Draw(b.Context(), svg, raster.Target{Width: 256}, dir); err != nil {
			b.Fatal(err)
		}
	}
}

// compiled is where WebAssembly's machine code is kept from one run of the tests to the next.
func compiled(t testing.TB) string {
	t.Helper()
	base, err := os.UserCacheDir()
	if err != nil {
		return t.TempDir()
	}
	return filepath.Join(base, "folderfront-tests", "wazero")
}
