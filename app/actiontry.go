package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"folderfront/app/settings"
	"folderfront/app/state"
	"folderfront/server/action"
	"folderfront/server/action/outgoing"
	"folderfront/server/catalogue"
	"folderfront/server/search"
)

// leadsTo are the settings' words for the classes.
var leadsTo = map[outgoing.Class]string{outgoing.Public: "internet", outgoing.Local: "network", outgoing.Computer: "computer"}

// ListPresets lists the known forms of messages.
func (a *App) ListPresets(context.Context, state.ListPresets) ([]state.Preset, error) {
	var all []state.Preset
	for _, p := range action.Presets {
		all = append(all, state.Preset{Name: p.Name, Title: p.Title, Meaning: p.Meaning, Draft: draftOf(p.Connection, p.Action, p.Name)})
	}
	return all, nil
}

func draftOf(c action.Connection, act action.Action, preset string) state.ActionDraft {
	return state.ActionDraft{
		Preset: preset,
		Connection: state.Connection{
			Name: c.Name, URL: c.URL, LeadsTo: leadsTo[c.Class], Auth: c.Auth, User: c.User, Headers: c.Headers,
			Signing: string(c.Signing), Seconds: int(c.Timeout / time.Second),
		},
		Action: state.Action{
			Name: act.Name, DisplayName: act.DisplayName, Kind: string(action.Webhook), Connection: act.Connection, Method: act.Method,
			Path: act.Path, Body: act.Body, ContentType: act.ContentType, Together: act.Together, Only200: act.Only200, RetryOnce: act.RetryOnce,
		},
	}
}

// GuessAction makes of a pasted URL what it can: the connection that leads there
// already, or a new one, with a name that is free.
func (a *App) GuessAction(_ context.Context, c state.GuessAction) (state.ActionDraft, error) {
	connection, act, preset, err := action.Guess(c.URL, c.Preset)
	if err != nil {
		return state.ActionDraft{}, fmt.Errorf("This is no address of a web service. Paste all of it, from https:// on.")
	}
	s := a.current()
	draft := draftOf(connection, act, preset)
	for _, known := range s.Connections {
		if known.URL == connection.URL {
			draft.Connection = a.connectionState(known)
		}
	}
	for n := 2; draft.Connection.Name == connection.Name && draft.Connection.URL == connection.URL && taken(s.Connections, draft.Connection); n++ {
		draft.Connection.Name = fmt.Sprintf("%s %d", connection.Name, n)
		connection.Name = draft.Connection.Name
	}
	draft.Action.Connection = draft.Connection.Name
	draft.Action.Name = freeActionName(s.Actions, action.Slug("send to "+draft.Connection.Name))
	draft.Action.DisplayName = "Send to " + draft.Connection.Name
	return draft, nil
}

// taken tells whether another connection has that name.
func taken(connections []settings.Connection, c state.Connection) bool {
	return slices.ContainsFunc(connections, func(o settings.Connection) bool { return o.Name == c.Name && o.URL != c.URL })
}

// drafted reads a draft as the server wants it, with what is wrong with it. The
// definitions beside it are those in force.
func (a *App) drafted(draft state.ActionDraft) (action.Connection, action.Action, []state.FieldProblem) {
	c := connectionOf(connectionSetting(draft.Connection))
	act := actionOf(settings.Action(draft.Action))
	act.ID, act.Connection = cmp.Or(act.ID, 1), c.Name
	act.DisplayName = cmp.Or(strings.TrimSpace(act.DisplayName), "Test")
	act.Name = cmp.Or(act.Name, action.Slug(act.DisplayName))
	d := action.Definitions{Actions: []action.Action{act}}
	if act.Kind == action.Webhook {
		if c.Name == "" {
			c.Name, d.Actions[0].Connection, act.Connection = "draft", "draft", "draft"
		}
		d.Connections = []action.Connection{c}
	}
	var problems []state.FieldProblem
	for _, f := range d.Faults() {
		problems = append(problems, state.FieldProblem{Field: cmp.Or(jsonFields[f.Field], f.Field), Sentence: f.Sentence})
	}
	return c, act, problems
}

// PreviewAction renders what a draft would do with a file.
func (a *App) PreviewAction(ctx context.Context, c state.PreviewAction) (state.Preview, error) {
	connection, act, problems := a.drafted(c.Draft)
	file, err := a.trialFile(ctx, c.File)
	if err != nil {
		return state.Preview{Problems: append(problems, state.FieldProblem{Field: "file", Sentence: err.Error()})}, nil
	}
	shown := state.Preview{File: file, Problems: problems}
	if len(problems) > 0 {
		return shown, nil
	}
	rendered, err := a.server.Actions.Preview(ctx, act, connection, catalogue.ID(file.ID))
	if err != nil {
		shown.Problems = sentenceProblem(err)
		return shown, nil
	}
	shown.Body = rendered.Body
	if act.Kind == action.Webhook {
		shown.Method, shown.URL, shown.LeadsTo = cmp.Or(rendered.Method, "POST"), rendered.URL, leadsTo[connection.Class]
		shown.Headers = previewHeaders(connection, rendered.ContentType)
	}
	return shown, nil
}

// previewHeaders are the headers of a message, with secrets and what depends on
// the moment left out.
func previewHeaders(c action.Connection, contentType string) []string {
	all := []string{"Content-Type: " + contentType}
	for name, value := range c.Headers {
		if strings.HasPrefix(value, "secret:") {
			value = "•••"
		}
		all = append(all, name+": "+value)
	}
	switch c.Auth {
	case "basic":
		all = append(all, "Authorization: Basic •••")
	case "bearer":
		all = append(all, "Authorization: Bearer •••")
	}
	switch c.Signing {
	case outgoing.Standard:
		all = append(all, "webhook-id: …", "webhook-timestamp: …", "webhook-signature: v1,…")
	case outgoing.Hub256:
		all = append(all, "X-Hub-Signature-256: sha256=…")
	}
	slices.Sort(all)
	return all
}

// trialFile finds the file to try with; "" is the one that changed last, as far
// as a look at a few tells.
func (a *App) trialFile(ctx context.Context, file string) (state.FileRef, error) {
	if file == "" {
		recent, err := a.FindFiles(ctx, state.FindFiles{Limit: 1})
		if err == nil && len(recent) == 0 {
			err = fmt.Errorf("There is no shared file yet to try this with. Share a folder that has one.")
		}
		if err != nil {
			return state.FileRef{}, err
		}
		return recent[0], nil
	}
	id, err := a.fileOf(ctx, file)
	if err != nil {
		return state.FileRef{}, err
	}
	entry, err := a.server.Catalogue.Lookup(ctx, id)
	if err != nil {
		return state.FileRef{}, said(err)
	}
	return a.fileRef(ctx, entry), nil
}

func (a *App) fileRef(ctx context.Context, e catalogue.Entry) state.FileRef {
	path, _ := a.server.Catalogue.Locate(ctx, e.ID) // one that is gone by now has no path
	return state.FileRef{ID: string(e.ID), Number: e.Number, Name: e.Title(), Folder: e.Share, Path: path}
}

// FindFiles finds shared files by name and content; without a text those that
// changed last, of the first that a look into each folder meets.
func (a *App) FindFiles(ctx context.Context, c state.FindFiles) ([]state.FileRef, error) {
	limit := cmp.Or(c.Limit, 20)
	var entries []catalogue.Entry
	var err error
	if strings.TrimSpace(c.Text) == "" {
		entries, err = a.someFiles(ctx, catalogue.Root)
	} else {
		everything := func(string) bool { return true }
		entries, err = a.server.Search.Query(ctx, search.Query{Text: c.Text, Within: catalogue.Root, Max: limit * 2, May: everything})
	}
	if err != nil {
		return nil, said(err)
	}
	found := []state.FileRef{}
	for _, e := range entries {
		if !e.Folder && len(found) < limit {
			found = append(found, a.fileRef(ctx, e))
		}
	}
	return found, nil
}

// maxLook bounds how many folders are looked into for some files.
const maxLook = 200

// someFiles meets files below a folder breadth first, the newest of them first.
func (a *App) someFiles(ctx context.Context, below catalogue.ID) (files []catalogue.Entry, err error) {
	folders := []catalogue.ID{below}
	for looked := 0; len(folders) > 0 && looked < maxLook && len(files) < 1000; looked++ {
		children, err := a.server.Catalogue.Children(ctx, folders[0])
		if err != nil && !errors.Is(err, catalogue.ErrNotFound) {
			return nil, err
		}
		folders = folders[1:]
		for _, e := range children {
			if e.Folder {
				folders = append(folders, e.ID)
			} else {
				files = append(files, e)
			}
		}
	}
	slices.SortStableFunc(files, func(x, y catalogue.Entry) int { return y.Modified.Compare(x.Modified) })
	return files, nil
}

// TestAction does once, and really, what a draft says.
func (a *App) TestAction(ctx context.Context, c state.TestAction) (state.ActionRun, error) {
	connection, act, problems := a.drafted(c.Draft)
	if len(problems) > 0 {
		return state.ActionRun{}, fmt.Errorf("Nothing was sent. %s", problems[0].Sentence)
	}
	file, err := a.trialFile(ctx, c.File)
	if err != nil {
		return state.ActionRun{}, err
	}
	given := map[string]*string{action.PasswordOf(connection.Name): c.Password, action.SigningOf(connection.Name): c.Signing}
	run, attempts, err := a.server.Actions.Test(ctx, act, connection, catalogue.ID(file.ID), func(name string) (string, error) {
		if secret := given[name]; secret != nil {
			return *secret, nil
		}
		return a.secrets.Get(secretOf(name))
	})
	if err != nil {
		return state.ActionRun{}, said(err)
	}
	return a.detailState(run, attempts), nil
}

// PreviewRule tells what a rule says and what it would match.
func (a *App) PreviewRule(ctx context.Context, c state.PreviewRule) (state.RulePreview, error) {
	s := a.current()
	rule := ruleOf(ruleSetting(c.Rule))
	rule.Paused = false
	d := definitions(s)
	d.Rules = []action.Rule{rule}
	shown := state.RulePreview{Sentence: rule.Sentence()}
	for _, p := range problemsOf(d, "rule", rule.Name) {
		if p.Field != "" {
			shown.Problems = append(shown.Problems, p)
		}
	}
	if slices.ContainsFunc(shown.Problems, func(p state.FieldProblem) bool { return p.Field == "conditions" }) {
		return shown, nil
	}
	var err error
	shown.Matches, shown.Examples, err = a.server.Actions.WouldMatch(ctx, rule)
	return shown, said(err)
}

// StartBin starts the loopback receiver.
func (a *App) StartBin(ctx context.Context, _ state.StartBin) (state.Bin, error) {
	if _, err := a.bin.Start(); err != nil {
		return state.Bin{}, err
	}
	return a.ShowBin(ctx, state.ShowBin{})
}

// ShowBin tells where it listens and what arrived.
func (a *App) ShowBin(context.Context, state.ShowBin) (state.Bin, error) {
	url, arrived := a.bin.Show()
	shown := state.Bin{URL: url, Arrived: []state.Arrival{}}
	for _, one := range arrived {
		shown.Arrived = append(shown.Arrived, state.Arrival(one))
	}
	return shown, nil
}

// EmptyBin forgets what arrived.
func (a *App) EmptyBin(context.Context, state.EmptyBin) error {
	a.bin.Empty()
	return nil
}
