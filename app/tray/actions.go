//go:build !headless || ci

package tray

import (
	"cmp"
	"slices"

	"folderfront/app/state"
	"folderfront/app/words"
)

// questions asks what custom actions want to know: whether a run may go on, and
// which file a document is. Files are searched for in the window.
func questions(st state.State, w words.Words) []entry {
	var entries []entry
	for i, run := range st.Actions.Waiting {
		if i == maxQuestions {
			break
		}
		decide := func(yes bool) action { return action{Command: state.DecideRun{Run: run.ID, Yes: yes}} }
		entries = append(entries, entry{Label: clip(runLine(run)), Below: []entry{
			{Label: w.Say("Run it"), Act: decide(true)},
			{Label: w.Say("No"), Act: decide(false)},
		}})
	}
	for i, d := range st.Actions.Unknown {
		if i == maxQuestions {
			break
		}
		entries = append(entries, entry{Label: clip(unknownLine(d, w)), Act: action{Window: true}})
	}
	if len(entries) > 0 {
		entries = append(entries, entry{Separator: true})
	}
	return entries
}

// runLine is "Archive · plan.pdf · Anna".
func runLine(run state.ActionRun) string { return listed(name(run), run.Title, run.Person) }

// name is what the action of a run is called; it may be defined no more.
func name(run state.ActionRun) string { return cmp.Or(run.DisplayName, run.Action) }

// unknownLine is "Which file is this? · Archive · Anna".
func unknownLine(d state.UnknownDocument, w words.Words) string {
	return listed(w.Say("Which file is this?"), d.Action, d.Person)
}

func listed(parts ...string) string {
	line := ""
	for _, part := range parts {
		if part != "" && line != "" {
			line += " · "
		}
		line += part
	}
	return line
}

// offered are the actions for the tray, each with the last files that it is for.
func offered(st state.State, w words.Words) []entry {
	if len(st.Actions.Tray) == 0 {
		return nil
	}
	var below []entry
	for _, a := range st.Actions.Tray {
		below = append(below, entry{Label: clip(a.DisplayName), Below: filesFor(st, a, w)})
	}
	return []entry{{Label: w.Say("Run an action"), Below: below}}
}

// filesOf are the verbs of activities that are about one file.
var filesOf = []string{"downloaded", "viewed", "uploaded", "linked"}

func filesFor(st state.State, a state.TrayAction, w words.Words) []entry {
	var entries []entry
	seen := map[string]bool{}
	for _, r := range st.Recent {
		covers := len(a.Folders) == 0 || slices.Contains(a.Folders, r.Folder)
		if r.ID == "" || seen[r.ID] || !covers || !slices.Contains(filesOf, r.Verb) {
			continue
		}
		seen[r.ID] = true
		entries = append(entries, entry{Label: clip(r.Title), Act: action{Command: state.RunAction{Name: a.Name, Files: []string{r.ID}}}})
		if len(entries) == maxActivity {
			break
		}
	}
	return append(entries, entry{Label: w.Say("Another file…"), Act: action{Window: true}})
}
