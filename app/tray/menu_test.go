//go:build !headless || ci

package tray

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"folderfront/app/state"
	"folderfront/app/words"
)

var english = words.For("en")

// text writes a menu as lines, those below others indented; "-" is a separator
// and "(…)" cannot be chosen.
func text(entries []entry, indent string) string {
	var b strings.Builder
	for _, e := range entries {
		label := e.Label
		switch {
		case e.Separator:
			label = "-"
		case e.Act == (action{}) && e.Below == nil:
			label = "(" + label + ")"
		}
		b.WriteString(indent + label + "\n" + text(e.Below, indent+"  "))
	}
	return b.String()
}

// recentFiles are activities on two files and a folder.
var recentFiles = []state.Activity{
	{ID: "1", Person: "Anna", Verb: "downloaded", Title: "plan.pdf", Folder: "Plans"},
	{ID: "2", Person: "Anna", Verb: "uploaded", Title: "poster.pdf", Folder: "Posters"},
	{ID: "1", Person: "Anna", Verb: "viewed", Title: "plan.pdf", Folder: "Plans"},
	{ID: "3", Person: "Anna", Verb: "listed", Title: "Posters", Folder: "Posters"},
}

// TestTrayRunsActions sends what was chosen in the menu.
func TestTrayRunsActions(t *testing.T) {
	st := state.State{Recent: recentFiles, Actions: state.Actions{
		Waiting: []state.ActionRun{{ID: "r", Action: "Deploy"}}, Tray: []state.TrayAction{{Name: "archive", DisplayName: "Archive"}},
	}}
	for _, c := range []struct {
		got  entry
		want any
	}{
		{questions(st, english)[0].Below[0], state.DecideRun{Run: "r", Yes: true}},
		{questions(st, english)[0].Below[1], state.DecideRun{Run: "r"}},
		{offered(st, english)[0].Below[0].Below[1], state.RunAction{Name: "archive", Files: []string{"2"}}},
	} {
		if !reflect.DeepEqual(c.got.Act.Command, c.want) {
			t.Errorf("%q sends %+v, want %+v", c.got.Label, c.got.Act.Command, c.want)
		}
	}
}

func TestMenu(t *testing.T) {
	live := state.State{
		Phase: state.Live, BaseAPIURL: "https://a.example/api/v1", LocalURL: "http://127.0.0.1:1",
		Folders: []state.Folder{{Name: "Plans", Path: "/p"}, {Name: "Old", Path: "/o", Status: "offline"}},
		Recent:  []state.Activity{{Person: "Anna", Verb: "downloaded", Title: "plan.pdf"}},
	}
	busy := live
	busy.Transfers = []state.Transfer{{}, {}}
	for name, c := range map[string]struct {
		st   state.State
		want string
	}{
		"first start": {state.State{Phase: state.Off}, `
(Off)
-
Start sharing
(Copy Base API URL)
-
Shared folders
  Share a folder…
Recent activity
  (Nothing has been asked for yet)
-
Open window
Quit
`},
		"live": {live, `
(Live: 2 shared folders)
-
Pause sharing
Stop sharing
Copy Base API URL
-
Shared folders
  Plans
  Old · not reachable
Recent activity
  Anna downloaded plan.pdf
-
Try it as Workfront would
-
Open window
Quit
`},
		"quit asks while transfers run": {busy, `
(Live: 2 shared folders)
-
Pause sharing
Stop sharing
Copy Base API URL
-
Shared folders
  Plans
  Old · not reachable
Recent activity
  Anna downloaded plan.pdf
-
Try it as Workfront would
-
Open window
Quit…
  (2 transfers are running)
  Quit all the same
`},
		"a browser waits": {state.State{Phase: state.Paused, Access: state.Access{Approvals: []state.Approval{
			{ID: "a", Number: 47, Person: "Anna", Known: true}, {ID: "b", Number: 11, Person: "Who"},
		}}}, `
(Paused)
-
Let this browser in? 47 · Anna
  Let in
  Send away
Let this browser in? 11 · Who
  Send away
-
Resume sharing
(Copy Base API URL)
-
Shared folders
  Share a folder…
Recent activity
  (Nothing has been asked for yet)
-
Open window
Quit
`},
		"actions": {state.State{Phase: state.Paused, Recent: recentFiles, Actions: state.Actions{
			Waiting: []state.ActionRun{{ID: "r", Action: "deploy", DisplayName: "Deploy", Title: "site.zip", Person: "Anna"}},
			Unknown: []state.UnknownDocument{{DocumentID: "63a1", Action: "Archive", Person: "Anna"}},
			Tray:    []state.TrayAction{{Name: "archive", DisplayName: "Archive"}, {Name: "print", DisplayName: "Print", Folders: []string{"Posters"}}},
		}}, `
(Paused)
-
Deploy · site.zip · Anna
  Run it
  No
Which file is this? · Archive · Anna
-
Resume sharing
(Copy Base API URL)
-
Shared folders
  Share a folder…
Recent activity
  Anna downloaded plan.pdf
  Anna uploaded poster.pdf
  Anna viewed plan.pdf
  Anna listed Posters
Run an action
  Archive
    plan.pdf
    poster.pdf
    Another file…
  Print
    poster.pdf
    Another file…
-
Open window
Quit
`},
		"paused": {state.State{Phase: state.Paused}, `
(Paused)
-
Resume sharing
(Copy Base API URL)
-
Shared folders
  Share a folder…
Recent activity
  (Nothing has been asked for yet)
-
Open window
Quit
`},
	} {
		if got := "\n" + text(menu(c.st, english), ""); got != c.want {
			t.Errorf("%s: menu is%swant%s", name, got, c.want)
		}
	}
}

func TestMenuStaysSmall(t *testing.T) {
	st := state.State{Phase: state.Live}
	for i := range 200 {
		id := strconv.Itoa(i)
		st.Actions.Waiting = append(st.Actions.Waiting, state.ActionRun{Action: strings.Repeat("x", 255)})
		st.Actions.Unknown = append(st.Actions.Unknown, state.UnknownDocument{Action: "a\n" + strings.Repeat("x", 255)})
		st.Recent = append(st.Recent, state.Activity{ID: id, Verb: "viewed", Title: strings.Repeat("x", 255)})
		st.Folders = append(st.Folders, state.Folder{Name: strings.Repeat("長", 85), Path: "/p"})
		st.Recent = append(st.Recent, state.Activity{Verb: "viewed", Title: "a\nb\u202e" + strings.Repeat("x", 255)})
	}
	st.Actions.Tray = []state.TrayAction{{Name: "a", DisplayName: strings.Repeat("x", 255)}}
	var check func([]entry)
	check = func(entries []entry) {
		if len(entries) > maxFolders+1 {
			t.Errorf("%d entries in one menu", len(entries))
		}
		for _, e := range entries {
			if n := utf8.RuneCountInString(e.Label); n > maxLabel {
				t.Errorf("a label of %d characters: %s", n, e.Label)
			}
			if strings.ContainsAny(e.Label, "\n\u202e") {
				t.Errorf("control characters in %q", e.Label)
			}
			check(e.Below)
		}
	}
	check(menu(st, english))
}

func TestTooltipAgreesWithTheState(t *testing.T) {
	for _, c := range []struct {
		st   state.State
		want string
	}{
		{state.State{Phase: state.Off}, "Folderfront · Off"},
		{state.State{Phase: state.Connecting, Waiting: "waiting for the keyring"}, "Folderfront · Connecting: waiting for the keyring"},
		{state.State{Phase: state.Live, Folders: make([]state.Folder, 1)}, "Folderfront · Live: 1 shared folder"},
		{state.State{Phase: state.Trouble, Problem: &state.Problem{Sentence: "The tunnel is down."}}, "Folderfront · Trouble: The tunnel is down."},
	} {
		if got := tooltip(c.st, english); got != c.want {
			t.Errorf("tooltip %q, want %q", got, c.want)
		}
	}
}

func TestTrayIsTranslated(t *testing.T) {
	for tag, want := range map[string]string{"de": "Beenden", "fr": "Quitter", "es": "Salir", "ja": "終了", "xx": "Quit"} {
		if got := words.For(tag).Say("Quit"); got != want {
			t.Errorf("%s: %q, want %q", tag, got, want)
		}
	}
}

func TestNotifications(t *testing.T) {
	loud := state.Settings{Notifications: true}
	live := state.State{Phase: state.Live, Settings: loud}
	trouble := state.State{Phase: state.Trouble, Settings: loud, Problem: &state.Problem{Sentence: "The tunnel is down."}}
	moved := live
	moved.Tunnel.OldOrigin = "https://old.example"
	asked := live
	asked.Access.Approvals = []state.Approval{{ID: "a", Number: 47, Person: "Anna"}}
	failed := live
	failed.Actions.Failure = &state.ActionFailure{Number: 1, Count: 2, Run: state.ActionRun{Action: "Print", Title: "a.pdf", Error: "Nobody answered."}}
	again := live
	again.Actions.Failure = &state.ActionFailure{Number: 2, Count: 1}
	wants := live
	wants.Actions.Waiting = []state.ActionRun{{ID: "r"}}
	wants.Actions.Unknown = []state.UnknownDocument{{DocumentID: "63a1"}}
	windowless := live
	windowless.Problems = []state.Problem{{Area: "window", Sentence: "The window could not be shown; sharing goes on."}}
	quiet := trouble
	quiet.Settings.Notifications = false
	for name, c := range map[string]struct {
		before, now state.State
		want        []string
	}{
		"trouble comes up":         {live, trouble, []string{"Trouble"}},
		"trouble goes on":          {trouble, trouble, nil},
		"trouble at the start":     {state.State{}, trouble, nil},
		"no window":                {live, windowless, []string{"Trouble"}},
		"no window at the start":   {state.State{}, windowless, []string{"Trouble"}},
		"still no window":          {windowless, windowless, nil},
		"silenced":                 {live, quiet, nil},
		"another address":          {live, moved, []string{"The address has changed"}},
		"a browser asks":           {live, asked, []string{"Let this browser in?"}},
		"the browser waits still":  {asked, asked, nil},
		"a browser asked at start": {state.State{}, asked, []string{"Let this browser in?"}},
		"actions fail":             {live, failed, []string{"2 actions did not work"}},
		"actions failed":           {failed, failed, nil},
		"another fails":            {failed, again, []string{"1 action did not work"}},
		"failed before the start":  {state.State{}, failed, nil},
		"actions ask":              {live, wants, []string{"An action waits for your yes", "Which file is this?"}},
		"actions asked":            {wants, wants, nil},
		"all is well again":        {trouble, live, nil},
	} {
		var got []string
		for _, n := range notifications(c.before, c.now, english) {
			got = append(got, n.Title)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
