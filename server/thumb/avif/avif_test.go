package avif

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestDecode(t *testing.T) {
	path, err := exec.LookPath("convert")
	if err != nil {
		t.Skip("ImageMagick is not installed, and there is no other encoder to make an AVIF")
	}
	dir := t.TempDir()
	var data bytes.Buffer
	if err := png.Encode(&data, image.NewGray(image.Rect(0, 0, 60, 40))); err != nil {
		t.Fatal(err)
	}
	source, out := filepath.Join(dir, "a.png"), filepath.Join(dir, "a.avif")
	if err := os.WriteFile(source, data.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if said, err := exec.Command(path, source, out).CombinedOutput(); err != nil {
		t.Skipf("this ImageMagick can't write AVIF: %s", said)
	}
	avif, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	img, err := Decode(t.Context(), bytes.NewReader(avif), int64(len(avif)), compiled(t))
	if err != nil || img.Bounds().Size() != image.Pt(60, 40) {
		t.Fatalf("%v, %v", img, err)
	}
	if r, g, b, _ := img.At(30, 20).RGBA(); r+g+b > 3000 {
		t.Errorf("black became %d, %d, %d", r, g, b)
	}
	for n := 0; n < len(avif); n += len(avif)/10 + 1 {
		if _, err := Decode(t.Context(), bytes.NewReader(avif), int64(n), compiled(t)); err == nil && n < len(avif)/2 {
			t.Errorf("cut at %d of %d it was decoded", n, len(avif))
		}
	}
	if _, err := Decode(t.Context(), bytes.NewReader(nil), maxFile+1, compiled(t)); err == nil {
		t.Error("a file too large was decoded")
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
