//go:build !headless || ci

package tray

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// errNoClipboard means that this system has no program to reach the clipboard.
var errNoClipboard = errors.New("no clipboard program was found; install xclip or wl-clipboard, or copy in the window")

// copyText puts text on the clipboard with the system's own program, since the
// core opens no display.
func copyText(ctx context.Context, text string) error {
	for _, program := range clipboardPrograms() {
		if _, err := exec.LookPath(program[0]); err != nil {
			continue
		}
		cmd := exec.CommandContext(ctx, program[0], program[1:]...)
		cmd.Stdin = strings.NewReader(text)
		if err := cmd.Run(); err == nil {
			return nil
		}
	}
	return errNoClipboard
}

// clipboardPrograms are the programs that may reach the clipboard, best first.
func clipboardPrograms() [][]string {
	switch runtime.GOOS {
	case "windows":
		return [][]string{{"clip"}}
	case "darwin":
		return [][]string{{"pbcopy"}}
	}
	var programs [][]string
	if os.Getenv("WAYLAND_DISPLAY") != "" {
		programs = append(programs, []string{"wl-copy"})
	}
	return append(programs, []string{"xclip", "-selection", "clipboard"}, []string{"xsel", "--clipboard", "--input"})
}

// open shows a folder in the system's file manager, or a page in the browser.
func open(target string) error {
	program := map[string]string{"windows": "explorer", "darwin": "open"}[runtime.GOOS]
	if program == "" {
		program = "xdg-open"
	}
	cmd := exec.Command(program, target)
	if err := cmd.Start(); err != nil {
		return err
	}
	// Its exit status says nothing (explorer's is always 1), but it must be reaped.
	go func() { _ = cmd.Wait() }()
	return nil
}
