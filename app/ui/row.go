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
// figure or a time at the right. In a picture row the icon becomes a badge on
// the picture of what the row is about, once there is one.
type row struct {
	widget.BaseWidget
	icon   *canvas.Image
	name   *text
	second *text
	figure *text
	tail   *fyne.Container // buttons at the far right, when there are any
	parts  *fyne.Container
	padded *fyne.Container // around them
	all    fyne.CanvasObject
	shown  string // the icon that is shown

	cover *canvas.Image // of picture rows: a photograph, which fills its place
	kind  *canvas.Image // or a drawing, which keeps its form
	badge *canvas.Image
	frame fyne.CanvasObject // around cover and badge
	mark  fyne.CanvasObject // around the badge
	about string            // the document whose picture is wanted
}

const (
	coverSide float32 = 36 // of a picture in a row
	badgeSide float32 = 14
)

func newRow(tail ...fyne.CanvasObject) *row {
	r := newBareRow()
	r.build(container.NewCenter(r.icon), tail)
	return r
}

// newPictureRow is a row with room for a picture.
func newPictureRow(tail ...fyne.CanvasObject) *row {
	r := newBareRow()
	r.cover = canvas.NewImageFromResource(nil)
	r.cover.CornerRadius, r.cover.FillMode = 4, canvas.ImageFillCover
	r.kind = picture(nil, coverSide)
	r.badge = picture(nil, badgeSide)
	badge := container.NewStack(newPanel(colorSurface, colorEdge, badgeSide/2+2), padded(2, r.badge))
	r.mark = badge
	corner := container.NewVBox(layout.NewSpacer(), container.NewHBox(layout.NewSpacer(), badge))
	r.frame = container.NewStack(padded(2, r.cover), padded(2, r.kind), corner)
	r.frame.Hide()
	box := container.NewStack(container.NewCenter(r.icon), r.frame)
	r.build(container.NewCenter(container.NewGridWrap(fyne.NewSquareSize(coverSide+4), box)), tail)
	return r
}

func newBareRow() *row {
	r := &row{icon: canvas.NewImageFromResource(nil), name: label(""), second: small(""), figure: figure("")}
	r.icon.FillMode = canvas.ImageFillContain
	r.icon.SetMinSize(fyne.NewSquareSize(20))
	r.name.middle = true
	return r
}

// build puts the parts beside each other.
func (r *row) build(start fyne.CanvasObject, tail []fyne.CanvasObject) {
	right := []fyne.CanvasObject{middle(r.figure)}
	if len(tail) > 0 {
		r.tail = line(0, tail...)
		right = append(right, middle(r.tail))
	}
	r.parts = container.NewBorder(nil, nil, start, line(4, right...),
		container.New(layout.NewCustomPaddedLayout(0, 0, 12, inside), middle(stack(2, r.name, r.second))))
	r.padded = container.New(layout.NewCustomPaddedLayout(4, 4, 0, 0), r.parts)
	r.all = r.padded
	r.ExtendBaseWidget(r)
}

// listed leaves room at the right for the scroll bar of the list that it is in.
func (r *row) listed() *row {
	r.padded.Layout = layout.NewCustomPaddedLayout(4, 4, 0, 12)
	return r
}

// depict shows a photograph or a drawing, or with nil the icon alone.
func (r *row) depict(picture fyne.Resource, photograph bool) {
	visible(r.frame, picture != nil)
	visible(r.icon, picture == nil)
	visible(r.cover, photograph)
	visible(r.kind, !photograph)
	shown := r.kind
	if photograph {
		shown = r.cover
	}
	if picture != nil && shown.Resource != picture {
		shown.Resource = picture
		shown.Refresh()
	}
}

// show fills the row; what is empty takes no room.
func (r *row) show(iconName string, color fyne.ThemeColorName, name, second, figure string) {
	if shown := iconName + string(color); shown != r.shown {
		r.shown = shown
		r.icon.Resource = tinted(iconName, color)
		r.icon.Refresh()
		if r.badge != nil {
			r.badge.Resource = r.icon.Resource
			r.badge.Refresh()
		}
	}
	r.name.set(name)
	r.second.set(second)
	visible(r.second, second != "")
	if r.figure.content == figure {
		return
	}
	r.figure.set(figure)
	visible(r.figure, figure != "")
	r.parts.Layout.Layout(r.parts.Objects, r.parts.Size()) // it asks for another width
}

// CreateRenderer draws the row.
func (r *row) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.all) }

// shortList is a few picture rows below each other, which are filled anew rather
// than made anew.
type shortList struct {
	all  *fyne.Container
	rows []*row
}

func newShortList() *shortList { return &shortList{all: stack(0)} }

// show has n rows filled.
func (l *shortList) show(n int, fill func(int, *row)) {
	for len(l.rows) < n {
		r := newPictureRow()
		l.rows = append(l.rows, r)
		l.all.Add(r)
	}
	for i, r := range l.rows {
		visible(r, i < n)
		if i < n {
			fill(i, r)
		}
	}
	visible(l.all, n > 0)
}
