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
