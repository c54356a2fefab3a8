//go:build !headless || ci

package tray

import (
	"fmt"
	"strings"
	"unicode"

	"folderfront/app/state"
	"folderfront/app/words"
)

// entry is one line of the menu, as a value: two menus are equal when a person
// could not tell them apart.
type entry struct {
	Label     string
	Separator bool
	Act       action
	Below     []entry
}

// action is what choosing an entry does. At most one field is set; none means
// that the line only tells something.
type action struct {
	Command any    // sent to the core
	Copy    string // put on the clipboard
	Folder  string // opened in the file manager
	Try     bool   // opens the page that plays Workfront
	Window  bool   // opens the window
}

const (
	maxFolders   = 20 // in the menu; the window has them all
	maxActivity  = 5
	maxQuestions = 3  // of each kind; the window asks them all
	maxLabel     = 60 // characters of a label
)

// menu is the whole menu for one State.
func menu(st state.State, w words.Words) []entry {
	entries := []entry{{Label: clip(stateLine(st, w))}, {Separator: true}}
	entries = append(entries, approvals(st, w)...)
	entries = append(entries, questions(st, w)...)
	entries = append(entries, sharing(st, w)...)
	entries = append(entries,
		entry{Label: w.Say("Copy Base API URL"), Act: action{Copy: st.BaseAPIURL}},
		entry{Separator: true},
		entry{Label: w.Say("Shared folders"), Below: folders(st, w)},
		entry{Label: w.Say("Recent activity"), Below: recent(st, w)},
	)
	entries = append(entries, offered(st, w)...)
	entries = append(entries, tryOut(st, w)...)
	entries = append(entries,
		entry{Separator: true},
		entry{Label: w.Say("Open window"), Act: action{Window: true}},
		quit(st, w),
	)
	return entries
}

// stateLine says in one line what is the case; the tooltip says the same.
func stateLine(st state.State, w words.Words) string {
	word := w.Say(st.Phase.Word())
	switch {
	case st.Phase == state.Trouble && st.Problem != nil:
		return word + ": " + st.Problem.Sentence
	case st.Waiting != "":
		return word + ": " + st.Waiting
	case st.Phase == state.Live:
		return word + ": " + w.Count("{{.N}} shared folders", len(st.Folders))
	default:
		return word
	}
}

func tooltip(st state.State, w words.Words) string {
	return "Folderfront · " + clip(stateLine(st, w))
}

// sharing is Start when nothing is shared, and Pause and Stop when something is.
func sharing(st state.State, w words.Words) []entry {
	if st.Sharing() {
		return []entry{
			{Label: w.Say("Pause sharing"), Act: action{Command: state.Pause{}}},
			{Label: w.Say("Stop sharing"), Act: action{Command: state.Stop{}}},
		}
	}
	label := "Start sharing"
	if st.Phase == state.Paused {
		label = "Resume sharing"
	}
	return []entry{{Label: w.Say(label), Act: action{Command: state.Start{}}}}
}

// approvals asks for each browser that waits whether it may come in.
func approvals(st state.State, w words.Words) []entry {
	var entries []entry
	for _, a := range st.Access.Approvals {
		question := entry{Label: clip(fmt.Sprintf("%s %d · %s", w.Say("Let this browser in?"), a.Number, a.Person))}
		if a.Known {
			question.Below = append(question.Below, entry{Label: w.Say("Let in"), Act: action{Command: state.Approve{ID: a.ID}}})
		}
		question.Below = append(question.Below, entry{Label: w.Say("Send away"), Act: action{Command: state.Deny{ID: a.ID}}})
		entries = append(entries, question)
	}
	if len(entries) > 0 {
		entries = append(entries, entry{Separator: true})
	}
	return entries
}

func folders(st state.State, w words.Words) []entry {
	var entries []entry
	for i, f := range st.Folders {
		if i == maxFolders {
			entries = append(entries, entry{Label: w.Say("All folders…"), Act: action{Window: true}})
			break
		}
		label := clip(f.Name)
		if f.Status == "offline" {
			label += " · " + w.Say("not reachable")
		}
		if f.Paused {
			label += " · " + w.Say("paused")
		}
		entries = append(entries, entry{Label: label, Act: action{Folder: f.Path}})
	}
	if entries == nil {
		return []entry{{Label: w.Say("Share a folder…"), Act: action{Window: true}}}
	}
	return entries
}

func recent(st state.State, w words.Words) []entry {
	var entries []entry
	for _, a := range st.Recent {
		if len(entries) == maxActivity {
			break
		}
		entries = append(entries, entry{Label: clip(activityLine(a, w)), Act: action{Window: true}})
	}
	if entries == nil {
		return []entry{{Label: w.Say("Nothing has been asked for yet")}}
	}
	return entries
}

// activityLine is "Anna downloaded plan.pdf".
func activityLine(a state.Activity, w words.Words) string {
	person := a.Person
	if person == "" {
		person = "Workfront"
	}
	return strings.TrimSpace(person + " " + w.Say(a.Verb) + " " + a.Title)
}

// tryOut offers to play Workfront's part, while there is something to play with.
func tryOut(st state.State, w words.Words) []entry {
	if st.LocalURL == "" || len(st.Folders) == 0 {
		return nil
	}
	return []entry{{Separator: true}, {Label: w.Say("Try it as Workfront would"), Act: action{Try: true}}}
}

// quit asks, by a menu of its own, while transfers run: quitting breaks them off.
func quit(st state.State, w words.Words) entry {
	if len(st.Transfers) == 0 {
		return entry{Label: w.Say("Quit"), Act: action{Command: state.Quit{}}}
	}
	return entry{
		Label: w.Say("Quit") + "…",
		Below: []entry{
			{Label: w.Count("{{.N}} transfers are running", len(st.Transfers))},
			{Label: w.Say("Quit all the same"), Act: action{Command: state.Quit{}}},
		},
	}
}

// clip makes a text fit a menu: one line, without control characters, not too
// long. What is cut out lies in the middle, since names differ at their ends.
func clip(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
	runes := []rune(s)
	if len(runes) <= maxLabel {
		return s
	}
	const tail = maxLabel / 3
	return string(runes[:maxLabel-tail-1]) + "…" + string(runes[len(runes)-tail:])
}
