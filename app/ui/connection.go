//go:build !headless || ci

package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"
	"github.com/skip2/go-qrcode"

	"folderfront/app/state"
)

// connection is the way in from the internet: who provides it, under which
// address, and whether it truly arrives.
type connection struct {
	face     *face
	provider *widget.Select
	ngrok    *tokenForm
	external *externalForm
	ssh      *sshForm
	chosen   string // a provider that is chosen but still wants something to be filled in; or ""
	phrase   *passphraseForm
	note     *widget.Label
	changed  fyne.CanvasObject
	moved    *widget.Label
	address  *copyRow
	facts    *text
	qr       *canvas.Image
	qrPlace  fyne.CanvasObject // around qr
	acts     fyne.CanvasObject // around the buttons below the address
	qrShown  string
	qrButton *widget.Button
	again    *widget.Button
	trouble  *widget.Label
	failed   fyne.CanvasObject // around trouble
	test     *testPanel
	meter    *meter
	allow    *allowForm
	all      fyne.CanvasObject
}

// providers are the tunnels, in the order of the choice.
var providers = []struct{ id, name string }{
	{"ngrok", "ngrok"},
	{"ssh", "A server of yours, over SSH"},
	{"external", "An address you already have"},
	{"none", "This computer only"},
}

func newConnection(f *face) page {
	p := &connection{face: f, note: prose(""), moved: prose(""), facts: small(""), trouble: prose("")}
	var names []string
	for _, v := range providers {
		names = append(names, lang.L(v.name))
	}
	p.provider = widget.NewSelect(names, nil)
	p.provider.OnChanged = p.choose
	p.ngrok, p.external, p.phrase = newTokenForm(f, lang.L("Check and keep")), newExternalForm(f, p.kept), newPassphraseForm(f)
	p.ssh = newSSHForm(f, p.kept)
	p.changed = p.newMovedNotice()
	p.address = newCopyRow(f, lang.L("Base API URL"), lang.L("Copy"))
	p.qr = canvas.NewImageFromResource(nil)
	p.qr.FillMode = canvas.ImageFillContain
	p.qr.ScaleMode = canvas.ImageScalePixels
	p.qr.SetMinSize(fyne.NewSquareSize(200))
	p.qr.Hide()
	p.qrButton = button(lang.L("QR code"), "", p.toggleQR)
	p.again = button(lang.L("Connect again"), "refresh", func() { f.do(state.Reconnect{}, nil) })
	p.acts, p.qrPlace = left(p.again, p.qrButton), container.NewCenter(p.qr)
	p.trouble.Importance = widget.WarningImportance
	p.failed = flush(p.trouble)
	p.test, p.meter = newTestPanel(f), newMeter(f)
	p.allow = newAllowForm(f, func() { p.all.Refresh() })
	p.all = scrolled(
		heading(lang.L("Connection")),
		p.changed,
		card(strong(lang.L("How Workfront reaches this computer")), p.provider, p.ngrok.all, p.external.all, p.ssh.all, p.phrase.all, flush(p.note)),
		card(p.address.all, p.facts, p.failed, p.acts, p.qrPlace),
		p.test.all,
		p.meter.all,
		p.allow.all,
	)
	return p
}

func (p *connection) object() fyne.CanvasObject { return p.all }

// newMovedNotice tells that the address is another one and Workfront must be told.
func (p *connection) newMovedNotice() fyne.CanvasObject {
	p.moved.TextStyle.Bold = true
	knows := primary(lang.L("Workfront knows it"), func() { p.face.do(state.AcknowledgeAddress{}, nil) })
	return grounded(newPanel(colorNotice, colorAmber, 10), flush(p.moved), left(knows))
}

// choose switches the provider, or asks first for what it can't do without.
func (p *connection) choose(name string) {
	st := p.face.st
	for _, v := range providers {
		switch {
		case lang.L(v.name) != name || v.id == p.provided(st):
		case v.id == "ssh" && st.Tunnel.SSH.Host == "", v.id == "external" && st.Settings.PublicURL == "":
			p.chosen = v.id
			p.render(st)
		default:
			p.chosen = ""
			p.face.do(state.SetTunnel{Provider: v.id}, nil)
		}
	}
}

// provided is the provider whose form is shown.
func (p *connection) provided(st state.State) string {
	if p.chosen != "" {
		return p.chosen
	}
	return st.Tunnel.Provider
}

// kept is called when a form's provider is in force.
func (p *connection) kept() {
	p.chosen = ""
	p.render(p.face.st)
}

// render shows st.
func (p *connection) render(st state.State) {
	t := st.Tunnel
	provider := p.provided(st)
	for i, v := range providers {
		if v.id == provider && p.provider.SelectedIndex() != i {
			p.provider.SetSelectedIndex(i)
		}
	}
	p.ngrok.render(st)
	p.external.render(st)
	p.ssh.render(st)
	for id, form := range map[string][]fyne.CanvasObject{"ngrok": {p.ngrok.all}, "external": {p.external.all}, "ssh": {p.ssh.all, p.phrase.all}} {
		for _, part := range form {
			visible(part, id == provider)
		}
	}
	p.note.SetText(providerNote(provider))
	visible(p.changed, t.OldOrigin != "")
	p.moved.SetText(lang.L("The address has changed. Links made before lead nowhere until you paste the new Base API URL into Workfront. The old one was {{.Old}}.", map[string]any{"Old": t.OldOrigin}))
	p.address.set(st.BaseAPIURL, lang.L("Shown once sharing has started"))
	p.facts.set(p.factsOf(st))
	p.trouble.SetText(joinSentences(t.Error, t.Advice))
	visible(p.failed, t.Error != "")
	visible(p.again, t.Provider != "none" && st.Sharing())
	visible(p.qrButton, st.BaseAPIURL != "")
	visible(p.acts, p.again.Visible() || p.qrButton.Visible())
	p.renderQR(st)
	p.test.render(st)
	p.meter.render(st)
	p.allow.render(st)
}

// factsOf says how the connection is, as far as it is known.
func (p *connection) factsOf(st state.State) string {
	t, f := st.Tunnel, p.face.format
	words := map[string]string{
		"off": lang.L("Off"), "connecting": lang.L("Connecting"), "live": lang.L("Connected"),
		"reconnecting": lang.L("Connecting again"), "failed": lang.L("Not connected"),
	}
	latency, since := "", ""
	if t.Latency > 0 {
		latency = lang.L("{{.Time}} away", map[string]any{"Time": f.Took(t.Latency)})
	}
	if t.State == "live" && !t.Since.IsZero() {
		since = lang.L("since {{.Time}}", map[string]any{"Time": f.Moment(t.Since)})
	}
	return joined(words[t.State], latency, t.Region, t.Plan, since)
}

// providerNote says what a provider means and what it wants.
func providerNote(provider string) string {
	switch provider {
	case "ngrok":
		return lang.L("ngrok gives this computer an address of its own on the internet. What passes is encrypted up to ngrok and from there on to Workfront.")
	case "ssh":
		return lang.L("Folderfront keeps an SSH connection to your server, whose web server passes requests on. Connect to it once with ssh before, so that its key is known.")
	case "external":
		return lang.L("For a reverse proxy or tunnel that you run yourself: it passes requests on to this computer, and Folderfront only answers.")
	default:
		return lang.L("Nothing is opened to the internet. Programs on this computer can use your folders, to try things out.")
	}
}

func joinSentences(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + " " + b
}

func (p *connection) toggleQR() {
	visible(p.qr, !p.qr.Visible())
	p.renderQR(p.face.st)
	p.all.Refresh()
}

// renderQR draws the address as a QR code, black on white in both themes, since
// many readers want it so.
func (p *connection) renderQR(st state.State) {
	if st.BaseAPIURL == "" {
		p.qr.Hide()
	}
	visible(p.qrPlace, p.qr.Visible())
	if !p.qr.Visible() || p.qrShown == st.BaseAPIURL {
		return
	}
	png, err := qrcode.Encode(st.BaseAPIURL, qrcode.Medium, -6)
	if err != nil {
		p.qr.Hide()
		return
	}
	p.qrShown = st.BaseAPIURL
	p.qr.Resource = fyne.NewStaticResource("qr-"+st.BaseAPIURL+".png", png)
	p.qr.Refresh()
}
