//go:build !headless || ci

package ui

import (
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"folderfront/app/state"
)

// settings changes how the program behaves. Each change is in force at once and
// written into the settings file, which may as well be edited by hand.
type settings struct {
	face     *face
	checks   []*check
	choices  []*choice
	figures  []*figureEntry
	file     *copyRow
	fault    *widget.Label
	noTray   fyne.CanvasObject
	all      fyne.CanvasObject
	version  *text
	faultBox fyne.CanvasObject
}

func newSettings(f *face) page {
	p := &settings{face: f, fault: prose(""), version: small("")}
	p.noTray = flush(hint(lang.L("This desktop shows no tray icon, so Folderfront ends with its window; minimise the window to keep sharing.")))
	diagnose := newCopyButton(f, lang.L("Copy diagnostics"), func(use func(string)) { use(diagnostics(f.st)) })
	p.file = newCopyRow(f, lang.L("Settings file"), lang.L("Copy"))
	p.faultBox = grounded(newPanel(colorNotice, colorAmber, 8), flush(p.fault))
	p.all = scrolled(
		heading(lang.L("Settings")),
		p.faultBox,
		p.starting(),
		p.looking(),
		p.uploading(),
		p.keeping(),
		p.helping(),
		p.answering(),
		card(strong(lang.L("By hand")), p.file.all,
			flush(prose(lang.L("Everything here is kept in this file. A change you make in it counts as soon as it is saved."))),
			left(button(lang.L("Open the file’s folder"), "open", func() { f.openFolder(filepath.Dir(f.st.Settings.File)) }))),
		card(strong(lang.L("When you ask for help")),
			flush(prose(lang.L("The diagnostics say how Folderfront is doing, without names, addresses or keys."))),
			left(diagnose.Button), p.version),
		card(strong(lang.L("Start over")),
			flush(prose(lang.L("Removes everything that Folderfront keeps on this computer. Your files stay, and so do old versions and deleted files in each shared folder."))),
			left(button(lang.L("Reset Folderfront…"), "remove", f.confirmReset))),
	)
	return p
}

func (p *settings) object() fyne.CanvasObject { return p.all }

func (p *settings) starting() fyne.CanvasObject {
	return card(strong(lang.L("Starting and closing")),
		p.check(lang.L("Start with this computer, hidden in the tray"), func(s state.Settings) bool { return s.StartAtLogin },
			func(is bool) state.ChangeSettings { return state.ChangeSettings{StartAtLogin: &is} }),
		p.check(lang.L("Start sharing as soon as Folderfront starts"), func(s state.Settings) bool { return s.StartSharing },
			func(is bool) state.ChangeSettings { return state.ChangeSettings{StartSharing: &is} }),
		p.check(lang.L("Keep sharing when the window is closed"), func(s state.Settings) bool { return s.KeepRunning },
			func(is bool) state.ChangeSettings { return state.ChangeSettings{KeepRunning: &is} }),
		p.noTray,
		p.check(lang.L("Show notifications"), func(s state.Settings) bool { return s.Notifications },
			func(is bool) state.ChangeSettings { return state.ChangeSettings{Notifications: &is} }),
	)
}

func (p *settings) looking() fyne.CanvasObject {
	themes := map[string]string{"system": lang.L("As the system"), "light": lang.L("Light"), "dark": lang.L("Dark")}
	theme := p.choice([]string{themes["system"], themes["light"], themes["dark"]},
		func(s state.Settings) string { return themes[s.Theme] },
		func(name string) state.ChangeSettings {
			for id, n := range themes {
				if n == name {
					return state.ChangeSettings{Theme: &id}
				}
			}
			return state.ChangeSettings{}
		})
	names := []string{languageName("")}
	for _, l := range languages {
		names = append(names, l.name)
	}
	language := p.choice(names, func(s state.Settings) string { return languageName(s.Language) },
		func(name string) state.ChangeSettings {
			tag := languageTag(name)
			return state.ChangeSettings{Language: &tag}
		})
	return card(strong(lang.L("Appearance")),
		ends(label(lang.L("Theme")), theme), ends(label(lang.L("Language")), language))
}

func (p *settings) uploading() fyne.CanvasObject {
	return card(strong(lang.L("Uploads")),
		explained(p.figure(lang.L("Largest upload in MB"), func(s state.Settings) int64 { return s.UploadLimit },
			func(n int64) state.ChangeSettings { return state.ChangeSettings{UploadLimit: &n} }),
			lang.L("What is larger is refused, and nothing of it is kept; 0 means no limit.")),
		explained(p.figure(lang.L("Leave so many MB of the disk free"), func(s state.Settings) int64 { return s.MinimumFree },
			func(n int64) state.ChangeSettings { return state.ChangeSettings{MinimumFree: &n} }),
			lang.L("An upload that would leave less is refused, before the disk is full.")),
		explained(p.check(lang.L("Keep both files when an upload has a name that is taken"), func(s state.Settings) bool { return s.KeepBoth },
			func(is bool) state.ChangeSettings { return state.ChangeSettings{KeepBoth: &is} }),
			lang.L("Otherwise the upload becomes a new version, and the old one waits in History.")),
	)
}

// helping says which other programs of this computer may take part.
func (p *settings) helping() fyne.CanvasObject {
	return card(strong(lang.L("Programs of this computer")),
		explained(p.check(lang.L("LibreOffice draws office documents"), func(s state.Settings) bool { return s.LibreOffice },
			func(is bool) state.ChangeSettings { return state.ChangeSettings{LibreOffice: &is} }),
			lang.L("For documents that hold no picture of themselves, when LibreOffice is installed.")),
		explained(p.check(lang.L("Custom actions may run programs"), func(s state.Settings) bool { return s.Commands },
			func(is bool) state.ChangeSettings { return state.ChangeSettings{Commands: &is} }),
			lang.L("Then an action can be a program of yours, which gets the file. It runs as you.")),
	)
}

// answering is what hardly anybody changes, so it is folded away.
func (p *settings) answering() fyne.CanvasObject {
	more := newFolded(lang.L("More about Workfront"),
		explained(p.check(lang.L("Send the sizes of files as numbers"), func(s state.Settings) bool { return s.SizeAsNumber },
			func(is bool) state.ChangeSettings { return state.ChangeSettings{SizeAsNumber: &is} }),
			lang.L("Otherwise they are sent in quotes, as in Workfront’s examples; try this when Workfront shows no sizes.")),
		explained(p.figure(lang.L("Most results of a search"), func(s state.Settings) int64 { return int64(s.SearchLimit) },
			func(n int64) state.ChangeSettings { return state.ChangeSettings{SearchLimit: figured(n)} }),
			lang.L("Workfront shows the best ones first; more of them take longer.")),
		p.figure(lang.L("Most custom actions of a folder"), func(s state.Settings) int64 { return int64(s.PerFolder) },
			func(n int64) state.ChangeSettings { return state.ChangeSettings{PerFolder: figured(n)} }),
		explained(p.check(lang.L("Send expires_id with OAuth2 tokens, too"), func(s state.Settings) bool { return s.ExpiresID },
			func(is bool) state.ChangeSettings { return state.ChangeSettings{ExpiresID: &is} }),
			lang.L("Workfront’s example spells expires_in so; try this when people must sign in again and again.")),
	)
	open := more.head.OnTapped // the page grows with it
	more.head.OnTapped = func() {
		open()
		p.all.Refresh()
	}
	return card(more.all)
}

func (p *settings) keeping() fyne.CanvasObject {
	return card(strong(lang.L("Old versions and deleted files")),
		flush(prose(lang.L("What Workfront overwrites or deletes is kept for a while and can be put back from History."))),
		p.figure(lang.L("Keep for how many days"), func(s state.Settings) int64 { return int64(s.KeepDays) },
			func(n int64) state.ChangeSettings { return state.ChangeSettings{KeepDays: figured(n)} }),
		p.figure(lang.L("Keep at most so many versions of a file"), func(s state.Settings) int64 { return int64(s.KeepVersions) },
			func(n int64) state.ChangeSettings { return state.ChangeSettings{KeepVersions: figured(n)} }),
		p.figure(lang.L("Use at most so many percent of the disk"), func(s state.Settings) int64 { return int64(s.KeepPercent) },
			func(n int64) state.ChangeSettings { return state.ChangeSettings{KeepPercent: figured(n)} }),
	)
}

// render shows st.
func (p *settings) render(st state.State) {
	for _, c := range p.checks {
		c.render(st.Settings)
	}
	for _, c := range p.choices {
		c.render(st.Settings)
	}
	for _, e := range p.figures {
		e.render(st.Settings)
	}
	p.file.set(st.Settings.File, "")
	p.fault.SetText(st.Settings.Error)
	visible(p.faultBox, st.Settings.Error != "")
	visible(p.noTray, !st.Tray && st.Settings.KeepRunning)
	p.version.set(lang.L("Folderfront {{.Version}}", map[string]any{"Version": st.Version}))
}

// check is a setting that is on or off.
type check struct {
	box *widget.Check
	get func(state.Settings) bool
}

func (p *settings) check(name string, get func(state.Settings) bool, change func(bool) state.ChangeSettings) fyne.CanvasObject {
	c := &check{get: get}
	c.box = widget.NewCheck(name, func(is bool) {
		if is != get(p.face.st.Settings) {
			p.face.do(change(is), nil)
		}
	})
	p.checks = append(p.checks, c)
	return flush(c.box)
}

func (c *check) render(s state.Settings) { c.box.SetChecked(c.get(s)) }

// choice is a setting with a few values.
type choice struct {
	box *widget.Select
	get func(state.Settings) string
}

func (p *settings) choice(names []string, get func(state.Settings) string, change func(string) state.ChangeSettings) fyne.CanvasObject {
	c := &choice{get: get}
	c.box = widget.NewSelect(names, func(name string) {
		if name != get(p.face.st.Settings) {
			p.face.do(change(name), nil)
		}
	})
	p.choices = append(p.choices, c)
	return c.box
}

func (c *choice) render(s state.Settings) {
	if want := c.get(s); c.box.Selected != want {
		c.box.SetSelected(want)
	}
}
