package search

import (
	"bytes"
	"slices"
	"sync"

	"folderfront/server/catalogue"
	"folderfront/server/search/text"
)

// names holds every folded name in one array, for a linear scan: any piece of a
// name in any script is found, and a change costs one append. Names are told
// apart by NUL, which no name holds. A slot is a name's place in the arrays that
// run beside it. A renamed or deleted name leaves a dead slot; when many are
// dead the arrays are packed anew.
//
// It takes 22 bytes a name beside the name itself. Methods are safe for
// concurrent use.
type names struct {
	mu       sync.RWMutex
	packed   []byte   // name NUL name NUL …
	start    []uint32 // slot → where its name begins
	number   []uint32 // slot → catalogue number; 0 is dead
	parent   []uint32 // slot → parent's number; 0 for the root's children
	modified []uint32 // slot → Unix seconds, 0 before 1970
	root     []uint16 // slot → place in roots; 0 is unknown
	slotOf   []uint32 // number → slot+1; 0 is unknown
	roots    []uint32 // numbers of the shared folders; the first is 0, for unknown
	dead     int      // slots
	bytes    [256]int // how often each byte was ever added
	folded   []byte   // the name being put
	settled  bool     // root is known; while loading it isn't worth the trouble
}

func newNames() *names { return &names{roots: []uint32{0}} }

// Numbers and offsets are kept in 32 bits: 4 billion numbers ever given, 4 GB
// of names. What lies beyond is not found by name.
const maxPacked = 1<<32 - 1

// put adds what entries say, or changes it. Once settled, the parents that are
// known decide where they lie.
func (n *names) put(entries ...catalogue.Entry) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for i := range entries {
		n.putOne(&entries[i])
	}
}

func (n *names) putOne(e *catalogue.Entry) {
	n.folded = text.AppendFolded(n.folded[:0], e.Name)
	if e.Number <= 0 || e.Number > maxPacked || e.ParentNumber > maxPacked || len(n.packed)+len(n.folded) >= maxPacked {
		return
	}
	slot, ok := n.find(e.Number)
	if ok && !bytes.Equal(n.name(slot), n.folded) {
		n.kill(slot)
		ok = false
	}
	if !ok {
		slot = n.add(n.folded, e.Number)
	}
	n.parent[slot] = uint32(e.ParentNumber)
	n.modified[slot] = uint32(min(max(e.Modified.Unix(), 0), maxPacked))
	if n.settled {
		n.root[slot] = n.rootOf(slot)
	}
}

// add makes a new slot for a number.
func (n *names) add(name []byte, number int64) int {
	slot := len(n.number)
	n.start = append(n.start, uint32(len(n.packed)))
	n.packed = append(append(n.packed, name...), 0)
	for _, c := range name {
		n.bytes[c]++
	}
	n.number = append(n.number, uint32(number))
	n.parent = append(n.parent, 0)
	n.modified = append(n.modified, 0)
	n.root = append(n.root, 0)
	if missing := int(number) + 1 - len(n.slotOf); missing > 0 {
		n.slotOf = append(n.slotOf, make([]uint32, missing)...)
	}
	n.slotOf[number] = uint32(slot) + 1
	return slot
}

// rootOf takes over the root of the parent; a shared folder is its own.
func (n *names) rootOf(slot int) uint16 {
	if n.parent[slot] == 0 {
		return n.rootIndex(n.number[slot])
	}
	if above, ok := n.find(int64(n.parent[slot])); ok {
		return n.root[above]
	}
	return 0
}

func (n *names) rootIndex(number uint32) uint16 {
	if i := slices.Index(n.roots, number); i >= 0 {
		return uint16(i)
	}
	if len(n.roots) > 1<<16-1 {
		return 0
	}
	n.roots = append(n.roots, number)
	return uint16(len(n.roots) - 1)
}

// settle finds for every name in which shared folder it lies: after loading,
// when children may have come before their parents, and after a folder moved.
func (n *names) settle() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.settled = true
	done := make([]bool, len(n.number))
	var path []int
	for slot := range n.number {
		path = path[:0]
		at := slot
		for !done[at] {
			done[at] = true // before its root is known: a circle ends here too
			path = append(path, at)
			above, ok := n.find(int64(n.parent[at]))
			if !ok {
				break
			}
			at = above
		}
		for _, p := range slices.Backward(path) {
			n.root[p] = n.rootOf(p)
		}
	}
}

// has says whether a number is known.
func (n *names) has(number int64) bool {
	n.mu.RLock()
	defer n.mu.RUnlock()
	_, ok := n.find(number)
	return ok
}

func (n *names) find(number int64) (slot int, ok bool) {
	if number <= 0 || number >= int64(len(n.slotOf)) || n.slotOf[number] == 0 {
		return 0, false
	}
	return int(n.slotOf[number]) - 1, true
}

// name is the slot's name without its NUL.
func (n *names) name(slot int) []byte {
	return n.packed[n.start[slot] : n.end(slot)-1]
}

// end is where the next slot's name begins.
func (n *names) end(slot int) int {
	if slot+1 < len(n.start) {
		return int(n.start[slot+1])
	}
	return len(n.packed)
}

// remove forgets a file.
func (n *names) remove(number int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if slot, ok := n.find(number); ok {
		n.kill(slot)
		n.slotOf[number] = 0
	}
	if n.dead > 10_000 && n.dead > len(n.number)/4 {
		n.pack()
	}
}

// kill empties a slot, so that no scan stops in it.
func (n *names) kill(slot int) {
	clear(n.name(slot))
	n.number[slot] = 0
	n.dead++
}

// pack drops the dead slots, and room grown beyond need.
func (n *names) pack() {
	fresh := names{slotOf: make([]uint32, len(n.slotOf))}
	fresh.packed = make([]byte, 0, len(n.packed))
	for slot, number := range n.number {
		if number == 0 {
			continue
		}
		fresh.start = append(fresh.start, uint32(len(fresh.packed)))
		fresh.packed = append(append(fresh.packed, n.name(slot)...), 0)
		fresh.number = append(fresh.number, number)
		fresh.parent = append(fresh.parent, n.parent[slot])
		fresh.modified = append(fresh.modified, n.modified[slot])
		fresh.root = append(fresh.root, n.root[slot])
		fresh.slotOf[number] = uint32(len(fresh.number))
	}
	n.packed, n.start, n.number, n.parent = fresh.packed, fresh.start, fresh.number, fresh.parent
	n.modified, n.root, n.slotOf, n.dead = fresh.modified, fresh.root, fresh.slotOf, 0
	n.trim()
}

// trim gives back the room that appending left over.
func (n *names) trim() {
	n.packed = bytes.Clone(n.packed)
	n.start, n.number, n.parent = slices.Clone(n.start), slices.Clone(n.number), slices.Clone(n.parent)
	n.modified, n.root, n.slotOf = slices.Clone(n.modified), slices.Clone(n.root), slices.Clone(n.slotOf)
}

// compact gives back what loading grew beyond need.
func (n *names) compact() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.trim()
}

// size is how many names there are, and the bytes they take.
func (n *names) size() (count, bytes int) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	perSlot := 4*cap(n.start) + 4*cap(n.number) + 4*cap(n.parent) + 4*cap(n.modified) + 2*cap(n.root)
	return len(n.number) - n.dead, cap(n.packed) + perSlot + 4*cap(n.slotOf)
}

// shared gives the numbers of the shared folders.
func (n *names) shared() []uint32 {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return slices.Clone(n.roots[1:])
}

// below answers whether a slot lies below the folder, remembering what it
// learnt of the folders on the way. The caller holds the lock.
func (n *names) below(folder int64) func(slot int) bool {
	const yes, no = 1, 2
	known := make([]byte, len(n.slotOf)) // by number
	if _, ok := n.find(folder); !ok {
		return func(int) bool { return false }
	}
	known[folder] = yes
	var path []uint32
	return func(slot int) bool {
		path = path[:0]
		at := n.parent[slot]
		for int(at) < len(known) && known[at] == 0 && len(path) < 10_000 {
			path = append(path, at)
			above, ok := n.find(int64(at))
			if !ok {
				break
			}
			at = n.parent[above]
		}
		verdict := byte(no) // of what has no known parent, or a circle of them
		if int(at) < len(known) && known[at] != 0 {
			verdict = known[at]
		}
		for _, number := range path {
			known[number] = verdict
		}
		return verdict == yes
	}
}
