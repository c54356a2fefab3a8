package server

import (
	"encoding/json"
	"strconv"
	"time"

	"folderfront/server/catalogue"
)

// wireTime is RFC 3339 in UTC with milliseconds, always of the same length.
const wireTime = "2006-01-02T15:04:05.000Z"

// wire is how metadata are written at one moment: the public origin that links
// begin with, and the form of a size.
type wire struct {
	origin       string // "https://host", without a slash
	sizeAsNumber bool
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
func (w wire) metadata(dst []byte, i item) []byte {
	kind := "file"
	if i.Folder {
		kind = "folder"
	}
	dst = append(dst, `{"title":`...)
	dst = appendString(dst, i.Title())
	dst = append(dst, `,"kind":"`...)
	dst = append(dst, kind...)
	dst = append(dst, `","id":`...)
	dst = appendString(dst, string(i.ID))
	dst = append(dst, `,"viewLink":`...)
	dst = w.appendLink(dst, "/view/", i.ID)
	dst = append(dst, `,"downloadLink":`...)
	dst = w.appendLink(dst, "/get/", i.ID)
	dst = append(dst, `,"mimeType":`...)
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
func (w wire) size(dst []byte, i item) []byte {
	if w.sizeAsNumber {
		return strconv.AppendInt(dst, i.Size, 10)
	}
	dst = append(dst, '"')
	if !i.Folder {
		dst = strconv.AppendInt(dst, i.Size, 10)
	}
	return append(dst, '"')
}

// link is the permanent address of a document's page. The root's id is no part
// of a path, so its links end with the slash.
func (w wire) link(path string, id catalogue.ID) string {
	if id == catalogue.Root {
		return w.origin + path
	}
	return w.origin + path + string(id)
}

// appendLink appends a link as a JSON string.
func (w wire) appendLink(dst []byte, path string, id catalogue.ID) []byte {
	if id == catalogue.Root {
		return appendString(dst, w.link(path, id))
	}
	dst = appendString(dst, w.origin)
	dst = append(dst[:len(dst)-1], path...) // in place of the closing quote
	return append(append(dst, id...), '"')  // an id needs no escapes
}

// appendTime appends a time of UTC in the layout wireTime, several times as fast
// as AppendFormat.
func appendTime(dst []byte, t time.Time) []byte {
	year, month, day := t.Date()
	if year < 0 || year > 9999 {
		return t.AppendFormat(dst, wireTime)
	}
	hour, minute, second := t.Clock()
	dst = appendDigits(dst, year, 4)
	dst = appendDigits(append(dst, '-'), int(month), 2)
	dst = appendDigits(append(dst, '-'), day, 2)
	dst = appendDigits(append(dst, 'T'), hour, 2)
	dst = appendDigits(append(dst, ':'), minute, 2)
	dst = appendDigits(append(dst, ':'), second, 2)
	dst = appendDigits(append(dst, '.'), t.Nanosecond()/1e6, 3)
	return append(dst, 'Z')
}

// appendDigits appends a number with leading zeros.
func appendDigits(dst []byte, n, digits int) []byte {
	dst = append(dst, "0000"[:digits]...)
	for i := len(dst) - 1; n > 0; i-- {
		dst[i] = byte('0' + n%10)
		n /= 10
	}
	return dst
}

// appendString appends s as a JSON string.
func appendString(dst []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			quoted, _ := json.Marshal(s) // a string always marshals
			return append(dst, quoted...)
		}
	}
	dst = append(dst, '"')
	dst = append(dst, s...)
	return append(dst, '"')
}

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
