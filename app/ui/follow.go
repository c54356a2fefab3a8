//go:build !headless || ci

package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// following is a scroll that brings into view what the keyboard is at. Fyne tells
// nobody but the widget itself of its focus; but whatever takes the focus shows
// it and so is drawn anew, for which the drawn objects are asked.
type following struct {
	widget.BaseWidget
	scroll *container.Scroll
	at     fyne.Focusable // what was brought into view last
}

func newFollowing(content fyne.CanvasObject) *following {
	f := &following{scroll: container.NewVScroll(content)}
	f.ExtendBaseWidget(f)
	return f
}

// CreateRenderer draws the scroll.
func (f *following) CreateRenderer() fyne.WidgetRenderer {
	return &followingRenderer{WidgetRenderer: widget.NewSimpleRenderer(f.scroll), following: f}
}

type followingRenderer struct {
	fyne.WidgetRenderer
	following *following
}

// Objects is asked whenever something is drawn.
func (r *followingRenderer) Objects() []fyne.CanvasObject {
	r.following.look()
	return r.WidgetRenderer.Objects()
}

// Refresh lays the content out anew.
func (r *followingRenderer) Refresh() { r.following.scroll.Refresh() }

// look scrolls when the focus has come to something within that is not wholly in
// view.
func (f *following) look() {
	canvas := fyne.CurrentApp().Driver().CanvasForObject(f.scroll)
	if canvas == nil || canvas.Focused() == f.at {
		return
	}
	f.at = canvas.Focused() // before all that draws
	object, is := f.at.(fyne.CanvasObject)
	if !is || f.at == nil || !f.holds(object) {
		return
	}
	driver := fyne.CurrentApp().Driver()
	top := driver.AbsolutePositionForObject(object).Y - driver.AbsolutePositionForObject(f.scroll).Y
	bottom := top + object.Size().Height
	switch height := f.scroll.Size().Height; {
	case top < around:
		f.by(top - around)
	case bottom > height-around:
		f.by(min(bottom-height+around, top-around))
	}
}

// holds tells whether something lies in the scroll. There is no way up from a
// widget, but what lies in the content moves with it.
func (f *following) holds(object fyne.CanvasObject) bool {
	driver, content := fyne.CurrentApp().Driver(), f.scroll.Content
	before, place := driver.AbsolutePositionForObject(object), content.Position()
	content.Move(place.AddXY(0, 1))
	after := driver.AbsolutePositionForObject(object)
	content.Move(place)
	return after.Y-before.Y == 1
}

// by scrolls by so many pixels.
func (f *following) by(pixels float32) {
	f.scroll.ScrollToOffset(f.scroll.Offset.AddXY(0, pixels))
}
