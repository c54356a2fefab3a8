package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the test binary be the program, for scripts and for tests that
// start it as a process of its own.
func TestMain(m *testing.M) {
	// A worker is started with an environment of its own: it is told by its
	// argument, or each would run all tests and start workers in turn.
	if os.Getenv("FOLDERFRONT_TEST_PROGRAM") != "" || len(os.Args) > 1 && os.Args[1] == "worker" {
		os.Exit(program())
	}
	testscript.Main(m, map[string]func(){"folderfront": func() { os.Exit(program()) }})
}

func program() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return Main(ctx, "1.2.3", os.Args[1:])
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			env.Setenv("XDG_CONFIG_HOME", env.WorkDir+"/config")
			env.Setenv("XDG_RUNTIME_DIR", env.WorkDir)
			return nil
		},
	})
}
