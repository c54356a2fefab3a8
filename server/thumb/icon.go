package thumb

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"sync"

	"folderfront/assets/types"
)

// maxIcon is the widest icon that is drawn, in pixels.
const maxIcon = 512

// icons draws type icons and keeps what it has drawn: there are few kinds, and the widths in
// use are few as well. Safe for concurrent use.
type icons struct {
	mu    sync.Mutex
	drawn map[iconKey][]byte
}

type iconKey struct {
	kind  types.Kind
	width int
}

// maxDrawn bounds the icons kept.
const maxDrawn = 64

func newIcons() *icons { return &icons{drawn: map[iconKey][]byte{}} }

// get is a square JPEG of the icon for a name, on white.
func (c *icons) get(name string, folder bool, width int) []byte {
	key := iconKey{types.For(name, folder), min(width, maxIcon)}
	c.mu.Lock()
	defer c.mu.Unlock()
	if data, ok := c.drawn[key]; ok {
		return data
	}
	if len(c.drawn) >= maxDrawn {
		clear(c.drawn)
	}
	data := drawIcon(key)
	c.drawn[key] = data
	return data
}

func drawIcon(key iconKey) []byte {
	img := image.NewRGBA(image.Rect(0, 0, key.width, key.width))
	draw.Draw(img, img.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
	if err := drawSVG(img, types.SVG(key.kind)); err != nil {
		panic("a type icon of our own can't be drawn: " + err.Error()) // a test draws them all
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: 90}); err != nil {
		panic(err) // a bytes.Buffer takes everything
	}
	return out.Bytes()
}
