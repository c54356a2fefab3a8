package action

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	loopback "folderfront/server/action/bin"
	"folderfront/server/catalogue"
)

// one is a webhook "send" to a connection.
func one(c Connection, act Action) Definitions {
	act.Connection = c.Name
	return Definitions{Connections: []Connection{c}, Actions: []Action{act}}
}

// send runs the action "send" on the poster and returns what became of it.
func (r *room) send() (Run, []Attempt) {
	r.t.Helper()
	runs, err := r.RunByName(r.t.Context(), "send", "ann@example.com", []catalogue.ID{r.id("poster.pdf")})
	must(r.t, err)
	run, attempts, err := r.Detail(r.t.Context(), runs[0].ID)
	must(r.t, err)
	return run, attempts
}

// preset is a webhook "send" made of a preset for this receiver.
func preset(t *testing.T, name, url string) (Connection, Action) {
	t.Helper()
	c, act, chosen, err := Guess(url+"/hook", name)
	if err != nil || chosen != name {
		t.Fatalf("%s: %s, %v", name, chosen, err)
	}
	act.ID, act.Name = 7, "send"
	return c, act
}

func TestE7ADescriptionASecretActiveAndFailuresAreNews(t *testing.T) {
	r, b := newRoom(t), newBin(t)
	b.answer(http.StatusInternalServerError)
	d := one(hook(b), webhook(1, "send", `{}`))
	d.Actions[0].RetryOnce = true
	d.Rules = []Rule{{Name: "tagged", On: OnTagged, Steps: []string{"send"}}}
	r.define(d)
	id := r.id("poster.pdf")
	r.sent("d", "poster.pdf")
	if err := r.Custom(t.Context(), everyone, "send", "d", ""); err == nil {
		t.Fatal("a failure was told as success")
	}
	r.eventually("news of the failure", func() bool { return r.Attention().Failure.Number > 0 }) // after the answer
	news := r.Attention().Failure
	if news.Number != 1 || news.Count != 1 || news.Run.Action != "send" || news.Run.Error == "" {
		t.Errorf("%+v", news)
	}
	// A receiver that is down is one notification, not hundreds.
	r.sent("e", "notes.txt")
	if err := r.Custom(t.Context(), everyone, "send", "e", ""); err == nil {
		t.Fatal("a failure was told as success")
	}
	if again := r.Attention().Failure; again.Number != 1 {
		t.Errorf("news again at once: %+v", again)
	}
	// By name, time, result and user in the log.
	for what, f := range map[string]Filter{
		"name": {Action: "send", State: Failed},
		"user": {Person: "ANN@"},
		"file": {File: "poster"},
		"id":   {File: string(id)},
		"time": {Since: time.Now().Add(-time.Minute), Until: time.Now().Add(time.Minute), File: "poster"},
		"text": {Text: "POSTER", Trigger: ByWorkfront},
	} {
		runs, err := r.Log(t.Context(), f)
		if err != nil || len(runs) == 0 || runs[0].Action != "send" {
			t.Errorf("by %s: %+v, %v", what, runs, err)
		}
	}
	for what, f := range map[string]Filter{
		"name": {Action: "other"}, "user": {Person: "poster"}, "file": {File: "ann@"}, "time": {Until: time.Now().Add(-time.Hour)},
		"result": {State: Done}, "trigger": {Trigger: ByRule}, "wildcards": {Text: "p%r"}, "another id": {File: string(r.cat.NewID())},
	} {
		if runs, err := r.Log(t.Context(), f); err != nil || len(runs) != 0 {
			t.Errorf("by a wrong %s: %+v, %v", what, runs, err)
		}
	}
	// Switched off, nothing is sent.
	d.Actions[0].Paused = true
	r.define(d)
	before := len(b.all())
	if _, err := r.RunByName(t.Context(), "send", "", []catalogue.ID{id}); err == nil || len(b.all()) != before {
		t.Errorf("switched off: %v", err)
	}
}

func TestF2TheLimitOfAFolderCanBeSet(t *testing.T) {
	var d Definitions
	for i := range int32(4) {
		act := builtin(i+1, fmt.Sprint("act", i), "tag", "x")
		act.Folders = []string{"Brand"}
		d.Actions = append(d.Actions, act)
	}
	faults := d.Faults()
	if len(faults) != 1 || faults[0].Name != "act3" || faults[0].Field != "folders" {
		t.Errorf("four of three: %+v", faults)
	}
	d.PerFolder = 4
	if err := d.Validate(); err != nil {
		t.Errorf("four of four: %v", err)
	}
	if diff := cmp.Diff([]string{"Brand"}, d.FullFolders()); diff != "" {
		t.Error(diff)
	}
}

// F6: the fields of Flashduty's documents, all that are required and no other
// names than theirs.
func TestF6TheFlashdutyPayload(t *testing.T) {
	r, b := newRoom(t), newBin(t)
	r.define(one(preset(t, "flashduty", b.URL)))
	must(t, r.SetTags(t.Context(), r.id("poster.pdf"), []string{"nj", "urgent"}))
	run, _ := r.send()
	if run.State != Done {
		t.Fatalf("%+v", run)
	}
	entry, got := r.entry("poster.pdf"), b.all()[0]
	var body map[string]any
	must(t, json.Unmarshal([]byte(got.body), &body))
	modified := float64(entry.Modified.Unix())
	want := map[string]any{
		"event_time": float64(run.Time.UnixMilli()), "event_type": "i_custom", "event_id": run.ID,
		"person": map[string]any{"person_id": float64(PersonNumber("ann@example.com")), "person_name": "ann@example.com", "email": "ann@example.com"},
		"incident": map[string]any{
			"incident_id": string(entry.ID), "title": "poster.pdf", "description": "poster.pdf", "incident_severity": "Info",
			"incident_status": "Info", "progress": "Triggered", "created_at": modified, "updated_at": modified,
			"start_time": float64(run.Time.Unix()), "labels": map[string]any{"tags": "nj, urgent", "event": "hand"},
			"channel_name": "Brand", "detail_url": "https://files.example.com/view/" + string(entry.ID),
		},
	}
	if diff := cmp.Diff(want, body); diff != "" {
		t.Error(diff)
	}
	if got.method != http.MethodPost || got.header.Get("Content-Type") != "application/json" {
		t.Errorf("%s, %s", got.method, got.header.Get("Content-Type"))
	}
	// 200 alone is success.
	b.answer(http.StatusAccepted)
	if run, _ = r.send(); run.State != Failed {
		t.Errorf("202: %+v", run)
	}
	// The operator is there only when a person acted, and a rule tries once more.
	d := r.definitions()
	d.Rules = []Rule{{Name: "tagged", On: OnTagged, Steps: []string{"send"}}}
	r.define(d)
	must(t, r.Tag(t.Context(), entry.ID, "go"))
	r.eventually("the rule's message", func() bool { return len(b.all()) == 3 })
	if last := b.all()[2].body; strings.Contains(last, "person") {
		t.Errorf("a rule is no person: %s", last)
	}
	retried := Run{Trigger: ByRule, tries: 1, job: job{Kind: Webhook, RetryOnce: true}}
	if state, _ := judge(retried, Attempt{}, nil, time.Now()); state != Pending {
		t.Errorf("after the first try: %s", state)
	}
	retried.tries = 2
	if state, _ := judge(retried, Attempt{}, nil, time.Now()); state != Failed {
		t.Errorf("after the second: %s", state)
	}
}

// The body of EnergyCAP's document, and its header.
func TestE1TheEnergyCAPPayload(t *testing.T) {
	r, b := newRoom(t), newBin(t)
	r.secrets["eci-apikey"] = "k3y"
	r.define(one(preset(t, "energycap", b.URL)))
	files := []catalogue.ID{r.id("poster.pdf"), r.id("notes.txt")}
	runs, err := r.RunByName(t.Context(), "send", "me", files)
	must(t, err)
	if len(runs) != 1 || runs[0].State != Done {
		t.Fatalf("%+v", runs)
	}
	got := b.all()[0]
	if want := fmt.Sprintf(`{ "ids": [%d,%d], "webhookId": 7 }`, r.entry("poster.pdf").Number, r.entry("notes.txt").Number); got.body != want {
		t.Errorf("got %s, want %s", got.body, want)
	}
	if got.header.Get("ECI-ApiKey") != "k3y" || got.header.Get("Content-Type") != "application/json" {
		t.Errorf("%v", got.header)
	}
}

func TestD1AConnectionIsSetUpOnce(t *testing.T) {
	r, b := newRoom(t), newBin(t)
	c, act := preset(t, "desk", b.URL)
	c.User, r.secrets[PasswordOf(c.Name)] = "agent", "pa55"
	r.define(one(c, act))
	r.send()
	if user, password, _ := (&http.Request{Header: b.all()[0].header}).BasicAuth(); user != "agent" || password != "pa55" {
		t.Errorf("signed in as %q with %q", user, password)
	}
	delete(r.secrets, PasswordOf(c.Name))
	r.missing = true
	if run, _ := r.send(); run.State != Failed || !strings.Contains(run.Error, "keyring") || len(b.all()) != 1 {
		t.Errorf("without its secret: %+v", run)
	}
}

func TestD2ManyActionsUnderOneConnection(t *testing.T) {
	r, b := newRoom(t), newBin(t)
	fixed, filled := webhook(1, "fixed", `{"text": "a case was updated"}`), webhook(2, "filled", `{"text": "{{ case.subject }} was updated"}`)
	r.define(Definitions{Connections: []Connection{hook(b)}, Actions: []Action{fixed, filled}})
	for _, name := range []string{"fixed", "filled"} {
		_, err := r.RunByName(t.Context(), name, "", []catalogue.ID{r.id("poster.pdf")})
		must(t, err)
	}
	got := []string{b.all()[0].body, b.all()[1].body}
	if diff := cmp.Diff([]string{`{"text": "a case was updated"}`, `{"text": "poster.pdf was updated"}`}, got); diff != "" {
		t.Error(diff)
	}
}

func TestD4URIEncodeEncodesAllButUnreserved(t *testing.T) {
	r, b := newRoom(t), newBin(t)
	const name = `50% "of" ä&b~c_d-e.f.txt`
	must(t, os.WriteFile(filepath.Join(r.dir, name), nil, 0o644))
	r.define(one(hook(b), webhook(1, "send", `{"message": "{{ case.subject | uri_encode }}"}`)))
	var id catalogue.ID
	r.eventually("the file", func() bool {
		children, err := r.cat.Children(t.Context(), r.share)
		must(t, err)
		for _, c := range children {
			if c.Name == name {
				id = c.ID
			}
		}
		return id != ""
	})
	_, err := r.RunByName(t.Context(), "send", "", []catalogue.ID{id})
	must(t, err)
	if want := `{"message": "50%25%20%22of%22%20%C3%A4%26b~c_d-e.f.txt"}`; b.all()[0].body != want {
		t.Errorf("got %s, want %s", b.all()[0].body, want)
	}
}

func TestD5ARuleIsEventConditionsAndActions(t *testing.T) {
	r, b := newRoom(t), newBin(t)
	d := one(hook(b), webhook(1, "send", `{"event": "{{ event.type }}", "labels": {{ case.labels | json }}}`))
	d.Rules = []Rule{{
		Name: "updated", On: OnTagged, Conditions: []Condition{{"tag", "is", "Send Web Action"}, {"extension", "is", "pdf"}}, Steps: []string{"send"},
	}}
	r.define(d)
	if got, want := d.Rules[0].Sentence(), `When a file is tagged in any shared folder and its tag is "Send Web Action" and its extension is "pdf", then send.`; got != want {
		t.Errorf("got %s", got)
	}
	limited := Rule{On: OnUploaded, Folders: []string{"Brand", "Film"}, Any: true, Steps: []string{"zip", "send"}, Once: OncePerVersion, PerMinute: 20, Untag: "go"}
	limited.Conditions = []Condition{{"size", "greater than", "9"}, {"name", "matches", "a*"}}
	if got, want := limited.Sentence(), `When a file is uploaded in Brand or Film and its size is greater than "9" or its name matches "a*", then zip, then send; once for each version; at most 20 a minute. The tag "go" is taken away first.`; got != want {
		t.Errorf("got %s", got)
	}
	must(t, r.Tag(t.Context(), r.id("notes.txt"), "Send Web Action"))
	must(t, r.Tag(t.Context(), r.id("poster.pdf"), "other"))
	must(t, r.Tag(t.Context(), r.id("poster.pdf"), "Send Web Action"))
	r.eventually("the message", func() bool { return len(b.all()) > 0 })
	if got := b.all(); len(got) != 1 || got[0].body != `{"event": "tagged", "labels": ["Send Web Action","other"]}` {
		t.Errorf("%+v", got)
	}
}

// D7: the loopback bin shows what arrived. Our own port stays out of reach.
func TestD7TheBinShowsWhatArrived(t *testing.T) {
	r := newRoom(t)
	var receiver loopback.Bin
	url, err := receiver.Start()
	must(t, err)
	defer receiver.Close()
	own := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("our own port was called") }))
	defer own.Close()
	r.own = netip.MustParseAddrPort(strings.TrimPrefix(own.URL, "http://"))

	c, act := preset(t, "json", url)
	r.define(one(c, act))
	run, _ := r.send()
	if run.State != Done || run.Result != 200 {
		t.Fatalf("%+v", run)
	}
	if at, arrived := receiver.Show(); at != url || len(arrived) != 1 || arrived[0].URL != "/hook" || arrived[0].Method != http.MethodPost || !strings.Contains(arrived[0].Body, `"name": "poster.pdf"`) {
		t.Errorf("%s: %+v", at, arrived)
	}
	c.URL = own.URL
	r.define(one(c, act))
	if run, _ = r.send(); run.State != Failed || !strings.Contains(run.Error, "leads back to Folderfront") {
		t.Errorf("our own port: %+v", run)
	}
}

// A receiver that hangs holds up nobody else: it gets a few messages at a time.
func TestASlowReceiverHoldsUpNobodyElse(t *testing.T) {
	r, b := newRoom(t), newBin(t)
	release := make(chan struct{})
	var hanging atomic.Int32
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		hanging.Add(1)
		<-release
	}))
	defer slow.Close()
	defer close(release)
	stuck := hook(b)
	stuck.Name, stuck.URL, stuck.Timeout = "slow", slow.URL, time.Minute
	hang, send := webhook(1, "hang", `{}`), webhook(2, "send", `{}`)
	hang.Connection = "slow"
	r.define(Definitions{Connections: []Connection{stuck, hook(b)}, Actions: []Action{hang, send}})
	for i := range 2 * atOnce { // of one file each: runs on the same go one after the other
		must(t, os.WriteFile(filepath.Join(r.dir, fmt.Sprintf("stuck %d.txt", i)), nil, 0o644))
	}
	var files []catalogue.Entry
	r.eventually("the files", func() bool {
		var err error
		files, err = r.cat.Children(t.Context(), r.share)
		must(t, err)
		return len(files) >= 2*atOnce
	})
	for _, file := range files {
		_, err := r.Perform(t.Context(), Order{Action: hang, Files: []catalogue.ID{file.ID}, Trigger: ByRule})
		must(t, err)
	}
	r.eventually("as many messages as it may have", func() bool { return hanging.Load() >= perReceiver })
	_, err := r.Perform(t.Context(), Order{Action: send, Files: []catalogue.ID{r.id("poster.pdf")}, Trigger: ByHand})
	must(t, err)
	r.eventually("the other's message", func() bool { return len(b.all()) == 1 || hanging.Load() > perReceiver })
	if got := hanging.Load(); got != perReceiver {
		t.Errorf("the one that hangs holds %d messages at once, want %d", got, perReceiver)
	}
}

// Being offline says nothing of a receiver, so it uses up none of its attempts.
func TestBeingOfflineBurnsNoAttempts(t *testing.T) {
	r, b := newRoom(t), newBin(t)
	b.Close()
	r.setOffline(true)
	d := one(hook(b), webhook(1, "send", `{}`))
	d.Rules = []Rule{{Name: "tagged", On: OnTagged, Steps: []string{"send"}}}
	r.define(d)
	must(t, r.Tag(t.Context(), r.id("poster.pdf"), "go"))
	var run Run
	r.eventually("an attempt", func() bool {
		runs, err := r.runs(t.Context(), "WHERE error <> ''")
		must(t, err)
		if len(runs) == 1 {
			run = runs[0]
		}
		return run.ID != ""
	})
	if run.State != Pending || run.tries != 0 || !strings.Contains(run.Error, "offline") {
		t.Errorf("offline: %s after %d tries: %s", run.State, run.tries, run.Error)
	}
	// By hand the person is told at once.
	if run, _ := r.send(); run.State != Failed {
		t.Errorf("by hand: %+v", run)
	}
}

// A receiver that says it is gone for good (410) is called no more.
func TestGoneSwitchesTheConnectionOff(t *testing.T) {
	r, b := newRoom(t), newBin(t)
	b.answer(http.StatusGone)
	d := one(hook(b), webhook(1, "send", `{}`))
	d.Rules = []Rule{{Name: "tagged", On: OnTagged, Steps: []string{"send"}}}
	r.define(d)
	must(t, r.Tag(t.Context(), r.id("poster.pdf"), "go"))
	r.eventually("the failure", func() bool { return len(r.ended()) == 1 })
	if run := r.ended()[0]; run.State != Failed || !strings.Contains(run.Error, "switched off") || run.Result != http.StatusGone {
		t.Errorf("%+v", run)
	}
	if run, _ := r.send(); run.State != Failed || len(b.all()) != 1 {
		t.Errorf("called again: %+v", run)
	}
	if diff := cmp.Diff([]string{"hook"}, r.goneNames()); diff != "" {
		t.Error(diff)
	}
}

// A message that waits for its next try must not take another receiver's
// secrets to the old address.
func TestAFrozenMessageIsNotSentWithAnothersSecrets(t *testing.T) {
	r, b := newRoom(t), newBin(t)
	r.define(one(hook(b), webhook(1, "send", `{}`)))
	run, _ := r.send()
	c := hook(b)
	c.URL, c.Auth, r.secrets[PasswordOf("hook")] = strings.Replace(b.URL, "127.0.0.1", "localhost", 1), "bearer", "n3w"
	r.define(one(c, webhook(1, "send", `{}`)))
	again, err := r.Resend(t.Context(), run.ID, "")
	must(t, err)
	ended, err := r.Wait(t.Context(), again)
	must(t, err)
	if ended.State != Failed || !strings.Contains(ended.Error, "leads elsewhere") || len(b.all()) != 1 {
		t.Errorf("%+v", ended)
	}
}
