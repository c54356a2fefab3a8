package words

import "folderfront/app/state"

// Step says what a step of the picker was.
func (w Words) Step(s state.TryStep) string {
	switch s.Step {
	case state.TryConnect:
		return w.Say("Connected")
	case state.TryBrowse:
		return w.Say("Opened a folder")
	case state.TrySearch:
		return w.Say("Searched")
	case state.TryLink:
		return w.Say("Linked a document")
	case state.TryOpen:
		return w.Say("Opened a link")
	case state.TryDownload:
		return w.Say("Downloaded a document")
	case state.TryUpload:
		return w.Say("Sent a document")
	case state.TryAct:
		return w.Say("Ran an action")
	}
	return w.Count("{{.N}} thumbnails", s.Count)
}

// Way says by which way the picker asks; see state.TryView.
func (w Words) Way(way string) string {
	switch way {
	case "public":
		return w.Say("Through the internet, as Workfront")
	case "down":
		return w.Say("The way in from the internet is down. This goes by the address on this computer, which Workfront can’t reach.")
	case "local":
		return w.Say("No way in from the internet is set up. This goes by the address on this computer, which Workfront can’t reach.")
	}
	return ""
}

// Found says how much a step brought, or "".
func (f Format) Found(s state.TryStep) string {
	switch {
	case s.Trouble != "" || s.Running:
		return ""
	case s.Step == state.TryBrowse || s.Step == state.TrySearch:
		return f.words.Count("{{.N}} entries", s.Count)
	case s.Bytes > 0:
		return f.Size(s.Bytes)
	}
	return ""
}
