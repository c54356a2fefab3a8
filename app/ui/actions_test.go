//go:build !headless || ci

package ui

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"folderfront/app/state"
)

// actionsOf opens the page Actions on a core and returns both.
func actionsOf(t *testing.T, core *fakeCore) (*face, *actions) {
	t.Helper()
	f := newTestFace(t, core)
	f.open("Actions")
	return f, f.pages["Actions"].(*actions)
}

// TestActionsFit renders every tab and every sheet of the page in every
// condition.
func TestActionsFit(t *testing.T) {
	for condition, core := range conditions() {
		f := newTestFace(t, core)
		if f.first != nil {
			f.enter()
		}
		f.open("Actions")
		p := f.pages["Actions"].(*actions)
		for _, tab := range actionTabs() {
			p.turn(tab.name)
			shoot(t, f, "actions-"+strings.ToLower(tab.name)+"-"+condition)
		}
		for name, lay := range sheets(p, core) {
			p.turn("Actions")
			lay()
			shoot(t, f, "actions-"+name+"-"+condition)
			scrollDown(f)
			shoot(t, f, "actions-"+name+"-below-"+condition)
		}
	}
}

// sheets lay each form and detail open, filled in as far as the core has data.
func sheets(p *actions, core *fakeCore) map[string]func() {
	all := map[string]func(){
		"web-form": func() {
			m := newActionForm(p, state.Action{})
			p.enter(m)
			m.web.url.SetText("https://hooks.example.com/services/T024/B7?token=abc")
			m.trial.try()
		},
		"own-form": func() {
			m := newActionForm(p, state.Action{})
			p.enter(m)
			m.kind.SetSelectedIndex(1)
		},
		"rule-form": func() {
			rule := state.Rule{}
			if len(core.actions.list.Rules) > 0 {
				rule = core.actions.list.Rules[len(core.actions.list.Rules)-1]
			}
			p.enter(newRuleForm(p, rule))
		},
	}
	if n := len(core.actions.runs); n > 0 {
		all["run"] = func() { p.enter(newRunSheet(p, core.actions.runs[n-1])) }
		all["file"] = func() { p.enter(newFileSheet(p, core.actions.files[0])) }
	}
	return all
}

// scrollDown shows the end of what scrolls.
func scrollDown(f *face) {
	if s, ok := find(f, func(s interface {
		fyne.CanvasObject
		ScrollToBottom()
	},
	) bool {
		return true
	}); ok {
		s.ScrollToBottom()
	}
}
