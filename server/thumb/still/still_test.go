package still

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// makeWith has an installed encoder write a grey picture, half of it see-through; want is what
// its two halves are on white.
func makeWith(t *testing.T, command ...string) []byte {
	t.Helper()
	path, err := exec.LookPath(command[0])
	if err != nil {
		t.Skipf("%s is not installed, and there is no other encoder to make a picture", command[0])
	}
	dir := t.TempDir()
	img := image.NewNRGBA(image.Rect(0, 0, 60, 40))
	draw.Draw(img, img.Rect, image.NewUniform(color.NRGBA{0, 0, 0, 255}), image.Point{}, draw.Src)
	draw.Draw(img, image.Rect(0, 20, 60, 40), image.NewUniform(color.NRGBA{0, 0, 0, 0}), image.Point{}, draw.Src)
	var data bytes.Buffer
	if err := png.Encode(&data, img); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "in.png"), data.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, command[1:]...)
	cmd.Dir = dir
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("%s can't write it: %s", command[0], said)
	}
	made, err := os.ReadFile(filepath.Join(dir, command[len(command)-1]))
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestDecode(t *testing.T) {
	for _, c := range []struct {
		format *Format
		make   string
	}{
		{&AVIF, "heif-enc -A in.png -o out.avif"},
		{&JXL, "cjxl in.png out.jxl"},
		{&JXL, "cjxl -d 0 in.png out.jxl"},
		{&JXL, "cjxl --override_bitdepth=16 in.png out.jxl"},
	} {
		t.Run(c.make, func(t *testing.T) {
			data := makeWith(t, strings.Fields(c.make)...)
			img, err := c.format.Decode(t.Context(), bytes.NewReader(data), int64(len(data)), compiled(t))
			if err != nil || img.Bounds().Size() != image.Pt(60, 40) {
				t.Fatalf("%v, %v", img, err)
			}
			if r, g, b, a := img.At(30, 5).RGBA(); r+g+b > 3000 || a < 0xf000 {
				t.Errorf("black became %d, %d, %d, %d", r, g, b, a)
			}
			if _, _, _, a := img.At(30, 35).RGBA(); a > 0x1000 {
				t.Errorf("what is see-through has an alpha of %d", a)
			}
			for n := 0; n < len(data)/2; n += len(data)/10 + 1 {
				if _, err := c.format.Decode(t.Context(), bytes.NewReader(data), int64(n), compiled(t)); err == nil {
					t.Errorf("cut at %d of %d it was decoded", n, len(data))
				}
			}
		})
	}
	for _, f := range []*Format{&AVIF, &JXL} {
		if _, err := f.Decode(t.Context(), bytes.NewReader(nil), maxFile+1, ""); err == nil {
			t.Error("a file too large was decoded")
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
