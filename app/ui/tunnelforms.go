//go:build !headless || ci

package ui

import (
	"net/url"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"folderfront/app/state"
)

// tokenPage is where ngrok shows the token of one's account.
const tokenPage = "https://dashboard.ngrok.com/get-started/your-authtoken"

// tokenForm takes ngrok's token, which the core checks with ngrok at once and
// keeps in the keyring. The window never gets it back.
type tokenForm struct {
	face   *face
	entry  *widget.Entry
	save   *widget.Button
	forget *widget.Button
	result *widget.Label
	told   fyne.CanvasObject // around result
	all    *fyne.Container
	stored func() // told after a token was accepted; may be nil
	label  string // of the button
}

func newTokenForm(f *face, label string) *tokenForm {
	t := &tokenForm{face: f, label: label, entry: widget.NewPasswordEntry(), result: prose("")}
	t.entry.OnSubmitted = func(string) { t.submit() }
	t.save = button(label, "", t.submit)
	t.entry.OnChanged = func(s string) { t.enable(strings.TrimSpace(s) != "") }
	t.forget = quiet(lang.L("Forget the token"), "", func() { f.do(state.SetToken{}, nil) })
	t.save.Disable()
	where, _ := url.Parse(tokenPage)
	t.told = flush(t.result)
	t.told.Hide()
	link := widget.NewHyperlink(lang.L("Where to find the token"), where)
	t.all = stack(inside, beside(t.entry, t.save), t.told, left(link, t.forget))
	return t
}

func (t *tokenForm) enable(is bool) {
	if is {
		t.save.Enable()
	} else {
		t.save.Disable()
	}
}

// submit has the token checked. Until the answer the button says so.
func (t *tokenForm) submit() {
	token := strings.TrimSpace(t.entry.Text)
	if token == "" {
		return
	}
	t.save.SetText(lang.L("Checking…"))
	t.save.Disable()
	t.face.ask(state.SetToken{Token: token}, nil, func(err error) {
		t.save.SetText(t.label)
		t.enable(err != nil)
		t.say(err)
		if err != nil {
			return
		}
		t.entry.SetText("")
		if t.stored != nil {
			t.stored()
		}
	})
}

func (t *tokenForm) say(err error) {
	t.result.Importance = widget.SuccessImportance
	message := lang.L("ngrok knows this token. It is kept in this computer’s keyring.")
	if err != nil {
		t.result.Importance = widget.WarningImportance
		message = err.Error()
	}
	t.result.SetText(message)
	t.told.Show()
}

func (t *tokenForm) render(st state.State) {
	visible(t.forget, st.Tunnel.HasToken)
	t.entry.SetPlaceHolder(lang.L("Paste ngrok’s authtoken"))
	if st.Tunnel.HasToken {
		t.entry.SetPlaceHolder(lang.L("Token kept; paste to replace it"))
	}
}

// externalForm takes the public address of a proxy that the person runs.
type externalForm struct {
	face  *face
	entry *widget.Entry
	save  *widget.Button
	local *copyRow
	shown string
	kept  func()
	all   *fyne.Container
}

func newExternalForm(f *face, kept func()) *externalForm {
	e := &externalForm{face: f, entry: widget.NewEntry(), kept: kept}
	e.entry.SetPlaceHolder("https://files.example.com")
	e.entry.OnSubmitted = func(string) { e.submit() }
	e.save = button(lang.L("Keep"), "check", e.submit)
	e.local = newCopyRow(f, lang.L("Your proxy passes requests on to"), lang.L("Copy"))
	e.all = stack(inside, small(lang.L("Public address")), beside(e.entry, e.save), e.local.all)
	return e
}

func (e *externalForm) submit() {
	e.face.do(state.SetTunnel{Provider: "external", PublicURL: strings.TrimSpace(e.entry.Text)}, e.kept)
}

// render shows the address in force, unless the person is typing another.
func (e *externalForm) render(st state.State) {
	if st.Settings.PublicURL != e.shown {
		e.shown = st.Settings.PublicURL
		e.entry.SetText(e.shown)
	}
	e.local.set(strings.TrimSuffix(st.LocalURL, "/api/v1"), lang.L("Shown once sharing has started"))
}

// sshForm takes what a tunnel through a host of the person's own needs.
type sshForm struct {
	face                      *face
	host, remote, public, key *widget.Entry
	shown                     state.SSH
	shownPublic               string
	kept                      func()
	all                       *fyne.Container
}

func newSSHForm(f *face, kept func()) *sshForm {
	s := &sshForm{face: f, host: widget.NewEntry(), remote: widget.NewEntry(), public: widget.NewEntry(), key: widget.NewEntry(), kept: kept}
	s.host.SetPlaceHolder("user@host.example.com")
	s.remote.SetPlaceHolder("127.0.0.1:8080")
	s.public.SetPlaceHolder("https://files.example.com")
	s.key.SetPlaceHolder(lang.L("Path of the private key; empty asks the ssh agent"))
	for _, e := range []*widget.Entry{s.host, s.remote, s.public, s.key} {
		e.OnSubmitted = func(string) { s.submit() }
	}
	s.all = stack(4,
		small(lang.L("Your server")), s.host,
		small(lang.L("Where its web server passes requests to")), s.remote,
		small(lang.L("Public address")), s.public,
		small(lang.L("Private key")), s.key,
		left(button(lang.L("Keep"), "check", s.submit)))
	return s
}

func (s *sshForm) submit() {
	ssh := s.shown
	ssh.Host, ssh.Remote, ssh.Key = strings.TrimSpace(s.host.Text), strings.TrimSpace(s.remote.Text), strings.TrimSpace(s.key.Text)
	s.face.do(state.SetTunnel{Provider: "ssh", PublicURL: strings.TrimSpace(s.public.Text), SSH: &ssh}, s.kept)
}

// render shows what is in force, unless the person is typing something else.
func (s *sshForm) render(st state.State) {
	if st.Tunnel.SSH != s.shown {
		s.shown = st.Tunnel.SSH
		s.host.SetText(s.shown.Host)
		s.remote.SetText(s.shown.Remote)
		s.key.SetText(s.shown.Key)
	}
	if st.Settings.PublicURL != s.shownPublic {
		s.shownPublic = st.Settings.PublicURL
		s.public.SetText(s.shownPublic)
	}
}

// passphraseForm takes the passphrase of the SSH key. The window never gets it
// back.
type passphraseForm struct {
	all *fyne.Container
}

func newPassphraseForm(f *face) *passphraseForm {
	entry := widget.NewPasswordEntry()
	entry.SetPlaceHolder(lang.L("Passphrase of the key, if it has one"))
	keep := func() {
		f.do(state.SetPassphrase{Passphrase: entry.Text}, func() { entry.SetText("") })
	}
	entry.OnSubmitted = func(string) { keep() }
	return &passphraseForm{all: beside(entry, button(lang.L("Keep"), "", keep))}
}

// allowForm takes the addresses from which calls are taken.
type allowForm struct {
	face  *face
	entry *widget.Entry
	field *field
	shown string
	grown func() // told when it needs another height
	all   *fyne.Container
}

func newAllowForm(f *face, grown func()) *allowForm {
	a := &allowForm{face: f, grown: grown, entry: widget.NewEntry()}
	a.entry.SetPlaceHolder(lang.L("everywhere"))
	a.entry.OnSubmitted = func(string) { a.submit() }
	a.field = newField("", beside(a.entry, button(lang.L("Keep"), "check", a.submit)))
	a.all = card(strong(lang.L("Who may call")),
		flush(prose(lang.L("Calls are answered from these addresses and ranges only, such as 192.0.2.7, 198.51.100.0/24; when it is empty, from everywhere. A key or sign-in is always needed."))),
		a.field.all)
	return a
}

func (a *allowForm) submit() {
	allowed := strings.FieldsFunc(a.entry.Text, func(r rune) bool { return strings.ContainsRune(",; \t\n、，", r) })
	if allowed == nil {
		allowed = []string{} // takes the list away
	}
	a.face.ask(state.ChangeSettings{Allow: &allowed}, nil, func(err error) {
		a.complain("")
		if err != nil {
			a.complain(err.Error())
			return
		}
		a.shown = strings.Join(allowed, ", ")
		a.entry.SetText(a.shown)
	})
}

// complain says below the list what is wrong with it; "" takes it back.
func (a *allowForm) complain(sentence string) {
	a.field.complain(sentence)
	a.grown()
}

// render shows the list in force, unless the person is typing another.
func (a *allowForm) render(st state.State) {
	if list := strings.Join(st.Settings.Allow, ", "); list != a.shown {
		a.shown = list
		a.entry.SetText(list)
		a.complain("")
	}
}
