//go:build !headless || ci

package ui

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"
	"github.com/ncruces/zenity"

	"folderfront/app/state"
)

// try does in the simplest way what the real picker would.
func (c *fakeCore) try(cmd state.Try) state.TryView {
	v := &c.trial
	switch cmd.Step {
	case state.TryChoose:
		v.Chosen = nil
		for _, i := range v.Items {
			if i.ID == cmd.ID {
				v.Chosen = &i
			}
		}
	case state.TryBrowse:
		v.Path, v.Query = []state.TryItem{{ID: "/", Folder: true}, {ID: cmd.ID, Title: "Campaign 2026", Folder: true}}, ""
	case state.TrySearch:
		v.Query, v.Items, v.Total = cmd.Text, nil, 0
	case state.TryLink:
		v.Linked = []state.TryLinked{{TryItem: *v.Chosen, DocumentID: "511ea6e000023edb38d2effb2f4e6e3b"}}
	case state.TryAs:
		v.Person = cmd.Text
	}
	return *v
}

// presented is a view in the middle of a demonstration.
func presented() state.TryView {
	const base = "https://quiet-otter-4821.ngrok-free.app"
	root := state.TryItem{ID: "/", Folder: true}
	folder := state.TryItem{ID: "f1", Title: "Campaign 2026", Folder: true}
	item := func(id, title string, size int64) state.TryItem {
		return state.TryItem{ID: id, Title: title, Size: size, Modified: moment.Add(-time.Hour), ViewLink: base + "/view/" + id}
	}
	poster := item("dhm3vq5uodtfqxj7nbtkxaymn4", "Spring poster A1.pdf", 18_400_000)
	return state.TryView{
		Address: base + "/api/v1", Way: "public", Person: "mara.vogel@example.com", People: []string{"mara.vogel@example.com", "jonas.weber@example.com"},
		Publisher: "Folderfront", Version: "1.2", Actions: []state.TryAction{{Name: "print", DisplayName: "Send to the printer"}, {Name: "done", DisplayName: "Mark as done"}},
		Path: []state.TryItem{root, folder}, Chosen: &poster, Total: 5,
		Items:  []state.TryItem{{ID: "f2", Title: "Drafts", Folder: true, Modified: moment}, item("d2", "Briefing v3.docx", 812_000), item("d3", "Logo dark.svg", 4_100), item("d4", "Price list.xlsx", 96_000), poster},
		Linked: []state.TryLinked{{TryItem: poster, DocumentID: "511ea6e000023edb38d2effb2f4e6e3b"}},
		Steps: []state.TryStep{
			{Number: 4, Step: state.TryLink, About: poster.Title, Took: 61 * time.Millisecond, Exchanges: []state.TryExchange{{
				Method: "GET", Target: base + "/api/v1/metadata?id=" + poster.ID, Status: "200 OK", Took: 61 * time.Millisecond,
				RequestHeader: []state.TryField{{Name: "Apikey", Value: "••••••••"}, {Name: "Username", Value: "mara.vogel@example.com"}},
				ResponseBody:  "{\n  \"title\": \"Spring poster A1.pdf\",\n  \"kind\": \"file\"\n}",
			}}},
			{Number: 3, Step: state.TryPictures, Count: 4, Took: 84 * time.Millisecond},
			{Number: 2, Step: state.TryBrowse, About: "Campaign 2026", Count: 5, Took: 58 * time.Millisecond},
			{Number: 1, Step: state.TryConnect, Took: 122 * time.Millisecond},
		},
	}
}

// openTrial opens the window that plays Workfront over a view.
func openTrial(t *testing.T, v state.TryView) (*face, *fakeCore) {
	t.Helper()
	core := typical()
	core.trial = v
	f := newTestFace(t, core)
	press(t, f, "Try it")
	if f.tryout == nil {
		t.Fatal("no window opened")
	}
	inTrial(f)
	core.mu.Lock()
	core.commands = nil
	core.mu.Unlock()
	return f, core
}

// inTrial lets find, press and mustSay look at the window that plays Workfront.
func inTrial(f *face) { f.win = f.tryout.win }

// TestTryInTheWindow goes through a demonstration, and wants each act of the
// person's to be the step that it should be.
func TestTryInTheWindow(t *testing.T) {
	f, core := openTrial(t, presented())
	for _, words := range []string{"Through the internet, as Workfront", "Spring poster A1.pdf", "What Workfront keeps", "511ea6e000023edb38d2effb2f4e6e3b", "61 ms", "Opened a folder", "4 thumbnails", "84 ms each"} {
		mustSay(t, f, words)
	}
	tr := f.tryout
	tr.picker.list.Select(0)
	tr.picker.list.Select(4)
	press(t, f, "Link it")
	press(t, f, "Open the link")
	press(t, f, "Send to the printer")
	tr.picker.query.SetText("spring")
	press(t, f, "Search")
	mustSay(t, f, "Nothing was found.")
	press(t, f, "Shared folders")
	tr.person.SetText("jonas.weber@example.com")
	press(t, f, "Play this user")
	press(t, f, "Begin anew")
	id := presented().Chosen.ID
	want := []any{
		state.Try{Step: state.TryBrowse, ID: "f2"},
		state.Try{Step: state.TryChoose, ID: id},
		state.Try{Step: state.TryLink, ID: id},
		state.Try{Step: state.TryOpen, ID: id},
		state.Try{Step: state.TryAct, ID: id, Text: "print"},
		state.Try{Step: state.TrySearch, Text: "spring"},
		state.Try{Step: state.TryBrowse, ID: "/"},
		state.Try{Step: state.TryAs, Text: "jonas.weber@example.com"},
		state.Try{Step: state.TryConnect},
		state.Try{Step: state.TryConnect},
	}
	var got []any
	for _, c := range core.did() {
		if step, is := c.(state.Try); !is || step.Step != state.TryShow {
			got = append(got, c)
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("commands\n%v, want\n%v", got, want)
	}
}

// TestTryShowsRequestAndAnswer opens a step and closes it again.
func TestTryShowsRequestAndAnswer(t *testing.T) {
	f, _ := openTrial(t, presented())
	if says(f, "GET https://") {
		t.Fatal("a request is shown without need")
	}
	f.tryout.steps.toggle(4)
	for _, words := range []string{"GET https://quiet-otter-4821.ngrok-free.app/api/v1/metadata", "Apikey: ••••••••", "200 OK", `"kind": "file"`} {
		mustSay(t, f, words)
	}
	f.tryout.steps.toggle(4)
	if says(f, "GET https://") {
		t.Error("the request stays")
	}
}

// TestTryTakesFiles sends what was dropped or chosen, and says what can't be.
func TestTryTakesFiles(t *testing.T) {
	defer func(p func(*face) (string, error)) { nativeFilePicker = p }(nativeFilePicker)
	f, core := openTrial(t, presented())
	file := filepath.Join(t.TempDir(), "a.txt")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f.tryout.dropped(fyne.Position{}, []fyne.URI{storage.NewFileURI(file)})
	nativeFilePicker = func(*face) (string, error) { return "", zenity.ErrCanceled }
	press(t, f, "Send a document here")
	nativeFilePicker = func(*face) (string, error) { return "/srv/b.txt", nil }
	press(t, f, "Send a document here")
	want := []any{state.Try{Step: state.TryUpload, ID: "f1", Path: file}, state.Try{Step: state.TryUpload, ID: "f1", Path: "/srv/b.txt"}}
	if got := core.did(); !reflect.DeepEqual(got, want) {
		t.Errorf("commands %v, want %v", got, want)
	}
	f.tryout.dropped(fyne.Position{}, []fyne.URI{storage.NewFileURI(t.TempDir())})
	mustSay(t, f, "That is not a file")
	nativeFilePicker = func(*face) (string, error) { return "", zenity.ErrUnsupported }
	press(t, f, "Send a document here")
	if len(f.win.Canvas().Overlays().List()) == 0 {
		t.Error("where the system has no dialog, there is none of the toolkit's")
	}
}

// TestTryTellsOfTrouble shows each failing state in words.
func TestTryTellsOfTrouble(t *testing.T) {
	v := presented()
	v.Way, v.Trouble = "down", "The API key is not known here."
	v.Steps[0].Trouble = v.Trouble
	f, core := openTrial(t, v)
	mustSay(t, f, "The way in from the internet is down.")
	mustSay(t, f, "The API key is not known here.")
	core.refuse["state.Try"] = errors.New("Folderfront is not running.")
	press(t, f, "Begin anew")
	mustSay(t, f, "Folderfront is not running.")
	mustSay(t, f, "Spring poster A1.pdf")
	core.refuse["state.OpenTry"] = errors.New("The page could not be opened.")
	press(t, f, "Show it in the browser")
	mustSay(t, f, "The page could not be opened.")
}

// TestTryOpensOnce brings the open window up, and opens another once it was
// closed.
func TestTryOpensOnce(t *testing.T) {
	core := typical()
	f := newTestFace(t, core)
	f.try()
	first := f.tryout
	f.try()
	if f.tryout != first {
		t.Error("a second window opened")
	}
	first.win.Close()
	if f.tryout != nil {
		t.Error("the closed window is remembered")
	}
	f.try()
	if f.tryout == nil || f.tryout == first {
		t.Error("it can't be opened again")
	}
}

// TestTryFits shows the window in every condition, theme and size.
func TestTryFits(t *testing.T) {
	overfull := presented()
	long := strings.Repeat("Übergabe_", 28)[:255]
	overfull.Items = nil
	for range state.MaxTryItems {
		overfull.Items = append(overfull.Items, state.TryItem{ID: long, Title: long, Size: 999_900_000_000_000, Modified: moment})
	}
	overfull.Total = 100_000
	overfull.Chosen, overfull.Person = &overfull.Items[0], long
	overfull.Path = append(overfull.Path, state.TryItem{ID: "a", Title: long, Folder: true}, state.TryItem{ID: "b", Title: long, Folder: true})
	overfull.Linked[0].Title, overfull.Linked[0].ViewLink = long, "https://"+long
	overfull.Actions = append(overfull.Actions, state.TryAction{Name: "x", DisplayName: long})
	overfull.Steps[1].About = long
	failing := presented()
	failing.Way, failing.Trouble, failing.Chosen = "down", "Nothing answers at the address, so Workfront doesn't reach your files. Look at Connection.", nil
	failing.Steps[0].Trouble = failing.Trouble
	bare := state.TryView{Way: "local", Address: "http://127.0.0.1:8437/api/v1", Path: []state.TryItem{{ID: "/", Folder: true}}}
	for name, v := range map[string]state.TryView{"typical": presented(), "overfull": overfull, "failing": failing, "empty": bare} {
		f, _ := openTrial(t, v)
		if name == "typical" {
			shoot(t, f, "try-"+name)
			f.tryout.steps.toggle(4)
			shoot(t, f, "try-exchange")
			continue
		}
		shoot(t, f, "try-"+name)
	}
}
