package catalogue

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"
)

// TestAmend makes commits at random in a folder, some of which the roster holds already, against a
// plain map.
func TestAmend(t *testing.T) {
	const folder = 1
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 0))
		now := map[int64]node{}
		for i := range int64(r.IntN(20)) {
			now[i+10] = node{number: i + 10, parent: folder, id: newID(), name: fmt.Sprint("name ", i)}
		}
		children := membersOf(now, folder)
		var edits []edited
		for step := range r.IntN(12) {
			number := int64(10 + r.IntN(25))
			was, known := now[number]
			if !known {
				was = node{number: number, dead: announced, id: newID()}
			}
			is := was
			switch r.IntN(5) {
			case 0:
				is.parent, is.dead = 2, alive
			case 1:
				is.dead = 77
			case 2:
				is.parent, is.dead, is.name = folder, alive, fmt.Sprint("name ", r.IntN(30), " of ", step)
			case 3:
				is.parent, is.dead, is.name, is.size = folder, alive, fmt.Sprint("name ", number), int64(step)
			case 4:
				is.parent, is.dead, is.name, is.folder = folder, alive, fmt.Sprint("Name ", number), true
			}
			now[number] = is
			edits = append(edits, edited{was, is})
			if r.IntN(4) == 0 {
				children = membersOf(now, folder) // read from the store after the commit
			}
		}
		got, want := amend(children, folder, edits), membersOf(now, folder)
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: %v\nwant %v", seed, got, want)
		}
	}
}

// membersOf is what lies in a folder, as it should be listed.
func membersOf(nodes map[int64]node, folder int64) []member {
	var found []member
	for _, n := range slices.SortedFunc(maps.Values(nodes), func(a, b node) int { return cmp.Compare(a.number, b.number) }) {
		if n.parent == folder && n.dead == alive {
			found = append(found, n.member())
		}
	}
	return sortChildren(found)
}

// TestRosterFollowsChanges lists a folder between changes on the disk and by clients; it must be
// answered from memory, and rightly.
func TestRosterFollowsChanges(t *testing.T) {
	w := newWorld(t, nil)
	w.do("write A/d/a1\nwrite A/d/a10\nwrite A/d/a2\nwrite A/e/x")
	w.open()
	defer func() { w.stop() }()
	w.scan()
	root := child(t, w.c, Root, "A")
	d, e := child(t, w.c, root.ID, "d"), child(t, w.c, root.ID, "e")
	listed := func(want ...string) {
		t.Helper()
		found, err := w.c.Contents(t.Context(), d.ID)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for e := range found.All() {
			names = append(names, e.Name)
		}
		if !slices.Equal(names, want) {
			t.Errorf("listed %q, want %q", names, want)
		}
		if kept, ok := w.c.rosters.get(d.Number); !ok || len(kept) != len(want) {
			t.Errorf("%d are in memory (%v), want %d", len(kept), ok, len(want))
		}
	}
	listed("a1", "a2", "a10")
	if _, err := w.c.Rename(t.Context(), child(t, w.c, d.ID, "a1").ID, "a3"); err != nil {
		t.Fatal(err)
	}
	listed("a2", "a3", "a10")
	if _, err := w.c.Move(t.Context(), child(t, w.c, e.ID, "x").ID, d.ID, "A4"); err != nil {
		t.Fatal(err)
	}
	listed("a2", "a3", "A4", "a10")
	if _, err := w.c.CreateFolder(t.Context(), d.ID, "zz"); err != nil {
		t.Fatal(err)
	}
	listed("zz", "a2", "a3", "A4", "a10")
	if err := os.Remove(w.path("A/d/a2")); err != nil {
		t.Fatal(err)
	}
	listed("zz", "a3", "A4", "a10")
	w.do("write A/d/a5")
	listed("zz", "a3", "A4", "a5", "a10")
}

// TestRostersAreBounded has those go that were not used for longest, or not for long, and keeps
// nothing that was read while a commit changed it.
func TestRostersAreBounded(t *testing.T) {
	k := rosters{from: 2}
	lists := func(folder int64, n int) { k.put(k.begin(folder), make([]member, n)) }
	has := func(folder int64) bool {
		_, ok := k.get(folder)
		return ok
	}
	lists(1, 1)
	lists(2, maxRostered+1)
	if has(1) || has(2) {
		t.Error("one that is too small, or too large, is kept")
	}
	lists(1, maxRostered/2)
	lists(2, maxRostered/2)
	k.byFolder[1].used = time.Now().Add(-time.Minute)
	lists(3, maxRostered/4)
	if has(1) || !has(2) || !has(3) || k.children != maxRostered/2+maxRostered/4 {
		t.Errorf("%d in %d rosters", k.children, len(k.byFolder))
	}
	k.byFolder[2].used = time.Now().Add(-time.Hour)
	k.dropUnused(time.Now().Add(-time.Minute))
	if has(2) || !has(3) {
		t.Error("the one that nobody used is kept, or the other isn't")
	}
	r := k.begin(4)
	k.follow(&change{stale: map[int64]bool{4: true}})
	k.put(r, make([]member, 10))
	if has(4) || len(k.reading) != 0 {
		t.Error("what a commit changed meanwhile is kept")
	}
	k.follow(&change{stale: map[int64]bool{3: true}})
	if has(3) {
		t.Error("a roster outlives a change that it was not told")
	}
	k.clear()
	if k.children != 0 {
		t.Errorf("%d children are left", k.children)
	}
}
