package try

import (
	"time"

	"folderfront/app/state"
	"folderfront/app/words"
)

// labels are the texts of the page in one language.
type labels struct {
	Title, Address                                           string
	ConnectAgain, User, PlayUser                             string
	Shared, Path, Search, Results, EmptyFolder, NothingFound string
	Hint, Link, Open, Download, Send, Drop, Actions          string
	Kept, OwnID, ID, Name, ViewLink, Linked, ReadOnly        string
	Happened, Request, Answer, NoAnswer, Running, Each       string
	Waiting, Size, Changed, Documents, Failed                string
	Refused, RefusedWhy                                      string

	words  words.Words
	format words.Format
}

// labelsIn are the texts in a language, with figures as a locale writes them. Both
// are BCP 47 tags; no language is the system's.
func labelsIn(language, locale string) labels {
	w := words.For(language)
	return labels{
		Title: w.Say("Try it as Workfront would"), Address: w.Say("Base API URL"),

		ConnectAgain: w.Say("Begin anew"), User: w.Say("Workfront user"), PlayUser: w.Say("Play this user"),
		Shared: w.Say("Shared folders"), Path: w.Say("Where you are"), Search: w.Say("Search"), Results: w.Say("Found"),
		EmptyFolder: w.Say("This folder is empty."), NothingFound: w.Say("Nothing was found."),

		Hint: w.Say("Choose a document to link, open or download it."),
		Link: w.Say("Link it"), Open: w.Say("Open the link"), Download: w.Say("Download"),
		Send: w.Say("Send a document here"), Drop: w.Say("or drop it anywhere"), Actions: w.Say("Custom actions"),
		Kept: w.Say("What Workfront keeps"), OwnID: w.Say("Its own id"), ID: w.Say("Id here"), Name: w.Say("Name"), ViewLink: w.Say("Link"),
		Linked: w.Say("Linked documents"), ReadOnly: w.Say("read only"),

		Happened: w.Say("What happened"), Request: w.Say("Request"), Answer: w.Say("Answer"), NoAnswer: w.Say("No answer came."),
		Running: w.Say("under way"), Each: w.Say("each"),
		Waiting: w.Say("Waiting for the answer…"), Size: w.Say("Size"), Changed: w.Say("Changed"), Documents: w.Say("Documents"), Failed: w.Say("That did not work"),

		Refused:    w.Say("Open this page from Folderfront"),
		RefusedWhy: w.Say("The address of this page works once, so that nobody else uses your key. Open it again from Folderfront’s window, or with “folderfront try”."),

		words: w, format: w.Format(language, locale),
	}
}

// First says that only so many of a listing are shown.
func (l labels) First() string {
	return l.words.Count("The first {{.N}} are shown; Workfront shows them all.", state.MaxTryItems)
}

// Step says what a step was.
func (l labels) Step(s state.TryStep) string { return l.words.Step(s) }

// Way says by which way the picker asks.
func (l labels) Way(way string) string { return l.words.Way(way) }

// Found says how much a step brought, or "".
func (l labels) Found(s state.TryStep) string { return l.format.Found(s) }

// Took is a duration, as it is read at a distance.
func (l labels) Took(d time.Duration) string { return l.format.Took(d) }

// Bytes is a size, or "" where none is known.
func (l labels) Bytes(n int64) string {
	if n < 0 {
		return ""
	}
	return l.format.Size(n)
}

// Moment is a day and a time of day, or "" where none is known.
func (l labels) Moment(t time.Time) string { return l.format.Moment(t) }

// About says what a step was about, or "".
func (l labels) About(s state.TryStep) string {
	if s.Step == state.TryBrowse && s.About == "" {
		return l.Shared
	}
	return s.About
}
