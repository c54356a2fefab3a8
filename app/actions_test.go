package app

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"folderfront/app/settings"
	"folderfront/app/state"
	"folderfront/server/action"
)

// actionApp is a running App that shares a folder with one file.
func actionApp(t *testing.T) *App {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "poster.pdf"), []byte("one"), 0o644); err != nil {
		t.Fatal(err)
	}
	a, err := Open(t.Context(), Options{
		Profile: t.TempDir(), SecretsInFile: true, EnvironmentKey: "key", Strict: true, WorkerCommand: []string{"false"},
		Overrides: Overrides{Folders: []settings.Folder{{Name: "Brand", Path: folder}}, Listen: "127.0.0.1:0"},
		Log:       slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	return a
}

func good[T any](t *testing.T) func(answer T, err error) T {
	return func(answer T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
}

// A pasted address becomes an action: previewed and tried before it is saved,
// run after it, with its secret in the keyring and not in the settings file.
func TestAnActionIsMadeTriedSavedAndRun(t *testing.T) {
	a, ctx := actionApp(t), t.Context()
	bin := good[state.Bin](t)(a.StartBin(ctx, state.StartBin{}))
	draft := good[state.ActionDraft](t)(a.GuessAction(ctx, state.GuessAction{URL: bin.URL + "/in?x=1"}))
	if draft.Connection.LeadsTo != "computer" || draft.Action.Path != "/in?x=1" || draft.Preset != "json" {
		t.Fatalf("%+v", draft)
	}
	draft.Connection.Auth = "bearer"
	secret := "t0ken"
	preview := good[state.Preview](t)(a.PreviewAction(ctx, state.PreviewAction{Draft: draft}))
	if preview.File.Name != "poster.pdf" || !strings.Contains(preview.Body, `"name": "poster.pdf"`) || len(preview.Problems) > 0 || preview.URL != bin.URL+"/in?x=1" {
		t.Errorf("%+v", preview)
	}
	tried := good[state.ActionRun](t)(a.TestAction(ctx, state.TestAction{Draft: draft, Password: &secret}))
	if tried.State != "done" || tried.Result != 200 || tried.Trigger != "test" || len(tried.Attempts) != 1 || strings.Contains(tried.Attempts[0].Request+tried.Attempts[0].Curl, secret) {
		t.Errorf("%+v", tried)
	}

	if saved := good[state.Saved](t)(a.SaveConnection(ctx, state.SaveConnection{Connection: draft.Connection, Password: &secret})); len(saved.Problems) > 0 {
		t.Fatalf("%+v", saved)
	}
	saved := good[state.Saved](t)(a.SaveAction(ctx, state.SaveAction{Action: draft.Action}))
	if len(saved.Problems) > 0 {
		t.Fatalf("%+v", saved)
	}
	runs := good[[]state.ActionRun](t)(a.RunAction(ctx, state.RunAction{Name: saved.Name, Files: []string{preview.File.Path}}))
	if len(runs) != 1 || runs[0].State != "done" {
		t.Fatalf("%+v", runs)
	}
	arrived := good[state.Bin](t)(a.ShowBin(ctx, state.ShowBin{})).Arrived
	if len(arrived) != 2 || !strings.Contains(strings.Join(arrived[0].Headers, "\n"), "Authorization: Bearer t0ken") {
		t.Errorf("%+v", arrived)
	}
	text, err := os.ReadFile(a.store.Path())
	if err != nil || strings.Contains(string(text), secret) || !strings.Contains(string(text), draft.Connection.Name) {
		t.Errorf("the settings file, %v:\n%s", err, text)
	}
	list := good[state.ActionList](t)(a.ListActions(ctx, state.ListActions{}))
	if len(list.Connections) != 1 || !list.Connections[0].HasPassword || len(list.Actions) != 1 || list.Actions[0].ID != 1 {
		t.Errorf("%+v", list)
	}

	// Another name keeps the actions and the secret; an action keeps its slug.
	renamed := draft.Connection
	renamed.Name = "renamed"
	good[state.Saved](t)(a.SaveConnection(ctx, state.SaveConnection{Before: draft.Connection.Name, Connection: renamed}))
	changed := list.Actions[0]
	changed.Connection, changed.DisplayName, changed.Name, changed.ID = "renamed", "Other words", "other", 99
	if again := good[state.Saved](t)(a.SaveAction(ctx, state.SaveAction{Before: saved.Name, Action: changed})); again.Name != saved.Name || len(again.Problems) > 0 {
		t.Errorf("%+v", again)
	}
	list = good[state.ActionList](t)(a.ListActions(ctx, state.ListActions{}))
	if !list.Connections[0].HasPassword || list.Actions[0].ID != 1 || list.Actions[0].DisplayName != "Other words" {
		t.Errorf("%+v", list)
	}
	if err := a.RemoveDefinition(ctx, state.RemoveDefinition{Kind: "connection", Name: "renamed"}); err == nil {
		t.Error("a connection that an action uses was removed")
	}
	for _, kind := range [][2]string{{"action", saved.Name}, {"connection", "renamed"}} {
		if err := a.RemoveDefinition(ctx, state.RemoveDefinition{Kind: kind[0], Name: kind[1]}); err != nil {
			t.Error(err)
		}
	}
	if _, err := a.secrets.Get(secretOf(action.PasswordOf("renamed"))); err == nil {
		t.Error("the removed connection's secret is still there")
	}
}

// What is wrong is told by the field, and nothing is saved.
func TestFaultsAreToldByTheField(t *testing.T) {
	a, ctx := actionApp(t), t.Context()
	saved := good[state.Saved](t)(a.SaveConnection(ctx, state.SaveConnection{Connection: state.Connection{Name: "x", URL: "ftp://x", LeadsTo: "internet", Auth: "digest"}}))
	var fields []string
	for _, p := range saved.Problems {
		fields = append(fields, p.Field)
	}
	if diff := cmp.Diff([]string{"url", "auth"}, fields); diff != "" {
		t.Error(diff)
	}
	if saved = good[state.Saved](t)(a.SaveAction(ctx, state.SaveAction{Action: state.Action{Kind: "webhook", Connection: "none", DisplayName: " "}})); len(saved.Problems) < 2 {
		t.Errorf("%+v", saved)
	}
	if saved = good[state.Saved](t)(a.SaveRule(ctx, state.SaveRule{Rule: state.Rule{Name: "r", On: "created", Steps: []string{"none"}}})); len(saved.Problems) != 1 || saved.Problems[0].Field != "steps" {
		t.Errorf("%+v", saved)
	}
	tag := state.Action{Kind: "builtin", Operation: "tag", Argument: "seen", DisplayName: "Mark as seen"}
	if saved = good[state.Saved](t)(a.SaveAction(ctx, state.SaveAction{Action: tag, Check: true})); len(saved.Problems) > 0 {
		t.Errorf("%+v", saved)
	}
	if list := good[state.ActionList](t)(a.ListActions(ctx, state.ListActions{})); len(list.Actions)+len(list.Connections)+len(list.Rules) != 0 {
		t.Errorf("something was saved: %+v", list)
	}
	if _, err := a.GuessAction(ctx, state.GuessAction{URL: "https://{{ x }}/"}); err == nil {
		t.Error("a host that is no host was taken")
	}
}

// Rules are made, read as a sentence, ordered, paused and removed.
func TestRulesAreMadeOrderedAndPaused(t *testing.T) {
	a, ctx := actionApp(t), t.Context()
	good[state.Saved](t)(a.SaveAction(ctx, state.SaveAction{Action: state.Action{Kind: "builtin", Operation: "tag", Argument: "seen", DisplayName: "Mark as seen"}}))
	rule := state.Rule{Name: "first", On: "tagged", Steps: []string{"mark-as-seen"}, Conditions: []state.Condition{{Field: "extension", Operator: "is", Value: "pdf"}}}
	deadline := time.Now().Add(30 * time.Second)
	for {
		shown := good[state.RulePreview](t)(a.PreviewRule(ctx, state.PreviewRule{Rule: rule}))
		if shown.Matches == 1 && shown.Sentence == `When a file is tagged in any shared folder and its extension is "pdf", then mark-as-seen.` && cmp.Equal(shown.Examples, []string{"poster.pdf"}) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%+v", shown)
		}
		time.Sleep(20 * time.Millisecond)
	}
	for _, name := range []string{"first", "second"} {
		rule.Name = name
		if saved := good[state.Saved](t)(a.SaveRule(ctx, state.SaveRule{Rule: rule})); len(saved.Problems) > 0 {
			t.Fatalf("%+v", saved)
		}
	}
	for _, err := range []error{
		a.MoveRule(ctx, state.MoveRule{Name: "second", To: 0}),
		a.PauseDefinition(ctx, state.PauseDefinition{Kind: "rule", Name: "second", Paused: true}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	list := good[state.ActionList](t)(a.ListActions(ctx, state.ListActions{}))
	if len(list.Rules) != 2 || list.Rules[0].Name != "second" || !list.Rules[0].Paused || list.Rules[1].Matches != 1 {
		t.Errorf("%+v", list.Rules)
	}
	if err := a.RemoveDefinition(ctx, state.RemoveDefinition{Kind: "action", Name: "mark-as-seen"}); err == nil {
		t.Error("an action that a rule uses was removed")
	}
}

// A key can be limited, stays so when it is replaced, and to nothing unknown.
func TestLimitedKeys(t *testing.T) {
	a, ctx := actionApp(t), t.Context()
	made := good[state.NewKeyAnswer](t)(a.NewKey(ctx, state.NewKey{Name: "receiver", Limit: []string{"tags", "notes"}}))
	next := good[state.NewKeyAnswer](t)(a.RotateKey(ctx, state.RotateKey{ID: made.ID}))
	if diff := cmp.Diff([]string{"tags", "notes"}, next.Limit); diff != "" {
		t.Error(diff)
	}
	if _, err := a.NewKey(ctx, state.NewKey{Name: "x", Limit: []string{"everything"}}); err == nil || !strings.Contains(err.Error(), "tags, notes") {
		t.Errorf("got %v", err)
	}
}
