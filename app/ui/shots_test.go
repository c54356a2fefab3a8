//go:build !headless || ci

package ui

import (
	"fmt"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"folderfront/app/state"
)

// shotsVariable names a folder into which TestEveryPageFits writes a picture of
// every page in every condition, to be looked at.
const shotsVariable = "FOLDERFRONT_SHOTS"

// conditions are the States that a designer would ask to see.
func conditions() map[string]*fakeCore {
	return map[string]*fakeCore{
		"empty":    {st: base(state.Off)},
		"typical":  typical(),
		"overfull": overfull(),
		"failing":  failing(),
		"asking":   asking(),
		"german":   in("de", failing()),
		"french":   in("fr", typical()),
		"spanish":  in("es", typical()),
		"japanese": in("ja", typical()),
	}
}

// in is a core whose person reads another language.
func in(language string, c *fakeCore) *fakeCore {
	c.st.Settings.Language = language
	return c
}

func base(phase state.Phase) state.State {
	return state.State{
		Version: "1.0.0", Time: moment, Phase: phase, Tray: true,
		Tunnel: state.Tunnel{Provider: "none", State: "off"},
		Settings: state.Settings{
			File: "/home/anna/.config/folderfront/settings.toml", KeepRunning: true, StartSharing: true,
			Notifications: true, Theme: "light", Language: "en", KeepDays: 30, KeepVersions: 20, KeepPercent: 10,
		},
	}
}

func typical() *fakeCore {
	st := base(state.Live)
	st.BaseAPIURL = "https://quiet-otter-4821.ngrok-free.app/api/v1"
	st.LocalURL = "http://127.0.0.1:8437/api/v1"
	st.Tunnel = state.Tunnel{
		Provider: "ngrok", State: "live", HasToken: true, Latency: 23 * time.Millisecond, Region: "eu", Plan: "Free",
		Since: moment.Add(-3 * time.Hour), Requests: 4210, RequestLimit: 20000, BytesOut: 312_000_000, BytesLimit: 1_000_000_000,
	}
	st.Folders = []state.Folder{
		{Name: "Brand assets", ID: "f1", Path: "/home/anna/Brand", Status: "ready", Files: 1243, Bytes: 8_412_000_000, ReadOnly: true},
		{Name: "Campaign 2026", ID: "f2", Path: "/home/anna/Documents/Campaign 2026", Status: "ready", Files: 318, Bytes: 1_902_000_000},
		{Name: "Scans", ID: "f3", Path: "/mnt/scans", Status: "scanning", Files: 12003, Bytes: 44_100_000_000},
		{Name: "Old agency", ID: "plain4", Path: "/media/anna/usb/agency", Status: "ready", Files: 87, Bytes: 220_000_000, Paused: true},
	}
	st.Keys = []state.Key{
		{ID: "k2", Name: "Workfront", Created: moment.AddDate(0, 0, -12), LastUsed: moment.Add(-4 * time.Minute)},
		{ID: "k1", Name: "Workfront preview", Created: moment.AddDate(0, -2, 0), Expires: moment.Add(50 * time.Hour)},
	}
	st.Folders[0].Links = true
	st.Access = state.Access{
		People: []state.Person{
			{Name: "mara.vogel@example.com", Folders: map[string]string{"*": "read", "Campaign 2026": "write"}, HasPassword: true},
			{Name: "jonas.weber@example.com", Folders: map[string]string{"Campaign 2026": "write"}},
		},
		Clients:  []state.Client{{ID: "ffc_1", RedirectURI: "https://oauth.my.workfront.example/integrations/redirect", Created: moment.AddDate(0, 0, -9)}},
		Grants:   []state.Grant{{ID: "g1", ClientID: "ffc_1", Person: "mara.vogel@example.com", Created: moment, LastUsed: moment.Add(-time.Hour)}},
		Sessions: []state.Session{{ID: "s1", Person: "jonas.weber@example.com", Browser: "Firefox on Windows", Address: "203.0.113.7", LastUsed: moment.Add(-9 * time.Minute)}},
	}
	st.Recent = []state.Activity{
		{Time: moment.Add(-40 * time.Second), Person: "Mara Vogel", Verb: "downloaded", ID: "d1", Title: "Spring poster A1.pdf", Folder: "Campaign 2026", Status: 200, Bytes: 18_400_000},
		{Time: moment.Add(-6 * time.Minute), Person: "Jonas Weber", Verb: "uploaded", ID: "slow2", Title: "Briefing v3.docx", Folder: "Campaign 2026", Status: 200, Bytes: 812_000},
		{Time: moment.Add(-2 * time.Hour), Person: "Mara Vogel", Verb: "viewed", ID: "d3", Title: "Logo dark.svg", Folder: "Brand assets", Status: 200},
		{Time: moment.Add(-26 * time.Hour), Person: "", Verb: "linked", ID: "d4", Title: "Brand guide.pdf", Folder: "Brand assets", Status: 200},
	}
	st.Transfers = []state.Transfer{
		{Title: "Showreel 4K.mov", Person: "Jonas Weber", Done: 412_000_000, Total: 1_310_000_000, Started: moment.Add(-44 * time.Second)},
	}
	st.Index = state.Index{Scanning: true, Files: 12003, Done: 7421, Left: 95 * time.Second}
	return &fakeCore{st: st, log: st.Recent, actions: someActions(), items: []state.HistoryItem{
		{Item: "a", Kind: "version", Title: "Briefing v3.docx", Folder: "Campaign 2026", Size: 790_000, Time: moment.Add(-6 * time.Minute).Unix(), By: "Jonas Weber", Expires: moment.AddDate(0, 0, 30).Unix()},
		{Item: "b", Kind: "trash", Title: "Old poster.pdf", Folder: "Campaign 2026", Size: 12_000_000, Time: moment.AddDate(0, 0, -2).Unix(), By: "Mara Vogel", Expires: moment.AddDate(0, 0, 28).Unix()},
	}, steps: []state.TestStep{
		{Name: "Sharing is on", OK: true},
		{Name: "The tunnel is connected", OK: true, Detail: "eu"},
		{Name: "The address is found", OK: true, Detail: "198.51.100.7"},
		{Name: "Something answers there", OK: true},
		{Name: "The connection is secure", OK: true},
		{Name: "It is this program", OK: true},
	}}
}

func overfull() *fakeCore {
	c := typical()
	long := strings.Repeat("Übergabe_", 28)
	c.st.Folders = nil
	for i := range 200 {
		name := fmt.Sprintf("%03d %s", i, long)
		c.st.Folders = append(c.st.Folders, state.Folder{Name: name[:255], ID: fmt.Sprint("plain", i), Path: "/srv/" + long, Status: "ready", Files: 9_999_999, Bytes: 999_900_000_000_000})
	}
	c.log = nil
	for i := range 100_000 {
		c.log = append(c.log, state.Activity{
			Time: moment.Add(-time.Duration(i) * 7 * time.Second), Person: "Maximiliana Hohenstaufen-Lichtenberg", Verb: "downloaded", ID: fmt.Sprint("d", i%7),
			Title: fmt.Sprintf("%d %s.pdf", i, long), Folder: c.st.Folders[i%200].Name, Status: 200, Bytes: int64(i) * 1_000_003,
		})
	}
	c.st.Recent = c.log[:50]
	c.st.Transfers = nil
	for i := range 40 {
		c.st.Transfers = append(c.st.Transfers, state.Transfer{Title: long, Upload: i%2 == 0, Person: long, Done: int64(i) * 1e7, Total: 9e9, Started: moment.Add(-time.Minute)})
	}
	c.items = nil
	for i := range 5000 {
		c.items = append(c.items, state.HistoryItem{Item: fmt.Sprint(i), Kind: "trash", Title: long, Folder: long, Size: 1e12, Time: moment.Unix(), By: long, Expires: moment.Unix()})
	}
	c.st.Keys = nil
	for i := range 40 {
		c.st.Keys = append(c.st.Keys, state.Key{ID: fmt.Sprint(i), Name: long, Created: moment})
	}
	for i := range 20 {
		c.st.Access.People = append(c.st.Access.People, state.Person{Name: fmt.Sprint(i, long), Folders: map[string]string{long: "read", "*": "write"}})
	}
	c.st.Access.Approvals = []state.Approval{{ID: "a", Number: 47, Person: long, Browser: long, Address: long, Known: true}}
	c.st.BaseAPIURL = "https://" + strings.Repeat("a", 240) + ".example.com/api/v1"
	c.actions = manyActions(long)
	return c
}

func failing() *fakeCore {
	c := typical()
	c.st.Phase = state.Trouble
	c.st.Settings.Error = "The settings file can't be used: line 12: listen must end in a port from 0 to 65535. The last good settings stay in force."
	c.st.Tunnel.State = "failed"
	c.st.Tunnel.Error = "ngrok no longer knows the token, so Workfront cannot reach your folders."
	c.st.Tunnel.Advice = "Paste the token that ngrok shows for your account."
	c.st.Tunnel.OldOrigin = "https://brave-lynx-1.ngrok-free.app"
	c.st.Problem = &state.Problem{Area: "tunnel", Sentence: c.st.Tunnel.Error, Advice: c.st.Tunnel.Advice, Remedy: "token"}
	c.st.Folders[1].Status, c.st.Folders[1].Reason = "offline", "The folder can't be opened. If it is on a drive, connect the drive; if it was moved or deleted, put it back or share it anew. The links to its files work again once it is back."
	c.st.Folders[2].Reason = "The disk with Folderfront's own records is full. Changes in this folder are not noticed until there is room on it; its files are not affected."
	c.st.Recent[0].Status = 502
	c.st.Tray = false
	c.st.Actions = state.Actions{Refresh: true}
	c.actions.list.Rules[0].Stopped = true
	c.actions.list.Connections[0].Paused = true
	c.actions.problems = []state.FieldProblem{{Field: "url", Sentence: "This address is this computer’s own way in, so nothing is sent there. Use the receiver to try messages."}}
	c.actions.test = c.actions.runs[2]
	c.steps = []state.TestStep{{Name: "Sharing is on", OK: true}, {Name: "The tunnel is connected", Detail: c.st.Tunnel.Error + " " + c.st.Tunnel.Advice}}
	return c
}

// asking is a core at whose door a browser waits.
func asking() *fakeCore {
	c := failing()
	c.st.Access.Approvals = []state.Approval{{ID: "a", Number: 47, Person: "mara.vogel@example.com", Browser: "Firefox on Windows", Address: "203.0.113.7", Known: true}}
	return c
}

// sizes of the window that must do.
var windows = map[string]fyne.Size{"small": fyne.NewSize(640, 480), "usual": fyne.NewSize(960, 640), "large": fyne.NewSize(1440, 900), "whole": fyne.NewSize(820, 2400)}

// TestEveryPageFits renders every page in every condition, theme and size. No
// page may ask for more room than the smallest window has: what does not fit
// must shorten, wrap or scroll.
func TestEveryPageFits(t *testing.T) {
	for condition, core := range conditions() {
		f := newTestFace(t, core)
		if f.first != nil {
			shoot(t, f, "first-"+condition)
			f.enter()
		}
		for _, p := range places() {
			f.open(p.name)
			if p.name == "Connection" {
				f.pages[p.name].(*connection).test.start()
			}
			shoot(t, f, strings.ToLower(p.name)+"-"+condition)
		}
	}
}

// shoot holds the content against the small window and, when asked to, takes its
// picture in each size and theme.
func shoot(t *testing.T, f *face, name string) {
	t.Helper()
	need := f.win.Content().MinSize()
	if small := windows["small"]; need.Width > small.Width || need.Height > small.Height {
		t.Errorf("%s needs %v, the small window has %v", name, need, small)
	}
	dir := os.Getenv(shotsVariable)
	if dir == "" {
		return
	}
	for _, theme := range []string{"light", "dark"} {
		f.app.Settings().SetTheme(pictured{look{theme}, fontFor(f.language)})
		for size, pixels := range windows {
			f.win.Resize(pixels)
			f.win.Content().Refresh() // words wrap
			f.win.Content().Refresh() // and what stands below them makes room
			write(t, f, filepath.Join(dir, fmt.Sprintf("%s-%s-%s.png", name, theme, size)))
		}
	}
}

// pictured is the look with a font that has the letters of a language: under test
// Fyne asks the system for none.
type pictured struct {
	look
	font fyne.Resource // nil: the look's own
}

// Font is the language's, where one is needed.
func (p pictured) Font(style fyne.TextStyle) fyne.Resource {
	if p.font == nil || style.Monospace {
		return p.look.Font(style)
	}
	return p.font
}

// fontFor is a font of this computer for a language that Fyne's has no letters of.
func fontFor(language string) fyne.Resource {
	if language != "ja" {
		return nil
	}
	path, err := exec.Command("fc-match", "--format=%{file}", ":lang=ja").Output()
	if err != nil {
		return nil
	}
	font, err := fyne.LoadResourceFromPath(string(path))
	if err != nil {
		return nil
	}
	return font
}

func write(t *testing.T, f *face, path string) {
	t.Helper()
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if err := png.Encode(out, f.win.Canvas().Capture()); err != nil {
		t.Fatal(err)
	}
}
