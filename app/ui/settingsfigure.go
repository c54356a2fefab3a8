//go:build !headless || ci

package ui

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"folderfront/app/state"
)

// figureEntry is a setting that is a number, kept by Enter or by leaving it.
// Below it stands why the core refused it; what was typed then stays.
type figureEntry struct {
	widget.Entry
	page   *settings
	field  *field
	get    func(state.Settings) int64
	change func(int64) state.ChangeSettings
	shown  string // the value in force
	sent   string // what was submitted last
}

func (p *settings) figure(name string, get func(state.Settings) int64, change func(int64) state.ChangeSettings) fyne.CanvasObject {
	e := &figureEntry{page: p, get: get, change: change}
	e.ExtendBaseWidget(e)
	e.OnSubmitted = func(string) { e.submit() }
	e.field = newField("", ends(label(name), fixedWidth(96, e)))
	p.figures = append(p.figures, e)
	return e.field.all
}

// FocusLost keeps what was typed.
func (e *figureEntry) FocusLost() {
	e.Entry.FocusLost()
	e.submit()
}

// submit sends a number that is neither in force nor refused already.
func (e *figureEntry) submit() {
	typed := strings.TrimSpace(e.Text)
	if typed == e.sent {
		return
	}
	e.sent = typed
	n, err := strconv.ParseUint(typed, 10, 53)
	if err != nil {
		e.complain(lang.L("Give a whole number. Until then {{.N}} stays in force.", map[string]any{"N": e.shown}))
		return
	}
	e.complain("")
	if typed == e.shown {
		return
	}
	e.page.face.ask(e.change(int64(n)), nil, func(err error) {
		if err != nil {
			e.complain(err.Error())
		}
	})
}

// complain says below the number what is wrong with it; "" takes it back.
func (e *figureEntry) complain(sentence string) {
	e.field.complain(sentence)
	e.page.all.Refresh()
}

// render shows the value in force, unless the person is typing another.
func (e *figureEntry) render(s state.Settings) {
	if value := strconv.FormatInt(e.get(s), 10); value != e.shown {
		e.shown, e.sent = value, value
		e.SetText(value)
		e.complain("")
	}
}

// figured is a number for a setting that counts things.
func figured(n int64) *int {
	i := int(n)
	return &i
}

// explained says below a setting what it means.
func explained(setting fyne.CanvasObject, words string) fyne.CanvasObject {
	return stack(2, setting, flush(hint(words)))
}

// hint is text that comes second and wraps.
func hint(words string) *widget.Label {
	l := prose(words)
	l.Importance, l.SizeName = widget.LowImportance, theme.SizeNameCaptionText
	return l
}
