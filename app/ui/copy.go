//go:build !headless || ci

package ui

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"
)

// tickFor is how long a copy button shows its tick.
const tickFor = 2 * time.Second

// copyButton puts a text on the clipboard and shows a tick for a while.
type copyButton struct {
	*widget.Button
	face *face
	name string
	tick int // counts, so that only the last tick's end restores the button
}

// newCopyButton copies what fetch hands to its argument, at once or later.
func newCopyButton(f *face, name string, fetch func(use func(string))) *copyButton {
	c := &copyButton{face: f, name: name}
	c.Button = button(name, "copy", func() {
		fetch(func(s string) {
			f.app.Clipboard().SetContent(s)
			c.showTick()
		})
	})
	return c
}

func (c *copyButton) showTick() {
	c.tick++
	mine := c.tick
	c.SetIcon(icon("check"))
	c.SetText(lang.L("Copied"))
	c.face.seam.away(func() {
		c.face.sleep(tickFor)
		c.face.seam.back(func() {
			if mine == c.tick {
				c.SetIcon(icon("copy"))
				c.SetText(c.name)
			}
		})
	})
}

// sleep waits for a while, or until the window is closed.
func (f *face) sleep(d time.Duration) {
	select {
	case <-f.after(d):
	case <-f.ctx.Done():
	}
}

// copyRow is an address or a key with a name above it and a copy button beside
// it, which is disabled while there is nothing to copy.
type copyRow struct {
	all   *fyne.Container
	value *text
	copy  *copyButton
	name  *text
}

func newCopyRow(f *face, name, copyName string) *copyRow {
	r := &copyRow{value: mono(""), name: small(name)}
	r.copy = newCopyButton(f, copyName, func(use func(string)) { use(r.value.content) })
	r.build()
	return r
}

// newSecretRow shows a stand-in for a secret, which fetch gets when it is copied.
func newSecretRow(f *face, name, copyName string, fetch func(use func(string))) *copyRow {
	r := &copyRow{value: mono(""), name: small(name)}
	r.copy = newCopyButton(f, copyName, fetch)
	r.build()
	return r
}

func (r *copyRow) build() {
	field := container.NewStack(newPanel(colorField, colorEdge, 6),
		container.New(layout.NewCustomPaddedLayout(inside, inside, 12, 12), r.value))
	r.all = stack(4, r.name, container.New(endsLayout{}, field, r.copy.Button))
}

// set shows a value, or in its place why there is none yet.
func (r *copyRow) set(value, none string) {
	if value == "" {
		r.value.style.Monospace = false
		r.value.setColor(colorMuted)
		r.value.set(none)
		r.copy.Disable()
		return
	}
	r.value.style.Monospace = true
	r.value.setColor(colorText)
	r.value.set(value)
	r.copy.Enable()
}
