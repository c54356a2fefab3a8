// Package wasm starts WebAssembly modules in the worker process: with no file system, with a
// bound on their memory, and with their machine code kept for the next start.
package wasm

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"folderfront/server/worker"
)

// MaxMemory is what one instance may take, in bytes.
const MaxMemory = 384 << 20

const page = 64 << 10 // bytes (WebAssembly core specification, 4.2.8)

// Program is a module that is compiled when it is first used. It is safe for concurrent use.
type Program struct {
	Code []byte // compressed by gzip
	// Host adds what the module imports; nil for nothing.
	Host func(context.Context, wazero.Runtime) error

	mu       sync.Mutex
	runtime  wazero.Runtime
	compiled wazero.CompiledModule // nil until it has been compiled
}

// Start makes a fresh instance, which the caller closes. Machine code is kept in cacheDir, a
// folder that only its owner may write to, since what lies there is run; "" keeps none. With
// the ctx of a worker's handler none of it counts towards the job's time.
func (p *Program) Start(ctx context.Context, cacheDir string) (m api.Module, err error) {
	err = worker.Unhurried(ctx, func() error {
		if err := p.prepare(ctx, cacheDir); err != nil {
			return err
		}
		m, err = p.runtime.InstantiateModule(ctx, p.compiled, wazero.NewModuleConfig().WithName(""))
		return err
	})
	return m, err
}

// Prepare compiles the module, so that the next process finds its machine code in cacheDir.
func (p *Program) Prepare(ctx context.Context, cacheDir string) error {
	return worker.Unhurried(ctx, func() error { return p.prepare(ctx, cacheDir) })
}

// prepare compiles the module once. After a failure the next call tries again.
func (p *Program) prepare(ctx context.Context, cacheDir string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.compiled != nil {
		return nil
	}
	err := p.compile(ctx, cacheDir)
	if err != nil && cacheDir != "" {
		Forget(cacheDir)
		err = p.compile(ctx, "")
	}
	return err
}

func (p *Program) compile(ctx context.Context, cacheDir string) error {
	config, err := Config(cacheDir)
	if err != nil {
		return err
	}
	z, err := gzip.NewReader(bytes.NewReader(p.Code))
	if err != nil {
		return err
	}
	code, err := io.ReadAll(z)
	if err != nil {
		return err
	}
	runtime := wazero.NewRuntimeWithConfig(ctx, config)
	if p.Host != nil {
		if err := p.Host(ctx, runtime); err != nil {
			return errors.Join(err, runtime.Close(ctx))
		}
	}
	compiled, err := runtime.CompileModule(ctx, code)
	if err != nil {
		return errors.Join(err, runtime.Close(ctx))
	}
	p.runtime, p.compiled = runtime, compiled
	return nil
}

// Config bounds a module's memory and keeps machine code in cacheDir, as for Program.Start.
func Config(cacheDir string) (wazero.RuntimeConfig, error) {
	config := wazero.NewRuntimeConfig().WithMemoryLimitPages(MaxMemory / page)
	if cacheDir == "" {
		return config, nil
	}
	cache, err := wazero.NewCompilationCacheWithDir(cacheDir)
	if err != nil {
		return nil, fmt.Errorf("open the compilation cache: %w", err)
	}
	return config.WithCompilationCache(cache), nil
}

// Forget throws away the machine code in cacheDir, which may be damaged.
func Forget(cacheDir string) {
	kept, err := filepath.Glob(filepath.Join(cacheDir, "wazero-*"))
	if err != nil {
		return // the pattern is right
	}
	for _, dir := range kept {
		os.RemoveAll(dir)
	}
}

// ErrMemory says that a module answered with a place outside its memory.
var ErrMemory = errors.New("wasm: a place outside the module's memory")

// Call calls an exported function and gives its first result, or 0 if it has none.
func Call(ctx context.Context, m api.Module, name string, args ...uint64) (uint32, error) {
	f := m.ExportedFunction(name)
	if f == nil {
		return 0, fmt.Errorf("wasm: no function %s", name)
	}
	results, err := f.Call(ctx, args...)
	if err != nil || len(results) == 0 {
		return 0, err
	}
	return uint32(results[0]), nil
}
