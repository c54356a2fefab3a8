//go:build !headless || ci

package ui

import (
	"image/color"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	"github.com/ncruces/zenity"

	"folderfront/app/state"
)

// walk calls is for each object that is to be seen, until it returns true.
func walk(o fyne.CanvasObject, is func(fyne.CanvasObject) bool) bool {
	if !o.Visible() {
		return false
	}
	if is(o) {
		return true
	}
	var below []fyne.CanvasObject
	switch o := o.(type) {
	case *fyne.Container:
		below = o.Objects
	case fyne.Widget:
		below = test.WidgetRenderer(o).Objects()
	}
	return slices.ContainsFunc(below, func(o fyne.CanvasObject) bool { return walk(o, is) })
}

// find returns the first visible object of a type for which is holds, dialogs
// first.
func find[T fyne.CanvasObject](f *face, is func(T) bool) (found T, ok bool) {
	roots := append([]fyne.CanvasObject{f.win.Content()}, f.win.Canvas().Overlays().List()...)
	for _, root := range slices.Backward(roots) {
		ok = walk(root, func(o fyne.CanvasObject) bool {
			t, isT := o.(T)
			if isT && is(t) {
				found = t
				return true
			}
			return false
		})
		if ok {
			return found, true
		}
	}
	return found, false
}

// press taps the visible button with a label.
func press(t *testing.T, f *face, label string) {
	t.Helper()
	b, ok := find(f, func(b *widget.Button) bool { return b.Text == label })
	if !ok {
		t.Fatalf("no button %q", label)
	}
	if b.Disabled() {
		t.Fatalf("the button %q is disabled", label)
	}
	test.Tap(b)
}

// says reports whether a text is to be seen.
func says(f *face, s string) bool {
	_, inText := find(f, func(o *text) bool { return strings.Contains(o.content, s) })
	_, inLabel := find(f, func(o *widget.Label) bool { return strings.Contains(o.Text, s) })
	return inText || inLabel
}

func mustSay(t *testing.T, f *face, s string) {
	t.Helper()
	if !says(f, s) {
		t.Errorf("nowhere to be read: %q", s)
	}
}

// TestFirstMinute goes from the first start to the three things to paste: a
// dropped folder, a pasted token, and a click.
func TestFirstMinute(t *testing.T) {
	core := &fakeCore{st: base(state.Off)}
	f := newTestFace(t, core)
	mustSay(t, f, "Drop a folder here, or choose one")

	dir := t.TempDir()
	f.dropped(fyne.NewPos(10, 10), []fyne.URI{storage.NewFileURI(dir)})
	follow(f, core)
	mustSay(t, f, "Let Workfront reach it")

	entry, ok := find(f, func(e *widget.Entry) bool { return e.Password })
	if !ok {
		t.Fatal("no entry for the token")
	}
	test.Type(entry, "2abc_secret")
	press(t, f, "Connect")
	core.mu.Lock()
	core.st.Tunnel.State = "live"
	core.mu.Unlock()
	follow(f, core)

	mustSay(t, f, "In Workfront, open Setup > Documents > Custom Integrations")
	want := []any{
		state.AddFolder{Path: dir},
		state.SetToken{Token: "2abc_secret"},
		state.SetTunnel{Provider: "ngrok"},
		state.NewKey{Name: "Workfront"},
		state.Start{},
	}
	if got := core.did(); !reflect.DeepEqual(got, want) {
		t.Errorf("commands\n%v, want\n%v", got, want)
	}
	press(t, f, "Done")
	if f.first != nil || f.current != "Home" {
		t.Error("Done does not lead to Home")
	}
}

// TestTokenIsRefused shows the reason beside the entry and keeps what was typed.
func TestTokenIsRefused(t *testing.T) {
	core := typical()
	core.refuse = map[string]error{"state.SetToken": errRefused}
	f := newTestFace(t, core)
	f.open("Connection")
	entry, _ := find(f, func(e *widget.Entry) bool { return e.Password })
	test.Type(entry, "wrong")
	press(t, f, "Check and keep")
	mustSay(t, f, errRefused.Error())
	if entry.Text != "wrong" {
		t.Errorf("the token that was refused is gone from its entry: %q", entry.Text)
	}
}

// TestCopy puts address and key on the clipboard, the key's secret being fetched
// for that alone, and ticks.
func TestCopy(t *testing.T) {
	core := typical()
	f := newTestFace(t, core)
	h := f.pages["Home"].(*home)
	test.Tap(h.address.copy.Button)
	if got := f.app.Clipboard().Content(); got != core.st.BaseAPIURL {
		t.Errorf("the clipboard has %q, want the address", got)
	}
	test.Tap(h.key.copy.Button)
	if got := f.app.Clipboard().Content(); got != "ffk_k2_secret" {
		t.Errorf("the clipboard has %q, want the key", got)
	}
	if strings.Contains(h.key.value.content, "secret") {
		t.Error("the key is shown in clear without need")
	}
}

// TestCopyTicks lets the seam hold back the end of the tick.
func TestCopyTicks(t *testing.T) {
	core := typical()
	f := newTestFace(t, core)
	var later []func()
	f.seam.away = func(job func()) { later = append(later, job) }
	b := f.pages["Home"].(*home).address.copy
	test.Tap(b.Button)
	if b.Text != "Copied" {
		t.Errorf("after copying the button says %q", b.Text)
	}
	test.Tap(b.Button)
	if len(later) != 2 {
		t.Fatalf("%d ends of ticks, want 2", len(later))
	}
	later[0]()
	if b.Text != "Copied" {
		t.Error("the first tick's end took the second tick away")
	}
	later[1]()
	if b.Text != "Copy" {
		t.Errorf("after the tick the button says %q", b.Text)
	}
}

func TestDroppingAFileSaysWhatToDo(t *testing.T) {
	core := typical()
	f := newTestFace(t, core)
	file := filepath.Join(t.TempDir(), "a.txt")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f.dropped(fyne.Position{}, []fyne.URI{storage.NewFileURI(file)})
	mustSay(t, f, "That is not a folder")
	if len(core.did()) != 0 {
		t.Errorf("commands %v, want none", core.did())
	}
}

func TestPickers(t *testing.T) {
	defer func(p func(*face) (string, error)) { nativePicker = p }(nativePicker)
	core := typical()
	f := newTestFace(t, core)
	nativePicker = func(*face) (string, error) { return "", zenity.ErrCanceled }
	f.pick()
	if len(core.did()) != 0 || len(f.win.Canvas().Overlays().List()) != 0 {
		t.Error("cancelling the picker does something")
	}
	nativePicker = func(*face) (string, error) { return "/srv/a", nil }
	f.pick()
	if got := core.did(); !reflect.DeepEqual(got, []any{state.AddFolder{Path: "/srv/a"}}) {
		t.Errorf("commands %v", got)
	}
	nativePicker = func(*face) (string, error) { return "", zenity.ErrUnsupported }
	f.pick()
	mustSay(t, f, "Choose a folder to share")
}

// TestFailureIsABanner shows what went wrong above the page until it is put away.
func TestFailureIsABanner(t *testing.T) {
	core := typical()
	core.refuse = map[string]error{"state.Stop": errRefused}
	f := newTestFace(t, core)
	press(t, f, "Stop sharing")
	mustSay(t, f, errRefused.Error())
	test.Tap(f.notice.away)
	if says(f, errRefused.Error()) {
		t.Error("the failure stays after it was put away")
	}
}

func TestProblemHasItsRemedy(t *testing.T) {
	core := failing()
	core.st.Access.Approvals = nil
	f := newTestFace(t, core)
	mustSay(t, f, core.st.Problem.Sentence)
	press(t, f, "Open Connection")
	if f.current != "Connection" {
		t.Errorf("the remedy leads to %s", f.current)
	}
	test.Tap(f.notice.away)
	follow(f, core)
	if f.notice.all.Visible() {
		t.Error("a problem that was put away comes back")
	}
	core.st.Problem = nil
	follow(f, core)
	core.st.Problem = &state.Problem{Sentence: "Another thing."}
	follow(f, core)
	mustSay(t, f, "Another thing.")
}

// TestNothingEndsUnasked holds that what cannot simply be made again is only
// ended after a question, and not when the answer is no.
func TestNothingEndsUnasked(t *testing.T) {
	for name, c := range map[string]struct {
		ask  func(*face)
		yes  string
		want any
	}{
		"remove a folder": {func(f *face) { f.confirmRemove(f.st.Folders[0]) }, "Remove folder", state.RemoveFolder{Name: "Brand assets"}},
		"revoke a key":    {func(f *face) { f.confirmRevoke(f.st.Keys[0]) }, "Revoke key", state.RevokeKey{ID: "k2"}},
		"empty the trash": {func(f *face) { f.confirmEmptyTrash("") }, "Empty trash", state.EmptyTrash{}},
		"quit":            {(*face).askQuit, "Quit Folderfront", state.Quit{}},
	} {
		t.Run(name, func(t *testing.T) {
			core := typical()
			f := newTestFace(t, core)
			c.ask(f)
			press(t, f, "Leave it as it is")
			if len(core.did()) != 0 {
				t.Fatalf("after no: %v", core.did())
			}
			c.ask(f)
			press(t, f, c.yes)
			if got := core.did(); !reflect.DeepEqual(got, []any{c.want}) {
				t.Errorf("after yes: %v, want %v", got, c.want)
			}
		})
	}
}

// TestClosing never leaves the person with a program that cannot be seen.
func TestClosing(t *testing.T) {
	for name, c := range map[string]struct {
		tray, keep, sharing, asks, quits bool
	}{
		"tray, keep running":        {tray: true, keep: true, sharing: true},
		"tray, sharing":             {tray: true, sharing: true, asks: true},
		"no tray, sharing":          {keep: true, sharing: true, asks: true},
		"no tray, nothing shared":   {keep: true, quits: true},
		"nothing shared, end there": {tray: true, quits: true},
	} {
		core := typical()
		core.st.Tray, core.st.Settings.KeepRunning = c.tray, c.keep
		if !c.sharing {
			core.st.Phase = state.Off
		}
		f := newTestFace(t, core)
		f.close()
		if asks := says(f, "Stop sharing and quit?"); asks != c.asks {
			t.Errorf("%s: asks %v, want %v", name, asks, c.asks)
		}
		if quits := slices.Contains(core.did(), any(state.Quit{})); quits != c.quits {
			t.Errorf("%s: quits %v, want %v", name, quits, c.quits)
		}
	}
}

// TestRenameInTheRow keeps a name by Enter and drops it by Escape.
func TestRenameInTheRow(t *testing.T) {
	core := typical()
	f := newTestFace(t, core)
	f.open("Folders")
	p := f.pages["Folders"].(*folders)
	p.rename("Campaign 2026")
	entry, ok := find(f, func(e *nameEntry) bool { return true })
	if !ok {
		t.Fatal("no entry for the new name")
	}
	entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if len(core.did()) != 0 || p.renaming != "" {
		t.Error("Escape does not leave the name alone")
	}
	p.rename("Campaign 2026")
	entry, _ = find(f, func(e *nameEntry) bool { return true })
	entry.SetText("Campaign")
	entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	name := "Campaign"
	if got, want := core.did(), []any{state.ChangeFolder{Name: "Campaign 2026", NewName: &name}}; !reflect.DeepEqual(got, want) {
		t.Errorf("commands %v, want %v", got, want)
	}
}

func TestSettingsChangeOneThing(t *testing.T) {
	core := typical()
	f := newTestFace(t, core)
	f.open("Settings")
	if len(core.did()) != 0 {
		t.Fatalf("showing the settings changes them: %v", core.did())
	}
	box, ok := find(f, func(c *widget.Check) bool { return strings.HasPrefix(c.Text, "Start with this computer") })
	if !ok {
		t.Fatal("no check for starting with the computer")
	}
	test.Tap(box)
	yes := true
	if got, want := core.did(), []any{state.ChangeSettings{StartAtLogin: &yes}}; !reflect.DeepEqual(got, want) {
		t.Errorf("commands %v, want %v", got, want)
	}
}

// TestPeople names a person, who may read at first, and changes what they may do.
func TestPeople(t *testing.T) {
	core := typical()
	f := newTestFace(t, core)
	f.open("Access")
	p := f.pages["Access"].(*access).people
	p.name.SetText(" anna@example.com ")
	press(t, f, "Add person")
	p.toggle("jonas.weber@example.com")
	choice, ok := find(f, func(s *widget.Select) bool { return s.Selected == "read and write" })
	if !ok {
		t.Fatal("Jonas' right to Campaign 2026 is not to be seen")
	}
	choice.SetSelected("read")
	want := []any{
		state.AddPerson{Name: "anna@example.com", Folders: map[string]string{"*": "read"}},
		state.AddPerson{Name: "jonas.weber@example.com", Folders: map[string]string{"Campaign 2026": "read"}},
	}
	if got := core.did(); !reflect.DeepEqual(got, want) {
		t.Errorf("commands %v, want %v", got, want)
	}
}

// TestOAuthShowsFourValues gives what is to be pasted into Workfront.
func TestOAuthShowsFourValues(t *testing.T) {
	core := typical()
	f := newTestFace(t, core)
	f.open("Access")
	p := f.pages["Access"].(*access).oauth
	p.redirect.SetText("https://workfront.example/redirect")
	press(t, f, "Get the values")
	for _, value := range []string{"https://a.example/authorize", "https://a.example/token", "client", "hidden until now"} {
		mustSay(t, f, value)
	}
}

// TestABrowserWaits asks on every page, and lets in only whom it can.
func TestABrowserWaits(t *testing.T) {
	core := asking()
	f := newTestFace(t, core)
	f.open("Settings")
	mustSay(t, f, "It shows the number 47")
	press(t, f, "Let in")
	if got := core.did(); !reflect.DeepEqual(got, []any{state.Approve{ID: "a"}}) {
		t.Errorf("commands %v", got)
	}
	core.st.Access.Approvals[0].Known = false
	follow(f, core)
	if f.asking.allow.Visible() {
		t.Error("somebody unknown could be let in")
	}
}

// TestKeyboardReachesEverything walks the focus once around each page and wants
// each button, entry and choice on the way.
func TestKeyboardReachesEverything(t *testing.T) {
	core := typical()
	f := newTestFace(t, core)
	for _, p := range places() {
		f.open(p.name)
		wantReached(t, f, p.name)
	}
}

// wantReached walks the focus once around what is shown.
func wantReached(t *testing.T, f *face, where string) {
	t.Helper()
	f.win.Resize(fyne.NewSize(1280, 2400))
	f.win.Canvas().Unfocus()
	seen := map[fyne.Focusable]bool{}
	for range 200 {
		f.win.Canvas().(interface{ FocusNext() }).FocusNext()
		seen[f.win.Canvas().Focused()] = true
	}
	walk(f.win.Content(), func(o fyne.CanvasObject) bool {
		disableable, _ := o.(fyne.Disableable)
		focusable, ok := o.(fyne.Focusable)
		if ok && (disableable == nil || !disableable.Disabled()) && !seen[focusable] {
			t.Errorf("%s: the keyboard does not reach %T", where, o)
		}
		return false
	})
}

// TestContrast holds every pair of text and ground to 4.5 to 1 (WCAG 2.1, 1.4.3),
// and what draws the eye to a control to 3 to 1.
func TestContrast(t *testing.T) {
	pairs := []struct {
		text, ground fyne.ThemeColorName
		least        float64
	}{
		{colorText, theme.ColorNameBackground, 4.5},
		{colorText, colorSurface, 4.5},
		{colorText, colorRail, 4.5},
		{colorText, colorNotice, 4.5},
		{colorText, theme.ColorNameButton, 4.5},
		{colorText, colorField, 4.5},
		{colorMuted, theme.ColorNameBackground, 4.5},
		{colorMuted, colorSurface, 4.5},
		{colorMuted, colorRail, 4.5},
		{colorMuted, colorField, 4.5},
		{colorText, colorChosen, 4.5},
		{colorAccent, colorChosen, 3},
		{colorAccent, colorSurface, 4.5},
		{theme.ColorNameForegroundOnPrimary, colorAccent, 4.5},
		{theme.ColorNameHyperlink, colorSurface, 4.5},
		{theme.ColorNamePlaceHolder, theme.ColorNameInputBackground, 4.5},
		{theme.ColorNameWarning, colorSurface, 4.5},
		{theme.ColorNameForegroundOnError, colorDanger, 4.5},
		{colorDanger, colorSurface, 4.5},
		{colorAmber, colorNotice, 4.5},
		{colorMuted, colorChosen, 4.5},
		{colorAccent, theme.ColorNameBackground, 4.5},
		{theme.ColorNameWarning, theme.ColorNameBackground, 4.5},
		{theme.ColorNameInputBorder, theme.ColorNameInputBackground, 3},
		{theme.ColorNameInputBorder, colorSurface, 3},
		{theme.ColorNameDisabled, colorSurface, 4.5}, // hints, too, are written in it
		{theme.ColorNameDisabled, theme.ColorNameBackground, 4.5},
		{theme.ColorNameDisabled, theme.ColorNameDisabledButton, 4.5},
	}
	for _, choice := range []string{"light", "dark"} {
		l := look{choice}
		for _, p := range pairs {
			if got := contrast(l.Color(p.text, 0), l.Color(p.ground, 0)); got < p.least {
				t.Errorf("%s: %s on %s has a contrast of %.2f, want %.1f", choice, p.text, p.ground, got, p.least)
			}
		}
	}
}

func contrast(a, b color.Color) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(c color.Color) float64 {
	r, g, b, _ := c.RGBA()
	linear := func(v uint32) float64 {
		x := float64(v) / 0xFFFF
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}

// TestIconsExist looks for the drawing behind each name that is used.
func TestIconsExist(t *testing.T) {
	names := []string{"add", "remove", "open", "more", "copy", "check", "cross", "warning", "refresh", "play", "search", "lock", "pause", "upload", "download"}
	for _, own := range ownIcons {
		names = append(names, own)
	}
	for _, own := range activityIcons {
		names = append(names, own)
	}
	for _, p := range places() {
		names = append(names, p.icon)
	}
	for _, name := range names {
		if len(icon(name).Content()) == 0 {
			t.Errorf("no icon %q", name)
		}
	}
}
