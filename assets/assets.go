// Package assets holds what the program carries inside itself: its icons, the
// application's and the tray's, and the translations of its texts.
//
// A tray icon shows a state (off, connecting, live, paused, trouble) by shape
// first and colour second. It exists once for each panel it may lie on: light,
// dark, or either, when nobody can say what colour the panel has.
package assets

import "embed"

//go:generate ./render.sh

//go:embed icon.png brand.png tray/*.png tray/*.svg icons/*.svg
var pictures embed.FS

// Translations holds translations/LANGUAGE.json, in the form of go-i18n: the
// English text is the key.
//
//go:embed translations/*.json
var Translations embed.FS

// Sentences holds sentences/LANGUAGE.json: the translations of what the core says
// in English, by its pattern, in which verbs of fmt stand for what is filled in.
//
//go:embed sentences/*.json
var Sentences embed.FS

// Panel is the kind of panel or task bar that a tray icon lies on.
type Panel string

// The panels.
const (
	Light  Panel = "light"
	Dark   Panel = "dark"
	Either Panel = "either" // unknown: readable on both
)

// TrayIcon returns the PNG, 48 by 48 pixels, of the tray icon for a state. It
// returns nil for a state that has none.
func TrayIcon(state string, panel Panel) []byte {
	return read("tray/" + state + "-" + string(panel) + ".png")
}

// StateIcon returns the SVG of the tray icon for a state, in black.
func StateIcon(state string) []byte { return read("tray/" + state + ".svg") }

// Icon returns the SVG of one of the window's line icons, in black, or nil.
func Icon(name string) []byte { return read("icons/" + name + ".svg") }

// AppIcon returns the application's icon as a PNG of 256 by 256 pixels.
func AppIcon() []byte { return read("icon.png") }

// Brand returns the application's icon as a PNG of 80 by 80 pixels, twice what
// the window shows of it.
func Brand() []byte { return read("brand.png") }

func read(name string) []byte {
	data, err := pictures.ReadFile(name)
	if err != nil {
		return nil
	}
	return data
}
