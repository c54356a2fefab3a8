package thumb

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"folderfront/server/catalogue"
)

// The desktop's own thumbnails (freedesktop.org Thumbnail Managing Standard 0.9) are there for
// what its user has looked at in a file manager. They are taken for formats that cost much to
// render here; not for photographs and print files, because desktops ignore colour profiles.

// desktopSizes are the standard's folders with the longest side of their pictures, in pixels.
var desktopSizes = []struct {
	name string
	side int
}{{"normal", 128}, {"large", 256}, {"x-large", 512}, {"xx-large", 1024}}

// managed are the extensions whose colours Folderfront gets right and desktops don't.
const managed = " .jpg .jpeg .jpe .jfif .png .tif .tiff .psd .psb .gif .bmp .webp "

// desktopThumbnail opens the desktop's picture of entry if it is current and at least width
// pixels wide; nil when there is none. The caller closes it.
func (t *Thumbs) desktopThumbnail(ctx context.Context, entry catalogue.Entry, width int) *os.File {
	if strings.Contains(managed, " "+strings.ToLower(filepath.Ext(entry.Name))+" ") {
		return nil
	}
	cacheDir, err := os.UserCacheDir()
	if err != nil {
		return nil
	}
	path, err := t.cfg.Catalogue.Locate(ctx, entry.ID)
	if err != nil {
		return nil
	}
	uri := fileURI(path)
	sum := md5.Sum([]byte(uri))
	name := hex.EncodeToString(sum[:]) + ".png"
	for _, size := range desktopSizes {
		if size.side < width {
			continue
		}
		f, err := os.Open(filepath.Join(cacheDir, "thumbnails", size.name, name))
		if err != nil {
			continue
		}
		if currentThumbnail(f, uri, entry.Modified.Unix(), width) {
			return f
		}
		f.Close()
	}
	return nil
}

// currentThumbnail reports whether the PNG says that it shows uri as it was at mtime (seconds),
// and is wide enough.
func currentThumbnail(r io.ReaderAt, uri string, mtime int64, width int) bool {
	wide, texts, err := pngTexts(r)
	return err == nil && wide >= width && texts["Thumb::URI"] == uri && texts["Thumb::MTime"] == strconv.FormatInt(mtime, 10)
}

// pngTexts reads the width and the tEXt chunks that come before a PNG's pixels (PNG 3rd
// edition, 5.3 and 11.3.3.2).
func pngTexts(r io.ReaderAt) (width int, texts map[string]string, err error) {
	texts = map[string]string{}
	var head [24]byte
	if _, err := r.ReadAt(head[:], 0); err != nil || string(head[:8]) != "\x89PNG\r\n\x1a\n" {
		return 0, nil, fmt.Errorf("no PNG: %w", err)
	}
	width = int(binary.BigEndian.Uint32(head[16:]))
	at := int64(8)
	for range 64 {
		if _, err := r.ReadAt(head[:8], at); err != nil {
			return 0, nil, err
		}
		size, kind := binary.BigEndian.Uint32(head[:]), string(head[4:8])
		if kind == "IDAT" || kind == "IEND" {
			break
		}
		if kind == "tEXt" && size <= 16<<10 {
			chunk := make([]byte, size)
			if _, err := r.ReadAt(chunk, at+8); err != nil {
				return 0, nil, err
			}
			key, value, _ := bytes.Cut(chunk, []byte{0})
			texts[string(key)] = string(value)
		}
		at += 12 + int64(size)
	}
	return width, texts, nil
}

// fileURI escapes an absolute path as glib's g_filename_to_uri does, because the thumbnail's
// name is the MD5 of exactly that: unlike net/url it leaves ( ) ' * ! ~ : @ & = + $ , and / as
// they are and escapes ; and everything that is no ASCII.
func fileURI(path string) string {
	var b strings.Builder
	b.WriteString("file://")
	for i := range len(path) {
		c := path[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-_.!~*'()/&=:@+$,", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
