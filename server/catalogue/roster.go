package catalogue

import (
	"bytes"
	"slices"
	"sort"
	"sync"
	"time"
)

// rosters keep what lies in large folders that were listed lately, in the order of listings, so that
// after a change they need not be read from the store and sorted anew. Each commit notes what it
// changed; the next listing takes that in. Safe for concurrent use.
type rosters struct {
	from int // the number of children from which a folder's are kept

	mu       sync.Mutex
	byFolder map[int64]*roster
	reading  map[*reading]bool
	children int // of all rosters
	stored   storedRosters
}

// roster is one folder's. A slice that was given out never changes.
type roster struct {
	children []member
	behind   []edited // what was changed since
	used     time.Time
}

// edited is a node before and after a commit.
type edited struct{ was, now node }

// reading is a folder being read from the store; it is stale when a commit changed it meanwhile.
type reading struct {
	folder int64
	stale  bool
}

const (
	rosterFrom  = 1000    // smaller folders are read fast enough
	maxRostered = 250_000 // children of all rosters, of some 130 bytes each
	rosterFor   = 5 * time.Minute
)

// get gives the children of a folder; false when they must be read from the store.
func (k *rosters) get(folder int64) ([]member, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if r := k.byFolder[folder]; r != nil {
		r.used = time.Now()
	}
	return k.current(folder)
}

// peek is get, but does not count as a use.
func (k *rosters) peek(folder int64) ([]member, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.current(folder)
}

// current takes in what changed since.
func (k *rosters) current(folder int64) ([]member, bool) {
	r := k.byFolder[folder]
	if r == nil {
		return nil, false
	}
	if len(r.behind) > 0 {
		k.children -= len(r.children)
		r.children, r.behind = amend(r.children, folder, r.behind), nil
		k.children += len(r.children)
	}
	return r.children, true
}

// begin is called before a folder is read from the store, put afterwards.
func (k *rosters) begin(folder int64) *reading {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.reading == nil {
		k.reading = map[*reading]bool{}
	}
	r := &reading{folder: folder}
	k.reading[r] = true
	return r
}

// giveUp is for what could not be read.
func (k *rosters) giveUp(r *reading) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.reading, r)
}

// put keeps what was read, if it is worth it; those not used for longest make room.
func (k *rosters) put(r *reading, children []member) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.reading, r)
	if r.stale || len(children) < k.from || len(children) > maxRostered {
		return
	}
	if k.byFolder == nil {
		k.byFolder = map[int64]*roster{}
	}
	k.drop(r.folder)
	k.byFolder[r.folder] = &roster{children: children, used: time.Now()}
	for k.children += len(children); k.children > maxRostered; {
		oldest := r.folder
		for folder, other := range k.byFolder {
			if other.used.Before(k.byFolder[oldest].used) {
				oldest = folder
			}
		}
		k.drop(oldest)
	}
}

func (k *rosters) drop(folder int64) {
	if r := k.byFolder[folder]; r != nil {
		k.children -= len(r.children)
		delete(k.byFolder, folder)
	}
}

// follow notes what a commit changed.
func (k *rosters) follow(ch *change) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for r := range k.reading {
		r.stale = r.stale || ch.stale[r.folder]
	}
	for folder := range ch.stale {
		k.stored.follow(folder)
	}
	for folder, r := range k.byFolder {
		if !ch.stale[folder] {
			continue
		}
		noted := r.note(ch, folder)
		if !noted || len(r.behind) > rosterFrom+len(r.children)/8 {
			k.drop(folder)
		}
	}
}

// note takes down the nodes of a commit that are, or were, in the folder; false when it can't tell
// what changed.
func (r *roster) note(ch *change, folder int64) bool {
	before := len(r.behind)
	for _, t := range ch.order {
		if t.was.parent == folder || t.now.parent == folder {
			r.behind = append(r.behind, edited{t.was, t.now})
		}
	}
	return !ch.initial && len(r.behind) > before
}

// dropUnused lets go of what nobody asked for since a time.
func (k *rosters) dropUnused(since time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for folder, r := range k.byFolder {
		if r.used.Before(since) {
			k.drop(folder)
		}
	}
}

func (k *rosters) clear() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for r := range k.reading {
		r.stale = true
	}
	clear(k.byFolder)
	k.children = 0
}

// amend makes the children of a folder after some commits from those before. Some of the commits
// may be in there already: a node is taken from each place where it was or is now, and put back as
// it is last.
func amend(children []member, folder int64, edits []edited) []member {
	var gone []int
	latest := map[int64]node{}
	for _, e := range edits {
		for _, n := range [...]node{e.was, e.now} {
			if i := position(children, n.member()); i < len(children) && children[i].number == n.number {
				gone = append(gone, i)
			}
		}
		latest[e.now.number] = e.now
	}
	var added []member
	for _, n := range latest {
		if n.parent == folder && n.dead == alive {
			added = append(added, n.member())
		}
	}
	slices.Sort(gone)
	return merge(children, slices.Compact(gone), sortChildren(added))
}

// merge leaves some children out, by their positions in order, and puts others in between.
func merge(children []member, gone []int, added []member) []member {
	merged, from := make([]member, 0, len(children)+len(added)), 0
	upTo := func(end int) {
		for len(gone) > 0 && gone[0] < end {
			merged = append(merged, children[from:gone[0]]...)
			from, gone = gone[0]+1, gone[1:]
		}
		merged = append(merged, children[from:end]...)
		from = end
	}
	for _, c := range added {
		upTo(position(children, c))
		merged = append(merged, c)
	}
	upTo(len(children))
	return merged
}

// position is where a member stands, or would stand, among others.
func position(children []member, c member) int {
	key, probe := c.appendKey(nil), []byte(nil)
	return sort.Search(len(children), func(i int) bool {
		probe = children[i].appendKey(probe[:0])
		if order := bytes.Compare(probe, key); order != 0 {
			return order > 0
		}
		return children[i].compareSpelling(c) >= 0
	})
}
