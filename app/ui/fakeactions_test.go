//go:build !headless || ci

package ui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"folderfront/app/state"
)

// fakeActions is the part of the core in memory that custom actions are: what is
// saved is listed, what is run is in the log, what is sent to its bin arrives.
type fakeActions struct {
	list     state.ActionList
	runs     []state.ActionRun
	files    []state.FileRef
	bin      state.Bin
	problems []state.FieldProblem // of whatever is previewed or saved next
	test     state.ActionRun      // what a test answers
}

// binURL is where the bin listens while it runs.
const binURL = "http://127.0.0.1:8438/"

// carryOut changes the actions as a command says and returns its answer; false
// is a command about something else.
func (a *fakeActions) carryOut(command any) (any, bool) {
	switch cmd := command.(type) {
	case state.ListActions:
		return a.list, true
	case state.ListPresets:
		return []state.Preset{
			{Name: "json", Title: "JSON", Meaning: "A JSON object that tells what happened to which file.", Draft: a.draft("", "json")},
			{Name: "flashduty", Title: "Flashduty", Meaning: "An event as Flashduty wants it.", Draft: a.draft("", "flashduty")},
		}, true
	case state.GuessAction:
		return a.draft(cmd.URL, cmd.Preset), true
	case state.PreviewAction:
		return a.preview(cmd), true
	case state.TestAction:
		return a.test, true
	case state.FindFiles:
		return slices.DeleteFunc(slices.Clone(a.files), func(f state.FileRef) bool { return !strings.Contains(f.Name, cmd.Text) }), true
	case state.PreviewRule:
		return state.RulePreview{Matches: 4, Examples: []string{"Spring poster A1.pdf", "Autumn poster.pdf"}, Problems: a.problems}, true
	case state.ActionLog:
		return a.log(cmd), true
	case state.ActionDetail:
		return a.runs[slices.IndexFunc(a.runs, func(r state.ActionRun) bool { return r.ID == cmd.Run })], true
	case state.RunAction:
		return a.run(cmd), true
	case state.ResendFailed:
		return state.Resent{Count: 1}, true
	case state.StartBin:
		a.bin.URL = binURL
		return a.bin, true
	case state.ShowBin:
		return a.bin, true
	case state.EmptyBin:
		a.bin.Arrived = nil
		return nil, true
	}
	return a.define(command)
}

// define carries out the commands that change what is configured.
func (a *fakeActions) define(command any) (any, bool) {
	switch cmd := command.(type) {
	case state.SaveConnection:
		if len(a.problems) == 0 && cmd.Before == "" {
			a.list.Connections = append(a.list.Connections, cmd.Connection)
		}
		return state.Saved{Name: cmd.Connection.Name, Problems: a.problems}, true
	case state.SaveAction:
		made := cmd.Action
		if made.Name == "" {
			made.Name = strings.ReplaceAll(strings.ToLower(made.DisplayName), " ", "-")
		}
		if len(a.problems) == 0 && cmd.Before == "" {
			a.list.Actions = append(a.list.Actions, made)
		}
		return state.Saved{Name: made.Name, Problems: a.problems}, true
	case state.SaveRule:
		if len(a.problems) == 0 && cmd.Before == "" {
			a.list.Rules = append(a.list.Rules, cmd.Rule)
		}
		return state.Saved{Name: cmd.Rule.Name, Problems: a.problems}, true
	case state.RemoveDefinition:
		a.list.Actions = slices.DeleteFunc(a.list.Actions, func(d state.Action) bool { return cmd.Kind == "action" && d.Name == cmd.Name })
		a.list.Connections = slices.DeleteFunc(a.list.Connections, func(d state.Connection) bool { return cmd.Kind == "connection" && d.Name == cmd.Name })
		a.list.Rules = slices.DeleteFunc(a.list.Rules, func(d state.Rule) bool { return cmd.Kind == "rule" && d.Name == cmd.Name })
		return nil, true
	}
	return nil, false
}

// draft is what a pasted address is taken for.
func (a *fakeActions) draft(address, preset string) state.ActionDraft {
	if preset == "" {
		preset = "json"
	}
	d := state.ActionDraft{Preset: preset, Action: state.Action{Kind: "webhook", Method: "POST", ContentType: "application/json", Body: `{"preset": "` + preset + `", "name": "{{ file.name }}"}`}}
	if address == "" {
		return d
	}
	scheme, rest, _ := strings.Cut(address, "://")
	host, path, _ := strings.Cut(rest, "/")
	d.Connection = state.Connection{Name: host, URL: scheme + "://" + host, LeadsTo: "internet"}
	if strings.HasPrefix(host, "127.") {
		d.Connection.LeadsTo = "computer"
	}
	d.Action.Path = "/" + path
	return d
}

// preview renders only the name of the file.
func (a *fakeActions) preview(cmd state.PreviewAction) state.Preview {
	if len(a.files) == 0 {
		return state.Preview{Problems: []state.FieldProblem{{Field: "file", Sentence: "There is no shared file yet to try this with. Share a folder that has one."}}}
	}
	file := a.files[max(0, slices.IndexFunc(a.files, func(f state.FileRef) bool { return f.ID == cmd.File }))]
	d := cmd.Draft
	return state.Preview{
		File: file, Method: d.Action.Method, URL: d.Connection.URL + d.Action.Path, LeadsTo: d.Connection.LeadsTo,
		Body: strings.ReplaceAll(d.Action.Body, "{{ file.name }}", file.Name), Problems: a.problems,
	}
}

func (a *fakeActions) log(cmd state.ActionLog) []state.ActionRun {
	runs := []state.ActionRun{}
	for _, r := range a.runs {
		if (cmd.State == "" || r.State == cmd.State) && (cmd.Action == "" || r.Action == cmd.Action) &&
			(cmd.File == "" || slices.Contains(r.Files, cmd.File)) && strings.Contains(r.Title, cmd.Text) {
			runs = append(runs, r)
		}
	}
	return runs
}

func (a *fakeActions) run(cmd state.RunAction) []state.ActionRun {
	var runs []state.ActionRun
	for _, file := range cmd.Files {
		runs = append(runs, state.ActionRun{ID: "run-" + file, Time: moment, Trigger: "hand", Action: cmd.Name, State: "done", Result: 200, Title: file, Files: []string{file}})
	}
	a.runs = append(runs, a.runs...)
	return runs
}

// someActions are a few of each, as a person may have made them.
func someActions() fakeActions {
	failed := state.ActionAttempt{
		Time: moment.Add(-time.Hour), Status: 503, Took: 84 * time.Millisecond, Error: "The printer did not answer.",
		Request:  "POST /jobs HTTP/1.1\r\nHost: printer.example.com\r\nContent-Type: application/json\r\n\r\n{\"name\": \"Old poster.pdf\"}",
		Response: "HTTP/1.1 503 Service Unavailable\r\n\r\nout of paper", Curl: "curl -X POST https://printer.example.com/jobs",
	}
	return fakeActions{
		list: state.ActionList{
			Connections: []state.Connection{{Name: "printer", URL: "https://printer.example.com", LeadsTo: "internet", Auth: "bearer", HasPassword: true}},
			Actions: []state.Action{
				{ID: 1, Name: "print", DisplayName: "Send to the printer", Kind: "webhook", Connection: "printer", Path: "/jobs", Method: "POST", Body: `{"name": "{{ file.name }}"}`, Workfront: true, Folders: []string{"Campaign 2026"}},
				{ID: 2, Name: "archive", DisplayName: "Archive", Kind: "builtin", Operation: "archive", Argument: "Archive", Workfront: true, Tray: true},
				{ID: 3, Name: "zip", DisplayName: "Zip it", Kind: "builtin", Operation: "zip", Argument: "{{ file.name }}.zip", Paused: true},
			},
			Rules: []state.Rule{
				{Name: "New posters", On: "created", Folders: []string{"Campaign 2026"}, Conditions: []state.Condition{{Field: "extension", Operator: "is", Value: "pdf"}, {Field: "name", Operator: "contains", Value: "poster"}}, Steps: []string{"print"}, Once: "version", PerMinute: 20, Matches: 4},
				{Name: "Tidy up", On: "tagged", Conditions: []state.Condition{{Field: "tag", Operator: "is", Value: "approved"}}, Steps: []string{"archive"}, Once: "file", Matches: 1},
			},
			Operations: []state.Choice{{Value: "archive", Meaning: "the folder"}, {Value: "zip", Meaning: "the name"}, {Value: "reveal"}},
			Variables:  []state.Choice{{Value: "file.name", Meaning: "Poster.pdf"}, {Value: "file.size", Meaning: "48211"}},
			Full:       []string{"Brand assets"}, PerFolder: 3,
		},
		runs: []state.ActionRun{
			{ID: "r3", Time: moment.Add(-20 * time.Second), Trigger: "workfront", Action: "archive", State: "waiting", Title: "Spring poster A1.pdf", Person: "Mara Vogel", Files: []string{"f1"}},
			{ID: "r2", Time: moment.Add(-9 * time.Minute), Trigger: "rule", Rule: "New posters", Action: "print", State: "done", Result: 200, Title: "Spring poster A1.pdf", Files: []string{"f1"}},
			{ID: "r1", Time: moment.Add(-time.Hour), Trigger: "hand", Action: "print", State: "failed", Result: 503, Error: "The printer did not answer.", Title: "Old poster.pdf", Files: []string{"f2"}, Attempts: []state.ActionAttempt{failed}},
		},
		files: []state.FileRef{
			{ID: "f1", Number: 1, Name: "Spring poster A1.pdf", Folder: "Campaign 2026", Path: "/home/anna/Documents/Campaign 2026/Spring poster A1.pdf"},
			{ID: "f2", Number: 2, Name: "Old poster.pdf", Folder: "Campaign 2026", Path: "/home/anna/Documents/Campaign 2026/Old poster.pdf"},
			{ID: "f3", Number: 3, Name: "Logo dark.svg", Folder: "Brand assets", Path: "/home/anna/Brand/Logo dark.svg"},
		},
		test: state.ActionRun{ID: "t", State: "done", Result: 200, Attempts: []state.ActionAttempt{
			{Time: moment, Status: 200, Took: 38 * time.Millisecond, Request: "POST / HTTP/1.1\r\n\r\n{}", Response: "HTTP/1.1 200 OK\r\n\r\nthank you"},
		}},
	}
}

// manyActions are more of each than anybody should have, with names that do not
// fit anywhere.
func manyActions(long string) fakeActions {
	a := someActions()
	for i := range 15 {
		name := fmt.Sprint(i, " ", long)
		a.list.Actions = append(a.list.Actions, state.Action{Name: name, DisplayName: name, Kind: "webhook", Connection: name, Folders: []string{long, long}, Workfront: true, Confirm: true})
		a.list.Connections = append(a.list.Connections, state.Connection{Name: name, URL: "https://" + long, LeadsTo: "network"})
		a.list.Rules = append(a.list.Rules, state.Rule{
			Name: name, On: "moved", Folders: []string{long}, Any: true,
			Conditions: []state.Condition{{Field: "path", Operator: "begins with", Value: long}, {Field: "tag", Operator: "is not", Value: long}}, Steps: []string{name, name}, Matches: 1_000_000,
		})
		a.files = append(a.files, state.FileRef{ID: name, Number: int64(i), Name: name, Folder: long, Path: "/" + long})
		a.bin.Arrived = append(a.bin.Arrived, state.Arrival{Time: moment, Method: "POST", URL: "/" + long, Headers: []string{"X-Long: " + long}, Body: strings.Repeat(long, 60)})
	}
	for i := range 60 {
		a.runs = append(a.runs, state.ActionRun{
			ID: fmt.Sprint("m", i), Time: moment, Trigger: "rule", Rule: long, Action: long, State: "failed", Error: long, Title: long, Person: long,
			Files: []string{"a", "b", "c"}, Attempts: []state.ActionAttempt{{Time: moment, Status: 500, Request: strings.Repeat(long, 60), Response: strings.Repeat(long+"\n", 60), Curl: long}},
		})
	}
	a.bin.URL = binURL
	return a
}
