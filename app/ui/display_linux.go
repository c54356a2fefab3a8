//go:build !headless || ci

package ui

import "os"

// hasDisplay reports whether an X or Wayland display is named; the window needs
// X, which Wayland desktops offer as well.
func hasDisplay() bool { return os.Getenv("DISPLAY") != "" }
