package render

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"runtime"
	"runtime/debug"

	"folderfront/server/thumb/still"
	"folderfront/server/thumb/svg"
	"folderfront/server/worker"
	"folderfront/server/worker/pdfium"
	"folderfront/server/worker/wasm"
)

// KindPrepare is the worker's name for the job that Prepare does.
const KindPrepare = "thumb-prepare"

// Prepare compiles what renders PDF, SVG, AVIF and JPEG XL, which takes seconds, into the
// worker's cache folder, so that no document has to wait for it.
func Prepare(ctx context.Context, job worker.Job) (worker.Result, error) {
	instance, err := pdfium.Start(ctx, job.CacheDir)
	if err == nil {
		err = instance.Close()
	}
	return worker.Result{}, errors.Join(err, svg.Program.Prepare(ctx, job.CacheDir), still.AVIF.Program.Prepare(ctx, job.CacheDir), still.JXL.Program.Prepare(ctx, job.CacheDir))
}

// Prepared names what Prepare makes: it changes with the compiler and with what is compiled.
func Prepared() string {
	sum := sha256.New()
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			switch m.Path {
			case "github.com/tetratelabs/wazero", "github.com/klippa-app/go-pdfium":
				sum.Write([]byte(m.Path + m.Version))
			}
		}
	}
	sum.Write([]byte(runtime.GOARCH))
	for _, p := range []*wasm.Program{&svg.Program, &still.AVIF.Program, &still.JXL.Program} {
		sum.Write(p.Code)
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}
