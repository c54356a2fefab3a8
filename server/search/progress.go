package search

import (
	"sync"
	"time"
)

// Progress is how far the content index is, in files that may hold text. Done
// counts since the backlog was last empty, so that it says how this piece of
// work goes.
type Progress struct {
	Names      int           // names that can be found
	Files      int64         // Done and those still waiting
	Done       int64         //
	Bytes      int64         // of Files
	DoneBytes  int64         // of Done
	Left       time.Duration // estimate; 0 when done or not yet known
	Reason     string        // a sentence when indexing rests, else ""
	Unreadable int64         // of Done: damaged, or too much for the worker
}

// progress counts what Progress tells.
type progress struct {
	mu           sync.Mutex
	files, bytes int64
	unreadable   int64
	reason       string
	began        time.Time
	rested       time.Duration
	since        time.Time // of the present rest
}

// Progress may be asked at any time.
func (s *Search) Progress() Progress {
	files, bytes := s.backlog.left()
	count, _ := s.names.size()
	p := &s.progress
	p.mu.Lock()
	defer p.mu.Unlock()
	now := Progress{
		Names: count, Files: files + p.files, Done: p.files, Bytes: bytes + p.bytes, DoneBytes: p.bytes,
		Reason: p.reason, Unreadable: p.unreadable,
	}
	if p.files > 0 && files > 0 {
		took := time.Since(p.began) - p.rested
		now.Left = time.Duration(float64(took) * effort(files, bytes) / effort(p.files, p.bytes)).Round(time.Second)
	}
	return now
}

// effort weighs opening a file like reading 20 KB.
func effort(files, bytes int64) float64 { return float64(bytes) + float64(files)*20_000 }

// did counts one file.
func (p *progress) did(size int64, unreadable bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.files == 0 {
		p.began, p.rested = time.Now(), 0
	}
	p.files++
	p.bytes += max(size, 0)
	if unreadable {
		p.unreadable++
	}
}

// empty starts the count anew.
func (p *progress) empty() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.files, p.bytes, p.unreadable = 0, 0, 0
}

// rest says why indexing rests; "" that it goes on.
func (p *progress) rest(reason string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reason == "" && reason != "" {
		p.since = time.Now()
	}
	if p.reason != "" && reason == "" {
		p.rested += time.Since(p.since)
	}
	p.reason = reason
}
