package thumb

import (
	"bytes"
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"image/color"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
)

// glib's g_filename_to_uri gave these.
func TestFileURI(t *testing.T) {
	for path, want := range map[string]string{
		"/home/a/b.jpg": "file:///home/a/b.jpg",
		"/a b/(x)';:@&=+$,!*~-_.#?[]{}|^`\"<>%\\é.jpg": `file:///a%20b/(x)'%3B:@&=+$,!*~-_.%23%3F%5B%5D%7B%7D%7C%5E%60%22%3C%3E%25%5C%C3%A9.jpg`,
		"/\xff\x01": "file:///%FF%01",
	} {
		if got := fileURI(path); got != want {
			t.Errorf("%q: %s, want %s", path, got, want)
		}
	}
}

// desktopPNG is a PNG as file managers leave it.
func desktopPNG(side int, uri, mtime string) []byte {
	data := testPNG(side, side/2, color.RGBA{0, 128, 0, 255})
	text := func(key, value string) []byte {
		body := append([]byte("tEXt"+key+"\x00"), value...)
		out := append(binary.BigEndian.AppendUint32(nil, uint32(len(body)-4)), body...)
		return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(body))
	}
	const header = 8 + 25
	return bytes.Join([][]byte{data[:header], text("Thumb::URI", uri), text("Thumb::MTime", mtime), data[header:]}, nil)
}

func TestTheDesktopsThumbnails(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux desktops share thumbnails in this way")
	}
	f := newFixture(t)
	for _, c := range []struct {
		name, size string
		side       int
		stale      bool
		other      bool // it says to show another file
		used       bool
	}{
		{"film.xyz", "large", 256, false, false, true},
		{"wide film.xyz", "x-large", 512, false, false, true},
		{"small.xyz", "normal", 128, false, false, false}, // a step of 256 is needed
		{"changed.xyz", "large", 256, true, false, false},
		{"forged.xyz", "large", 256, false, true, false},
		{"photo.jpg", "large", 256, false, false, false}, // colours are ours to get right
	} {
		f.write(c.name, []byte("\x00no picture"))
		e := f.entry(c.name)
		path, err := f.cfg.Catalogue.Locate(t.Context(), e.ID)
		if err != nil {
			t.Fatal(err)
		}
		uri, mtime := fileURI(path), e.Modified.Unix()
		sum := md5.Sum([]byte(uri))
		if c.stale {
			mtime--
		}
		if c.other {
			uri += "x"
		}
		dir := filepath.Join(os.Getenv("XDG_CACHE_HOME"), "thumbnails", c.size)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		data := desktopPNG(c.side, uri, strconv.FormatInt(mtime, 10))
		if err := os.WriteFile(filepath.Join(dir, hex.EncodeToString(sum[:])+".png"), data, 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := f.Get(t.Context(), e, 200)
		if err != nil || p.Icon == c.used {
			t.Errorf("%s: icon %v, error %v; want the desktop's picture: %v", c.name, p.Icon, err, c.used)
		}
	}
}

func FuzzPNGTexts(f *testing.F) {
	f.Add(desktopPNG(8, "file:///a", "1"))
	f.Add([]byte("\x89PNG\r\n\x1a\n\xff\xff\xff\xfftEXt"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, texts, err := pngTexts(bytes.NewReader(data)); err == nil && texts == nil {
			t.Error("no texts and no error")
		}
	})
}
