// Package still decodes AVIF and JPEG XL pictures by their reference libraries, compiled to
// WebAssembly.
//
// avif.wasm.gz and jxl.wasm.gz are the decoders of github.com/gen2brain/avif v0.4.4 and
// github.com/gen2brain/jpegxl v0.4.5 (MIT, see LICENSE.avif and LICENSE.jpegxl), unmodified.
// They contain libavif (BSD-2-Clause and others, LICENSE.libavif), libaom (BSD-2-Clause,
// LICENSE.aom) and libjxl (BSD-3-Clause, LICENSE.libjxl), and are called in the same way.
package still

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"image"
	"io"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"folderfront/server/thumb/raster"
	"folderfront/server/worker/wasm"
)

//go:embed avif.wasm.gz
var avifCode []byte

//go:embed jxl.wasm.gz
var jxlCode []byte

// Format is a kind of picture with its decoder. It is safe for concurrent use.
type Format struct {
	Program wasm.Program
	// MaxPixels is the size of the largest picture that fits the module's memory.
	MaxPixels int64

	isWide   func(bits int) bool // whether a sample of so many bits takes two bytes
	upper    int                 // which of the two bytes is the upper one
	straight bool                // colours are not multiplied by alpha
}

// AVIF and JXL are the formats.
var (
	AVIF = Format{
		Program: wasm.Program{Code: avifCode, Host: system}, MaxPixels: 24_000_000,
		isWide: func(bits int) bool { return bits > 8 }, upper: 1,
	}
	JXL = Format{
		Program: wasm.Program{Code: jxlCode, Host: system}, MaxPixels: 16_000_000,
		isWide: func(bits int) bool { return bits == 16 }, upper: 0, straight: true,
	}
)

// system gives a module what a C library expects, without any file.
func system(ctx context.Context, r wazero.Runtime) error {
	_, err := wasi_snapshot_preview1.Instantiate(ctx, r)
	return err
}

const maxFile = 64 << 20

var errDecode = errors.New("still: not decodable")

// Decode reads the first picture; cacheDir as for wasm.Program.
func (f *Format) Decode(ctx context.Context, r io.Reader, size int64, cacheDir string) (image.Image, error) {
	if size > maxFile {
		return nil, fmt.Errorf("still: a file of %d bytes", size)
	}
	data, err := io.ReadAll(io.LimitReader(r, size))
	if err != nil {
		return nil, err
	}
	m, err := f.Program.Start(ctx, cacheDir)
	if err != nil {
		return nil, err
	}
	defer m.Close(ctx)
	d := decoder{ctx: ctx, m: m}
	in := d.alloc(len(data))
	if d.err == nil && !m.Memory().Write(in, data) {
		return nil, wasm.ErrMemory
	}
	return d.picture(f, in, len(data))
}

// decoder calls into one instance; the first failure stays in err.
type decoder struct {
	ctx context.Context
	m   api.Module
	err error
}

func (d *decoder) alloc(n int) uint32 {
	if d.err != nil {
		return 0
	}
	var at uint32
	if at, d.err = wasm.Call(d.ctx, d.m, "malloc", uint64(n)); d.err == nil && at == 0 {
		d.err = fmt.Errorf("still: no memory for %d bytes", n)
	}
	return at
}

func (d *decoder) decode(args ...uint64) {
	if d.err != nil {
		return
	}
	var ok uint32
	if ok, d.err = wasm.Call(d.ctx, d.m, "decode", args...); d.err == nil && ok == 0 {
		d.err = errDecode
	}
}

func (d *decoder) number(at uint32) int {
	v, ok := d.m.Memory().ReadUint32Le(at)
	if !ok && d.err == nil {
		d.err = wasm.ErrMemory
	}
	return int(v)
}

// picture asks for the size first, then for the pixels.
func (d *decoder) picture(f *Format, in uint32, size int) (image.Image, error) {
	info := d.alloc(24) // width, height, depth and count, then a duration
	at := func(i uint32) uint64 { return uint64(info + 4*i) }
	d.decode(uint64(in), uint64(size), 1, 0, at(0), at(1), at(2), at(3), 0, 0)
	if d.err != nil {
		return nil, d.err
	}
	w, h, wide := d.number(info), d.number(info+4), 1
	if f.isWide(d.number(info + 8)) {
		wide = 2
	}
	if err := raster.CheckSize(w, h, f.MaxPixels/int64(wide)); err != nil {
		return nil, err
	}
	n := w * h * 4 * wide
	out := d.alloc(n)
	d.decode(uint64(in), uint64(size), 0, 0, at(0), at(1), at(2), at(3), at(4), uint64(out))
	if d.err != nil {
		return nil, d.err
	}
	pix, ok := d.m.Memory().Read(out, uint32(n))
	if !ok {
		return nil, wasm.ErrMemory
	}
	return f.toImage(pix, w, h, wide), nil
}

// toImage copies pixels out of the module; of 16 bits it takes the upper 8.
func (f *Format) toImage(pix []byte, w, h, wide int) image.Image {
	upper := f.upper * (wide - 1)
	out := make([]byte, w*h*4)
	for i := range out {
		out[i] = pix[i*wide+upper]
	}
	if f.straight {
		return &image.NRGBA{Pix: out, Stride: 4 * w, Rect: image.Rect(0, 0, w, h)}
	}
	return &image.RGBA{Pix: out, Stride: 4 * w, Rect: image.Rect(0, 0, w, h)}
}
