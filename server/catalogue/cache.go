package catalogue

import (
	"maps"
	"sync"
)

// cache remembers what was read from the store: the places of folders, and the nodes that were
// looked up with their places. Safe for concurrent use. Each commit drops what it changed. What was
// read from the store before a commit must not be remembered after it: hence the stamp, which is
// taken before reading and must be the same when the answer is put in.
type cache struct {
	mu     sync.RWMutex
	stamp  uint64
	places map[int64]place
	nodes  map[ID]located
	ids    map[int64]ID // of nodes and of folders above them; a number's ID never changes
}

// located is a node with what is around it.
type located struct {
	node     node
	at       place
	parentID ID
}

// maxCached bounds each of the cache's maps; a full one is begun anew.
const maxCached = 100_000

// forget drops what a commit changed.
func (k *cache) forget(ch *change) {
	if ch.layout {
		k.clear()
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.stamp++
	for number := range ch.touched {
		delete(k.nodes, k.ids[number])
	}
	for number := range ch.sealed {
		delete(k.nodes, k.ids[number])
	}
}

func (k *cache) clear() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.stamp++
	clear(k.places)
	clear(k.nodes)
	clear(k.ids)
}

func (k *cache) place(number int64) (p place, ok bool, stamp uint64) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	p, ok = k.places[number]
	return p, ok, k.stamp
}

func (k *cache) putPlaces(found map[int64]place, stamp uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if stamp != k.stamp {
		return
	}
	if k.places == nil || len(k.places) > maxCached {
		k.places = map[int64]place{}
	}
	maps.Copy(k.places, found)
}

func (k *cache) node(id ID) (l located, ok bool, stamp uint64) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	l, ok = k.nodes[id]
	return l, ok, k.stamp
}

// many gives the nodes of numbers, zero where there is none, and the numbers that are missing.
func (k *cache) many(numbers []int64) (found []located, missing []int64, stamp uint64) {
	found = make([]located, len(numbers))
	k.mu.RLock()
	defer k.mu.RUnlock()
	for i, number := range numbers {
		l, ok := k.nodes[k.ids[number]]
		if ok {
			found[i] = l
		} else {
			missing = append(missing, number)
		}
	}
	return found, missing, k.stamp
}

func (k *cache) putNode(l located, stamp uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if stamp == k.stamp {
		k.add(l)
	}
}

func (k *cache) putNodes(all map[int64]located, stamp uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if stamp != k.stamp {
		return
	}
	for _, l := range all {
		k.add(l)
	}
}

// add expects the lock.
func (k *cache) add(l located) {
	if k.nodes == nil || len(k.nodes) > maxCached {
		k.nodes, k.ids = map[ID]located{}, map[int64]ID{}
	}
	k.nodes[l.node.id], k.ids[l.node.number] = l, l.node.id
}

func (k *cache) id(number int64) (id ID, ok bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	id, ok = k.ids[number]
	return id, ok
}

func (k *cache) putID(number int64, id ID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.ids == nil || len(k.ids) > 2*maxCached {
		k.nodes, k.ids = map[ID]located{}, map[int64]ID{}
	}
	k.ids[number] = id
}
