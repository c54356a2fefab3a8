//go:build !headless || ci

package tray

import (
	"context"
	"errors"
	"sync"

	"folderfront/assets"
)

// ErrNoBus is never returned on macOS, whose menu bar is always there.
var ErrNoBus = errors.New("no tray icon can be shown here")

func watchHost(_ context.Context, _ *sync.WaitGroup, shown func(bool), _ func()) error {
	shown(true)
	return nil
}

// prepare leaves the click to the menu, as macOS users expect.
func prepare(func()) {}

// panel is coloured by the system: the icon is a template.
func panel() assets.Panel { return assets.Light }

func platformIcon(png []byte) []byte { return png }

func escape(label string) string { return label }
