package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// realProgram is the program as it is released. The test binary can't take its place where its
// worker compiles WebAssembly: the race detector's own memory fills the worker's limit.
func realProgram(t *testing.T) string {
	t.Helper()
	if built := os.Getenv("FOLDERFRONT_HEADLESS"); built != "" {
		return built
	}
	program := filepath.Join(t.TempDir(), "folderfront")
	build := exec.Command("go", "build", "-tags", "headless", "-o", program, "folderfront")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return program
}
