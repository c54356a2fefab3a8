package search

import (
	"bytes"
	"slices"
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
	s := scan{names: n, whole: whole, accept: n.accepts(f), best: top{limit: limit}}
	s.needle, s.others = n.rarest(words)
	const block, stride = 1024, 32 // in slots, in blocks
	for first := range stride {
		for from := first * block; from < len(n.number); from += stride * block {
			to := min(from+block, len(n.number))
			if s.best.full {
				s.better(from, to)
			} else {
				s.all(from, to)
			}
		}
	}
	return s.best.sorted()
}

// A scan is one question on its way through the names. At first it looks for
// the words everywhere. Once it holds enough answers to know what a further one
// must beat, it looks at times first, which rules out nearly all names at a
// glance; going in strides makes sure that it knows soon, however the times
// are spread.
type scan struct {
	*names
	whole  string
	accept func(slot int) bool
	best   top
	needle needle
	others [][]byte // the words but the needle's
}

// all looks for the needle in the names of slots from … to-1.
func (s *scan) all(from, to int) {
	end := s.end(to - 1)
	for at := int(s.start[from]); at < end; {
		if at = s.needle.next(s.packed[:end], at); at < 0 {
			return
		}
		from = s.slotAt(from, at)
		at = s.end(from)
		if name := s.name(from); containsAll(name, s.others) {
			s.offer(from, hit{int64(s.number[from]), s.modified[from], isExact(name, s.whole)})
		}
	}
}

// better looks at the names of slots from … to-1 that may beat the worst answer.
func (s *scan) better(from, to int) {
	first := s.whole[0]
	for slot := from; slot < to; slot++ {
		h := hit{int64(s.number[slot]), s.modified[slot], false}
		late := h.better(s.best.worst)
		if !late && s.packed[s.start[slot]] != first {
			continue
		}
		name := s.name(slot)
		h.exact = isExact(name, s.whole)
		if h.exact || late && bytes.Contains(name, s.needle.word) && containsAll(name, s.others) {
			s.offer(slot, h)
		}
	}
}

func (s *scan) offer(slot int, h hit) {
	if s.best.wants(h) && s.accept(slot) {
		s.best.add(h)
	}
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
	c, first := w.word[w.rare], w.word[0]
	last := len(s) - len(w.word) // where it could stand
	for at := from; at <= last; at++ {
		i := bytes.IndexByte(s[at+w.rare:last+w.rare+1], c)
		if i < 0 {
			return -1
		}
		if at += i; s[at] == first && bytes.HasPrefix(s[at:], w.word) {
			return at
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

// visible appends those of some that the filter lets through, in their order, with
// their times.
func (n *names) visible(all, some []found, f filter) []found {
	n.mu.RLock()
	defer n.mu.RUnlock()
	accept := n.accepts(f)
	all = slices.Grow(all, len(some))
	for _, one := range some {
		if slot, ok := n.find(one.number); ok && accept(slot) {
			one.modified = n.modified[slot]
			all = append(all, one)
		}
	}
	return all
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
	slices.SortFunc(t.hits, func(a, b hit) int {
		if a.better(b) {
			return -1
		}
		return 1
	})
	return t.hits[:min(len(t.hits), t.limit)]
}
