//go:build !headless || ci

package ui

import (
	"errors"
	"testing"

	"folderfront/app/state"
)

// TestTheCoreSpeaksThePersonsLanguage shows trouble, advice, waiting and refusals
// in the language that was chosen, and in English again.
func TestTheCoreSpeaksThePersonsLanguage(t *testing.T) {
	core := failing()
	core.st.Access.Approvals = nil
	core.st.Settings.Language = "de"
	core.st.Problem = &state.Problem{Sentence: "The ngrok token was revoked, so no public address could be opened.", Advice: "Click Reconnect."}
	core.st.Tunnel.Error, core.st.Tunnel.Advice = core.st.Problem.Sentence, core.st.Problem.Advice
	core.steps = []state.TestStep{{Name: "Sharing is on", OK: true}}
	f := newTestFace(t, core)
	mustSay(t, f, "Das ngrok-Token wurde widerrufen, deshalb ließ sich keine öffentliche Adresse öffnen.")
	mustSay(t, f, "Klicken Sie auf „Neu verbinden“.")
	f.open("Connection")
	f.pages["Connection"].(*connection).test.start()
	mustSay(t, f, "Die Freigabe ist an")
	core.refuse["state.PutBack"] = errors.New("This version or deleted file is no longer kept. Look at the list again.")
	f.do(state.PutBack{}, nil)
	mustSay(t, f, "Diese Version oder gelöschte Datei wird nicht mehr aufbewahrt. Sehen Sie die Liste noch einmal an.")
	core.st.Settings.Language = "en"
	f.notice.putAway()
	follow(f, core)
	mustSay(t, f, "The ngrok token was revoked")
}

// TestLanguageAndThemeFollowTheState changes both while the window is open.
func TestLanguageAndThemeFollowTheState(t *testing.T) {
	core := typical()
	f := newTestFace(t, core)
	core.st.Settings.Language = "de"
	core.st.Settings.Theme = "dark"
	follow(f, core)
	mustSay(t, f, "Freigegebene Ordner")
	follow(f, core)
	if got := f.app.Settings().Theme().(look).choice; got != "dark" {
		t.Errorf("the theme is %q, want dark", got)
	}
	core.st.Settings.Language = "en"
	follow(f, core)
	mustSay(t, f, "Shared folders")
}
