//go:build !headless

package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"folderfront/app"
	"folderfront/app/control"
	"folderfront/app/state"
	"folderfront/app/tray"
	"folderfront/app/ui"
)

// addDesktopCommands adds what needs a display.
func addDesktopCommands(root *cobra.Command, e *environment) {
	root.Flags().Bool("hidden", false, "start in the tray, without the window")
	root.AddCommand(&cobra.Command{
		Use:    "window",
		Short:  "Show the window of the running Folderfront",
		Hidden: true,
		Args:   exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := control.Dial(cmd.Context(), e.profile)
			if err != nil {
				return err
			}
			defer client.Close()
			return ui.Run(cmd.Context(), client)
		},
	})
}

// runDesktop starts the core with its tray and opens the window, or brings up
// the window of the core that runs already.
func runDesktop(cmd *cobra.Command, e *environment, folders []string) error {
	ctx := cmd.Context()
	hidden, err := cmd.Flags().GetBool("hidden")
	if err != nil {
		return err
	}
	if err := checkDisplay(); err != nil {
		return err
	}
	client, err := control.Dial(ctx, e.profile)
	if err == nil {
		defer client.Close()
		return summon(ctx, client, folders)
	}
	options, err := e.options()
	if err != nil {
		return err
	}
	window := &windowProcess{profile: e.profile}
	options.OpenWindow = window.open
	if options.LoginCommand, err = loginCommand(e); err != nil {
		return err
	}
	core, err := app.Open(ctx, options)
	if err != nil {
		return err
	}
	window.core = core
	if err := share(ctx, core, folders); err != nil {
		return errors.Join(err, core.Close())
	}
	if !hidden {
		if err := window.open(); err != nil {
			return errors.Join(err, core.Close())
		}
	}
	defer window.close()
	return runCore(ctx, e.profile, core, options, func(ctx context.Context) error {
		return runTray(ctx, core, options)
	})
}

// loginCommand starts this program, with this profile and its secrets, hidden.
func loginCommand(e *environment) ([]string, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("This program's own file can't be found: %w", err)
	}
	return []string{program, "--hidden", "--profile", e.profile, "--secrets", e.secrets}, nil
}

// runTray shows the tray icon. A desktop without a session bus has no tray;
// the window alone is then the program's face.
func runTray(ctx context.Context, core *app.App, options app.Options) error {
	local := control.Local{Core: core}
	config := tray.Config{
		Open: func() {
			if err := core.ShowWindow(ctx, state.ShowWindow{}); err != nil {
				options.Log.Error("window", "error", err)
			}
		},
		Shown:  core.SetTray,
		Logger: options.Log,
	}
	var notices sync.WaitGroup
	defer notices.Wait()
	notices.Go(func() { tray.Notify(ctx, local, config) })
	if err := tray.Run(ctx, local, config); err != nil {
		options.Log.Warn("no tray", "error", err)
		core.SetTray(false)
		<-ctx.Done()
	}
	return nil
}

// summon hands folders to the running core and brings up its window.
func summon(ctx context.Context, client *control.Client, folders []string) error {
	if err := share(ctx, client, folders); err != nil {
		return err
	}
	return client.Do(ctx, state.ShowWindow{}, nil)
}

// share adds the folders given as arguments.
func share(ctx context.Context, core control.Core, folders []string) error {
	for _, folder := range folders {
		path, err := filepath.Abs(folder)
		if err != nil {
			return usagef("%q is no usable path.", folder)
		}
		if err := control.Do(ctx, core, state.AddFolder{Path: path}, nil); err != nil {
			return err
		}
	}
	return nil
}

func checkDisplay() error {
	if runtime.GOOS == "linux" && os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		return errors.New("There is no display here, so no window can be shown. Share without one: folderfront serve --share NAME=PATH")
	}
	return nil
}

// windowProcess is the window: a process of its own while it is open.
type windowProcess struct {
	profile string
	core    *app.App
	mu      sync.Mutex
	running *exec.Cmd
	asked   time.Time // when the running window was last asked for
}

// closing is how long a closed window's process may take to end. A window that
// is asked for in that time is not there to come up, and is opened anew.
const closing = 2 * time.Second

// open starts the window unless it runs; a running one sees the State's
// Summons and comes up by itself.
func (w *windowProcess) open() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.running != nil {
		w.asked = time.Now()
		return nil
	}
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("The window can't be opened: %w. Sharing goes on.", err)
	}
	cmd := exec.Command(program, "window", "--profile", w.profile)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("The window can't be opened: %w. Sharing goes on.", err)
	}
	w.running = cmd
	go w.wait(cmd)
	return nil
}

// wait ends with the window's process.
func (w *windowProcess) wait(cmd *exec.Cmd) {
	err := cmd.Wait()
	w.mu.Lock()
	w.running = nil
	again := err == nil && time.Since(w.asked) < closing
	w.asked = time.Time{}
	w.mu.Unlock()
	if again && w.open() == nil {
		return
	}
	w.core.WindowClosed(err)
	rest()
}

func (w *windowProcess) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.running != nil {
		w.running.Process.Kill()
	}
}
