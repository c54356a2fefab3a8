//go:build !headless || ci

package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"folderfront/app/state"
)

const railWidth float32 = 164

// rail is the narrow column at the left: the pages, and what sharing is doing.
type rail struct {
	items []*railItem
	phase *canvas.Image
	word  *text
	all   fyne.CanvasObject
}

func newRail(f *face) *rail {
	r := &rail{phase: picture(stateIcon("off", colorMuted), 20), word: strong("")}
	name := strong("Folderfront")
	column := []fyne.CanvasObject{
		padded(inside, container.NewBorder(nil, nil, picture(brand(), 24), nil, name)),
	}
	for _, p := range places() {
		item := newRailItem(p, func() { f.open(p.name) })
		r.items = append(r.items, item)
		column = append(column, item)
	}
	foot := padded(inside, container.NewBorder(nil, nil, r.phase, nil, r.word))
	column = append(column, layout.NewSpacer(), foot)
	strut := canvas.NewRectangle(color.Transparent)
	strut.SetMinSize(fyne.NewSize(railWidth, 0))
	r.all = container.NewStack(newPanel(colorRail, "", 0), strut, padded(inside, stack(4, column...)))
	return r
}

func (r *rail) object() fyne.CanvasObject { return r.all }

// render marks the current page and says the phase in word and shape.
func (r *rail) render(st state.State, current string) {
	for _, item := range r.items {
		item.choose(item.place.name == current)
	}
	r.word.set(lang.L(st.Phase.Word()))
	r.phase.Resource = stateIcon(string(st.Phase), phaseColor(st.Phase))
	r.phase.Refresh()
}

// phaseColor is the colour that comes second to the shape of a phase's icon.
func phaseColor(p state.Phase) fyne.ThemeColorName {
	switch p {
	case state.Live:
		return colorAccent
	case state.Trouble:
		return colorAmber
	default:
		return colorMuted
	}
}

// railItem is an entry of the rail: icon and label, by mouse or keyboard.
type railItem struct {
	widget.BaseWidget
	place            place
	tapped           func()
	chosen           bool
	focused, hovered bool
}

func newRailItem(p place, tapped func()) *railItem {
	i := &railItem{place: p, tapped: tapped}
	i.ExtendBaseWidget(i)
	return i
}

func (i *railItem) choose(is bool) {
	if is != i.chosen {
		i.chosen = is
		i.Refresh()
	}
}

// Tapped opens the page.
func (i *railItem) Tapped(*fyne.PointEvent) { i.tapped() }

// FocusGained shows the ring of the keyboard.
func (i *railItem) FocusGained() { i.focused = true; i.Refresh() }

// FocusLost hides it.
func (i *railItem) FocusLost() { i.focused = false; i.Refresh() }

// TypedRune opens the page by the space bar.
func (i *railItem) TypedRune(r rune) {
	if r == ' ' {
		i.tapped()
	}
}

// TypedKey opens the page by Enter.
func (i *railItem) TypedKey(e *fyne.KeyEvent) {
	if e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter {
		i.tapped()
	}
}

// MouseIn, MouseMoved and MouseOut follow the pointer.
func (i *railItem) MouseIn(*desktop.MouseEvent) { i.hovered = true; i.Refresh() }

// MouseMoved changes nothing.
func (i *railItem) MouseMoved(*desktop.MouseEvent) {}

// MouseOut ends the hover.
func (i *railItem) MouseOut() { i.hovered = false; i.Refresh() }

// Cursor is a hand.
func (i *railItem) Cursor() desktop.Cursor { return desktop.PointerCursor }

// CreateRenderer draws ground, mark, icon and label.
func (i *railItem) CreateRenderer() fyne.WidgetRenderer {
	ground, mark := canvas.NewRectangle(color.Transparent), canvas.NewRectangle(color.Transparent)
	ground.CornerRadius, mark.CornerRadius = 6, 1.5
	icon := picture(icon(i.place.icon), 20)
	name := label(lang.L(i.place.name))
	row := container.New(layout.NewCustomPaddedLayout(9, 9, 12, 8), container.NewBorder(nil, nil, icon, nil, padLeft(inside, name)))
	r := &railItemRenderer{item: i, ground: ground, mark: mark, icon: icon, name: name, row: row}
	r.Refresh()
	return r
}

type railItemRenderer struct {
	item         *railItem
	ground, mark *canvas.Rectangle
	icon         *canvas.Image
	name         *text
	row          *fyne.Container
}

// Layout gives the row all room and puts the mark of the current page at its left.
func (r *railItemRenderer) Layout(size fyne.Size) {
	r.ground.Resize(size)
	r.row.Resize(size)
	r.mark.Resize(fyne.NewSize(3, size.Height-20))
	r.mark.Move(fyne.NewPos(3, 10))
}

// MinSize is the row's.
func (r *railItemRenderer) MinSize() fyne.Size { return r.row.MinSize() }

// Refresh draws the item as it is: chosen, hovered, with the keyboard's focus.
func (r *railItemRenderer) Refresh() {
	r.ground.FillColor, r.ground.StrokeColor, r.ground.StrokeWidth = color.Transparent, color.Transparent, 0
	tint := colorText
	r.mark.Hide()
	r.name.style.Bold = r.item.chosen
	switch {
	case r.item.chosen:
		r.ground.FillColor = themeColor(colorChosen)
		r.mark.FillColor = themeColor(colorAccent)
		r.mark.Show()
		tint = colorAccent
	case r.item.hovered:
		r.ground.FillColor = themeColor(theme.ColorNameHover)
	}
	if r.item.focused {
		r.ground.StrokeColor, r.ground.StrokeWidth = themeColor(colorAccent), 2
	}
	r.icon.Resource = tinted(r.item.place.icon, tint)
	r.icon.Refresh()
	r.name.Refresh()
	r.ground.Refresh()
	r.mark.Refresh()
}

// Objects are the parts, from the ground up.
func (r *railItemRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ground, r.mark, r.row}
}

// Destroy has nothing to let go of.
func (r *railItemRenderer) Destroy() {}
