package state

import "time"

// Try takes one step of the picker that plays Workfront against this program's
// own Base API URL, and answers TryView. A step that fails is in the view with
// its reason; an error means that there was no step.
type Try struct {
	Step string `json:"step"`           // see the constants
	ID   string `json:"id,omitempty"`   // of the file or folder it is about
	Text string `json:"text,omitempty"` // the query, the action's name or the person's
	Path string `json:"path,omitempty"` // absolute: the file to send, or where to keep the download
}

// The steps of Try; the constants' comments say what each takes.
const (
	TryShow     = "show"     // takes no step: shows how things are
	TryConnect  = "connect"  // begins anew, with /serviceInfo and the shared folders
	TryBrowse   = "browse"   // ID
	TrySearch   = "search"   // Text, within the folder that is open
	TryChoose   = "choose"   // ID
	TryLink     = "link"     // ID
	TryOpen     = "open"     // ID: looks whether the link leads to a page
	TryDownload = "download" // ID, Path
	TryUpload   = "upload"   // Path, into the folder ID
	TryAct      = "act"      // ID, Text
	TryAs       = "as"       // Text: the Workfront user to play
	TryPictures = "pictures" // of the step that tells of thumbnails; never asked for
)

// TryPicture answers Picture: a document's thumbnail as Workfront gets it.
type TryPicture struct {
	ID    string `json:"id"`
	Width int    `json:"width"` // in pixels
}

// OpenTry answers TryPage: the page on this computer that shows the picker in a
// browser.
type OpenTry struct{}

// TryPage is the page's address. It opens the page once, within some minutes.
type TryPage struct {
	URL string `json:"url"`
}

// TryView is all that the picker shows.
type TryView struct {
	Address   string      `json:"address"` // the Base API URL that is asked
	Way       string      `json:"way"`     // public; local: there is no way in from the internet; down: it is not up
	Person    string      `json:"person"`  // the Workfront user that is played
	People    []string    `json:"people"`  // whom the owner named; nobody: anyone may be played
	Publisher string      `json:"publisher,omitempty"`
	Version   string      `json:"version,omitempty"` // of the specification
	Actions   []TryAction `json:"actions,omitempty"` // offered to Workfront
	Path      []TryItem   `json:"path"`              // the folders that lead to what is listed, the root first
	Query     string      `json:"query,omitempty"`   // set while results of a search are listed
	Items     []TryItem   `json:"items"`             // at most MaxTryItems
	Total     int         `json:"total"`             // how many there are
	Chosen    *TryItem    `json:"chosen,omitempty"`
	Linked    []TryLinked `json:"linked,omitempty"` // newest first
	Steps     []TryStep   `json:"steps,omitempty"`  // newest first
	Trouble   string      `json:"trouble,omitempty"`
}

// MaxTryItems is how many entries of a listing are shown.
const MaxTryItems = 300

// Folder is the folder that is open; "" before there is one.
func (v TryView) Folder() string {
	if len(v.Path) == 0 {
		return ""
	}
	return v.Path[len(v.Path)-1].ID
}

// TryAction is a custom action that is offered.
type TryAction struct {
	Name        string `json:"name"`
	DisplayName string `json:"displayName"`
}

// TryItem is a file or folder as the provider tells of it.
type TryItem struct {
	ID           string    `json:"id"`
	Title        string    `json:"title"`
	Folder       bool      `json:"folder,omitempty"`
	MIMEType     string    `json:"mimeType,omitempty"`
	Size         int64     `json:"size"` // bytes; -1 when it isn't told
	Modified     time.Time `json:"modified,omitzero"`
	ReadOnly     bool      `json:"readOnly,omitempty"`
	ViewLink     string    `json:"viewLink,omitempty"`
	DownloadLink string    `json:"downloadLink,omitempty"`
}

// TryLinked is what Workfront keeps of a document once it is linked.
type TryLinked struct {
	TryItem
	DocumentID string `json:"documentID"` // Workfront's own, made up here
	Sent       bool   `json:"sent,omitempty"`
}

// TryStep is one thing that the picker did.
type TryStep struct {
	Number    int           `json:"number"` // counts from 1
	Step      string        `json:"step"`
	About     string        `json:"about,omitempty"` // a title, a query, an action's name
	Took      time.Duration `json:"took"`            // of thumbnails: the mean
	Count     int           `json:"count"`           // of entries listed or pictures
	Bytes     int64         `json:"bytes,omitempty"` // moved
	Kept      string        `json:"kept,omitempty"`  // where a download was put
	Running   bool          `json:"running,omitempty"`
	Trouble   string        `json:"trouble,omitempty"` // why it failed
	Exchanges []TryExchange `json:"exchanges,omitempty"`
}

// TryExchange is one request with its answer. Keys are masked, texts bounded.
type TryExchange struct {
	Method         string        `json:"method"`
	Target         string        `json:"target"` // the whole address
	RequestHeader  []TryField    `json:"requestHeader"`
	RequestBody    string        `json:"requestBody,omitempty"`
	Status         string        `json:"status"` // "200 OK"; "" when nothing was answered
	ResponseHeader []TryField    `json:"responseHeader,omitempty"`
	ResponseBody   string        `json:"responseBody,omitempty"`
	Took           time.Duration `json:"took"`
}

// TryField is a header.
type TryField struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}
