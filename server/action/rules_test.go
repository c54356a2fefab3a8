package action

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"folderfront/server/catalogue"
)

// A file that is written bit by bit, each time the catalogue has met the last
// one, fires once, when it is whole. A computer that is too busy to write as fast
// as a file settles gets another try.
func TestARuleFiresOnceForAFileThatIsWrittenSlowly(t *testing.T) {
	r, b := newRoom(t), newBin(t)
	r.define(Definitions{
		Connections: []Connection{hook(b)},
		Actions:     []Action{webhook(1, "send", `{"n": "{{ file.name }}", "s": {{ file.size }}}`)},
		Rules:       []Rule{{Name: "new", On: OnCreated, Steps: []string{"send"}, Conditions: []Condition{{"extension", "is", "DOC"}}}},
	})
	tries, steady := 0, false
	r.patience = 3 * time.Minute // a busy computer holds many writers up
	r.eventually("a steady writer", func() bool {
		tries++
		steady = r.writeSlowly(fmt.Sprintf("slow %d.doc", tries))
		return steady
	})
	must(t, os.WriteFile(filepath.Join(r.dir, "other.txt"), nil, 0o644))
	name := fmt.Sprintf("slow %d.doc", tries)
	sent := func() (all []string) {
		for _, m := range b.all() {
			if strings.Contains(m.body, name) || strings.Contains(m.body, "last.doc") {
				all = append(all, m.body)
			}
		}
		return all
	}
	r.eventually("the delivery", func() bool { return len(sent()) > 0 })
	must(t, os.WriteFile(filepath.Join(r.dir, "last.doc"), nil, 0o644))
	r.eventually("the second file's", func() bool { return len(sent()) > 1 })
	if got := sent(); len(got) != 2 || got[0] != fmt.Sprintf(`{"n": %q, "s": 50}`, name) || got[1] != `{"n": "last.doc", "s": 0}` {
		t.Errorf("%q", got)
	}
}

// writeSlowly writes ten pieces and tells whether from before each change of the
// file until after the next it took less than it needs to settle: whatever stalls
// in between is counted, so a writer that was held up is told from a rule that
// fires early.
func (r *room) writeSlowly(name string) (steady bool) {
	r.t.Helper()
	before := time.Now() // the last change
	file, err := os.Create(filepath.Join(r.dir, name))
	must(r.t, err)
	defer file.Close()
	steady = true
	for i := range 10 {
		begin := time.Now()
		_, err := file.WriteString("part ")
		must(r.t, err)
		steady = steady && time.Since(before) < settleTime*3/4
		before = begin
		r.eventually("the catalogue's knowing of it", func() bool { return r.known(name) && r.entry(name).Size >= int64(5*i) })
	}
	return steady
}

// A file that still grows is waited for, whatever pieces of it were seen: only
// when a whole second went by without a change does its rule run, once, for the
// file as it then is.
func TestAFileThatGrowsIsWaitedFor(t *testing.T) {
	r, b := newRoom(t), newBin(t)
	d := one(hook(b), webhook(1, "send", `{"n": "{{ file.name }}", "s": {{ file.size }}}`))
	d.Rules = []Rule{{Name: "new", On: OnCreated, Steps: []string{"send"}}}
	r.define(d)
	whole := r.entry("poster.pdf")
	const tooSoon, enough = 990 * time.Millisecond, time.Second
	settling := map[catalogue.ID]happening{}
	resting := func() time.Time { return settling[whole.ID].since }
	seen := func(kind catalogue.Kind, size int64) {
		part := whole
		part.Size, part.Modified = size, time.Now().Add(-time.Hour) // as a program that sets the time leaves it
		r.hear(t.Context(), catalogue.Event{Kind: kind, Entry: part, Path: part.Name}, settling)
	}
	still := func(when string) {
		t.Helper()
		if runs, err := r.Log(t.Context(), Filter{}); err != nil || len(runs) != 0 || len(settling) != 1 {
			t.Fatalf("%s: %d runs, %d files waited for, %v", when, len(runs), len(settling), err)
		}
	}
	rewind := func() {
		h := settling[whole.ID]
		h.since = h.since.Add(-enough)
		settling[whole.ID] = h
	}

	seen(catalogue.Created, 0)
	still("seen for the first time")
	r.settle(t.Context(), settling, resting().Add(tooSoon))
	still("a moment too early")
	rewind()
	before := resting()
	seen(catalogue.Changed, 1)
	r.settle(t.Context(), settling, before.Add(enough))
	still("grown meanwhile")
	r.settle(t.Context(), settling, resting().Add(enough))
	still("larger than was heard")
	r.settle(t.Context(), settling, resting().Add(tooSoon))
	still("a moment after that was noticed")
	end := resting().Add(enough)
	for range 3 {
		r.settle(t.Context(), settling, end)
	}
	if got := r.bodies(b, 1); len(settling) != 0 || got[0] != `{"n": "poster.pdf", "s": 3}` {
		t.Errorf("%q, %d files waited for", got, len(settling))
	}
	if runs, err := r.Log(t.Context(), Filter{}); err != nil || len(runs) != 1 || runs[0].Rule != "new" {
		t.Errorf("%+v, %v", runs, err)
	}
}

func TestTheFirstScanFiresNothing(t *testing.T) {
	r := newRoom(t)
	b := newBin(t)
	d := Definitions{
		Connections: []Connection{hook(b)}, Actions: []Action{webhook(1, "send", `{}`)},
		Rules: []Rule{{Name: "new", On: OnCreated, Steps: []string{"send"}}},
	}
	r.define(d)
	r.restart()
	r.define(d)
	n, name := 0, ""
	r.eventually("a new file's delivery", func() bool { // those that the scan at the start meets are no news
		if name == "" || r.known(name) {
			n++
			name = fmt.Sprintf("new %d.txt", n)
			must(t, os.WriteFile(filepath.Join(r.dir, name), nil, 0o644))
		}
		return len(b.all()) > 0
	})
	for _, run := range r.ended() {
		if !strings.HasPrefix(run.Title, "new ") {
			t.Errorf("%s fired", run.Title)
		}
	}
}

func TestOncePerFileAndPerVersion(t *testing.T) {
	r := newRoom(t)
	r.define(Definitions{
		Actions: []Action{builtin(1, "tell", "notify", "{{ file.name }}")},
		Rules: []Rule{
			{Name: "file", On: OnTagged, Steps: []string{"tell"}, Once: OncePerFile},
			{Name: "version", On: OnTagged, Steps: []string{"tell"}, Once: OncePerVersion},
			{Name: "always", On: OnTagged, Steps: []string{"tell"}},
		},
	})
	id := r.id("poster.pdf")
	must(t, r.Tag(t.Context(), id, "a"))
	must(t, r.Tag(t.Context(), id, "b"))
	must(t, os.WriteFile(filepath.Join(r.dir, "poster.pdf"), []byte("a new version"), 0o644))
	must(t, r.Tag(t.Context(), id, "c"))
	r.eventually("all runs", func() bool { return len(r.ended()) == 1+2+3 })
	count := map[string]int{}
	for _, run := range r.ended() {
		count[run.Rule]++
	}
	if fmt.Sprint(count) != "map[always:3 file:1 version:2]" {
		t.Errorf("%v", count)
	}
}

// Many runs at once: each is done exactly once.
func TestEachRunIsDoneOnce(t *testing.T) {
	r := newRoom(t)
	b := newBin(t)
	r.define(Definitions{Connections: []Connection{hook(b)}, Actions: []Action{webhook(1, "send", `{"run": "{{ run.id }}"}`)}})
	act, id := r.definitions().Actions[0], r.id("poster.pdf")
	const runs = 100
	for range runs {
		if _, err := r.Perform(t.Context(), Order{Action: act, Files: []catalogue.ID{id, r.id("notes.txt")}, Trigger: ByHand}); err != nil {
			t.Fatal(err)
		}
	}
	r.eventually("the end", func() bool {
		pending, err := r.Log(t.Context(), Filter{State: Pending})
		return err == nil && len(pending) == 0
	})
	seen := map[string]int{}
	for _, m := range b.all() {
		seen[m.body]++
	}
	if len(seen) != 2*runs || len(b.all()) != 2*runs {
		t.Errorf("%d messages of %d runs, want %d of each", len(b.all()), len(seen), 2*runs)
	}
}

func TestConditions(t *testing.T) {
	s := subject{
		entry: catalogue.Entry{Name: "Größe Plan.PDF", Share: "Brand", Size: 1000},
		path:  "Campaign/Größe Plan.PDF", tags: []string{"Approved"},
	}
	for _, c := range []struct {
		field, operator, value string
		holds                  bool
	}{
		{"name", "is", "größe plan.pdf", true},
		{"name", "is not", "x", true},
		{"name", "contains", "PLAN", true},
		{"name", "begins with", "GRO", false},
		{"name", "matches", "*plan.*", true},
		{"name", "matches", "*.doc", false},
		{"extension", "is", "pdf", true},
		{"path", "begins with", "campaign/", true},
		{"folder", "is", "brand", true},
		{"size", "greater than", "999", true},
		{"size", "less than", "999", false},
		{"tag", "is", "approved", true},
		{"tag", "is not", "approved", false},
		{"tag", "is", "other", false},
	} {
		if got := (Condition{c.field, c.operator, c.value}).holds(s); got != c.holds {
			t.Errorf("%s %s %q: %v", c.field, c.operator, c.value, got)
		}
	}
}

func TestWouldMatch(t *testing.T) {
	r := newRoom(t)
	must(t, os.MkdirAll(filepath.Join(r.dir, "deep", "er"), 0o755))
	must(t, os.WriteFile(filepath.Join(r.dir, "deep", "er", "x.pdf"), nil, 0o644))
	r.eventually("two files", func() bool {
		n, _, err := r.WouldMatch(t.Context(), Rule{Conditions: []Condition{{"extension", "is", "pdf"}}})
		return err == nil && n == 2
	})
}

func TestBuiltinOperations(t *testing.T) {
	r := newRoom(t)
	r.define(Definitions{Actions: []Action{
		builtin(1, "copy", "copy", "Copies/{{ file.extension }}"), builtin(2, "zip", "zip", ""),
		builtin(3, "rename", "rename", "{{ file.name | replace: \".pdf\", \"\" }}-final.pdf"), builtin(4, "archive", "archive", "Done"),
		builtin(5, "open", "open", ""),
	}})
	for _, name := range []string{"copy", "zip", "rename", "open", "archive"} {
		runs, err := r.RunByName(t.Context(), name, "me", []catalogue.ID{r.idNow(name)})
		if err != nil || runs[0].State != Done {
			t.Fatalf("%s: %+v, %v", name, runs, err)
		}
	}
	for path, want := range map[string]string{"Copies/pdf/poster.pdf": "one", "Done/poster-final.pdf": "one", "poster.zip": "PK"} {
		got, err := os.ReadFile(filepath.Join(r.dir, path))
		if err != nil || !strings.HasPrefix(string(got), want) {
			t.Errorf("%s: %q, %v", path, got, err)
		}
	}
	if len(r.desktop) != 1 || !strings.HasSuffix(r.desktop[0], "poster-final.pdf") {
		t.Errorf("the desktop got %v", r.desktop)
	}
}

// idNow is the poster's id under the name it has by then.
func (r *room) idNow(operation string) catalogue.ID {
	if operation == "open" || operation == "archive" {
		return r.id("poster-final.pdf")
	}
	return r.id("poster.pdf")
}
