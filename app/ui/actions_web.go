//go:build !headless || ci

package ui

import (
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"folderfront/app/state"
)

// webParts are the fields of a message to a web address: the address and the
// form of the message, and folded away how to sign in there and the rest.
type webParts struct {
	form     *actionForm
	url      *widget.Entry
	preset   *pick
	meaning  *text
	leads    *text
	presets  []state.Preset
	picked   string // the preset that the person chose; "" lets the core guess
	waits    settler
	guessed  int
	address  *fyne.Container
	method   *pick
	kind     *widget.Entry // content type
	body     *textArea
	auth     *pick
	user     *widget.Entry
	password *widget.Entry
	headers  *textArea
	signing  *pick
	secret   *widget.Entry
	seconds  *widget.Entry
	ticks    [3]*widget.Check // together, only 200, insecure
	message  *folded
	extra    *folded
	more     *fyne.Container
}

func newWebParts(m *actionForm) *webParts {
	w := &webParts{form: m, url: widget.NewEntry(), meaning: small(""), leads: small(""), waits: settler{face: m.page.face}}
	w.url.SetPlaceHolder("https://")
	w.url.OnChanged = func(string) { w.addressed() }
	w.preset = newPick(nil, w.choose)
	m.fields["url"] = newField(lang.L("Paste the address that gets the message"), w.url)
	m.fields["path"] = m.fields["url"]
	presetRow := choiceLine(label(lang.L("Form of the message")), w.preset)
	w.address = stack(inside, m.fields["url"].all, w.leads, presetRow, w.meaning)
	w.buildMessage()
	w.buildExtra()
	w.more = card(w.message.all, w.extra.all)
	w.learn()
	return w
}

func (w *webParts) buildMessage() {
	m := w.form
	changed := func(string) { m.changed() }
	w.method = newPick(plainOptions("POST", "PUT", "PATCH", "GET", "DELETE"), changed)
	w.kind = widget.NewEntry()
	w.kind.SetPlaceHolder("application/json")
	w.kind.OnChanged = changed
	w.body = newTextArea(8)
	w.body.OnChanged = func(string) {
		m.touched = m.touched || !m.filling
		m.changed()
	}
	insert := button(lang.L("Insert"), "add", nil)
	insert.OnTapped = func() { m.page.face.menu(insert, w.variables()...) }
	m.fields["method"] = newField("", choiceLine(label(lang.L("Sent by")), w.method))
	m.fields["contentType"] = newField(lang.L("Kind of content"), w.kind)
	m.fields["body"] = newField("", w.body)
	w.message = newFolded(lang.L("Change the message"), stack(inside,
		ends(small(lang.L("{{.Example}} stands for the file’s name, and so on", map[string]any{"Example": "{{ file.name }}"})), insert), m.fields["body"].all),
		m.fields["method"].all, m.fields["contentType"].all)
}

// variables is the menu of what can stand in a message.
func (w *webParts) variables() (items []*fyne.MenuItem) {
	for _, v := range w.form.page.list.Variables {
		items = append(items, fyne.NewMenuItem(joined(v.Value, brief(v.Meaning)), func() {
			w.body.TypedShortcut(&fyne.ShortcutPaste{Clipboard: oneText("{{ " + v.Value + " }}")})
		}))
	}
	return items
}

// oneText is a clipboard that holds a text to be pasted once.
type oneText string

// Content is the text.
func (t oneText) Content() string { return string(t) }

// SetContent keeps the text as it is.
func (oneText) SetContent(string) {}

func (w *webParts) buildExtra() {
	m := w.form
	changed := func(string) { m.changed() }
	w.auth = newPick([]option{{"none", lang.L("without")}, {"basic", lang.L("user name and password")}, {"bearer", lang.L("token")}}, func(string) {
		m.changed()
		w.showSecrets()
	})
	w.signing = newPick([]option{{"", lang.L("unsigned")}, {"standard", "Standard Webhooks"}, {"hub-256", "X-Hub-Signature-256"}}, func(string) {
		m.changed()
		w.showSecrets()
	})
	w.user, w.password, w.secret = widget.NewEntry(), widget.NewPasswordEntry(), widget.NewPasswordEntry()
	w.headers, w.seconds = newTextArea(2), widget.NewEntry()
	w.headers.SetPlaceHolder("X-Team: Brand")
	w.seconds.SetPlaceHolder("10")
	w.user.SetPlaceHolder(lang.L("User name"))
	for _, e := range []*widget.Entry{w.user, w.password, w.secret, &w.headers.Entry, w.seconds} {
		e.OnChanged = changed
	}
	for i, words := range []string{lang.L("One message for all chosen files"), lang.L("Only the answer 200 counts as success"), lang.L("Trust a certificate that cannot be checked")} {
		w.ticks[i] = widget.NewCheck(words, func(bool) { m.changed() })
	}
	m.fields["auth"] = newField("", choiceLine(label(lang.L("Sign in there")), w.auth))
	m.fields["user"], m.fields["password"] = newField("", w.user), newField("", w.password)
	m.fields["headers"] = newField(lang.L("Headers, one a line; secret:NAME stands for a secret of the keyring"), w.headers)
	m.fields["signing"] = newField("", choiceLine(label(lang.L("Sign the message")), w.signing))
	m.fields["secret"] = newField("", w.secret)
	m.fields["seconds"] = newField("", ends(label(lang.L("Wait so many seconds for an answer")), fixedWidth(72, w.seconds)))
	w.extra = newFolded(lang.L("Signing in and more"),
		m.fields["auth"].all, m.fields["user"].all, m.fields["password"].all, m.fields["signing"].all, m.fields["secret"].all,
		m.fields["headers"].all, m.fields["seconds"].all, flush(stack(0, w.ticks[0], w.ticks[1], w.ticks[2])))
}

func plainOptions(values ...string) (options []option) {
	for _, v := range values {
		options = append(options, option{v, v})
	}
	return options
}

// learn asks for the presets.
func (w *webParts) learn() {
	w.form.page.face.ask(state.ListPresets{}, &w.presets, func(err error) {
		if !w.form.page.told(err) {
			return
		}
		var options []option
		for _, p := range w.presets {
			options = append(options, option{p.Name, p.Title})
		}
		w.preset.offer(options)
		w.preset.set(w.form.draft.Preset)
		w.explain()
	})
}

func (w *webParts) explain() {
	chosen := w.preset.value()
	w.meaning.set("")
	for _, p := range w.presets {
		if p.Name == chosen {
			w.meaning.set(p.Meaning)
		}
	}
	visible(w.meaning, w.meaning.content != "")
}

// choose takes the message of a preset.
func (w *webParts) choose(name string) {
	w.picked, w.form.draft.Preset = name, name
	w.form.touched = false
	w.explain()
	if strings.TrimSpace(w.url.Text) != "" {
		w.guess()
		return
	}
	for _, p := range w.presets {
		if p.Name == name {
			w.take(p.Draft)
		}
	}
}

// addressed has a pasted or typed address looked at.
func (w *webParts) addressed() {
	if !w.form.filling {
		w.waits.soon(w.guess)
	}
}

// guess asks the core what to make of the address. A late answer to an old one
// is dropped.
func (w *webParts) guess() {
	address := strings.TrimSpace(w.url.Text)
	if address == "" {
		return
	}
	w.guessed++
	mine := w.guessed
	var draft state.ActionDraft
	w.form.page.face.ask(state.GuessAction{URL: address, Preset: w.picked}, &draft, func(err error) {
		if mine != w.guessed || w.form.leaving {
			return
		}
		if err != nil {
			w.form.fields["url"].complain(err.Error())
			return
		}
		w.form.fields["url"].complain("")
		w.connect(draft)
		w.take(draft)
	})
}

// connect lets the draft send to where the address leads: to the connection that
// is there already, else to the draft's own, unless others use that.
func (w *webParts) connect(guessed state.ActionDraft) {
	m := w.form
	have := m.draft.Connection
	if guessed.Connection.URL == have.URL {
		return
	}
	at := slices.IndexFunc(m.page.list.Connections, func(c state.Connection) bool { return c.URL == guessed.Connection.URL })
	own := m.linked != "" && m.page.uses(m.linked) <= 1
	switch {
	case at >= 0:
		m.draft.Connection = m.page.list.Connections[at]
		m.linked = m.draft.Connection.Name
	case own:
		have.URL, have.LeadsTo = guessed.Connection.URL, guessed.Connection.LeadsTo
		m.draft.Connection = have
	default:
		m.draft.Connection, m.linked = guessed.Connection, ""
	}
}

// take takes the message of a guess or preset, unless the person has written
// their own.
func (w *webParts) take(from state.ActionDraft) {
	m := w.form
	if from.Connection.URL != "" {
		m.draft.Action.Path = from.Action.Path
	}
	if !m.touched {
		a, c := &m.draft.Action, &m.draft.Connection
		a.Method, a.Body, a.ContentType = from.Action.Method, from.Action.Body, from.Action.ContentType
		a.Together, a.Only200, a.RetryOnce = from.Action.Together, from.Action.Only200, from.Action.RetryOnce
		if m.linked == "" {
			c.Auth, c.Headers, c.Signing, c.Seconds = from.Connection.Auth, from.Connection.Headers, from.Connection.Signing, from.Connection.Seconds
		}
		if from.Preset != "" {
			m.draft.Preset = from.Preset
		}
	}
	m.fill()
	m.trial.preview()
}

func (w *webParts) fill() {
	a, c := w.form.draft.Action, w.form.draft.Connection
	web := a.Kind == "webhook"
	visible(w.address, web)
	visible(w.more, web)
	// What the person types stays as they typed it.
	if whole := c.URL + a.Path; strings.TrimSpace(w.url.Text) == "" && whole != "" {
		w.url.SetText(whole)
	}
	if w.form.draft.Preset != "" {
		w.preset.set(w.form.draft.Preset)
	}
	w.explain()
	w.method.set(a.Method)
	w.kind.SetText(a.ContentType)
	w.body.SetText(a.Body)
	w.auth.set(c.Auth)
	w.user.SetText(c.User)
	w.headers.SetText(headerLines(c.Headers))
	w.signing.set(c.Signing)
	w.seconds.SetText("")
	if c.Seconds > 0 {
		w.seconds.SetText(strconv.Itoa(c.Seconds))
	}
	for i, is := range []bool{a.Together, a.Only200, c.Insecure} {
		w.ticks[i].SetChecked(is)
	}
	w.showLeads(c.LeadsTo)
	w.showSecrets()
}

func (w *webParts) showLeads(to string) {
	words := leads[to]
	visible(w.leads, words != "")
	if words != "" {
		w.leads.set(lang.L(words))
	}
}

// showSecrets shows the entries that the chosen ways want.
func (w *webParts) showSecrets() {
	c := w.form.draft.Connection
	fields := w.form.fields
	visible(fields["user"].all, w.auth.value() == "basic")
	visible(fields["password"].all, w.auth.value() != "none")
	visible(fields["secret"].all, w.signing.value() != "")
	kept := lang.L("Kept in the keyring; type to replace it")
	w.password.SetPlaceHolder(lang.L("Password or token"))
	w.secret.SetPlaceHolder(lang.L("Secret that signs"))
	if c.HasPassword {
		w.password.SetPlaceHolder(kept)
	}
	if c.HasSigning {
		w.secret.SetPlaceHolder(kept)
	}
}

// secrets are the ones that were typed; nil stays as it is.
func (w *webParts) secrets() (password, signing *string) {
	if w.password.Text != "" {
		password = &w.password.Text
	}
	if w.secret.Text != "" {
		signing = &w.secret.Text
	}
	return password, signing
}

func (w *webParts) gather() {
	a, c := &w.form.draft.Action, &w.form.draft.Connection
	a.Method, a.ContentType, a.Body = w.method.value(), strings.TrimSpace(w.kind.Text), w.body.Text
	a.Together, a.Only200, c.Insecure = w.ticks[0].Checked, w.ticks[1].Checked, w.ticks[2].Checked
	c.Auth, c.User, c.Signing = w.auth.value(), strings.TrimSpace(w.user.Text), w.signing.value()
	c.Headers = headersOf(w.headers.Text)
	c.Seconds, _ = strconv.Atoi(strings.TrimSpace(w.seconds.Text)) // what is no number is the usual 10
}

// headerLines writes headers a line each, sorted.
func headerLines(headers map[string]string) string {
	var lines []string
	for name, value := range headers {
		lines = append(lines, name+": "+value)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// headersOf reads what headerLines wrote. A line without a colon is a name
// without a value, which the core will complain of.
func headersOf(lines string) map[string]string {
	headers := map[string]string{}
	for line := range strings.SplitSeq(lines, "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		headers[strings.TrimSpace(name)] = strings.TrimSpace(value)
	}
	if len(headers) == 0 {
		return nil
	}
	return headers
}
