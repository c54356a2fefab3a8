//go:build !headless || ci

package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"folderfront/app/state"
)

// testPanel runs the checks through the public address and shows a tick, or the
// reason why there is none, for each.
type testPanel struct {
	face  *face
	run   *widget.Button
	steps *fyne.Container
	all   *fyne.Container
}

func newTestPanel(f *face) *testPanel {
	t := &testPanel{face: f, steps: stack(inside)}
	t.run = button(lang.L("Test connection"), "play", t.start)
	t.steps.Hide()
	t.all = card(
		ends(stack(2, strong(lang.L("Does it arrive?")), small(lang.L("Asks for your folders the way Workfront does"))), t.run),
		t.steps)
	return t
}

func (t *testPanel) render(st state.State) {
	if st.BaseAPIURL == "" {
		t.run.Disable()
	} else if t.run.Text == lang.L("Test connection") {
		t.run.Enable()
	}
}

func (t *testPanel) start() {
	t.run.SetText(lang.L("Testing…"))
	t.run.Disable()
	var answer state.TestAnswer
	t.face.ask(state.TestConnection{}, &answer, func(err error) {
		t.run.SetText(lang.L("Test connection"))
		t.run.Enable()
		if err != nil {
			answer.Steps = append(answer.Steps, state.TestStep{Name: err.Error()})
		}
		t.show(answer)
	})
}

func (t *testPanel) show(answer state.TestAnswer) {
	var rows []fyne.CanvasObject
	for _, step := range answer.Steps {
		rows = append(rows, testRow(step))
	}
	t.steps.Show()
	set(t.steps, rows...)
}

// testRow is one step: a tick or a cross, its name, and what was found.
func testRow(step state.TestStep) fyne.CanvasObject {
	mark := tinted("check", colorAccent)
	if !step.OK {
		mark = tinted("cross", colorAmber)
	}
	name := prose(step.Name)
	name.TextStyle.Bold = true
	words := []fyne.CanvasObject{name}
	if step.Detail != "" {
		words = append(words, prose(step.Detail))
	}
	return container.NewBorder(nil, nil, container.NewVBox(picture(mark, 20)), nil, padLeft(inside, flush(stack(-between, words...))))
}

// meter shows this month's requests and bytes against what the plan allows.
type meter struct {
	face     *face
	requests *bar
	bytes    *bar
	counted  *text
	sent     *text
	all      *fyne.Container
}

func newMeter(f *face) *meter {
	m := &meter{face: f, counted: small(""), sent: small("")}
	m.requests, m.bytes = newBar(), newBar()
	m.all = card(strong(lang.L("This month, an estimate")), m.counted, m.requests, m.sent, m.bytes)
	return m
}

func (m *meter) render(st state.State) {
	t, f := st.Tunnel, m.face.format
	visible(m.all, t.Provider != "none")
	m.counted.set(m.ofLimit(lang.N("{{.Count}} requests", int(t.Requests), map[string]any{"Count": f.Count(t.Requests)}), f.Count(t.RequestLimit), t.Requests, t.RequestLimit))
	m.sent.set(m.ofLimit(lang.L("{{.Size}} sent", map[string]any{"Size": f.Size(t.BytesOut)}), f.Size(t.BytesLimit), t.BytesOut, t.BytesLimit))
	fill(m.requests, t.Requests, t.RequestLimit)
	fill(m.bytes, t.BytesOut, t.BytesLimit)
}

// ofLimit adds to a figure how much of the plan it is.
func (m *meter) ofLimit(figure, limit string, used, most int64) string {
	if most <= 0 {
		return figure
	}
	return lang.L("{{.Figure}} of {{.Limit}} ({{.Percent}})", map[string]any{
		"Figure": figure, "Limit": limit, "Percent": m.face.format.Percent(used, most),
	})
}

func fill(b *bar, used, most int64) {
	visible(b, most > 0)
	if most > 0 {
		b.set(float64(used) / float64(most))
	}
}
