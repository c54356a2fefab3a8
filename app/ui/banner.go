//go:build !headless || ci

package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"folderfront/app/state"
)

// banner tells of trouble above the page, with its remedy as a button. It shows
// the last failure of what the person did until it is put away, and else the
// State's first problem.
type banner struct {
	face     *face
	sentence *widget.Label
	advice   *widget.Label
	remedy   *widget.Button
	away     *widget.Button
	all      fyne.CanvasObject
	failure  error
	dropped  string // the problem that the person has put away
}

func newBanner(f *face) *banner {
	b := &banner{face: f, sentence: prose(""), advice: prose("")}
	b.sentence.TextStyle.Bold = true
	b.remedy = button("", "", nil)
	b.away = quiet("", "cross", b.putAway)
	b.all = notice(newPanel(colorNotice, colorAmber, 8), "warning", colorAmber, flush(stack(-inside, b.sentence, b.advice)), b.remedy, b.away)
	b.all.Hide()
	return b
}

// notice stands above the page: an icon, words, and buttons at the right.
func notice(ground *panel, iconName string, color fyne.ThemeColorName, words fyne.CanvasObject, buttons ...fyne.CanvasObject) fyne.CanvasObject {
	row := container.NewBorder(nil, nil,
		container.NewVBox(picture(tinted(iconName, color), 22)),
		container.NewVBox(line(4, buttons...)),
		container.New(layout.NewCustomPaddedLayout(0, 0, inside, inside), words))
	return container.New(layout.NewCustomPaddedLayout(inside, 0, inside, inside), container.NewStack(ground, padded(12, row)))
}

func (b *banner) object() fyne.CanvasObject { return b.all }

// fail tells that what the person asked for did not happen.
func (b *banner) fail(err error) {
	b.failure = err
	b.render(b.face.st)
}

func (b *banner) putAway() {
	if b.failure != nil {
		b.failure = nil
	} else if b.face.st.Problem != nil {
		b.dropped = b.face.st.Problem.Sentence
	}
	b.render(b.face.st)
}

// render shows the failure, the problem, or nothing.
func (b *banner) render(st state.State) {
	switch p := st.Problem; {
	case b.face.asking.all.Visible() || b.face.unsure.all.Visible() && b.failure == nil:
		b.all.Hide() // there is room for one notice
	case b.failure != nil:
		b.say(b.failure.Error(), "", "")
	case p != nil && p.Sentence != b.dropped:
		b.say(p.Sentence, p.Advice, p.Remedy)
	default:
		if p == nil {
			b.dropped = ""
		}
		b.all.Hide()
	}
}

func (b *banner) say(sentence, advice, remedy string) {
	b.sentence.SetText(sentence)
	b.advice.SetText(advice)
	visible(b.advice, advice != "")
	name, act := b.face.remedy(remedy)
	visible(b.remedy, act != nil)
	b.remedy.SetText(name)
	b.remedy.OnTapped = act
	b.all.Show()
}

// remedy is the button for a problem's remedy: its words, and what it does; nil
// when there is none.
func (f *face) remedy(name string) (string, func()) {
	switch name {
	case "reconnect":
		return lang.L("Connect again"), func() { f.do(state.Reconnect{}, nil) }
	case "start":
		return lang.L("Start sharing"), func() { f.do(state.Start{}, nil) }
	case "acknowledgeAddress":
		return lang.L("Workfront knows it"), func() { f.do(state.AcknowledgeAddress{}, nil) }
	case "token", "setToken", "connection":
		return lang.L("Open Connection"), func() { f.open("Connection") }
	case "folders":
		return lang.L("Open Folders"), func() { f.open("Folders") }
	case "settings":
		return lang.L("Open Settings"), func() { f.open("Settings") }
	default:
		return "", nil
	}
}
