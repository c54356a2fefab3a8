// Package avif decodes AVIF pictures by libavif with libaom, compiled to WebAssembly.
//
// decode.wasm.gz is the decoder of github.com/gen2brain/avif v0.4.4 (MIT), unmodified; it
// contains libavif (BSD-2-Clause and others, see LICENSE.libavif) and libaom (BSD-2-Clause, see
// LICENSE.aom).
package avif

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

//go:embed decode.wasm.gz
var code []byte

// Program is the decoder's code.
var Program = wasm.Program{Code: code, Host: func(ctx context.Context, r wazero.Runtime) error {
	_, err := wasi_snapshot_preview1.Instantiate(ctx, r)
	return err
}}

// MaxPixels is the size of the largest picture that fits the module's memory.
const MaxPixels = 24_000_000

const maxFile = 64 << 20

var errDecode = errors.New("avif: not decodable")

// Decode reads the first picture; cacheDir as for wasm.Program. Transparency is premultiplied.
func Decode(ctx context.Context, r io.Reader, size int64, cacheDir string) (image.Image, error) {
	if size > maxFile {
		return nil, fmt.Errorf("avif: a file of %d bytes", size)
	}
	data, err := io.ReadAll(io.LimitReader(r, size))
	if err != nil {
		return nil, err
	}
	m, err := Program.Start(ctx, cacheDir)
	if err != nil {
		return nil, err
	}
	defer m.Close(ctx)
	d := decoder{ctx: ctx, m: m}
	in := d.alloc(len(data))
	if d.err == nil && !m.Memory().Write(in, data) {
		return nil, wasm.ErrMemory
	}
	return d.picture(in, len(data))
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
		d.err = fmt.Errorf("avif: no memory for %d bytes", n)
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
func (d *decoder) picture(in uint32, size int) (image.Image, error) {
	info := d.alloc(24) // width, height, depth and count, then a duration
	at := func(i uint32) uint64 { return uint64(info + 4*i) }
	d.decode(uint64(in), uint64(size), 1, 0, at(0), at(1), at(2), at(3), 0, 0)
	if d.err != nil {
		return nil, d.err
	}
	w, h, wide := d.number(info), d.number(info+4), 1
	if d.number(info+8) > 8 {
		wide = 2
	}
	if err := raster.CheckSize(w, h, MaxPixels/int64(wide)); err != nil {
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
	return toImage(pix, w, h, wide), nil
}

// toImage copies pixels out of the module; of 16 bits it takes the upper 8 (they are stored
// the lower first).
func toImage(pix []byte, w, h, wide int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = pix[i*wide+wide-1]
	}
	return img
}
