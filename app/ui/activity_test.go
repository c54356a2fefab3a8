//go:build !headless || ci

package ui

import (
	"testing"
	"time"

	"folderfront/app/state"
)

// TestActivityFetchesWhatIsLookedAt shows any of 100,000 rows without fetching
// all of them.
func TestActivityFetchesWhatIsLookedAt(t *testing.T) {
	core := overfull()
	f := newTestFace(t, core)
	f.open("Activity")
	p := f.pages["Activity"].(*activity)
	if n := p.list.Length(); n != len(core.log) {
		t.Fatalf("the list has %d rows, want %d", n, len(core.log))
	}
	for _, i := range []int{99_999, 50_000, 123, 99_000} {
		p.list.ScrollTo(i)
		if a, known := p.timeline.at(i); !known || !a.Time.Equal(core.log[i].Time) {
			t.Errorf("row %d is %v, %v", i, known, a.Title)
		}
	}
	if asked := len(core.did()); asked > 20 {
		t.Errorf("%d questions for 4 places", asked)
	}
	for i := range 100 {
		p.list.ScrollTo(i * 1000)
	}
	if n := len(p.timeline.pieces); n > keptPieces {
		t.Errorf("%d pieces are remembered", n)
	}
	mustSay(t, f, core.log[99_000].Title[:4])
}

// TestActivityStaysWhereThePersonLooks lets new things happen while the list is
// at its top, further down, filtered and cleared.
func TestActivityStaysWhereThePersonLooks(t *testing.T) {
	core := overfull()
	core.log, core.st.Recent = core.log[:1000], core.log[:50]
	f := newTestFace(t, core)
	f.open("Activity")
	p := f.pages["Activity"].(*activity)
	happen := func(title string) {
		now := state.Activity{Time: moment.Add(time.Duration(len(core.log)) * time.Minute), Title: title, Verb: "viewed"}
		core.log = append([]state.Activity{now}, core.log...)
		core.st.Recent = core.log[:50]
		follow(f, core)
	}
	happen("at the top.pdf")
	mustSay(t, f, "at the top.pdf")
	p.list.ScrollTo(500)
	there, _ := p.timeline.at(500)
	happen("meanwhile.pdf")
	if still, _ := p.timeline.at(500); still.Title != there.Title {
		t.Errorf("row 500 was %q and is now %q", there.Title, still.Title)
	}
	press(t, f, "Show the newest")
	mustSay(t, f, "meanwhile.pdf")

	p.filter.SetText("AT THE TOP")
	if p.timeline.total != 1 || says(f, "meanwhile.pdf") {
		t.Errorf("%d rows pass the filter", p.timeline.total)
	}
	p.filter.SetText("no such thing")
	mustSay(t, f, "Nothing that happened matches")
	press(t, f, "Show everything")
	press(t, f, "Clear…")
	mustSay(t, f, "can no longer be looked up")
	press(t, f, "Clear list")
	follow(f, core)
	mustSay(t, f, "Nothing here yet.")
}

// TestProgressIsTold shows how far, how fast and how long still: transfers under
// way, and reading the folders.
func TestProgressIsTold(t *testing.T) {
	core := typical()
	core.st.Time = moment
	core.st.Transfers = []state.Transfer{
		{Title: "poster.pdf", Done: 30_000_000, Total: 120_000_000, Started: moment.Add(-10 * time.Second)},
		{Title: "unknown.bin", Upload: true, Done: 4_000_000, Total: -1, Started: moment.Add(-4 * time.Second)},
		{Title: "begun.bin", Total: 10, Started: moment},
	}
	core.st.Index = state.Index{Scanning: true, Files: 200_000, Done: 20_000, Left: 90 * time.Second}
	f := newTestFace(t, core)
	f.open("Activity")
	for _, s := range []string{"30 MB of 120 MB", "3 MB/s", "30 s left", "unknown.bin", "1 MB/s", "begun.bin"} {
		mustSay(t, f, s)
	}
	f.open("Folders")
	for _, s := range []string{"20,000 files read", "2,000 files/s", "2 min left"} {
		mustSay(t, f, s)
	}
}
