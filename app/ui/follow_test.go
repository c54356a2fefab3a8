//go:build !headless || ci

package ui

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
)

// TestKeyboardScrolls walks the focus through the long pages in the smallest
// window, there and back: what has it is always wholly to be seen, as soon as it
// is drawn.
func TestKeyboardScrolls(t *testing.T) {
	f := newTestFace(t, typical())
	f.win.Resize(fyne.NewSize(640, 480))
	for _, name := range []string{"Home", "Connection", "Access", "Settings"} {
		f.open(name)
		follows, ok := find(f, func(*following) bool { return true })
		if !ok {
			t.Fatalf("%s does not scroll", name)
		}
		scroll := follows.scroll
		canvas := f.win.Canvas().(interface {
			FocusNext()
			FocusPrevious()
		})
		f.win.Canvas().Unfocus()
		lowest := float32(0)
		for step := range 120 {
			if step < 60 {
				canvas.FocusNext()
			} else {
				canvas.FocusPrevious()
			}
			test.WidgetRenderer(follows).Objects() // as drawing does
			at := f.win.Canvas().Focused().(fyne.CanvasObject)
			if !within(scroll, at) {
				continue
			}
			driver := fyne.CurrentApp().Driver()
			top := driver.AbsolutePositionForObject(at).Y - driver.AbsolutePositionForObject(scroll).Y
			if top < 0 || top+at.Size().Height > scroll.Size().Height {
				t.Errorf("%s: step %d leaves %T at %v in a view of %v", name, step, at, top, scroll.Size().Height)
			}
			lowest = max(lowest, scroll.Offset.Y)
		}
		if lowest == 0 {
			t.Errorf("%s never scrolled", name)
		}
	}
}

// within tells whether something lies in a scroll.
func within(scroll *container.Scroll, wanted fyne.CanvasObject) (is bool) {
	walk(scroll.Content, func(o fyne.CanvasObject) bool {
		is = is || o == wanted
		return is
	})
	return is
}
