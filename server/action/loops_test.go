package action

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"folderfront/server/catalogue"
)

// Each way in which a run writes is in the ledger of own writes, one step
// deeper than the run.
func TestTheLedgerKnowsWhatRunsWrote(t *testing.T) {
	r := newRoom(t)
	r.define(Definitions{Actions: []Action{
		builtin(1, "copy", "copy", "Copies"), builtin(2, "zip", "zip", "packed"), builtin(3, "rename", "rename", "final.pdf"), builtin(4, "move", "move", "There"),
	}})
	act := func(name string) Action {
		a, _ := r.definitions().action(func(a Action) bool { return a.Name == name })
		return a
	}
	wrote := func(name, from, path string) {
		t.Helper()
		ids, err := r.Perform(t.Context(), Order{Action: act(name), Files: []catalogue.ID{r.id(from)}, Trigger: ByHand, Depth: 1})
		must(t, err)
		if run, err := r.Wait(t.Context(), ids[0]); err != nil || run.State != Done {
			t.Fatalf("%s: %+v, %v", name, run, err)
		}
		written := r.below(path)
		if depth := r.depthOf(written.ID); depth != 2 {
			t.Errorf("%s is %d runs deep, want 2", path, depth)
		}
	}
	wrote("copy", "poster.pdf", "Copies/poster.pdf")
	wrote("zip", "poster.pdf", "packed.zip")
	wrote("rename", "poster.pdf", "final.pdf")
	wrote("move", "final.pdf", "There/final.pdf")
	if depth := r.depthOf(r.share); depth != 0 {
		t.Errorf("what no run wrote is %d deep", depth)
	}
}

// What a run writes is no upload, though Folderfront itself wrote it.
func TestWhatARunWroteIsNoUpload(t *testing.T) {
	r, b := newRoom(t), newBin(t)
	r.telling(b)
	poster := r.entry("poster.pdf")
	settling := map[catalogue.ID]happening{}
	r.ownWrite(poster.ID, 0)
	r.hear(t.Context(), catalogue.Event{Kind: catalogue.Changed, Entry: poster, Path: "poster.pdf", Own: true}, settling)
	if runs, err := r.Log(t.Context(), Filter{}); err != nil || len(runs) != 0 || len(settling) != 1 {
		t.Errorf("a run's own change: %d runs, %d waited for, %v", len(runs), len(settling), err)
	}
	notes := r.entry("notes.txt")
	r.hear(t.Context(), catalogue.Event{Kind: catalogue.Changed, Entry: notes, Path: "notes.txt", Own: true}, settling)
	if runs, err := r.Log(t.Context(), Filter{}); err != nil || len(runs) != 2 {
		t.Errorf("an upload: %d runs, %v", len(runs), err)
	}
}

// A change that three runs led to starts no other, and a run hands its depth on.
func TestTheDepthEndsWhatRulesSetOff(t *testing.T) {
	r, b := newRoom(t), newBin(t)
	r.telling(b)
	poster := subject{entry: r.entry("poster.pdf"), path: "poster.pdf"}
	for depth := range maxDepth + 2 {
		r.judgeEvent(t.Context(), OnChanged, poster, "", depth)
	}
	runs, err := r.Log(t.Context(), Filter{})
	if err != nil || len(runs) != maxDepth {
		t.Fatalf("%d runs, %v; want those of the depths below %d", len(runs), err, maxDepth)
	}
	seen := map[int]bool{}
	for _, run := range runs {
		seen[run.Depth] = true
	}
	if len(seen) != maxDepth || seen[maxDepth] {
		t.Errorf("runs of the depths %v", seen)
	}
}

// The fuse is one rule's for one file within a minute: eleven files are no
// circle, nor is one file in eleven minutes.
func TestTheFuseCountsOneRuleAndOneFileInAMinute(t *testing.T) {
	f := fuse{runs: map[string][]time.Time{}}
	begin := time.Now()
	for i := range 3 * burst {
		if f.blows(fmt.Sprint("file ", i), begin) {
			t.Fatalf("file %d blew it", i)
		}
		if f.blows("slow", begin.Add(time.Duration(i)*(time.Minute/(burst-1)))) {
			t.Fatalf("run %d of a file that changes now and then blew it", i)
		}
	}
	for i := range burst {
		if f.blows("fast", begin) {
			t.Fatalf("run %d blew it", i)
		}
	}
	if !f.blows("fast", begin.Add(59*time.Second)) {
		t.Error("more runs than a minute may have did not blow it")
	}
}

// A rule that runs in circles is stopped, says so, leaves the others alone, and
// runs again once the definitions are set anew.
func TestTheFuseStopsARule(t *testing.T) {
	r := newRoom(t)
	d := Definitions{
		Actions: []Action{builtin(1, "tell", "notify", "x")},
		Rules:   []Rule{{Name: "often", On: OnTagged, Steps: []string{"tell"}}, {Name: "other", On: OnTagged, Steps: []string{"tell"}, Conditions: []Condition{{"tag", "is", "late"}}}},
	}
	r.define(d)
	tag := func(name string) { must(t, r.Tag(t.Context(), r.id("poster.pdf"), name)) }
	for i := range burst + 5 {
		tag(fmt.Sprint(i))
	}
	if got := r.Stopped(); len(got) != 1 || got[0] != "often" {
		t.Errorf("stopped: %v", got)
	}
	r.eventually("the runs before", func() bool { return len(r.ended()) == burst })
	tag("late")
	r.eventually("the other rule's run", func() bool { return len(r.ended()) == burst+1 })
	r.define(d)
	if got := r.Stopped(); len(got) != 0 {
		t.Errorf("still stopped: %v", got)
	}
}

// A rule that fires for many files is no circle: each file counts by itself.
func TestTheFuseCountsEachFileByItself(t *testing.T) {
	r := newRoom(t)
	r.define(Definitions{
		Actions: []Action{builtin(1, "tell", "notify", "x")},
		Rules:   []Rule{{Name: "often", On: OnTagged, Steps: []string{"tell"}}},
	})
	const each = burst - 2
	for i := range each {
		for _, name := range []string{"poster.pdf", "notes.txt"} {
			must(t, r.Tag(t.Context(), r.id(name), fmt.Sprint(i)))
		}
	}
	r.eventually("all runs", func() bool { return len(r.ended()) == 2*each })
	if got := r.Stopped(); len(got) != 0 {
		t.Errorf("stopped: %v", got)
	}
}

// Two rules that answer each other come to rest, with real files.
func TestRulesThatSetEachOtherOffComeToRest(t *testing.T) {
	r := newRoom(t)
	r.define(Definitions{
		Actions: []Action{builtin(1, "there", "move", "There"), builtin(2, "back", "move", "/"), builtin(3, "tell", "notify", "x")},
		Rules: []Rule{
			{Name: "there", On: OnMoved, Steps: []string{"there"}},
			{Name: "back", On: OnMoved, Steps: []string{"back"}},
			{Name: "sentinel", On: OnRenamed, Steps: []string{"tell"}},
		},
	})
	must(t, os.Mkdir(filepath.Join(r.dir, "start"), 0o755))
	must(t, os.Rename(filepath.Join(r.dir, "poster.pdf"), filepath.Join(r.dir, "start", "poster.pdf")))
	r.eventually("the first runs", func() bool { return len(r.moves()) >= 2 })
	// Events come in order: once word of a later one has come, those before it
	// were judged, and had they started a run it would be there.
	notes, sentinels := r.id("notes.txt"), 0
	r.eventually("rest", func() bool {
		before := r.moves()
		for _, run := range before {
			if run.State == Pending {
				return false
			}
		}
		sentinels++
		_, err := r.cat.Rename(t.Context(), notes, fmt.Sprintf("notes %d.txt", sentinels))
		must(t, err)
		r.eventually("word of the sentinel", func() bool {
			heard, err := r.Log(t.Context(), Filter{Action: "tell"})
			return err == nil && len(heard) == sentinels || sentinels > burst
		})
		return len(r.moves()) == len(before)
	})
	if runs := r.moves(); len(runs) > 20 {
		t.Errorf("%d runs", len(runs))
	}
}

// moves are the runs of the two rules.
func (r *room) moves() (all []Run) {
	r.t.Helper()
	for _, name := range []string{"there", "back"} {
		runs, err := r.Log(r.t.Context(), Filter{Action: name})
		must(r.t, err)
		all = append(all, runs...)
	}
	return all
}

// A rule's tag, its memory and its run are one transaction: all or nothing.
func TestTagMemoryAndRunAreOneTransaction(t *testing.T) {
	r := newRoom(t)
	rule := Rule{Name: "web", On: OnTagged, Steps: []string{"tell"}, Untag: "go", Once: OncePerFile}
	r.define(Definitions{Actions: []Action{builtin(1, "tell", "notify", "x")}, Rules: []Rule{rule}})
	id, broken := r.id("poster.pdf"), errors.New("the disk is full")
	r.commits.update = func(ctx context.Context, write func(*sql.Tx) error) error {
		return r.cat.Update(ctx, func(tx *sql.Tx) error { return errors.Join(write(tx), broken) })
	}
	must(t, r.Tag(t.Context(), id, "go"))
	count := func(table string) (n int) {
		must(t, r.cat.View(t.Context(), func(tx *sql.Tx) error { return tx.QueryRow(`SELECT count(*) FROM ` + table).Scan(&n) }))
		return n
	}
	if tags, runs, fired := count("action_tag"), count("action_run"), count("action_fired"); tags != 1 || runs != 0 || fired != 0 {
		t.Errorf("of a transaction that failed %d tags, %d runs and %d memories are left, want the tag alone", tags, runs, fired)
	}
	r.commits.update = r.cat.Update
	must(t, r.Untag(t.Context(), id, "go"))
	must(t, r.Tag(t.Context(), id, "go"))
	if tags, runs, fired := count("action_tag"), count("action_run"), count("action_fired"); tags != 0 || runs != 1 || fired != 1 {
		t.Errorf("of one that did not %d tags, %d runs and %d memories", tags, runs, fired)
	}
}
