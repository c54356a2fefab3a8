//go:build !headless || ci

package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"folderfront/app/state"
)

// oauthPanel connects Workfront by OAuth2, so that each person signs in by
// themselves, and shows the four values to paste.
type oauthPanel struct {
	face     *face
	rows     *rows
	redirect *widget.Entry
	values   [4]*copyRow
	fresh    *fyne.Container
	all      *fyne.Container
}

func newOAuthPanel(f *face) *oauthPanel {
	p := &oauthPanel{face: f, rows: newRows(), redirect: widget.NewEntry()}
	p.redirect.SetPlaceHolder(lang.L("Redirect URL that Workfront shows"))
	p.redirect.OnSubmitted = func(string) { p.connect() }
	names := []string{lang.L("Authentication URL"), lang.L("Token Endpoint URL"), lang.L("Client ID"), lang.L("Client Secret")}
	p.fresh = stack(inside, flush(prose(lang.L("Paste these four into Workfront, with OAuth2 as the authentication type. The secret is shown this once."))))
	for i, name := range names {
		p.values[i] = newCopyRow(f, name, lang.L("Copy"))
		p.fresh.Add(p.values[i].all)
	}
	p.fresh.Hide()
	p.all = card(strong(lang.L("Sign-in by OAuth2")),
		flush(prose(lang.L("Instead of a key for all, each Workfront user signs in here by themselves. In Workfront choose OAuth2, and paste the redirect URL it shows."))),
		p.rows.all, beside(p.redirect, button(lang.L("Get the values"), "", p.connect)), p.fresh)
	return p
}

// connect makes a client for Workfront and shows its values.
func (p *oauthPanel) connect() {
	redirect := strings.TrimSpace(p.redirect.Text)
	if redirect == "" {
		return
	}
	var answer state.NewClientAnswer
	p.face.ask(state.NewClient{RedirectURI: redirect}, &answer, func(err error) {
		if err != nil {
			p.face.notice.fail(err)
			return
		}
		p.redirect.SetText("")
		for i, value := range []string{answer.AuthenticationURL, answer.TokenEndpointURL, answer.ClientID, answer.ClientSecret} {
			p.values[i].set(value, lang.L("Shown once sharing has started"))
		}
		p.fresh.Show()
		p.all.Refresh()
	})
}

func (p *oauthPanel) render(st state.State) {
	f := p.face
	visible(p.rows.all, len(st.Access.Clients) > 0)
	p.rows.show(st.Access.Clients, "", func() (made []fyne.CanvasObject) {
		for _, c := range st.Access.Clients {
			more := f.moreButton(fyne.NewMenuItem(lang.L("Remove…"), func() { f.confirmRemoveClient(c) }))
			r := newRow(more)
			r.show("connection", colorAccent, c.RedirectURI, joined(c.ID, lang.L("made {{.Time}}", map[string]any{"Time": f.format.Day(c.Created)})), "")
			made = append(made, r)
		}
		return made
	})
}

// approvalBar asks the owner whether a browser that waits may come in. It stands
// above every page, before any banner, since somebody is waiting.
type approvalBar struct {
	face  *face
	words *widget.Label
	from  *text
	allow *widget.Button
	deny  *widget.Button
	all   fyne.CanvasObject
	asked state.Approval
}

func newApprovalBar(f *face) *approvalBar {
	b := &approvalBar{face: f, words: prose(""), from: small("")}
	b.allow = button(lang.L("Let in"), "check", func() { f.do(state.Approve{ID: b.asked.ID}, nil) })
	b.deny = button(lang.L("Send away"), "", func() { f.do(state.Deny{ID: b.asked.ID}, nil) })
	b.all = notice(newPanel(colorChosen, colorAccent, 8), "person", colorAccent, stack(4, flush(b.words), b.from), b.deny, b.allow)
	b.all.Hide()
	return b
}

// render shows the first browser that waits.
func (b *approvalBar) render(st state.State) {
	visible(b.all, len(st.Access.Approvals) > 0)
	if len(st.Access.Approvals) == 0 {
		return
	}
	b.asked = st.Access.Approvals[0]
	b.words.SetText(lang.L("A browser asks to be let in as {{.Person}}. It shows the number {{.Number}}; let it in only if you see the same there.",
		map[string]any{"Person": brief(b.asked.Person), "Number": b.asked.Number}))
	b.from.set(joined(brief(b.asked.Browser), brief(b.asked.Address)))
	visible(b.allow, b.asked.Known)
}
