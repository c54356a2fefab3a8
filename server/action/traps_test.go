package action

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"folderfront/server/action/outgoing"
	"folderfront/server/catalogue"
)

// telling has rules that send word of everything.
func (r *room) telling(b *bin) {
	d := Definitions{
		Connections: []Connection{hook(b)},
		Actions:     []Action{webhook(1, "send", `{{ event.type }} {{ event.old_path }} {{ file.path }}`)},
	}
	d.Actions[0].ContentType = "text/plain"
	for _, on := range happenings {
		d.Rules = append(d.Rules, Rule{Name: on, On: on, Steps: []string{"send"}})
	}
	r.define(d)
}

// bodies are what arrived, once n did.
func (r *room) bodies(b *bin, n int) (all []string) {
	r.t.Helper()
	r.eventually(fmt.Sprintf("%d messages", n), func() bool { return len(b.all()) >= n })
	for _, m := range b.all() {
		all = append(all, m.body)
	}
	return all
}

// An editor that saves by writing another file and renaming it over the first
// changes the file once. Litter, modes and hidden files are no news.
func TestAtomicSavesAreOneChangeAndLitterIsNone(t *testing.T) {
	r, b := newRoom(t), newBin(t)
	r.telling(b)
	for _, litter := range []string{"~$poster.docx", "x.tmp", "x.part", "x.crdownload", ".hidden"} {
		must(t, os.WriteFile(filepath.Join(r.dir, litter), []byte("litter"), 0o644))
	}
	must(t, os.Chmod(filepath.Join(r.dir, "notes.txt"), 0o600))
	must(t, os.WriteFile(filepath.Join(r.dir, "poster.pdf.tmp"), []byte("a new poster"), 0o644))
	must(t, os.Rename(filepath.Join(r.dir, "poster.pdf.tmp"), filepath.Join(r.dir, "poster.pdf")))
	r.bodies(b, 1)
	must(t, os.WriteFile(filepath.Join(r.dir, "last.txt"), nil, 0o644))
	got := r.bodies(b, 2)
	if diff := cmp.Diff([]string{"changed  poster.pdf", "created  last.txt"}, got); diff != "" {
		t.Error(diff)
	}
}

// A rename fires once, with the old path.
func TestARenameFiresOnceWithTheOldPath(t *testing.T) {
	r, b := newRoom(t), newBin(t)
	r.telling(b)
	must(t, os.Rename(filepath.Join(r.dir, "poster.pdf"), filepath.Join(r.dir, "final.pdf")))
	r.bodies(b, 1)
	must(t, os.WriteFile(filepath.Join(r.dir, "last.txt"), nil, 0o644))
	if diff := cmp.Diff([]string{"renamed poster.pdf final.pdf", "created  last.txt"}, r.bodies(b, 2)); diff != "" {
		t.Error(diff)
	}
}

// Many files at once, 2,000 in the long form: each is told once.
func TestABurstOfFilesIsToldOnceEach(t *testing.T) {
	files := 300
	r, b := newRoom(t), newBin(t)
	r.patience = 2 * time.Minute
	if os.Getenv("FOLDERFRONT_PROVE") != "" {
		files, r.patience = 2000, 15*time.Minute
	}
	r.telling(b)
	must(t, os.Mkdir(filepath.Join(r.dir, "burst"), 0o755))
	for i := range files {
		must(t, os.WriteFile(filepath.Join(r.dir, "burst", fmt.Sprintf("%04d.txt", i)), nil, 0o644))
	}
	seen := map[string]int{}
	for _, body := range r.bodies(b, files) {
		seen[body]++
	}
	if len(seen) != files {
		t.Errorf("%d files were told of in %d messages, want %d", len(seen), len(b.all()), files)
	}
}

// Two files that are copied back and forth by two rules: the fuse, the ledger
// and the depth each would end it.
func TestTheDepthEndsWhatRulesSetOff(t *testing.T) {
	r, b := newRoom(t), newBin(t)
	r.telling(b)
	id := r.id("poster.pdf")
	r.ownWrite(id, maxDepth-1)
	r.judgeEvent(t.Context(), OnChanged, subject{entry: r.entry("poster.pdf"), path: "deep"}, "", r.depthOf(id))
	r.judgeEvent(t.Context(), OnChanged, subject{entry: r.entry("poster.pdf"), path: "fresh"}, "", 0)
	if got := r.bodies(b, 1); len(got) != 1 || !strings.HasSuffix(got[0], "poster.pdf") && !strings.HasSuffix(got[0], "fresh") {
		t.Errorf("%q", got)
	}
	if runs, err := r.Log(t.Context(), Filter{}); err != nil || len(runs) != 1 {
		t.Errorf("%d runs, %v", len(runs), err)
	}
}

// What a rule could not even begin stands in the log.
func TestWhatCannotBeginIsInTheLog(t *testing.T) {
	r, b := newRoom(t), newBin(t)
	d := one(hook(b), webhook(1, "send", `{"unquoted": {{ file.name }}}`))
	d.Rules = []Rule{{Name: "tagged", On: OnTagged, Steps: []string{"send"}}}
	r.define(d)
	must(t, r.Tag(t.Context(), r.id("poster.pdf"), "go"))
	r.eventually("the failure", func() bool { return len(r.ended()) == 1 })
	run := r.ended()[0]
	if run.State != Failed || !strings.Contains(run.Error, "no JSON") || run.Title != "poster.pdf" || run.Rule != "tagged" {
		t.Errorf("%+v", run)
	}
	if _, err := r.Resend(t.Context(), run.ID, ""); err == nil {
		t.Error("what never began was resent")
	}
}

func TestOneOrAllFailedAreResentOnce(t *testing.T) {
	r, b := newRoom(t), newBin(t)
	b.answer(500)
	r.define(one(hook(b), webhook(1, "send", `{}`)))
	first, _ := r.send()
	r.send()
	b.answer(200)
	for _, want := range []int{2, 0} {
		if n, err := r.ResendFailed(t.Context(), Filter{Action: "send"}, "me"); n != want || err != nil {
			t.Errorf("resent %d, %v; want %d", n, err, want)
		}
	}
	if n, err := r.ResendFailed(t.Context(), Filter{Action: "other"}, "me"); n != 0 || err != nil {
		t.Errorf("another action's: %d, %v", n, err)
	}
	r.eventually("both", func() bool { return len(b.all()) == 4 })
	for _, m := range b.all()[2:] {
		if m.header.Get("Webhook-Id") == first.ID {
			t.Error("a resend kept the id")
		}
	}
}

// What stands in a definition can't get out of its place.
func TestDefinitionsThatAreRefused(t *testing.T) {
	absolute := "/bin/true"
	if runtime.GOOS == "windows" {
		absolute = `C:\true.exe`
	}
	base := func() Definitions {
		return Definitions{
			Connections: []Connection{{Name: "hook", URL: "https://a.example", Class: outgoing.Public}},
			Actions:     []Action{{ID: 1, Name: "send", DisplayName: "Send", Kind: Webhook, Connection: "hook"}},
			Rules:       []Rule{{Name: "rule", On: OnCreated, Steps: []string{"send"}}},
		}
	}
	if faults := base().Faults(); len(faults) != 0 {
		t.Fatalf("%+v", faults)
	}
	for what, c := range map[string]struct {
		change func(*Definitions)
		field  string
	}{
		"a path that lengthens the host":   {func(d *Definitions) { d.Actions[0].Path = ".evil.example/" }, "path"},
		"a path of a file's name":          {func(d *Definitions) { d.Actions[0].Path = "{{ file.name }}" }, "path"},
		"a port in the path":               {func(d *Definitions) { d.Actions[0].Path = ":8080/" }, "path"},
		"a host of a file's name":          {func(d *Definitions) { d.Connections[0].URL = "https://{{ file.name }}/" }, "url"},
		"a line break in a type":           {func(d *Definitions) { d.Actions[0].ContentType = "a\r\nb: c" }, "content_type"},
		"a line break in a header":         {func(d *Definitions) { d.Connections[0].Headers = map[string]string{"X": "a\r\nb"} }, "headers"},
		"no destination":                   {func(d *Definitions) { d.Connections[0].Class = "" }, "leads_to"},
		"never a destination":              {func(d *Definitions) { d.Connections[0].Class = outgoing.Never }, "leads_to"},
		"an unknown method":                {func(d *Definitions) { d.Actions[0].Method = "CONNECT" }, "method"},
		"an id too many":                   {func(d *Definitions) { d.Actions = append(d.Actions, d.Actions[0]) }, "id"},
		"no id":                            {func(d *Definitions) { d.Actions[0].ID = 0 }, "id"},
		"a name that isn't one":            {func(d *Definitions) { d.Actions[0].Name = "Send It" }, "name"},
		"an unknown signature":             {func(d *Definitions) { d.Connections[0].Signing = "md5" }, "signing"},
		"a template that reads files":      {func(d *Definitions) { d.Actions[0].Body = `{% include "x" %}` }, "body"},
		"an unknown step":                  {func(d *Definitions) { d.Rules[0].Steps = []string{"other"} }, "steps"},
		"a broken pattern":                 {func(d *Definitions) { d.Rules[0].Conditions = []Condition{{"name", "matches", "[a"}} }, "conditions"},
		"a size that is none":              {func(d *Definitions) { d.Rules[0].Conditions = []Condition{{"size", "is", "big"}} }, "conditions"},
		"a relative program":               {func(d *Definitions) { d.Actions[0] = program("true", false, false) }, "program"},
		"a batch file":                     {func(d *Definitions) { d.Actions[0] = program(absolute+".bat", false, false) }, "program"},
		"a batch file in disguise":         {func(d *Definitions) { d.Actions[0] = program(absolute+".CMD. ", false, false) }, "program"},
		"a program for Workfront, unasked": {func(d *Definitions) { d.Actions[0] = program(absolute, true, false) }, "confirm"},
	} {
		d := base()
		c.change(&d)
		faults := d.Faults()
		if len(faults) == 0 || faults[0].Field != c.field || !strings.HasSuffix(faults[0].Sentence, ".") {
			t.Errorf("%s: %+v", what, faults)
		}
	}
	d := base()
	d.Connections[0].URL, d.Actions[0].Path = "https://a.example/in?id=", "{{ file.id }}"
	d.Actions = append(d.Actions, program(absolute, true, true))
	d.Actions[1].ID, d.Actions[1].Name = 2, "run"
	if faults := d.Faults(); len(faults) != 0 {
		t.Errorf("behind a path anything may follow: %+v", faults)
	}
}

func program(path string, workfront, confirm bool) Action {
	return Action{ID: 1, Name: "send", DisplayName: "Send", Kind: Command, Program: path, Workfront: workfront, Confirm: confirm}
}

// A program is started for others only after a yes at this computer.
func TestProgramsThatOthersAskForWait(t *testing.T) {
	r := newRoom(t)
	r.define(Definitions{Actions: []Action{program("/bin/true", false, false)}})
	fired, err := r.Fire(t.Context(), everyone, 1, []int64{r.entry("poster.pdf").Number})
	must(t, err)
	waiting := r.Attention().Waiting
	if fired.Result != "0" || len(waiting) != 1 || len(r.ended()) != 0 {
		t.Fatalf("%+v, %d wait", fired, len(waiting))
	}
	r.restart()
	if again := r.Attention().Waiting; len(again) != 1 || again[0].ID != waiting[0].ID {
		t.Errorf("forgotten by a restart: %+v", again)
	}
	must(t, r.Decide(t.Context(), waiting[0].ID, false))
	if err := r.Decide(t.Context(), waiting[0].ID, true); err == nil {
		t.Error("a run was decided twice")
	}
	if ended := r.ended(); len(ended) != 1 || ended[0].State != Failed || len(r.Attention().Waiting) != 0 {
		t.Errorf("%+v", ended)
	}
}

// "Which file is this?" is asked until it is answered, and the answer is kept.
func TestUnknownDocumentsAreAskedFor(t *testing.T) {
	r := newRoom(t)
	r.define(Definitions{Actions: []Action{builtin(1, "tag", "tag", "seen")}})
	for i := range maxUnknown + 5 {
		if err := r.Custom(t.Context(), everyone, "tag", fmt.Sprintf("d%d", i), ""); err == nil {
			t.Fatal("an unknown document was acted on")
		}
	}
	asked := r.Attention().Unknown
	if len(asked) != maxUnknown || asked[0].Document != "d24" || asked[0].Person != everyone.Name || asked[0].Action != "tag" {
		t.Fatalf("%d asked, %+v", len(asked), asked[0])
	}
	r.restart()
	r.define(Definitions{Actions: []Action{builtin(1, "tag", "tag", "seen")}})
	if again := r.Attention().Unknown; len(again) != maxUnknown || again[0].Document != "d24" {
		t.Errorf("forgotten by a restart: %d", len(again))
	}
	must(t, r.Know(t.Context(), "d2 4", r.id("poster.pdf")))
	must(t, r.Know(t.Context(), "d23", ""))
	if left := r.Attention().Unknown; len(left) != maxUnknown-2 || left[0].Document != "d22" {
		t.Errorf("%d left", len(left))
	}
	must(t, r.Custom(t.Context(), everyone, "tag", "d24", ""))
	if err := r.Custom(t.Context(), everyone, "tag", "d23", ""); err == nil {
		t.Error("a dropped question was taken for an answer")
	}
}

// A value of a URL's query that looks like a secret is hidden wherever it shows.
func TestSecretsInAURLAreHidden(t *testing.T) {
	r, b := newRoom(t), newBin(t)
	c := hook(b)
	act := webhook(1, "send", `{}`)
	act.Path = "/in?token=abc123&n={{ file.name }}"
	r.define(one(c, act))
	_, attempts := r.send()
	if got := b.all()[0].url; got != "/in?token=abc123&n=poster.pdf" {
		t.Errorf("sent to %s", got)
	}
	shown := attempts[0].Request + attempts[0].URL + Curl(attempts[0])
	if strings.Contains(shown, "abc123") || !strings.Contains(shown, "token=•••&n=poster.pdf") {
		t.Error(shown)
	}
	preview, err := r.Preview(t.Context(), act, c, r.id("poster.pdf"))
	if err != nil || strings.Contains(preview.URL, "abc123") {
		t.Errorf("%+v, %v", preview, err)
	}
}

// Actions are for files: a folder or the root is refused.
func TestFoldersAreRefused(t *testing.T) {
	r, b := newRoom(t), newBin(t)
	r.define(one(hook(b), webhook(1, "send", `{}`)))
	share, err := r.cat.Lookup(t.Context(), r.share)
	must(t, err)
	for _, number := range []int64{0, share.Number} {
		if _, err := r.Fire(t.Context(), everyone, 1, []int64{number}); err == nil {
			t.Errorf("%d: no refusal", number)
		}
	}
	if _, err := r.RunByName(t.Context(), "send", "", []catalogue.ID{r.share}); err == nil || len(b.all()) != 0 {
		t.Errorf("by hand: %v", err)
	}
}

// What a folder holds when it is shared is no news; what comes later is.
func TestWhatASharedFolderHoldsAlreadyIsNoNews(t *testing.T) {
	r, b := newRoom(t), newBin(t)
	r.telling(b)
	other := t.TempDir()
	for i := range 20 {
		must(t, os.WriteFile(filepath.Join(other, fmt.Sprintf("old %d.txt", i)), nil, 0o644))
	}
	must(t, r.cat.SetShares(t.Context(), []catalogue.Share{{Name: "Brand", Path: r.dir}, {Name: "Other", Path: other}}))
	r.eventually("the scan", func() bool {
		for _, s := range r.cat.Status() {
			if s.Name == "Other" && s.State == catalogue.Ready && s.Files == 20 {
				return true
			}
		}
		return false
	})
	// Events come in order and rest equally long: had any of the twenty been
	// news, its run would have been made before the second file's.
	for i, name := range []string{"new.txt", "newer.txt"} {
		must(t, os.WriteFile(filepath.Join(other, name), nil, 0o644))
		r.bodies(b, i+1)
	}
	if diff := cmp.Diff([]string{"created  new.txt", "created  newer.txt"}, r.bodies(b, 2)); diff != "" {
		t.Error(diff)
	}
	if runs, err := r.Log(t.Context(), Filter{}); err != nil || len(runs) != 2 {
		t.Errorf("%d runs, %v", len(runs), err)
	}
}
