// Package pdfium starts PDFium, the PDF engine of Chromium, as WebAssembly for
// the worker process.
//
// An Engine is the compiled code, shared by all; an Instance is a PDFium of its
// own, with memory of its own, that reads one document at a time. The code sees
// no file but the one it is handed, and has at most wasm.MaxMemory bytes.
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

	"folderfront/server/worker"
	"folderfront/server/worker/wasm"
)

// Engine is safe for concurrent use.
type Engine struct{ pool pdf.Pool }

// Open compiles PDFium. With cacheDir, a folder that only the person may write
// to, since what lies there is run, the machine code is kept for the next
// start, which then takes milliseconds; with "" it is compiled anew. What is
// kept but damaged is thrown away.
func Open(cacheDir string) (*Engine, error) {
	e, err := open(cacheDir)
	if err != nil && cacheDir != "" {
		wasm.Forget(cacheDir)
		e, err = open("")
	}
	return e, err
}

func open(cacheDir string) (*Engine, error) {
	config, err := wasm.Config(cacheDir)
	if err != nil {
		return nil, err
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

// Start gives a fresh PDFium of the process' one engine, for a handler of the
// worker with its ctx: what that takes doesn't count towards the job's time.
// The engine is opened by the first who asks; cacheDir is the same for all.
func Start(ctx context.Context, cacheDir string) (instance pdf.Pdfium, err error) {
	err = worker.Unhurried(ctx, func() error {
		engine, err := shared(cacheDir)
		if err == nil {
			instance, err = engine.Instance(context.WithoutCancel(ctx))
		}
		return err
	})
	return instance, err
}

// shared is the process' one engine. After a failure the next who asks tries
// again.
func shared(cacheDir string) (*Engine, error) {
	one.Lock()
	defer one.Unlock()
	if one.engine != nil {
		return one.engine, nil
	}
	var err error
	one.engine, err = Open(cacheDir)
	return one.engine, err
}

var one struct {
	sync.Mutex
	engine *Engine
}

// Close ends the engine and every instance.
func (e *Engine) Close() error { return e.pool.Close() }
