package catalogue

import (
	"sync"
	"sync/atomic"
	"time"
)

// share is a shared folder at work.
type share struct {
	number  int64
	changed func() // told of whatever status shows
	// edit is held by whoever changes files and rows below the share together, and by the
	// reconciler while it compares the two.
	edit       lock
	connecting sync.Mutex    // held while its folder is opened
	edits      atomic.Uint64 // counts what was done to the share under that lock

	mu sync.Mutex // guards what follows
	Share
	id        ID
	disk      *disk // nil while offline or paused
	volume    int64
	low, high int64 // file key of the share's own root
	adopt     bool  // its path was set to another one: take what lies there
	scanning  bool
	unlooked  bool  // Run has not looked at all of it since it was there
	scanned   int64 // Unix milliseconds of the last whole scan's end; 0: never
	reason    string
	trouble   string // comes before reason, until it is over
	total     tally

	dirty      map[string]bool // see dirty.go
	dirtySince time.Time
	dirtyLast  time.Time
	underway   int           // reconcilings of dirty folders that were taken
	woken      chan struct{} // holds a token when the share's keeper has something to look at
}

// wake makes the share's keeper look.
func (s *share) wake() {
	select {
	case s.woken <- struct{}{}:
	default:
	}
}

// expectLook notes that all of the share is about to be looked at.
func (s *share) expectLook() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unlooked = true
}

// release ends what was done under the edit lock.
func (s *share) release() {
	s.edits.Add(1)
	s.edit.unlock()
}

// explain says something about the share that a person should know.
func (s *share) explain(reason string) {
	defer s.changed()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reason = reason
}

// warn says what keeps the share from being followed; "" when nothing does any more.
func (s *share) warn(trouble string) {
	s.mu.Lock()
	same := s.trouble == trouble
	s.trouble = trouble
	s.mu.Unlock()
	if !same {
		s.changed()
	}
}

// add counts.
func (s *share) add(t tally) {
	defer s.changed()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.total.files += t.files
	s.total.folders += t.folders
	s.total.bytes += t.bytes
}

// open gives the share's disk, or ErrOffline.
func (s *share) open() (*disk, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.disk == nil {
		return nil, offline(nil)
	}
	return s.disk, nil
}

// info gives the share as it was set.
func (s *share) info() Share {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Share
}

// rootID is the ID of the share's own folder.
func (s *share) rootID() ID {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.id
}

// key makes a file key storable: only files on the share's own volume have one.
func (s *share) key(k fileKey) storedKey {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.disk == nil || !k.known() || k.device != s.disk.self.key.device {
		return storedKey{}
	}
	return storedKey{s.volume, k.low, k.high}
}

// goOffline closes the share's disk and says why.
func (s *share) goOffline(reason string) {
	defer s.changed()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.disk != nil {
		s.disk.close()
		s.disk = nil
	}
	s.reason = reason
}

func (s *share) status() ShareStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := ShareStatus{Share: s.Share, ID: s.id, State: Ready, Files: s.total.files, Folders: s.total.folders, Bytes: s.total.bytes, Reason: s.reason}
	if s.trouble != "" && s.disk != nil {
		st.Reason = s.trouble
	}
	switch {
	case s.Paused:
		st.State = Paused
	case s.disk == nil:
		st.State = Offline
	case s.scanning:
		st.State = Scanning
	}
	return st
}
