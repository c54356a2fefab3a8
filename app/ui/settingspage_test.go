//go:build !headless || ci

package ui

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"folderfront/app/state"
)

// settingsOf opens the settings with everything unfolded.
func settingsOf(t *testing.T, core *fakeCore) (*face, *settings) {
	t.Helper()
	f := newTestFace(t, core)
	f.open("Settings")
	press(t, f, "More about Workfront")
	return f, f.pages["Settings"].(*settings)
}

// figureOf is the number of the settings page that get reads.
func figureOf(t *testing.T, p *settings, get func(state.Settings) int64) *figureEntry {
	t.Helper()
	probe := state.Settings{KeepDays: 1, KeepVersions: 2, KeepPercent: 3, UploadLimit: 4, MinimumFree: 5, SearchLimit: 6, PerFolder: 7}
	i := slices.IndexFunc(p.figures, func(e *figureEntry) bool { return e.get(probe) == get(probe) })
	if i < 0 {
		t.Fatal("no such number on the page")
	}
	return p.figures[i]
}

// TestNumbersAreKept types each number, keeps it by Enter or by leaving it, takes
// it back, and sends nothing twice.
func TestNumbersAreKept(t *testing.T) {
	for name, get := range map[string]func(state.Settings) int64{
		"KeepDays":     func(s state.Settings) int64 { return int64(s.KeepDays) },
		"KeepVersions": func(s state.Settings) int64 { return int64(s.KeepVersions) },
		"KeepPercent":  func(s state.Settings) int64 { return int64(s.KeepPercent) },
		"UploadLimit":  func(s state.Settings) int64 { return s.UploadLimit },
		"MinimumFree":  func(s state.Settings) int64 { return s.MinimumFree },
		"SearchLimit":  func(s state.Settings) int64 { return int64(s.SearchLimit) },
		"PerFolder":    func(s state.Settings) int64 { return int64(s.PerFolder) },
	} {
		t.Run(name, func(t *testing.T) {
			core := typical()
			f, p := settingsOf(t, core)
			e := figureOf(t, p, get)
			before := e.Text
			var sent []int64
			for _, leave := range []func(){func() { e.OnSubmitted(e.Text) }, e.FocusLost} {
				for _, typed := range []string{"77", before} {
					e.SetText(typed)
					leave()
					e.FocusLost()
					follow(f, core)
				}
			}
			for _, command := range core.did() {
				field := reflect.ValueOf(command).FieldByName(name)
				if field.IsNil() {
					t.Fatalf("changed by %+v", command)
				}
				sent = append(sent, field.Elem().Int())
			}
			was := get(base(state.Live).Settings)
			if want := []int64{77, was, 77, was}; !slices.Equal(sent, want) || e.Text != before {
				t.Errorf("sent %v, want %v; shown is %q", sent, want, e.Text)
			}
		})
	}
}

// TestNumbersThatCannotBe says so below the number, keeps what was typed, and
// sends no word.
func TestNumbersThatCannotBe(t *testing.T) {
	core := typical()
	core.refuse = map[string]error{"state.ChangeSettings": errors.New("Nothing was changed: the largest upload must be a number from 0 to 10.")}
	f, p := settingsOf(t, core)
	e := figureOf(t, p, func(s state.Settings) int64 { return s.UploadLimit })
	for _, typed := range []string{"", "-1", "1.5", "a lot", "99999999999999999999"} {
		e.SetText(typed)
		e.FocusLost()
		mustSay(t, f, "Give a whole number. Until then 0 stays in force.")
	}
	if len(core.did()) != 0 {
		t.Errorf("sent %v", core.did())
	}
	e.SetText("11")
	e.OnSubmitted("11")
	mustSay(t, f, "the largest upload must be a number from 0 to 10")
	scroll, ok := find(f, func(*container.Scroll) bool { return true })
	if !ok {
		t.Fatal("the page does not scroll")
	}
	scroll.ScrollToOffset(fyne.NewPos(0, 520))
	shoot(t, f, "settings-refused")
	e.FocusLost()
	if e.Text != "11" || len(core.did()) != 1 {
		t.Errorf("%q is shown after %v", e.Text, core.did())
	}
	e.SetText("0")
	e.FocusLost()
	if says(f, "must be a number") || len(core.did()) != 1 {
		t.Error("the complaint stays, or the value in force is sent")
	}
}

// TestSwitches switches each on and off again.
func TestSwitches(t *testing.T) {
	yes, no := true, false
	for name, want := range map[string][]any{
		"Send the sizes of files as numbers":      {state.ChangeSettings{SizeAsNumber: &yes}, state.ChangeSettings{SizeAsNumber: &no}},
		"Send expires_id with OAuth2 tokens, too": {state.ChangeSettings{ExpiresID: &yes}, state.ChangeSettings{ExpiresID: &no}},
		"LibreOffice draws office documents":      {state.ChangeSettings{LibreOffice: &yes}, state.ChangeSettings{LibreOffice: &no}},
		"Custom actions may run programs":         {state.ChangeSettings{Commands: &yes}, state.ChangeSettings{Commands: &no}},
	} {
		core := typical()
		f, _ := settingsOf(t, core)
		box, ok := find(f, func(c *widget.Check) bool { return c.Text == name })
		if !ok {
			t.Fatalf("no check %q", name)
		}
		test.Tap(box)
		follow(f, core)
		test.Tap(box)
		if got := core.did(); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: commands %v, want %v", name, got, want)
		}
	}
}

// TestWhoMayCall keeps a list however it is written, says what is wrong with one,
// and takes it away again.
func TestWhoMayCall(t *testing.T) {
	core := typical()
	f := newTestFace(t, core)
	f.open("Connection")
	form := f.pages["Connection"].(*connection).allow
	core.refuse["state.ChangeSettings"] = errors.New("Nothing was changed: the list of addresses must hold IP addresses.")
	form.entry.SetText("my house")
	form.submit()
	mustSay(t, f, "the list of addresses must hold IP addresses")
	if scroll, ok := find(f, func(*container.Scroll) bool { return true }); ok {
		scroll.ScrollToBottom()
	}
	shoot(t, f, "connection-allow")
	if form.entry.Text != "my house" {
		t.Error("what was typed is lost")
	}
	delete(core.refuse, "state.ChangeSettings")
	form.entry.SetText(" 192.0.2.7;198.51.100.0/24\n, 2001:db8::/32 ")
	form.submit()
	follow(f, core)
	if says(f, "must hold IP addresses") || form.entry.Text != "192.0.2.7, 198.51.100.0/24, 2001:db8::/32" {
		t.Errorf("shown is %q", form.entry.Text)
	}
	form.entry.SetText(" ")
	form.submit()
	follow(f, core)
	var sent [][]string
	for _, command := range core.did() {
		sent = append(sent, *command.(state.ChangeSettings).Allow)
	}
	if want := [][]string{{"my", "house"}, {"192.0.2.7", "198.51.100.0/24", "2001:db8::/32"}, {}}; !reflect.DeepEqual(sent, want) {
		t.Errorf("sent %v, want %v", sent, want)
	}
	if len(core.st.Settings.Allow) != 0 || form.entry.Text != "" {
		t.Error("the list is still in force")
	}
}

// TestMoreUnfolds shows on the settings page what was folded away, below what was
// there, so that it can be scrolled to.
func TestMoreUnfolds(t *testing.T) {
	f := newTestFace(t, typical())
	f.win.Resize(fyne.NewSize(640, 480))
	f.open("Settings")
	scroll, ok := find(f, func(*container.Scroll) bool { return true })
	if !ok {
		t.Fatal("the page does not scroll")
	}
	before := scroll.Content.Size().Height
	press(t, f, "More about Workfront")
	mustSay(t, f, "try this when Workfront shows no sizes")
	if after := scroll.Content.Size().Height; after <= before {
		t.Errorf("the page is %v high, and was %v", after, before)
	}
	scroll.ScrollToOffset(fyne.NewPos(0, 640))
	shoot(t, f, "settings-more")
}
