//go:build !headless || ci

package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"
)

// row is an entry of a list: an icon, a name, what matters now below it, and a
// figure or a time at the right.
type row struct {
	widget.BaseWidget
	icon   *canvas.Image
	name   *text
	second *text
	figure *text
	tail   *fyne.Container // buttons at the far right, when there are any
	all    fyne.CanvasObject
	shown  string // the icon that is shown
}

func newRow(tail ...fyne.CanvasObject) *row {
	r := &row{icon: canvas.NewImageFromResource(nil), name: label(""), second: small(""), figure: figure("")}
	r.icon.FillMode = canvas.ImageFillContain
	r.icon.SetMinSize(fyne.NewSquareSize(20))
	r.name.middle = true
	right := []fyne.CanvasObject{middle(r.figure)}
	if len(tail) > 0 {
		r.tail = line(0, tail...)
		right = append(right, middle(r.tail))
	}
	r.all = container.New(layout.NewCustomPaddedLayout(4, 4, 0, 0),
		container.NewBorder(nil, nil, container.NewCenter(r.icon), line(4, right...),
			container.New(layout.NewCustomPaddedLayout(0, 0, 12, inside), middle(stack(2, r.name, r.second)))))
	r.ExtendBaseWidget(r)
	return r
}

// show fills the row; what is empty takes no room.
func (r *row) show(iconName string, color fyne.ThemeColorName, name, second, figure string) {
	if shown := iconName + string(color); shown != r.shown {
		r.shown = shown
		r.icon.Resource = tinted(iconName, color)
		r.icon.Refresh()
	}
	r.name.set(name)
	r.second.set(second)
	visible(r.second, second != "")
	r.figure.set(figure)
	visible(r.figure, figure != "")
}

// CreateRenderer draws the row.
func (r *row) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.all) }
