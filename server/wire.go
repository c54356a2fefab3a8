package server

import (
	"encoding/json"
	"strconv"
	"time"

	"folderfront/server/catalogue"
)

// wireTime is RFC 3339 in UTC with milliseconds, always of the same length.
const wireTime = "2006-01-02T15:04:05.000Z"

// wire is how metadata are written at one moment: where links lead, and the form
// of a size. It is made once, by newWire, since a listing writes it 100,000 times.
type wire struct {
	viewLink, downloadLink string // what stands, as JSON, between an item's id and the id in its link
	sizeAsNumber           bool
}

// newWire is given the public origin, "https://host", without a slash.
func newWire(origin string, sizeAsNumber bool) wire {
	link := func(field, path string) string {
		quoted := appendString(nil, origin+path)
		return `","` + field + `":` + string(quoted[:len(quoted)-1])
	}
	return wire{link("viewLink", "/view/"), link("downloadLink", "/get/"), sizeAsNumber}
}

// item is one file or folder as one caller sees it.
type item struct {
	catalogue.Entry
	mimeType string // "" for folders
	readOnly bool   // to this caller
}

// metadata appends the item as the JSON object of the specification's "Get
// metadata for file or folder", with every field that it knows. It is written by
// hand because a listing may have 100,000 of them.
func (w *wire) metadata(dst []byte, i *item) []byte {
	dst = append(dst, `{"title":`...)
	dst = appendTitle(dst, i.Name)
	if i.Folder {
		dst = append(dst, `,"kind":"folder","id":"`...)
	} else {
		dst = append(dst, `,"kind":"file","id":"`...)
	}
	linked := i.ID
	if linked == catalogue.Root { // no part of a path: its links end with the slash
		linked = ""
	}
	dst = append(dst, i.ID...) // an id needs no escapes
	dst = append(dst, w.viewLink...)
	dst = append(dst, linked...)
	dst = append(dst, w.downloadLink...)
	dst = append(dst, linked...)
	dst = append(dst, `","mimeType":`...)
	dst = appendString(dst, i.mimeType)
	dst = append(dst, `,"dateModified":"`...)
	dst = appendTime(dst, i.Modified.UTC())
	dst = append(dst, `","size":`...)
	dst = w.size(dst, i)
	dst = append(dst, `,"readOnly":`...)
	dst = strconv.AppendBool(dst, i.readOnly)
	return append(dst, '}')
}

// size appends a file's size: quoted, as the specification's examples have it,
// or as the number that its table speaks of.
func (w *wire) size(dst []byte, i *item) []byte {
	if w.sizeAsNumber {
		return strconv.AppendInt(dst, i.Size, 10)
	}
	dst = append(dst, '"')
	if !i.Folder {
		dst = strconv.AppendInt(dst, i.Size, 10)
	}
	return append(dst, '"')
}

// appendTime appends a time of UTC in the layout wireTime, several times as fast
// as AppendFormat.
func appendTime(dst []byte, t time.Time) []byte {
	year, month, day := t.Date()
	if year < 0 || year > 9999 {
		return t.AppendFormat(dst, wireTime)
	}
	hour, minute, second := t.Clock()
	dst = append(dst, wireTime...)
	at := dst[len(dst)-len(wireTime):]
	putTwo(at[0:], year/100)
	putTwo(at[2:], year%100)
	putTwo(at[5:], int(month))
	putTwo(at[8:], day)
	putTwo(at[11:], hour)
	putTwo(at[14:], minute)
	putTwo(at[17:], second)
	milliseconds := t.Nanosecond() / 1e6
	at[20] = byte('0' + milliseconds/100)
	putTwo(at[21:], milliseconds%100)
	return dst
}

// putTwo writes a number below 100 as two digits.
func putTwo(at []byte, n int) {
	at[0], at[1] = byte('0'+n/10), byte('0'+n%10)
}

// appendTitle appends the title of what has this name (catalogue.Title) as a JSON
// string.
func appendTitle(dst []byte, name string) []byte {
	if isPlain(name) {
		return appendQuoted(dst, name)
	}
	return appendString(dst, catalogue.Title(name))
}

// appendString appends s as a JSON string.
func appendString(dst []byte, s string) []byte {
	if isPlain(s) {
		return appendQuoted(dst, s)
	}
	quoted, _ := json.Marshal(s) // a string always marshals
	return append(dst, quoted...)
}

func appendQuoted(dst []byte, plain string) []byte {
	dst = append(dst, '"')
	dst = append(dst, plain...)
	return append(dst, '"')
}

// isPlain tells whether s is valid UTF-8 and json.Marshal would write each of its
// bytes as it is; there may be more such strings.
func isPlain(s string) bool {
	for i := range len(s) {
		if !plainBytes[s[i]] {
			return false
		}
	}
	return true
}

// plainBytes are those of ASCII that need no escapes.
var plainBytes = func() (plain [256]bool) {
	for c := byte(' '); c <= '~'; c++ {
		plain[c] = c != '"' && c != '\\' && c != '<' && c != '>' && c != '&'
	}
	return plain
}()

// serviceInfo is the answer of "Get information about the service". It is seen
// by anyone, so it tells nothing of this computer or its build.
type serviceInfo struct {
	WebhookVersion     string         `json:"webhookVersion"`
	WebhookVersionToo  string         `json:"webhook version"` // as the specification's example spells it
	Version            string         `json:"version"`
	Publisher          string         `json:"publisher"`
	AvailableEndpoints []string       `json:"availableEndpoints"`
	CustomActions      []customAction `json:"customActions"`
}

// customAction is one entry of Workfront's menu of document actions.
type customAction struct {
	Name        string `json:"name"`
	DisplayName string `json:"displayName"`
}

// outcome is the answer of the calls that change something and return no
// metadata.
type outcome struct {
	Status string `json:"status,omitempty"` // success, failure or error
	Result string `json:"result,omitempty"` // of an upload: success or fail
	Error  string `json:"error,omitempty"`  // one sentence for a person
}
