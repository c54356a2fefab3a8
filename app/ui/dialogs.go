//go:build !headless || ci

package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"folderfront/app/state"
)

// How the window words a message:
//
//   - First what happened, then what it means for the person's files or for the
//     link to Workfront, then what to do about it. No codes, and none first.
//   - It speaks of folders, files, keys and addresses, never of the program's
//     parts.
//   - A button says what it does ("Remove folder"), never "OK" or "Yes".
//   - Trouble is a banner in the page, with its remedy as a button. A dialog comes
//     up only before something is ended or destroyed that cannot simply be made
//     again, and its sentence says what stays as it is.

// confirm asks before something is ended or destroyed. The safe answer has the
// focus.
func (f *face) confirm(question, meaning, act string, then func()) {
	d := dialog.NewConfirm(question, meaning, func(yes bool) {
		if yes {
			then()
		}
	}, f.win)
	d.SetConfirmText(act)
	d.SetConfirmImportance(widget.DangerImportance)
	d.SetDismissText(lang.L("Leave it as it is"))
	d.Show()
}

func (f *face) confirmRemove(folder state.Folder) {
	f.confirm(
		lang.L("Remove “{{.Name}}”?", map[string]any{"Name": brief(folder.Name)}),
		lang.L("Workfront loses sight of this folder and links into it stop working. No file on this computer is touched."),
		lang.L("Remove folder"),
		func() { f.do(state.RemoveFolder{Name: folder.Name}, nil) })
}

func (f *face) confirmRevoke(key state.Key) {
	f.confirm(
		lang.L("Revoke “{{.Name}}”?", map[string]any{"Name": brief(key.Name)}),
		lang.L("Whoever uses this key loses access at once. Workfront needs another key before it can reach your folders again."),
		lang.L("Revoke key"),
		func() { f.do(state.RevokeKey{ID: key.ID}, nil) })
}

func (f *face) confirmForget(person state.Person) {
	f.confirm(
		lang.L("Remove “{{.Name}}”?", map[string]any{"Name": brief(person.Name)}),
		lang.L("This person is signed out everywhere and loses their rights. If nobody else is named, every Workfront user comes in again."),
		lang.L("Remove person"),
		func() { f.do(state.RemovePerson{Name: person.Name}, nil) })
}

func (f *face) confirmRemoveClient(client state.Client) {
	f.confirm(
		lang.L("End the sign-in by OAuth2?"),
		lang.L("Workfront loses access for everyone who signed in this way, until you paste new values. Your files stay as they are."),
		lang.L("End sign-in"),
		func() { f.do(state.RemoveClient{ID: client.ID}, nil) })
}

func (f *face) confirmEmptyTrash(folder string) {
	f.confirm(
		lang.L("Empty the trash?"),
		lang.L("What was deleted through Workfront moves on to this computer’s own trash and can no longer be put back from here."),
		lang.L("Empty trash"),
		func() { f.do(state.EmptyTrash{Folder: folder}, nil) })
}

func (f *face) confirmClear(then func()) {
	f.confirm(
		lang.L("Clear the list of activity?"),
		lang.L("What was read and changed so far can no longer be looked up. Files, old versions and links stay as they are."),
		lang.L("Clear list"),
		func() { f.do(state.ClearActivity{}, then) })
}

// confirmReset names what goes and what stays.
func (f *face) confirmReset() {
	shared := lang.N("{{.N}} shared folders", len(f.st.Folders), map[string]any{"N": len(f.st.Folders)})
	f.confirm(
		lang.L("Reset Folderfront?"),
		lang.L("Gone will be the settings, the keys and tokens in the keyring, people, sign-ins, custom actions, the activity log, the search index, thumbnails and the start at login. Workfront’s links stop working for good, and Folderfront quits. Not touched, with every file, old version and deleted file in them: {{.Folders}}.",
			map[string]any{"Folders": shared}),
		lang.L("Reset Folderfront"),
		func() { f.do(state.Reset{}, f.win.Close) })
}

// close ends the window. The program goes on in the tray, if there is one and
// the person wants it so; else it ends with its window, which must not happen
// unasked while something is shared.
func (f *face) close() {
	switch {
	case !f.begun || f.st.Tray && f.st.Settings.KeepRunning:
		f.win.Close()
	case f.st.Sharing():
		f.askQuit()
	default:
		f.quit()
	}
}

// quit ends the program and its window.
func (f *face) quit() { f.do(state.Quit{}, f.win.Close) }

func (f *face) askQuit() {
	meaning := lang.L("Workfront can no longer reach your folders until you start sharing again. Your files stay as they are.")
	if n := len(f.st.Transfers); n > 0 {
		meaning = lang.N("{{.N}} transfers are running", n, map[string]any{"N": n}) + ". " + meaning
	}
	if !f.st.Tray {
		meaning += " " + lang.L("This desktop shows no tray icon, so Folderfront ends with its window; minimise the window to keep sharing.")
	}
	f.confirm(lang.L("Stop sharing and quit?"), meaning, lang.L("Quit Folderfront"), f.quit)
}

// menu shows a small menu below a button.
func (f *face) menu(below fyne.CanvasObject, items ...*fyne.MenuItem) {
	position := fyne.CurrentApp().Driver().AbsolutePositionForObject(below)
	m := widget.NewPopUpMenu(fyne.NewMenu("", items...), f.win.Canvas())
	position = position.AddXY(below.Size().Width-m.MinSize().Width, below.Size().Height)
	m.ShowAtPosition(position)
}
