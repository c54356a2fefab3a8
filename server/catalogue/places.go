package catalogue

import (
	"errors"
	"sync"
)

// place is where a node lies: its share, and its path below that, "." for the share's own folder.
type place struct {
	share *share
	path  string
}

func (p place) child(name string) place { return place{p.share, join(p.path, name)} }

// join is the share-relative path of a name in a folder.
func join(folder, name string) string {
	if folder == "." {
		return name
	}
	return folder + "/" + name
}

// resolve walks up from a node to its share. known holds the places of folders that were found
// before and takes those found now. It is ErrNotFound when an ancestor is dead or the share is no
// longer shared.
func resolve(q *queries, shareOf func(int64) *share, number int64, known map[int64]place) (place, error) {
	if p, ok := known[number]; ok {
		return p, nil
	}
	if s := shareOf(number); s != nil {
		return place{s, "."}, nil
	}
	n, err := q.byNumber(number)
	if errors.Is(err, errNoNode) || err == nil && (n.dead > alive || n.parent == 0) {
		return place{}, notFound(nil)
	}
	if err != nil {
		return place{}, err
	}
	above, err := resolve(q, shareOf, n.parent, known)
	if err != nil {
		return place{}, err
	}
	p := above.child(n.name)
	if n.folder {
		known[number] = p
	}
	return p, nil
}

// placeCache remembers the places of folders. Safe for concurrent use. What was read from the
// store before a folder moved must not be remembered after: hence the stamp.
type placeCache struct {
	mu    sync.Mutex
	stamp uint64
	known map[int64]place
}

const maxPlaces = 100_000

func (pc *placeCache) forget(ch *change) {
	if !ch.layout {
		return
	}
	pc.clear()
}

func (pc *placeCache) clear() {
	pc.mu.Lock()
	defer pc.mu.Unlock()
	pc.stamp++
	clear(pc.known)
}

func (pc *placeCache) get(number int64) (p place, ok bool, stamp uint64) {
	pc.mu.Lock()
	defer pc.mu.Unlock()
	p, ok = pc.known[number]
	return p, ok, pc.stamp
}

func (pc *placeCache) put(found map[int64]place, stamp uint64) {
	pc.mu.Lock()
	defer pc.mu.Unlock()
	if stamp != pc.stamp {
		return
	}
	if pc.known == nil || len(pc.known) > maxPlaces {
		pc.known = map[int64]place{}
	}
	for number, p := range found {
		pc.known[number] = p
	}
}

// placeOf finds a folder's or file's place.
func (c *Catalogue) placeOf(n node) (place, error) {
	if s := c.shareOf(n.number); s != nil {
		return place{s, "."}, nil
	}
	above, err := c.folderPlace(n.parent)
	if err != nil {
		return place{}, err
	}
	return above.child(n.name), nil
}

func (c *Catalogue) folderPlace(number int64) (place, error) {
	p, ok, stamp := c.places.get(number)
	if ok {
		return p, nil
	}
	found := map[int64]place{}
	p, err := resolve(c.store.read, c.shareOf, number, found)
	if err == nil {
		c.places.put(found, stamp)
	}
	return p, err
}
