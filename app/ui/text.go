//go:build !headless || ci

package ui

import (
	"image/color"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// text is one line of text that shortens itself to the room it has: at its end,
// or in its middle where both ends matter, as in addresses and names of files.
// It asks for no width of its own unless it is whole.
type text struct {
	widget.BaseWidget
	content string
	size    float32
	color   fyne.ThemeColorName
	style   fyne.TextStyle
	align   fyne.TextAlign
	middle  bool // shorten in the middle
	whole   bool // never shorten
}

// label is a whole line in the size of text.
func label(content string) *text { return newText(content, sizeText, colorText) }

// small is a second line, muted.
func small(content string) *text { return newText(content, sizeSmall, colorMuted) }

// heading is a page's one heading.
func heading(content string) *text {
	t := newText(content, sizeHeading, colorText)
	t.style.Bold = true
	return t
}

// strong is a line that names something.
func strong(content string) *text {
	t := label(content)
	t.style.Bold = true
	return t
}

// mono is an address or a key.
func mono(content string) *text {
	t := label(content)
	t.style.Monospace = true
	t.middle = true
	return t
}

// figure is a number at the right.
func figure(content string) *text {
	t := small(content)
	t.align = fyne.TextAlignTrailing
	t.whole = true
	return t
}

func newText(content string, size float32, color fyne.ThemeColorName) *text {
	t := &text{content: plain(content), size: size, color: color}
	t.ExtendBaseWidget(t)
	return t
}

// set changes what it says.
func (t *text) set(content string) {
	content = plain(content)
	if content == t.content {
		return
	}
	t.content = content
	t.Refresh()
}

// setColor changes its colour.
func (t *text) setColor(color fyne.ThemeColorName) {
	if color == t.color {
		return
	}
	t.color = color
	t.Refresh()
}

// CreateRenderer draws the line.
func (t *text) CreateRenderer() fyne.WidgetRenderer {
	r := &textRenderer{text: t, drawn: canvas.NewText("", color.Transparent)}
	r.style()
	return r
}

type textRenderer struct {
	text  *text
	drawn *canvas.Text
}

func (r *textRenderer) style() {
	r.drawn.Color = themeColor(r.text.color)
	r.drawn.TextSize = r.text.size
	r.drawn.TextStyle = r.text.style
	r.drawn.Alignment = r.text.align
}

// Layout shortens the text to the size.
func (r *textRenderer) Layout(size fyne.Size) {
	r.drawn.Text = fit(r.text.content, r.text.middle, func(s string) bool {
		return r.width(s) <= size.Width+0.5
	})
	r.drawn.Resize(size)
}

// MinSize is the height of a line, and the width only of a whole one.
func (r *textRenderer) MinSize() fyne.Size {
	height := fyne.MeasureText("Hg", r.text.size, r.text.style).Height
	if r.text.whole {
		return fyne.NewSize(r.width(r.text.content), height)
	}
	return fyne.NewSize(min(r.width(r.text.content), 40), height)
}

func (r *textRenderer) width(s string) float32 {
	return fyne.MeasureText(s, r.text.size, r.text.style).Width
}

// Refresh takes text and colours anew.
func (r *textRenderer) Refresh() {
	r.style()
	r.Layout(r.text.Size())
	r.drawn.Refresh()
}

// Objects are the one line.
func (r *textRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.drawn} }

// Destroy has nothing to let go of.
func (r *textRenderer) Destroy() {}

// fit shortens s until fits says that it fits, with an ellipsis where something
// was left out.
func fit(s string, middle bool, fits func(string) bool) string {
	if fits(s) {
		return s
	}
	runes := []rune(s)
	cut := func(keep int) string {
		if !middle {
			return strings.TrimRight(string(runes[:keep]), " ") + "…"
		}
		tail := keep / 2
		return string(runes[:keep-tail]) + "…" + string(runes[len(runes)-tail:])
	}
	keep := sort.Search(len(runes), func(n int) bool { return !fits(cut(n)) })
	return cut(max(0, keep-1))
}

// brief shortens a name that stands within a sentence, in its middle.
func brief(s string) string {
	const most = 36
	return fit(plain(s), true, func(s string) bool { return utf8.RuneCountInString(s) <= most })
}

// plain makes a text safe for one line: valid, without control characters and
// without marks that reverse what follows.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
}

// themeColor is a colour of the theme in force.
func themeColor(name fyne.ThemeColorName) color.Color {
	settings := fyne.CurrentApp().Settings()
	return theme.Current().Color(name, settings.ThemeVariant())
}
