//go:build !headless || ci

package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
)

// bar is a slim bar that shows a part of a whole. Words beside it say the same.
type bar struct {
	widget.BaseWidget
	part float32 // 0 to 1
}

const barHeight float32 = 6

func newBar() *bar {
	b := &bar{}
	b.ExtendBaseWidget(b)
	return b
}

// set shows a part of a whole, at most all of it.
func (b *bar) set(part float64) {
	b.part = float32(max(0, min(1, part)))
	b.Refresh()
}

// CreateRenderer draws ground and part.
func (b *bar) CreateRenderer() fyne.WidgetRenderer {
	r := &barRenderer{bar: b, ground: canvas.NewRectangle(color.Transparent), part: canvas.NewRectangle(color.Transparent)}
	r.ground.CornerRadius, r.part.CornerRadius = barHeight/2, barHeight/2
	r.Refresh()
	return r
}

type barRenderer struct {
	bar          *bar
	ground, part *canvas.Rectangle
}

// Layout gives the part its share of the width, and never less than a dot.
func (r *barRenderer) Layout(size fyne.Size) {
	r.ground.Resize(size)
	width := max(size.Height, size.Width*r.bar.part)
	if r.bar.part == 0 {
		width = 0
	}
	r.part.Resize(fyne.NewSize(width, size.Height))
}

// MinSize is a slim line.
func (r *barRenderer) MinSize() fyne.Size { return fyne.NewSize(40, barHeight) }

// Refresh takes part and colours anew.
func (r *barRenderer) Refresh() {
	r.ground.FillColor = themeColor(colorEdge)
	r.part.FillColor = themeColor(colorAccent)
	r.Layout(r.bar.Size())
	r.ground.Refresh()
	r.part.Refresh()
}

// Objects are ground and part.
func (r *barRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.ground, r.part} }

// Destroy has nothing to let go of.
func (r *barRenderer) Destroy() {}
