package search

import (
	"bytes"
	"sort"
)

// filter says what a person may see of the index.
type filter struct {
	within int64           // number of the folder, 0 for everywhere
	roots  map[uint32]bool // numbers of the shared folders that may be seen
}

// accepts makes a test of slots. The caller holds the lock until the last use.
func (n *names) accepts(f filter) func(slot int) bool {
	allowed := make([]bool, len(n.roots))
	for i, root := range n.roots {
		allowed[i] = f.roots[root]
	}
	if f.within == 0 {
		return func(slot int) bool { return allowed[n.root[slot]] }
	}
	below := n.below(f.within)
	return func(slot int) bool { return allowed[n.root[slot]] && below(slot) }
}

// A hit is a file found by name.
type hit struct {
	number   int64
	modified uint32
	exact    bool // the whole name, with or without its extension, was asked for
}

// better orders hits: exact names first, newer first among equals.
func (h hit) better(o hit) bool {
	if h.exact != o.exact {
		return h.exact
	}
	if h.modified != o.modified {
		return h.modified > o.modified
	}
	return h.number > o.number
}

// search gives the best limit files whose names hold all words, best first.
func (n *names) search(words []string, whole string, f filter, limit int) []hit {
	n.mu.RLock()
	defer n.mu.RUnlock()
	if len(words) == 0 {
		return nil
	}
	accept := n.accepts(f)
	best := top{limit: limit}
	needle, others := longest(words)
	slot := 0
	for at := 0; at < len(n.packed); {
		i := bytes.Index(n.packed[at:], needle)
		if i < 0 {
			break
		}
		slot = n.slotAt(slot, at+i)
		at = n.end(slot)
		name := n.packed[n.start[slot] : at-1]
		if !containsAll(name, others) {
			continue
		}
		h := hit{int64(n.number[slot]), n.modified[slot], isExact(name, whole)}
		if best.wants(h) && accept(slot) {
			best.add(h)
		}
	}
	return best.sorted()
}

// slotAt finds the slot of a place in packed, at or after from: in strides
// that double, then by halving.
func (n *names) slotAt(from, at int) int {
	step := 1
	for from+step < len(n.start) && int(n.start[from+step]) <= at {
		from += step
		step *= 2
	}
	span := n.start[from:min(from+step+1, len(n.start))]
	return from + sort.Search(len(span), func(i int) bool { return int(span[i]) > at }) - 1
}

// visible gives those that the filter lets through, in their order, with their
// times.
func (n *names) visible(all []found, f filter) []found {
	n.mu.RLock()
	defer n.mu.RUnlock()
	accept := n.accepts(f)
	var kept []found
	for _, one := range all {
		if slot, ok := n.find(one.number); ok && accept(slot) {
			one.modified = n.modified[slot]
			kept = append(kept, one)
		}
	}
	return kept
}

// longest picks the word that is likely to be the rarest.
func longest(words []string) (needle []byte, others [][]byte) {
	best := 0
	for i, w := range words {
		if len(w) > len(words[best]) {
			best = i
		}
	}
	for i, w := range words {
		if i != best {
			others = append(others, []byte(w))
		}
	}
	return []byte(words[best]), others
}

func containsAll(name []byte, words [][]byte) bool {
	for _, w := range words {
		if !bytes.Contains(name, w) {
			return false
		}
	}
	return true
}

// isExact says whether whole is the name, or all of it before the extension.
func isExact(name []byte, whole string) bool {
	if len(name) < len(whole) || string(name[:len(whole)]) != whole {
		return false
	}
	rest := name[len(whole):]
	return len(rest) == 0 || rest[0] == '.' && bytes.IndexByte(rest[1:], '.') < 0
}

// top keeps the best hits of a stream, twice the limit at most.
type top struct {
	limit int
	hits  []hit
	worst hit // no worse one is wanted, once full
	full  bool
}

func (t *top) wants(h hit) bool { return !t.full || h.better(t.worst) }

func (t *top) add(h hit) {
	t.hits = append(t.hits, h)
	if len(t.hits) >= 2*t.limit {
		t.hits = t.sorted()
		t.worst, t.full = t.hits[len(t.hits)-1], true
	}
}

func (t *top) sorted() []hit {
	sort.Slice(t.hits, func(i, j int) bool { return t.hits[i].better(t.hits[j]) })
	return t.hits[:min(len(t.hits), t.limit)]
}
