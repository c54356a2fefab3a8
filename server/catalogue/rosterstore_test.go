package catalogue

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"
)

// storedNames are the names in a folder's stored roster; nil when there is none.
func (w *world) storedNames(folder int64) []string {
	w.t.Helper()
	members, err := w.c.store.roster(w.t.Context(), folder)
	if err != nil && !errors.Is(err, errRoster) {
		w.t.Fatal(err)
	}
	var names []string
	for _, m := range members {
		names = append(names, m.name)
	}
	return names
}

func (w *world) listedNames(folder ID) []string {
	w.t.Helper()
	children, err := w.c.Children(w.t.Context(), folder)
	if err != nil {
		w.t.Fatal(err)
	}
	var names []string
	for _, e := range children {
		names = append(names, e.Name)
	}
	return names
}

// largeFolder is a world in which a folder of three is a very large one, scanned once.
func largeFolder(t *testing.T) (*world, Entry) {
	w := newWorld(t, func(c *Catalogue) { c.rosters.stored.from = 3 })
	w.do("write A/d/a1\nwrite A/d/a10\nwrite A/d/a2\nwrite A/e/x")
	w.open()
	w.scan()
	return w, child(t, w.c, child(t, w.c, Root, "A").ID, "d")
}

// TestRosterIsStored has the listing of a large folder come from the store after a start, and never
// be out of date.
func TestRosterIsStored(t *testing.T) {
	w, d := largeFolder(t)
	defer func() { w.stop() }()
	if got := w.storedNames(d.Number); got != nil {
		t.Fatalf("stored before it was left alone: %q", got)
	}
	w.c.storeRosters(t.Context(), time.Now())
	want := []string{"a1", "a2", "a10"}
	if got := w.storedNames(d.Number); !slices.Equal(got, want) {
		t.Fatalf("stored %q, want %q", got, want)
	}
	again := func() {
		t.Helper()
		w.stop()
		w.open()
		if got := w.listedNames(d.ID); !slices.Equal(got, want) {
			t.Fatalf("listed %q, want %q", got, want)
		}
	}
	again()
	if _, err := w.c.Rename(t.Context(), child(t, w.c, d.ID, "a1").ID, "a3"); err != nil {
		t.Fatal(err)
	}
	want = []string{"a2", "a3", "a10"}
	if got := w.storedNames(d.Number); got != nil {
		t.Errorf("stored after a change: %q", got)
	}
	again() // the end has stored it
	if got := w.storedNames(d.Number); !slices.Equal(got, want) {
		t.Errorf("stored at the end: %q, want %q", got, want)
	}
	w.stop()
	w.do("rm A/d/a2\nwrite A/d/a4\nwrite A/d/a5")
	want = []string{"a3", "a4", "a5", "a10"}
	w.open()
	w.scan()
	if got := w.listedNames(d.ID); !slices.Equal(got, want) {
		t.Errorf("after changes while stopped: %q, want %q", got, want)
	}
	w.do("rm A/d")
	w.scan()
	if got := w.storedNames(d.Number); got != nil {
		t.Errorf("a folder that is gone has a listing: %q", got)
	}
}

// TestStoredRosterIsRead proves that a listing comes from the stored roster, and goes on in memory when
// a change removes that.
func TestStoredRosterIsRead(t *testing.T) {
	w, d := largeFolder(t)
	defer func() { w.stop() }()
	w.c.storeRosters(t.Context(), time.Now())
	members, err := w.c.store.roster(t.Context(), d.Number)
	if err != nil {
		t.Fatal(err)
	}
	members[0].name = "from the roster"
	figures, text := encodeMembers(members, len(members))
	if err := w.c.store.exec(t.Context(), `UPDATE roster SET figures=?, text=?`, figures, text); err != nil {
		t.Fatal(err)
	}
	w.c.rosters.clear()
	if _, err := w.c.CreateFolder(t.Context(), d.ID, "new"); err != nil {
		t.Fatal(err)
	}
	if got, want := w.listedNames(d.ID), []string{"new", "from the roster", "a2", "a10"}; !slices.Equal(got, want) {
		t.Errorf("listed %q, want %q", got, want)
	}
}

// TestSpoiltRosterIsMadeAnew damages a stored roster.
func TestSpoiltRosterIsMadeAnew(t *testing.T) {
	w, d := largeFolder(t)
	defer func() { w.stop() }()
	w.c.storeRosters(t.Context(), time.Now())
	if err := w.c.store.exec(t.Context(), `UPDATE roster SET text=substr(text, 2)`); err != nil {
		t.Fatal(err)
	}
	want := []string{"a1", "a2", "a10"}
	if got := w.listedNames(d.ID); !slices.Equal(got, want) {
		t.Errorf("listed %q, want %q", got, want)
	}
	w.c.storeRosters(t.Context(), time.Now())
	if got := w.storedNames(d.Number); !slices.Equal(got, want) {
		t.Errorf("stored %q, want %q", got, want)
	}
}

// TestSpoiltRosterGoesWithAChange: one that could not be read is not left behind by a change, to be
// read at the next start.
func TestSpoiltRosterGoesWithAChange(t *testing.T) {
	w, d := largeFolder(t)
	defer func() { w.stop() }()
	w.c.storeRosters(t.Context(), time.Now())
	sound, text := encodeMembers([]member{{number: 99, id: newID(), name: "stale"}}, 1)
	if err := w.c.store.exec(t.Context(), `UPDATE roster SET figures=x''`); err != nil {
		t.Fatal(err)
	}
	w.listedNames(d.ID)
	if err := w.c.store.exec(t.Context(), `UPDATE roster SET figures=?, text=?`, sound, text); err != nil {
		t.Fatal(err)
	}
	if _, err := w.c.CreateFolder(t.Context(), d.ID, "new"); err != nil {
		t.Fatal(err)
	}
	if got := w.storedNames(d.Number); got != nil {
		t.Errorf("left behind: %q", got)
	}
	if got := w.listedNames(d.ID); len(got) != 4 {
		t.Errorf("listed %q", got)
	}
}

// TestRosterIsStoredAfterQuiet has no roster stored while its folder keeps changing.
func TestRosterIsStoredAfterQuiet(t *testing.T) {
	w, d := largeFolder(t)
	defer func() { w.stop() }()
	w.c.storeRosters(t.Context(), time.Now())
	before := time.Now()
	if _, err := w.c.CreateFolder(t.Context(), d.ID, "new"); err != nil {
		t.Fatal(err)
	}
	w.c.storeRosters(t.Context(), before)
	if got := w.storedNames(d.Number); got != nil {
		t.Errorf("stored too early: %q", got)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	w.c.storeRosters(ended, time.Now())
	w.c.storeRosters(t.Context(), time.Now())
	if got := w.storedNames(d.Number); len(got) != 4 {
		t.Errorf("stored %q", got)
	}
}

// TestImportChangesStoredRosters gives ids of another computer to what lies in a large folder.
func TestImportChangesStoredRosters(t *testing.T) {
	w, d := largeFolder(t)
	var exported bytes.Buffer
	if err := w.c.Export(t.Context(), &exported); err != nil {
		t.Fatal(err)
	}
	w.stop()
	if err := os.Remove(w.db); err != nil {
		t.Fatal(err)
	}
	w.open()
	defer func() { w.stop() }()
	w.scan()
	w.c.storeRosters(t.Context(), time.Now())
	if err := w.c.Import(t.Context(), &exported); err != nil {
		t.Fatal(err)
	}
	if s := w.difference(); s != "" {
		t.Error(s)
	}
	if got := w.listedNames(d.ID); len(got) != 3 {
		t.Errorf("listed %q", got)
	}
}

// TestRosterInParts stores rosters of lengths around those of the parts, and loses a part.
func TestRosterInParts(t *testing.T) {
	w, _ := largeFolder(t)
	defer func() { w.stop() }()
	for _, n := range []int{1, partLength - 1, partLength, partLength + 1, 3*partLength + 7} {
		var members []member
		for i := range n {
			members = append(members, member{number: int64(i), id: newID(), name: fmt.Sprint("name\xff\u00e9 ", i), folder: i%2 == 0})
		}
		if err := w.c.Update(t.Context(), func(tx *sql.Tx) error { return writeRoster(tx, 7, members) }); err != nil {
			t.Fatal(err)
		}
		if got, err := w.c.store.roster(t.Context(), 7); err != nil || !slices.Equal(got, members) {
			t.Fatalf("%d members: %d are read, %v", n, len(got), err)
		}
	}
	if err := w.c.store.exec(t.Context(), `DELETE FROM roster WHERE folder=7 AND part=1`); err != nil {
		t.Fatal(err)
	}
	if got, err := w.c.store.roster(t.Context(), 7); !errors.Is(err, errRoster) {
		t.Errorf("without a part: %d are read, %v", len(got), err)
	}
}

func TestDecodeMembersRefuses(t *testing.T) {
	part, text := encodeMembers([]member{{number: 1, id: newID(), name: "a", size: 1, mtime: -5}, {number: 2, id: newID(), name: "b\xff", folder: true}}, 3)
	members, all, err := decodeMembers(nil, part, text)
	if err != nil || all != 3 || len(members) != 2 || members[0].mtime != -5 || !members[1].folder || members[1].name != "b\xff" {
		t.Fatalf("%+v, %d, %v", members, all, err)
	}
	if _, _, err := decodeMembers(members, part, text); !errors.Is(err, errRoster) {
		t.Errorf("more than all members: %v", err)
	}
	for end := range len(part) {
		if _, _, err := decodeMembers(nil, part[:end], text); !errors.Is(err, errRoster) {
			t.Fatalf("%d bytes of %d: %v", end, len(part), err)
		}
	}
	for _, other := range []string{"", text[1:], text + "a"} {
		if _, _, err := decodeMembers(nil, part, other); !errors.Is(err, errRoster) {
			t.Errorf("%q as text: %v", other, err)
		}
	}
	for _, other := range [][]byte{append(bytes.Clone(part), 0), append([]byte{rosterForm + 1}, part[1:]...)} {
		if _, _, err := decodeMembers(nil, other, text); !errors.Is(err, errRoster) {
			t.Errorf("%v as figures: %v", other, err)
		}
	}
}

func FuzzDecodeMembers(f *testing.F) {
	for n := range 3 {
		var members []member
		for i := range n {
			members = append(members, member{number: int64(i), id: newID(), name: fmt.Sprint("name ", i), size: 1 << 40, mtime: int64(i) - 1})
		}
		part, text := encodeMembers(members, n)
		f.Add(part, text)
	}
	f.Fuzz(func(t *testing.T, part []byte, text string) {
		members, all, err := decodeMembers(nil, part, text)
		if err != nil {
			return
		}
		part, text = encodeMembers(members, all)
		again, allAgain, err := decodeMembers(nil, part, text)
		if err != nil || allAgain != all || !slices.Equal(again, members) {
			t.Fatalf("%+v became %+v, %v", members, again, err)
		}
	})
}
