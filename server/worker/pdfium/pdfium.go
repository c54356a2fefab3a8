// Package pdfium starts PDFium, the PDF engine of Chromium, as WebAssembly for
// the worker process.
//
// An Engine is the compiled code, shared by all; an Instance is a PDFium of its
// own, with memory of its own, that reads one document at a time. The code sees
// no file but the one it is handed, and at most MaxMemory bytes.
package pdfium

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	pdf "github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
)

// MaxMemory is what PDFium may take, in bytes: one instance at a time runs.
const MaxMemory = 384 << 20

const wasmPage = 64 << 10 // bytes (WebAssembly core specification, 4.2.8)

// Engine is safe for concurrent use.
type Engine struct{ pool pdf.Pool }

// Open compiles PDFium. With cacheDir, a folder that only the person may write
// to, since what lies there is run, the machine code is kept for the next
// start, which then takes milliseconds; with "" it is compiled anew.
func Open(cacheDir string) (*Engine, error) {
	config := wazero.NewRuntimeConfig().WithMemoryLimitPages(MaxMemory / wasmPage)
	if cacheDir != "" {
		cache, err := wazero.NewCompilationCacheWithDir(cacheDir)
		if err != nil {
			return nil, fmt.Errorf("open the compilation cache: %w", err)
		}
		config = config.WithCompilationCache(cache)
	}
	pool, err := webassembly.Init(webassembly.Config{
		MaxTotal:      1,
		FSConfig:      wazero.NewFSConfig(), // nil would mount the whole disk
		RuntimeConfig: config,
		Stdout:        io.Discard,
		Stderr:        io.Discard,
	})
	if err != nil {
		return nil, fmt.Errorf("start PDFium: %w", err)
	}
	return &Engine{pool: pool}, nil
}

// Instance gives a fresh PDFium, to be closed after its one document. It waits
// while another is in use, ten seconds at most.
func (e *Engine) Instance(ctx context.Context) (pdf.Pdfium, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	return e.pool.GetInstanceWithContext(ctx)
}

// Shared is the process' one engine, opened by the first who asks; cacheDir is
// the same for all. A failure to open it stays.
func Shared(cacheDir string) (*Engine, error) {
	shared.once.Do(func() { shared.engine, shared.err = Open(cacheDir) })
	return shared.engine, shared.err
}

var shared struct {
	once   sync.Once
	engine *Engine
	err    error
}

// Close ends the engine and every instance.
func (e *Engine) Close() error { return e.pool.Close() }
