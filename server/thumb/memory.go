package thumb

import (
	"sync"
	"time"
)

// memory remembers strings for a while, at most a number of them. It holds which documents
// have no picture, so that a file that kills the worker doesn't do so at every request. Safe
// for concurrent use.
type memory struct {
	mu    sync.Mutex
	until map[string]time.Time
	most  int
}

func newMemory(most int) *memory { return &memory{until: map[string]time.Time{}, most: most} }

func (m *memory) has(s string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return time.Now().Before(m.until[s])
}

// clear forgets everything.
func (m *memory) clear() {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.until)
}

// add remembers s for a span; when there is no room, one that is over or else any one is forgotten.
func (m *memory) add(s string, span time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	if len(m.until) >= m.most {
		m.forget(now)
	}
	m.until[s] = now.Add(span)
}

func (m *memory) forget(now time.Time) {
	victim := ""
	for s, until := range m.until {
		if now.After(until) {
			delete(m.until, s)
		}
		victim = s
	}
	if len(m.until) >= m.most {
		delete(m.until, victim)
	}
}
