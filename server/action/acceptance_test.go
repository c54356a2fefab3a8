package action

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"folderfront/server/catalogue"
)

// sent remembers Workfront's ids for a file, as an upload would.
func (r *room) sent(document, name string) {
	r.t.Helper()
	must(r.t, r.uploads.Remember(r.t.Context(), document, document+"v", r.id(name)))
}

func TestW1UnknownActionsAndDocumentsFailWithASentence(t *testing.T) {
	r := newRoom(t)
	r.define(Definitions{Actions: []Action{builtin(1, "archive", "archive", "Old")}})
	r.sent("5502082c003a4f30ddec2fb2b739cb7c", "poster.pdf")
	if err := r.Custom(t.Context(), everyone, "nonsense", "5502082c003a4f30ddec2fb2b739cb7c", ""); err == nil || !strings.Contains(err.Error(), "") || sentenceOf(err) == "" {
		t.Errorf("an unknown action: %v", err)
	}
	if err := r.Custom(t.Context(), everyone, "archive", "other", "other"); !errors.Is(err, catalogue.ErrNotFound) {
		t.Errorf("an unknown document: %v", err)
	}
	// The specification's own example has a blank inside the id.
	if err := r.Custom(t.Context(), everyone, "archive", "5502082c003a4f30 ddec2fb2b739cb7c", ""); err != nil {
		t.Errorf("an id with a blank: %v", err)
	}
	if _, err := r.cat.Lookup(t.Context(), r.id("Old")); err != nil {
		t.Error(err)
	}
}

func TestW2OnlyOfferedActionsAreListed(t *testing.T) {
	r := newRoom(t)
	hidden := builtin(2, "hidden", "tag", "x")
	hidden.Workfront = false
	r.define(Definitions{Actions: []Action{builtin(1, "archive", "archive", ""), hidden}})
	if diff := cmp.Diff([]Offer{{"archive", "archive"}}, r.Offered()); diff != "" {
		t.Error(diff)
	}
	r.sent("d", "poster.pdf")
	if err := r.Custom(t.Context(), everyone, "hidden", "d", ""); err == nil {
		t.Error("an action that isn't offered ran")
	}
}

func TestW4FailureTellsTheUserWhy(t *testing.T) {
	r := newRoom(t)
	b := newBin(t)
	b.answer(http.StatusBadRequest)
	r.define(Definitions{Connections: []Connection{hook(b)}, Actions: []Action{webhook(1, "send", `{}`)}})
	r.sent("d", "poster.pdf")
	err := r.Custom(t.Context(), everyone, "send", "d", "")
	if err == nil || !strings.Contains(sentenceOf(err), "status 400") {
		t.Errorf("got %v", err)
	}
}

func TestW5RunsUnattendedUnlessSetToConfirm(t *testing.T) {
	r := newRoom(t)
	ask := builtin(1, "ask", "tag", "asked")
	ask.Confirm = true
	r.define(Definitions{Actions: []Action{ask, builtin(2, "tag", "tag", "seen")}})
	r.sent("d", "poster.pdf")
	must(t, r.Custom(t.Context(), everyone, "tag", "d", ""))
	done := make(chan error, 1)
	go func() { done <- r.Custom(t.Context(), everyone, "ask", "d", "") }()
	var waiting []Run
	r.eventually("the question", func() bool {
		waiting, _ = r.Log(t.Context(), Filter{State: Waiting})
		return len(waiting) == 1
	})
	must(t, r.Decide(t.Context(), waiting[0].ID, true))
	if err := <-done; err != nil {
		t.Errorf("confirmed: %v", err)
	}
	tags, err := r.Tags(t.Context(), r.id("poster.pdf"))
	if diff := cmp.Diff([]string{"asked", "seen"}, tags); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestE1AndE6FireOnASetOfFiles(t *testing.T) {
	r := newRoom(t)
	b := newBin(t)
	together := webhook(7, "all", `{"names": [{% for f in files %}"{{ f.name }}"{% unless forloop.last %},{% endunless %}{% endfor %}]}`)
	together.Together = true
	r.define(Definitions{Connections: []Connection{hook(b)}, Actions: []Action{together, webhook(8, "each", `{"n": "{{ file.name }}"}`)}})
	numbers := []int64{r.entry("poster.pdf").Number, r.entry("notes.txt").Number}

	fired, err := r.Fire(t.Context(), everyone, 7, numbers)
	must(t, err)
	if fired.Result != "200" || fired.URL != b.URL+"/in" || !strings.Contains(fired.Request, `{"names": ["poster.pdf","notes.txt"]}`) ||
		!strings.Contains(fired.Response, "X-Seen: yes") || !strings.HasSuffix(fired.Response, `{"thanks":true}`) {
		t.Errorf("%+v", fired)
	}
	if fired, err = r.Fire(t.Context(), everyone, 8, numbers); err != nil || fired.Result != "200" {
		t.Errorf("%+v, %v", fired, err)
	}
	if got := len(b.all()); got != 3 {
		t.Errorf("%d messages, want one for all and one for each", got)
	}
	gone := newBin(t)
	gone.Close()
	r.define(Definitions{Connections: []Connection{hook(gone)}, Actions: []Action{webhook(8, "each", `{}`)}})
	if fired, err = r.Fire(t.Context(), everyone, 8, numbers[:1]); err != nil || fired.Result != "0" {
		t.Errorf("without a response: %+v, %v", fired, err)
	}
}

func TestE3NoIdsFireNothing(t *testing.T) {
	r := newRoom(t)
	r.define(Definitions{Actions: []Action{builtin(1, "tag", "tag", "x")}})
	if fired, err := r.Fire(t.Context(), everyone, 1, []int64{}); fired != nil || err != nil {
		t.Errorf("%+v, %v", fired, err)
	}
}

func TestE4UnknownActionIsAnError(t *testing.T) {
	r := newRoom(t)
	if _, err := r.Fire(t.Context(), everyone, 99, []int64{1}); !errors.Is(err, catalogue.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}

func TestE5OneForeignFileStopsAll(t *testing.T) {
	r := newRoom(t)
	b := newBin(t)
	r.define(Definitions{Connections: []Connection{hook(b)}, Actions: []Action{webhook(1, "send", `{}`)}})
	stranger := Caller{Name: "bob", May: func(string, bool) bool { return false }}
	for caller, numbers := range map[*Caller][]int64{
		&everyone: {r.entry("poster.pdf").Number, 999999},
		&stranger: {r.entry("poster.pdf").Number},
	} {
		if _, err := r.Fire(t.Context(), *caller, 1, numbers); !errors.Is(err, catalogue.ErrForbidden) {
			t.Errorf("%s: %v", caller.Name, err)
		}
	}
	if len(b.all()) != 0 || len(r.ended()) != 0 {
		t.Error("something was sent")
	}
}

func TestF2AFolderHasAtMostThreeActions(t *testing.T) {
	r := newRoom(t)
	var d Definitions
	for i := range int32(4) {
		act := builtin(i+1, string(rune('a'+i)), "tag", "x")
		act.Folders = []string{"Brand"}
		d.Actions = append(d.Actions, act)
	}
	if err := r.SetDefinitions(d); !errors.Is(err, ErrInvalid) {
		t.Errorf("four: %v", err)
	}
	d.Actions = d.Actions[:3]
	must(t, r.SetDefinitions(d))
}

func TestF3HeadersWithLineBreaksAreRefused(t *testing.T) {
	r := newRoom(t)
	c := hook(newBin(t))
	c.Headers = map[string]string{"X-Key": "a\r\nEvil: b"}
	if err := r.SetDefinitions(Definitions{Connections: []Connection{c}}); !errors.Is(err, ErrInvalid) {
		t.Errorf("got %v", err)
	}
}

func TestF4EveryRunIsInTheLog(t *testing.T) {
	r := newRoom(t)
	r.define(Definitions{Actions: []Action{builtin(1, "tag", "tag", "x"), builtin(2, "bad", "rename", "a/b")}})
	for _, name := range []string{"tag", "bad"} {
		if _, err := r.RunByName(t.Context(), name, "me", []catalogue.ID{r.id("poster.pdf")}); err != nil {
			t.Fatal(err)
		}
	}
	log := r.ended()
	if len(log) != 2 || log[0].State != Done || log[1].State != Failed || log[1].Error == "" || log[0].Title != "poster.pdf" || log[0].Person != "me" {
		t.Errorf("%+v", log)
	}
	if again, err := r.Resend(t.Context(), log[0].ID, "me"); err != nil || again == log[0].ID {
		t.Errorf("resend: %s, %v", again, err)
	}
	r.eventually("the resent run", func() bool { return len(r.ended()) == 3 })
}

func TestD3VariablesAndTheLinkThatOpensTheCase(t *testing.T) {
	r := newRoom(t)
	b := newBin(t)
	r.define(Definitions{Connections: []Connection{hook(b)}, Actions: []Action{
		webhook(1, "send", `{"subject": "{{ case.subject | uri_encode }}", "open": "{{ file.view_link }}", "tags": {{ file.tags | json }}, "size": {{ file.size }}}`),
	}})
	_, err := r.RunByName(t.Context(), "send", "me", []catalogue.ID{r.id("poster.pdf")})
	must(t, err)
	var got map[string]any
	must(t, json.Unmarshal([]byte(b.all()[0].body), &got))
	want := map[string]any{
		"subject": "poster.pdf", "open": "https://files.example.com/view/" + string(r.id("poster.pdf")), "tags": []any{}, "size": 3.0,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestD6TheTagGoesWithTheDelivery(t *testing.T) {
	r := newRoom(t)
	b := newBin(t)
	r.define(Definitions{
		Connections: []Connection{hook(b)},
		Actions:     []Action{webhook(1, "send", `{"t": {{ file.tags | json }}}`)},
		Rules: []Rule{{
			Name: "web action", On: OnTagged, Conditions: []Condition{{"tag", "is", "Send Web Action"}},
			Steps: []string{"send"}, Untag: "Send Web Action",
		}},
	})
	id := r.id("poster.pdf")
	for range 2 {
		must(t, r.Tag(t.Context(), id, "Send Web Action"))
	}
	r.eventually("two deliveries", func() bool { return len(b.all()) == 2 })
	if tags, _ := r.Tags(t.Context(), id); len(tags) != 0 {
		t.Errorf("still tagged %v", tags)
	}
	if !strings.Contains(b.all()[0].body, "Send Web Action") {
		t.Errorf("the message lost the tag it was for: %s", b.all()[0].body)
	}
}

// What was queued before the program stopped is sent after it starts again.
func TestAQueuedRunSurvivesARestart(t *testing.T) {
	r := newRoom(t)
	b := newBin(t)
	d := Definitions{
		Connections: []Connection{hook(b)}, Actions: []Action{webhook(1, "send", `{}`)},
		Rules: []Rule{{Name: "any", On: OnTagged, Steps: []string{"send"}}},
	}
	b.answer(http.StatusServiceUnavailable)
	r.define(d)
	must(t, r.Tag(t.Context(), r.id("poster.pdf"), "go"))
	r.eventually("a failed attempt", func() bool { return len(b.all()) > 0 })
	r.restart()
	b.answer(http.StatusOK)
	r.define(d)
	first := b.all()[0].header.Get("Webhook-Id")
	r.eventually("the delivery", func() bool {
		done, err := r.Log(t.Context(), Filter{State: Done})
		return err == nil && len(done) == 1
	})
	for _, m := range b.all() {
		if m.header.Get("Webhook-Id") != first {
			t.Error("a retry changed the message's id")
		}
	}
}

func TestJudge(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		name    string
		trigger string
		status  int
		tries   int
		state   string
	}{
		{"hand, refused", ByHand, 400, 1, Failed},
		{"hand, server error", ByHand, 500, 1, Failed},
		{"hand, nobody answered", ByHand, 0, 1, Pending},
		{"hand, nobody answered twice", ByHand, 0, 2, Failed},
		{"rule, nobody answered", ByRule, 0, 5, Pending},
		{"rule, later", ByRule, 503, 1, Pending},
		{"rule, too many", ByRule, 429, 1, Pending},
		{"rule, refused", ByRule, 404, 1, Failed},
		{"rule, redirected", ByRule, 302, 1, Failed},
		{"rule, at last", ByRule, 503, len(schedule) + 1, Failed},
	} {
		r := Run{Trigger: c.trigger, tries: c.tries, job: job{Kind: Webhook}}
		state, next := judge(r, Attempt{Status: c.status, Time: now}, nil, now)
		if state != c.state || (state == Pending) != next.After(now) {
			t.Errorf("%s: %s at %v, want %s", c.name, state, next, c.state)
		}
	}
	r := Run{Trigger: ByRule, tries: 1, job: job{Kind: Webhook}}
	_, next := judge(r, Attempt{Status: 503, Time: now, Response: "HTTP/1.1 503 x\r\nRetry-After: 3600\r\n\r\n"}, nil, now)
	if next.Sub(now) < time.Hour {
		t.Errorf("Retry-After is not kept: %v", next.Sub(now))
	}
}

// An action is for the files of its folders: by hand, too, nothing of it reaches
// one outside.
func TestF1AnActionRunsOnlyOnFilesOfItsFolders(t *testing.T) {
	r, b := newRoom(t), newBin(t)
	act := webhook(1, "send", `{"n": "{{ file.name }}"}`)
	act.Folders = []string{"brand"} // as somebody wrote it into the settings
	other := act
	other.ID, other.Name, other.Folders = 2, "elsewhere", []string{"Other"}
	r.define(Definitions{Connections: []Connection{hook(b)}, Actions: []Action{act, other}})
	poster := r.id("poster.pdf")
	if runs, err := r.RunByName(t.Context(), "send", "", []catalogue.ID{poster}); err != nil || len(runs) != 1 || runs[0].State != Done {
		t.Errorf("in its folder: %+v, %v", runs, err)
	}
	_, err := r.RunByName(t.Context(), "elsewhere", "", []catalogue.ID{poster})
	if !errors.Is(err, catalogue.ErrInvalid) || !strings.Contains(sentenceOf(err), `is not for the folder "Brand"`) {
		t.Errorf("outside: %v", err)
	}
	if got := b.all(); len(got) != 1 || got[0].body != `{"n": "poster.pdf"}` {
		t.Errorf("%+v", got)
	}
}
