package catalogue

import (
	"sync"
	"time"
)

// generations counts the changes of each folder's listing. They begin at the time of day, so that
// no number comes back after a restart.
type generations struct {
	mu     sync.Mutex
	last   uint64
	first  uint64
	folder map[int64]uint64
}

func newGenerations() *generations {
	now := uint64(time.Now().UnixNano())
	return &generations{first: now, last: now, folder: map[int64]uint64{}}
}

func (g *generations) bump(folders map[int64]bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for number := range folders {
		g.last++
		g.folder[number] = g.last
	}
}

func (g *generations) of(number int64) uint64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	if n, ok := g.folder[number]; ok {
		return n
	}
	return g.first
}

// renew changes every number: something changed that all folders show.
func (g *generations) renew() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.last++
	g.first = g.last
	clear(g.folder)
}

// fresh is a number that nothing had before.
func (g *generations) fresh() uint64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.last++
	return g.last
}
