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
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// MaxMemory is what one instance may take, in bytes.
const MaxMemory = 384 << 20

const page = 64 << 10 // bytes (WebAssembly core specification, 4.2.8)

// Program is a module that is compiled when it is first used. It is safe for concurrent use.
type Program struct {
	Code []byte // compressed by gzip
	// Host adds what the module imports; nil for nothing.
	Host func(context.Context, wazero.Runtime) error

	once     sync.Once
	runtime  wazero.Runtime
	compiled wazero.CompiledModule
	err      error
}

// Start makes a fresh instance, which the caller closes. Machine code is kept in cacheDir, a
// folder that only its owner may write to; "" keeps none.
func (p *Program) Start(ctx context.Context, cacheDir string) (api.Module, error) {
	if err := p.Prepare(ctx, cacheDir); err != nil {
		return nil, err
	}
	return p.runtime.InstantiateModule(ctx, p.compiled, wazero.NewModuleConfig().WithName(""))
}

// Prepare compiles the module, so that the next process finds its machine code in cacheDir.
func (p *Program) Prepare(ctx context.Context, cacheDir string) error {
	p.once.Do(func() { p.err = p.compile(ctx, cacheDir) })
	return p.err
}

func (p *Program) compile(ctx context.Context, cacheDir string) error {
	config := wazero.NewRuntimeConfig().WithMemoryLimitPages(MaxMemory / page)
	if cacheDir != "" {
		cache, err := wazero.NewCompilationCacheWithDir(cacheDir)
		if err != nil {
			return fmt.Errorf("open the compilation cache: %w", err)
		}
		config = config.WithCompilationCache(cache)
	}
	z, err := gzip.NewReader(bytes.NewReader(p.Code))
	if err != nil {
		return err
	}
	code, err := io.ReadAll(z)
	if err != nil {
		return err
	}
	p.runtime = wazero.NewRuntimeWithConfig(ctx, config)
	if p.Host != nil {
		if err := p.Host(ctx, p.runtime); err != nil {
			return err
		}
	}
	p.compiled, err = p.runtime.CompileModule(ctx, code)
	return err
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
