//go:build !headless || ci

package tray

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"strings"
	"sync"

	"fyne.io/systray"
	"golang.org/x/sys/windows/registry"

	"folderfront/assets"
)

// ErrNoBus is never returned on Windows, whose task bar is always there.
var ErrNoBus = errors.New("no tray icon can be shown here")

func watchHost(_ context.Context, _ *sync.WaitGroup, shown func(bool), _ func()) error {
	shown(true)
	return nil
}

// prepare lets a left click open the window.
func prepare(open func()) { systray.SetOnTapped(open) }

// panel follows the colour of the task bar.
func panel() assets.Panel {
	key, err := registry.OpenKey(registry.CURRENT_USER, `Software\Microsoft\Windows\CurrentVersion\Themes\Personalize`, registry.QUERY_VALUE)
	if err != nil {
		return assets.Either
	}
	defer key.Close()
	light, _, err := key.GetIntegerValue("SystemUsesLightTheme")
	switch {
	case err != nil:
		return assets.Either
	case light == 1:
		return assets.Light
	default:
		return assets.Dark
	}
}

// platformIcon wraps a PNG of 48 by 48 pixels as an icon file of one picture,
// which Windows asks for (ICONDIR and ICONDIRENTRY, then the PNG as it is).
func platformIcon(png []byte) []byte {
	const headers, side = 22, 48
	var b bytes.Buffer
	for _, field := range []any{
		uint16(0), uint16(1), uint16(1), // reserved, icon, one picture
		uint8(side), uint8(side), uint8(0), uint8(0), // width, height, no palette, reserved
		uint16(1), uint16(32), uint32(len(png)), uint32(headers), // planes, bits, bytes, offset
	} {
		// Writing to a buffer cannot fail.
		_ = binary.Write(&b, binary.LittleEndian, field)
	}
	b.Write(png)
	return b.Bytes()
}

// escape keeps an ampersand from becoming a mnemonic.
func escape(label string) string { return strings.ReplaceAll(label, "&", "&&") }
