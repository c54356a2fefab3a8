//go:build !headless || ci

package ui

import (
	"bytes"
	"fmt"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"folderfront/assets"
)

// Colours of our own beside Fyne's.
const (
	colorSurface fyne.ThemeColorName = "surface" // of cards
	colorEdge    fyne.ThemeColorName = "edge"    // around cards
	colorRail    fyne.ThemeColorName = "rail"
	colorChosen  fyne.ThemeColorName = "chosen" // behind the rail's current page
	colorMuted   fyne.ThemeColorName = "muted"  // text that comes second
	colorNotice  fyne.ThemeColorName = "notice" // behind a banner
	colorField   fyne.ThemeColorName = "field"  // behind an address or a key
	colorAmber   fyne.ThemeColorName = "amber"  // text and edge of a banner
	colorAccent                      = theme.ColorNamePrimary
	colorText                        = theme.ColorNameForeground
	colorDanger                      = theme.ColorNameError
)

// Steps of the spacing, in pixels: inside a card's lines, between things,
// around a page.
const (
	inside  float32 = 8
	between float32 = 16
	around  float32 = 24
)

// The sizes of text: two, and one heading.
const (
	sizeText    float32 = 14
	sizeSmall   float32 = 12
	sizeHeading float32 = 22
)

// look is Folderfront's theme. Choice is "light", "dark" or, for the system's,
// anything else. Everything it does not decide is Fyne's.
type look struct{ choice string }

// Color returns the colour of a name, each pair of text and ground with a
// contrast of 4.5 to 1 or more.
func (l look) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	switch l.choice {
	case "light":
		variant = theme.VariantLight
	case "dark":
		variant = theme.VariantDark
	}
	palette := lightPalette
	if variant == theme.VariantDark {
		palette = darkPalette
	}
	if c, ok := palette[name]; ok {
		return c
	}
	return theme.DefaultTheme().Color(name, variant)
}

// Font returns Fyne's fonts.
func (look) Font(style fyne.TextStyle) fyne.Resource { return theme.DefaultTheme().Font(style) }

// Icon returns an icon of the window's own family where there is one.
func (look) Icon(name fyne.ThemeIconName) fyne.Resource {
	if own, ok := ownIcons[name]; ok {
		return icon(own)
	}
	return theme.DefaultTheme().Icon(name)
}

// Size returns the sizes of text and corners.
func (look) Size(name fyne.ThemeSizeName) float32 {
	if size, ok := sizes[name]; ok {
		return size
	}
	return theme.DefaultTheme().Size(name)
}

var sizes = map[fyne.ThemeSizeName]float32{
	theme.SizeNameText:            sizeText,
	theme.SizeNameCaptionText:     sizeSmall,
	theme.SizeNameHeadingText:     sizeHeading,
	theme.SizeNameSubHeadingText:  sizeText,
	theme.SizeNamePadding:         4,
	theme.SizeNameInnerPadding:    8,
	theme.SizeNameInlineIcon:      18,
	theme.SizeNameInputRadius:     6,
	theme.SizeNameSelectionRadius: 6,
	theme.SizeNameButtonRadius:    6,
	theme.SizeNamePopupRadius:     8,
	theme.SizeNameMenuRadius:      8,
	theme.SizeNameDialogRadius:    12,
	theme.SizeNameScrollBar:       10,
	theme.SizeNameScrollBarSmall:  4,
}

// ownIcons are Fyne's icons that our family replaces.
var ownIcons = map[fyne.ThemeIconName]string{
	theme.IconNameArrowDropDown:  "down",
	theme.IconNameArrowDropUp:    "up",
	theme.IconNameContentCopy:    "copy",
	theme.IconNameVisibility:     "eye",
	theme.IconNameVisibilityOff:  "eye-off",
	theme.IconNameSearch:         "search",
	theme.IconNameMenuExpand:     "right",
	theme.IconNameConfirm:        "check",
	theme.IconNameCancel:         "cross",
	theme.IconNameWarning:        "warning",
	theme.IconNameFolder:         "folder",
	theme.IconNameMoreHorizontal: "more",
}

var lightPalette = map[fyne.ThemeColorName]color.Color{
	theme.ColorNameBackground:          rgb(0xF5F7F7),
	colorSurface:                       rgb(0xFFFFFF),
	colorEdge:                          rgb(0xDDE4E4),
	colorRail:                          rgb(0xEAF0F0),
	colorChosen:                        rgb(0xD3E6E4),
	colorText:                          rgb(0x1A2425),
	colorMuted:                         rgb(0x566566),
	colorNotice:                        rgb(0xFFF3DF),
	colorField:                         rgb(0xF0F4F4),
	colorAmber:                         rgb(0x8F4A00),
	colorAccent:                        rgb(0x0B7A75),
	theme.ColorNameForegroundOnPrimary: rgb(0xFFFFFF),
	theme.ColorNameHyperlink:           rgb(0x0A6E69),
	theme.ColorNameSuccess:             rgb(0x0B7A75),
	theme.ColorNameWarning:             rgb(0x8F4A00),
	colorDanger:                        rgb(0xB3261E),
	theme.ColorNameForegroundOnError:   rgb(0xFFFFFF),
	theme.ColorNameButton:              rgb(0xE6ECEC),
	theme.ColorNameDisabledButton:      rgb(0xEDF1F1),
	theme.ColorNameDisabled:            rgb(0x5E6D6E),
	theme.ColorNamePlaceHolder:         rgb(0x5E6D6E),
	theme.ColorNameInputBackground:     rgb(0xF0F4F4),
	theme.ColorNameInputBorder:         rgb(0x7A898A),
	theme.ColorNameHover:               rgba(0x0B7A75, 0x14),
	theme.ColorNamePressed:             rgba(0x0B7A75, 0x2E),
	theme.ColorNameFocus:               rgba(0x0B7A75, 0x48),
	theme.ColorNameSelection:           rgba(0x0B7A75, 0x2E),
	theme.ColorNameSeparator:           rgb(0xDDE4E4),
	theme.ColorNameScrollBar:           rgba(0x1A2425, 0x66),
	theme.ColorNameMenuBackground:      rgb(0xFFFFFF),
	theme.ColorNameOverlayBackground:   rgb(0xFFFFFF),
	theme.ColorNameShadow:              rgba(0x1A2425, 0x33),
}

var darkPalette = map[fyne.ThemeColorName]color.Color{
	theme.ColorNameBackground:          rgb(0x141A1B),
	colorSurface:                       rgb(0x1D2526),
	colorEdge:                          rgb(0x2F3A3B),
	colorRail:                          rgb(0x0F1415),
	colorChosen:                        rgb(0x1E3634),
	colorText:                          rgb(0xE8EEEE),
	colorMuted:                         rgb(0x9FB0B0),
	colorNotice:                        rgb(0x30260F),
	colorField:                         rgb(0x141A1B),
	colorAmber:                         rgb(0xF0A63A),
	colorAccent:                        rgb(0x3FC1B0),
	theme.ColorNameForegroundOnPrimary: rgb(0x04211E),
	theme.ColorNameHyperlink:           rgb(0x5AD0C0),
	theme.ColorNameSuccess:             rgb(0x3FC1B0),
	theme.ColorNameWarning:             rgb(0xF0A63A),
	colorDanger:                        rgb(0xFF8A80),
	theme.ColorNameForegroundOnError:   rgb(0x3A0805),
	theme.ColorNameButton:              rgb(0x313E3F),
	theme.ColorNameDisabledButton:      rgb(0x222B2C),
	theme.ColorNameDisabled:            rgb(0x8A9A9B),
	theme.ColorNamePlaceHolder:         rgb(0x95A5A6),
	theme.ColorNameInputBackground:     rgb(0x151B1C),
	theme.ColorNameInputBorder:         rgb(0x657677),
	theme.ColorNameHover:               rgba(0x3FC1B0, 0x1C),
	theme.ColorNamePressed:             rgba(0x3FC1B0, 0x38),
	theme.ColorNameFocus:               rgba(0x3FC1B0, 0x58),
	theme.ColorNameSelection:           rgba(0x3FC1B0, 0x38),
	theme.ColorNameSeparator:           rgb(0x2F3A3B),
	theme.ColorNameScrollBar:           rgba(0xE8EEEE, 0x66),
	theme.ColorNameMenuBackground:      rgb(0x232C2D),
	theme.ColorNameOverlayBackground:   rgb(0x1D2526),
	theme.ColorNameShadow:              rgba(0x000000, 0x66),
}

func rgb(v uint32) color.NRGBA { return rgba(v, 0xFF) }

func rgba(v uint32, alpha uint8) color.NRGBA {
	return color.NRGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: alpha}
}

// ink is an SVG drawn in black whose every black, of lines and of fills, is
// replaced by a colour of the theme in force. (Fyne's own themed resources
// replace fills alone.)
type ink struct {
	name  string
	svg   []byte
	color fyne.ThemeColorName
}

// Name differs for each colour, because pictures are cached by it.
func (i *ink) Name() string { return i.name + i.hex() + ".svg" }

// Content is the SVG in the colour.
func (i *ink) Content() []byte {
	return bytes.ReplaceAll(i.svg, []byte("#000000"), []byte(i.hex()))
}

func (i *ink) hex() string {
	r, g, b, _ := themeColor(i.color).RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}

// icon returns a line icon in the colour of text.
func icon(name string) fyne.Resource { return tinted(name, colorText) }

// tinted returns a line icon in another colour of the theme.
func tinted(name string, color fyne.ThemeColorName) fyne.Resource {
	return &ink{name: name, svg: assets.Icon(name), color: color}
}

// stateIcon returns the icon of a phase, as the tray shows it.
func stateIcon(phase string, color fyne.ThemeColorName) fyne.Resource {
	return &ink{name: "state-" + phase, svg: assets.StateIcon(phase), color: color}
}

// appIcon is the application's icon, large for the desktop; brand is the same,
// small for the window.
func appIcon() fyne.Resource { return fyne.NewStaticResource("icon.png", assets.AppIcon()) }

func brand() fyne.Resource { return fyne.NewStaticResource("brand.png", assets.Brand()) }
