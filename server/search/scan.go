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
	needle, others := n.rarest(words)
	slot := 0
	for at := 0; at < len(n.packed); {
		at = needle.next(n.packed, at)
		if at < 0 {
			break
		}
		slot = n.slotAt(slot, at)
		at = n.end(slot)
		name := n.packed[n.start[slot] : at-1]
		if len(others) > 0 && !containsAll(name, others) {
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
	low, high, step := from, from+1, 1
	for high < len(n.start) && int(n.start[high]) <= at {
		step *= 2
		low, high = high, high+step
	}
	high = min(high, len(n.start))
	for high-low > 1 {
		if middle := (low + high) / 2; int(n.start[middle]) <= at {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

// A needle is looked for by its rarest byte, which the processor finds many
// times faster than a whole word.
type needle struct {
	word []byte
	rare int // place of the byte in word
}

// next is where the needle stands first in s at or after from, or -1.
func (w needle) next(s []byte, from int) int {
	c := w.word[w.rare]
	for at := from + w.rare; at < len(s); at++ {
		i := bytes.IndexByte(s[at:], c)
		if i < 0 {
			return -1
		}
		at += i
		if begin := at - w.rare; bytes.HasPrefix(s[begin:], w.word) {
			return begin
		}
	}
	return -1
}

// rarest chooses the word to scan for: the one that holds the rarest byte.
func (n *names) rarest(words []string) (needle, [][]byte) {
	best, chosen := needle{}, 0
	for i, w := range words {
		for k := range len(w) {
			if best.word == nil || n.bytes[w[k]] < n.bytes[best.word[best.rare]] {
				best, chosen = needle{[]byte(w), k}, i
			}
		}
	}
	var others [][]byte
	for i, w := range words {
		if i != chosen {
			others = append(others, []byte(w))
		}
	}
	return best, others
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
