// Package svg draws SVG by resvg, compiled to WebAssembly.
//
// resvg.wasm.gz is index_bg.wasm of the npm package @resvg/resvg-wasm 2.6.2 (resvg 0.34),
// unmodified, under the Mozilla Public License 2.0 (LICENSE.resvg); its source is at
// github.com/yisibl/resvg-js. The module was made for JavaScript: what it imports handles
// JavaScript's values by number, which bind.go does for the few kinds that occur.
//
// Nothing outside the file is looked at: no fonts of the system, no linked pictures.
package svg

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"math"

	"github.com/tetratelabs/wazero/api"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"

	"folderfront/server/thumb/raster"
	"folderfront/server/worker/wasm"
)

//go:embed resvg.wasm.gz
var code []byte

// Program is resvg's code.
var Program = wasm.Program{Code: code, Host: bind}

// ErrDrawing says that resvg refused the file.
var ErrDrawing = errors.New("svg: not drawable")

// Draw draws an SVG on white, as large as the target wants it; cacheDir as for wasm.Program.
func Draw(ctx context.Context, data []byte, target raster.Target, cacheDir string) (*image.RGBA, error) {
	m, err := Program.Start(ctx, cacheDir)
	if err != nil {
		return nil, err
	}
	defer m.Close(ctx)
	h := newHeap()
	d := &drawing{ctx: context.WithValue(ctx, heapKey{}, h), m: m, heap: h}
	w, ht, err := d.size(withNamespace(data))
	if err != nil {
		return nil, err
	}
	return d.render(withNamespace(data), target, w, ht)
}

// drawing calls into one instance.
type drawing struct {
	ctx  context.Context
	m    api.Module
	heap *heap
}

// options are resvg-js' (its index.d.ts).
type options struct {
	Background string      `json:"background"`
	FitTo      fitTo       `json:"fitTo"`
	Font       fontOptions `json:"font"`
	LogLevel   string      `json:"logLevel"`
}

type fitTo struct {
	Mode  string `json:"mode"`
	Value int    `json:"value,omitempty"`
}

type fontOptions struct {
	LoadSystemFonts bool   `json:"loadSystemFonts"`
	Default         string `json:"defaultFontFamily"`
	Serif           string `json:"serifFamily"`
	SansSerif       string `json:"sansSerifFamily"`
	Cursive         string `json:"cursiveFamily"`
	Fantasy         string `json:"fantasyFamily"`
	Monospace       string `json:"monospaceFamily"`
}

// parse makes a parsed drawing inside the module.
func (d *drawing) parse(data []byte, fit fitTo) (uint32, error) {
	opts, err := json.Marshal(options{
		Background: "white", FitTo: fit, LogLevel: "off",
		Font: fontOptions{Default: "Go", Serif: "Go", SansSerif: "Go", Cursive: "Go", Fantasy: "Go", Monospace: "Go Mono"},
	})
	if err != nil {
		return 0, err
	}
	at, err := wasm.Call(d.ctx, d.m, "__wbindgen_malloc", uint64(len(opts)), 1)
	if err != nil {
		return 0, err
	}
	if !d.m.Memory().Write(at, opts) {
		return 0, wasm.ErrMemory
	}
	fonts := []any{goregular.TTF, gobold.TTF, gomono.TTF}
	return d.result("resvg_new", uint64(d.heap.add(data)), uint64(at), uint64(len(opts)), uint64(d.heap.add(fonts)))
}

// result calls a function that answers with a value and an error flag in memory.
func (d *drawing) result(name string, args ...uint64) (uint32, error) {
	const space = 16
	at, err := wasm.Call(d.ctx, d.m, "__wbindgen_add_to_stack_pointer", uint64(uint32(1<<32-space)))
	if err != nil {
		return 0, err
	}
	if _, err := wasm.Call(d.ctx, d.m, name, append([]uint64{uint64(at)}, args...)...); err != nil {
		return 0, err
	}
	value, ok1 := d.m.Memory().ReadUint32Le(at)
	failed, ok2 := d.m.Memory().ReadUint32Le(at + 8)
	if !ok1 || !ok2 {
		return 0, wasm.ErrMemory
	}
	if failed != 0 {
		return 0, ErrDrawing
	}
	_, err = wasm.Call(d.ctx, d.m, "__wbindgen_add_to_stack_pointer", space)
	return value, err
}

// size is a drawing's own size.
func (d *drawing) size(data []byte) (w, h float64, err error) {
	parsed, err := d.parse(data, fitTo{Mode: "original"})
	if err != nil {
		return 0, 0, err
	}
	for name, into := range map[string]*float64{"resvg_width": &w, "resvg_height": &h} {
		results, err := d.m.ExportedFunction(name).Call(d.ctx, uint64(parsed))
		if err != nil {
			return 0, 0, err
		}
		*into = float64(math.Float32frombits(uint32(results[0])))
	}
	if !(w > 0 && h > 0) || math.IsInf(w, 0) || math.IsInf(h, 0) {
		return 0, 0, fmt.Errorf("%w: its size is %v × %v", ErrDrawing, w, h)
	}
	_, err = wasm.Call(d.ctx, d.m, "__wbg_resvg_free", uint64(parsed))
	return w, h, err
}

// render draws at the size that the target wants a drawing of w×h to have: unlike a picture
// it may be enlarged.
func (d *drawing) render(data []byte, target raster.Target, w, h float64) (*image.RGBA, error) {
	scale := float64(target.Width) / w
	_, outH := target.Fit(w*scale, h*scale)
	fit := fitTo{Mode: "width", Value: target.Width}
	if h*scale > float64(outH)+1 {
		fit = fitTo{Mode: "height", Value: outH}
	}
	parsed, err := d.parse(data, fit)
	if err != nil {
		return nil, err
	}
	picture, err := d.result("resvg_render", uint64(parsed))
	if err != nil {
		return nil, err
	}
	var side [2]int
	for i, name := range []string{"renderedimage_width", "renderedimage_height"} {
		v, err := wasm.Call(d.ctx, d.m, name, uint64(picture))
		if err != nil {
			return nil, err
		}
		side[i] = int(v)
	}
	object, err := wasm.Call(d.ctx, d.m, "renderedimage_pixels", uint64(picture))
	if err != nil {
		return nil, err
	}
	pix, ok := d.heap.take(object).([]byte)
	if !ok || len(pix) != 4*side[0]*side[1] {
		return nil, wasm.ErrMemory
	}
	return &image.RGBA{Pix: pix, Stride: 4 * side[0], Rect: image.Rect(0, 0, side[0], side[1])}, nil
}
