//go:build !headless || ci

package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// panel is a rounded ground in colours of the theme.
type panel struct {
	widget.BaseWidget
	fill, edge fyne.ThemeColorName
	radius     float32
}

func newPanel(fill, edge fyne.ThemeColorName, radius float32) *panel {
	p := &panel{fill: fill, edge: edge, radius: radius}
	p.ExtendBaseWidget(p)
	return p
}

// CreateRenderer draws the panel.
func (p *panel) CreateRenderer() fyne.WidgetRenderer {
	rect := canvas.NewRectangle(color.Transparent)
	r := &panelRenderer{WidgetRenderer: widget.NewSimpleRenderer(rect), panel: p, rect: rect}
	r.Refresh()
	return r
}

// panelRenderer takes the colours anew when the theme changes.
type panelRenderer struct {
	fyne.WidgetRenderer
	panel *panel
	rect  *canvas.Rectangle
}

// Refresh takes the colours of the theme in force.
func (r *panelRenderer) Refresh() {
	r.rect.FillColor = themeColor(r.panel.fill)
	r.rect.CornerRadius = r.panel.radius
	if r.panel.edge != "" {
		r.rect.StrokeColor = themeColor(r.panel.edge)
		r.rect.StrokeWidth = 1
	}
	r.rect.Refresh()
}

// card puts things on a surface of their own.
func card(objects ...fyne.CanvasObject) *fyne.Container {
	return grounded(newPanel(colorSurface, colorEdge, 10), objects...)
}

// grounded stacks things, with the space between them, on a panel.
func grounded(p *panel, objects ...fyne.CanvasObject) *fyne.Container {
	return container.NewStack(p, padded(between, stack(inside, objects...)))
}

// stack puts things below each other, gap pixels apart.
func stack(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedVBoxLayout(gap), objects...)
}

// line puts things beside each other, gap pixels apart.
func line(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedHBoxLayout(gap), objects...)
}

func padded(by float32, object fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedLayout(by, by, by, by), object)
}

// ends puts one thing at the left and gives it the room that the right one leaves.
func ends(left, right fyne.CanvasObject) *fyne.Container {
	return container.New(endsLayout{}, left, container.NewCenter(right))
}

// endsLayout gives the second object its minimum at the right, and the first the
// rest, each in the middle of the height.
type endsLayout struct{}

// Layout places the two.
func (endsLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	left, right := objects[0], objects[1]
	width := right.MinSize().Width
	room := max(0, size.Width-width-inside)
	height := left.MinSize().Height
	left.Resize(fyne.NewSize(room, height))
	left.Move(fyne.NewPos(0, (size.Height-height)/2))
	right.Resize(fyne.NewSize(width, size.Height))
	right.Move(fyne.NewPos(size.Width-width, 0))
}

// MinSize is what both need.
func (endsLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	left, right := objects[0].MinSize(), objects[1].MinSize()
	return fyne.NewSize(left.Width+inside+right.Width, max(left.Height, right.Height))
}

// givingWay puts its second object at the right of its first, or below it where
// the first would be left with too little room.
type givingWay struct{ below bool }

// roomToRead is the least width in pixels that words beside buttons need.
const roomToRead float32 = 180

// Layout places the two.
func (g *givingWay) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	words, buttons := objects[0], objects[1]
	least := buttons.MinSize()
	g.below = size.Width < least.Width+between+roomToRead
	width := size.Width
	at := fyne.NewPos(0, words.MinSize().Height+inside)
	if !g.below {
		width -= least.Width + between
		at = fyne.NewPos(size.Width-least.Width, (size.Height-least.Height)/2)
	}
	words.Resize(fyne.NewSize(width, words.MinSize().Height))
	if !g.below {
		words.Move(fyne.NewPos(0, (size.Height-words.MinSize().Height)/2))
	} else {
		words.Move(fyne.NewPos(0, 0))
	}
	buttons.Resize(least)
	buttons.Move(at)
}

// MinSize is what both need as they were placed last.
func (g *givingWay) MinSize(objects []fyne.CanvasObject) fyne.Size {
	words, buttons := objects[0].MinSize(), objects[1].MinSize()
	if g.below {
		return fyne.NewSize(max(words.Width, buttons.Width), words.Height+inside+buttons.Height)
	}
	return fyne.NewSize(max(words.Width, buttons.Width), max(words.Height, buttons.Height))
}

// pageWidth is the most that a page's content takes; wider windows keep it in
// the middle.
const pageWidth float32 = 760

// column keeps its one object at most pageWidth wide, with the space of a page
// around it, or where it is a band only at its sides. Risen, it stands a little
// above the middle of a window that is higher than it needs.
type column struct{ band, risen bool }

func (c column) ends() float32 {
	if c.band {
		return 0
	}
	return around
}

// Layout centres the object.
func (c column) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	width := min(pageWidth, size.Width-2*around)
	for _, o := range objects {
		height, top := size.Height-2*c.ends(), c.ends()
		if c.risen {
			top += (height - o.MinSize().Height) / 3
			height = o.MinSize().Height
		}
		o.Resize(fyne.NewSize(width, height))
		o.Move(fyne.NewPos((size.Width-width)/2, top))
	}
}

// MinSize is the object's, and the space around it.
func (c column) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	for _, o := range objects {
		size = size.Max(o.MinSize())
	}
	return size.AddWidthHeight(2*around, 2*c.ends())
}

// scrolled is a page that scrolls as a whole.
func scrolled(objects ...fyne.CanvasObject) fyne.CanvasObject {
	return newFollowing(container.New(column{}, stack(between, objects...)))
}

// filled is a page whose last part takes the room that is left and scrolls by
// itself.
func filled(last fyne.CanvasObject, above ...fyne.CanvasObject) fyne.CanvasObject {
	top := container.New(layout.NewCustomPaddedLayout(0, between, 0, 0), stack(between, above...))
	ground := container.NewStack(newPanel(colorSurface, colorEdge, 10), container.New(layout.NewCustomPaddedLayout(inside, inside, between, inside), last))
	return container.New(column{}, container.NewBorder(top, nil, nil, nil, ground))
}

// button is a plain button; primary and dangerous ones say so.
func button(label, iconName string, tapped func()) *widget.Button {
	b := widget.NewButton(label, tapped)
	if iconName != "" {
		b.SetIcon(icon(iconName))
	}
	return b
}

func primary(label string, tapped func()) *widget.Button {
	b := widget.NewButton(label, tapped)
	b.Importance = widget.HighImportance
	return b
}

// quiet is a button without a ground, for what stands beside many things.
func quiet(label, iconName string, tapped func()) *widget.Button {
	b := button(label, iconName, tapped)
	b.Importance = widget.LowImportance
	return b
}

// left keeps a thing at its own width at the left.
func left(objects ...fyne.CanvasObject) *fyne.Container {
	return line(inside, append(objects, layout.NewSpacer())...)
}

// picture is an icon of side pixels.
func picture(resource fyne.Resource, side float32) *canvas.Image {
	img := canvas.NewImageFromResource(resource)
	img.FillMode = canvas.ImageFillContain
	img.SetMinSize(fyne.NewSquareSize(side))
	return img
}

// empty is what a page shows when there is nothing to list: a picture, a
// sentence, and at most one action.
func empty(iconName, sentence string, action fyne.CanvasObject) fyne.CanvasObject {
	text := prose(sentence)
	text.Alignment = fyne.TextAlignCenter
	objects := []fyne.CanvasObject{
		container.NewCenter(picture(tinted(iconName, colorMuted), 56)),
		text,
	}
	if action != nil {
		objects = append(objects, container.NewCenter(action))
	}
	return container.NewVBox(layout.NewSpacer(), stack(between, objects...), layout.NewSpacer())
}

// prose is text that wraps, in the size of text.
func prose(text string) *widget.Label {
	l := widget.NewLabel(text)
	l.Wrapping = fyne.TextWrapWord
	return l
}

// flush takes away the padding that Fyne puts around the text of a label or a
// check, so that it stands in line with the rest.
func flush(object fyne.CanvasObject) *fyne.Container {
	by := -theme.InnerPadding()
	return container.New(layout.NewCustomPaddedLayout(by, by, by, by), object)
}

// set replaces what a container holds and lays it out anew.
func set(c *fyne.Container, objects ...fyne.CanvasObject) {
	c.Objects = objects
	c.Refresh()
}

// visible shows or hides a thing.
func visible(o fyne.CanvasObject, is bool) {
	if is {
		o.Show()
	} else {
		o.Hide()
	}
}

// padLeft and padRight leave room beside a thing.
func padLeft(by float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedLayout(0, 0, by, 0), o)
}

func padRight(by float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedLayout(0, 0, 0, by), o)
}

// middle keeps a thing in the middle of the height, at full width.
func middle(o fyne.CanvasObject) *fyne.Container {
	return container.NewVBox(layout.NewSpacer(), o, layout.NewSpacer())
}

// beside is an entry with its button at the right.
func beside(entry, button fyne.CanvasObject) *fyne.Container {
	return container.NewBorder(nil, nil, nil, button, entry)
}

// fixedWidth gives a thing a width of its own.
func fixedWidth(width float32, o fyne.CanvasObject) *fyne.Container {
	return container.NewGridWrap(fyne.NewSize(width, o.MinSize().Height), o)
}

// whole makes a line ask for the width that it needs.
func whole(t *text) *text {
	t.whole = true
	return t
}
