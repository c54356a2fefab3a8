package try

import (
	"fmt"
	"time"

	"github.com/dustin/go-humanize"

	"folderfront/app/state"
	"folderfront/app/words"
)

// labels are the texts of the page in one language.
type labels struct {
	Title, Public, Local, Down, Address                      string
	ConnectAgain, User, PlayUser                             string
	Shared, Path, Search, Results, EmptyFolder, NothingFound string
	Hint, Link, Open, Download, Send, Drop, Actions          string
	Kept, OwnID, ID, Name, ViewLink, Linked, ReadOnly        string
	Happened, Request, Answer, NoAnswer, Running, Each       string
	Waiting, Size, Changed, Documents, Failed                string
	Refused, RefusedWhy                                      string

	words words.Words
}

func labelsIn(w words.Words) labels {
	return labels{
		Title: w.Say("Try it as Workfront would"), Address: w.Say("Base API URL"),
		Public: w.Say("Through the internet, as Workfront"),
		Local:  w.Say("No way in from the internet is set up. This goes by the address on this computer, which Workfront can’t reach."),
		Down:   w.Say("The way in from the internet is down. This goes by the address on this computer, which Workfront can’t reach."),

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

		words: w,
	}
}

// First says that only so many of a listing are shown.
func (l labels) First() string {
	return l.words.Count("The first {{.N}} are shown; Workfront shows them all.", state.MaxTryItems)
}

// Step says what a step was.
func (l labels) Step(s state.TryStep) string {
	switch s.Step {
	case state.TryConnect:
		return l.words.Say("Connected")
	case state.TryBrowse:
		return l.words.Say("Opened a folder")
	case state.TrySearch:
		return l.words.Say("Searched")
	case state.TryLink:
		return l.words.Say("Linked a document")
	case state.TryOpen:
		return l.words.Say("Opened a link")
	case state.TryDownload:
		return l.words.Say("Downloaded a document")
	case state.TryUpload:
		return l.words.Say("Sent a document")
	case state.TryAct:
		return l.words.Say("Ran an action")
	}
	return l.words.Count("{{.N}} thumbnails", s.Count)
}

// About says what a step was about, or "".
func (l labels) About(s state.TryStep) string {
	if s.Step == state.TryBrowse && s.About == "" {
		return l.Shared
	}
	return s.About
}

// Found says how much a step brought, or "".
func (l labels) Found(s state.TryStep) string {
	switch {
	case s.Trouble != "" || s.Running:
		return ""
	case s.Step == state.TryBrowse || s.Step == state.TrySearch:
		return l.words.Count("{{.N}} entries", s.Count)
	case s.Bytes > 0:
		return size(s.Bytes)
	}
	return ""
}

// took is a duration as it is read at a distance.
func took(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return "< 1 ms"
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

func size(bytes int64) string {
	if bytes < 0 {
		return ""
	}
	return humanize.Bytes(uint64(bytes))
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04")
}
