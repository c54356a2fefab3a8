package catalogue

import "time"

// Share is one shared folder. Name is unique when folded, and is what rights are given on; Path is
// absolute. A paused share keeps its ids but answers as if it were offline.
type Share struct {
	Name     string
	Path     string
	ReadOnly bool
	Paused   bool
}

// Entry is one file or folder as a caller may see it; a plain value.
type Entry struct {
	ID, Parent ID
	Share      string // the name of the shared folder it lies in; "" for Root
	Name       string // byte for byte as on disk
	Folder     bool
	Size       int64 // bytes; 0 for folders
	Modified   time.Time
	ReadOnly   bool  // its share is shared for reading only
	Number     int64 // a small integer that is never used again, for indexes; 0 for Root
	// ParentNumber is Parent's Number: 0 for Root and for the shared folders.
	ParentNumber int64
	Pending      bool // announced, without content yet: Lookup finds it, Children doesn't
}

// Title is the Name as valid UTF-8.
func (e Entry) Title() string { return Title(e.Name) }

// Kind says what happened to an entry.
type Kind int

// What an Event tells. A folder that is Renamed or Moved takes everything below it along without
// further events; a folder that is Created or Deleted has an event for each thing below it.
const (
	Created Kind = iota + 1
	Changed      // content, size or time
	Renamed      // another name in the same folder
	Moved        // another folder, perhaps under another name
	Deleted
)

func (k Kind) String() string {
	return [...]string{"unknown", "created", "changed", "renamed", "moved", "deleted"}[k]
}

// Event is one change of the catalogue, told after it was committed.
type Event struct {
	Kind    Kind
	Entry   Entry
	OldPath string // share-relative, with slashes; for Renamed, Moved and Deleted
	Path    string // share-relative, with slashes; "" when Deleted
	Own     bool   // made through Folderfront, not found on the disk
	Initial bool   // found by the first scan of a share: it was there before
}

// State says how a share is.
type State string

// The states of a share.
const (
	Ready    State = "ready"
	Scanning State = "scanning"
	Offline  State = "offline"
	Paused   State = "paused"
)

// ShareStatus is a share as a person may be shown it. Files, Folders and Bytes count what the
// catalogue knows; Reason is a sentence when something is not as it should be.
type ShareStatus struct {
	Share
	ID             ID
	State          State
	Files, Folders int64
	Bytes          int64
	Reason         string
}
