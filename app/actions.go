package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"folderfront/app/settings"
	"folderfront/app/state"
	"folderfront/server/action"
	"folderfront/server/action/outgoing"
	"folderfront/server/catalogue"
)

func (a *App) actionVerbs() verbs {
	v := verbs{}
	verb(v, a.ListActions)
	verb(v, a.RunAction)
	verb(v, a.ActionLog)
	verb(v, a.ActionDetail)
	act(v, a.ResendRun)
	verb(v, a.ResendFailed)
	act(v, a.DecideRun)
	act(v, a.NameDocument)
	act(v, a.ForgetDocument)
	verb(v, a.SaveConnection)
	verb(v, a.SaveAction)
	verb(v, a.SaveRule)
	act(v, a.RemoveDefinition)
	act(v, a.PauseDefinition)
	act(v, a.MoveRule)
	act(v, a.SetSecret)
	verb(v, a.ListPresets)
	verb(v, a.GuessAction)
	verb(v, a.PreviewAction)
	verb(v, a.TestAction)
	verb(v, a.PreviewRule)
	verb(v, a.FindFiles)
	verb(v, a.StartBin)
	verb(v, a.ShowBin)
	act(v, a.EmptyBin)
	return v
}

// setActions puts the settings' actions in force. What can't be is told, and
// what was in force stays.
func (a *App) setActions(s settings.Settings) {
	err := a.server.Actions.SetDefinitions(definitions(s))
	if err == nil {
		a.setProblem("actions", nil)
		return
	}
	a.setProblem("actions", &state.Problem{
		Sentence: "The custom actions in the settings can't be used; those before stay in force. " + err.Error(),
		Advice:   "Mend them in the settings file and save it.",
	})
}

// definitions are the settings' actions as the server wants them.
func definitions(s settings.Settings) action.Definitions {
	d := action.Definitions{PerFolder: s.Workfront.PerFolder}
	for _, c := range s.Connections {
		d.Connections = append(d.Connections, connectionOf(c))
	}
	for _, c := range s.Actions {
		d.Actions = append(d.Actions, actionOf(c))
	}
	for _, r := range s.Rules {
		d.Rules = append(d.Rules, ruleOf(r))
	}
	return d
}

func connectionOf(c settings.Connection) action.Connection {
	return action.Connection{
		Name: c.Name, URL: c.URL, Class: classes[c.LeadsTo], Auth: c.Auth, User: c.User, Headers: c.Headers,
		Signing: outgoing.Scheme(c.Signing), Insecure: c.Insecure, Timeout: time.Duration(c.Seconds) * time.Second, Paused: c.Paused,
	}
}

func actionOf(c settings.Action) action.Action {
	return action.Action{
		ID: c.ID, Name: c.Name, DisplayName: c.DisplayName, Kind: action.Kind(c.Kind), Folders: c.Folders,
		Workfront: c.Workfront, Tray: c.Tray, Confirm: c.Confirm, Paused: c.Paused, Operation: c.Operation, Argument: c.Argument,
		Connection: c.Connection, Method: c.Method, Path: c.Path, Body: c.Body, ContentType: c.ContentType,
		Together: c.Together, Only200: c.Only200, RetryOnce: c.RetryOnce, Program: c.Program, Arguments: c.Arguments,
	}
}

func ruleOf(r settings.Rule) action.Rule {
	rule := action.Rule{
		Name: r.Name, On: r.On, Folders: r.Folders, Any: r.Any, Steps: r.Steps, Once: r.Once,
		PerMinute: r.PerMinute, Untag: r.Untag, Paused: r.Paused,
	}
	for _, c := range r.Conditions {
		rule.Conditions = append(rule.Conditions, action.Condition(c))
	}
	return rule
}

// classes are the settings' words for where a connection leads. One that isn't
// said is the internet: the choice that reaches nothing private.
var classes = map[string]outgoing.Class{
	"": outgoing.Public, "internet": outgoing.Public, "network": outgoing.Local, "computer": outgoing.Computer,
}

// actionConfig is what custom actions need of this computer.
func (a *App) actionConfig() action.Config {
	cfg := action.Config{
		Secret:   func(name string) (string, error) { return a.secrets.Get("action/" + name) },
		Own:      a.ownAddresses,
		Commands: func() bool { return a.current().Desktop.Commands },
		Gone:     a.connectionGone,
	}
	if a.options.OpenWindow != nil {
		cfg.Desktop = onDesktop
	}
	return cfg
}

// ownAddresses is where this program listens.
func (a *App) ownAddresses() []netip.AddrPort {
	_, address := a.sharing.status()
	if tcp, ok := address.(*net.TCPAddr); ok {
		return []netip.AddrPort{tcp.AddrPort()}
	}
	return nil
}

// onDesktop opens or reveals a file, or shows a notification.
func onDesktop(operation, what string) error {
	var command []string
	switch {
	case operation == "notify" && runtime.GOOS == "linux":
		command = []string{"notify-send", "--app-name=Folderfront", "Folderfront", what}
	case operation == "notify":
		return errors.New("Notifications by an action are not to be had on this system.")
	case runtime.GOOS == "windows" && operation == "reveal":
		command = []string{"explorer.exe", "/select," + what}
	case runtime.GOOS == "windows":
		command = []string{"explorer.exe", what}
	case runtime.GOOS == "darwin" && operation == "reveal":
		command = []string{"open", "-R", what}
	case runtime.GOOS == "darwin":
		command = []string{"open", what}
	case operation == "reveal":
		command = []string{"xdg-open", filepath.Dir(what)}
	default:
		command = []string{"xdg-open", what}
	}
	if err := exec.Command(command[0], command[1:]...).Start(); err != nil {
		return fmt.Errorf("%s could not be started, so nothing was shown. Install it and try again.", command[0])
	}
	return nil
}

// connectionGone switches a connection off whose receiver is gone for good.
func (a *App) connectionGone(name string) {
	err := a.PauseDefinition(context.Background(), state.PauseDefinition{Kind: "connection", Name: name, Paused: true})
	if err != nil {
		a.log.Warn("a connection could not be switched off in the settings", "connection", name, "error", err)
	}
}

// RunAction carries out an action by hand.
func (a *App) RunAction(ctx context.Context, c state.RunAction) ([]state.ActionRun, error) {
	var files []catalogue.ID
	for _, file := range c.Files {
		id, err := a.fileOf(ctx, file)
		if err != nil {
			return nil, err
		}
		files = append(files, id)
	}
	runs, err := a.server.Actions.RunByName(ctx, c.Name, "", files)
	return a.runStates(runs), said(err)
}

// fileOf finds a file by its id or its path on this computer.
func (a *App) fileOf(ctx context.Context, file string) (catalogue.ID, error) {
	if !filepath.IsAbs(file) {
		id, err := catalogue.ParseID(file)
		return id, said(err)
	}
	for _, share := range a.server.Catalogue.Status() {
		rel, err := filepath.Rel(share.Path, file)
		if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
			continue
		}
		return a.below(ctx, share.ID, rel)
	}
	return "", fmt.Errorf("%s lies in no shared folder.", file)
}

func (a *App) below(ctx context.Context, at catalogue.ID, rel string) (catalogue.ID, error) {
	for name := range strings.SplitSeq(filepath.ToSlash(rel), "/") {
		children, err := a.server.Catalogue.Children(ctx, at)
		if err != nil {
			return "", said(err)
		}
		found := false
		for _, child := range children {
			if child.Name == name {
				at, found = child.ID, true
			}
		}
		if !found {
			return "", fmt.Errorf("%s is not there, or is not shared.", rel)
		}
	}
	return at, nil
}

// ActionLog lists runs, newest first.
func (a *App) ActionLog(ctx context.Context, c state.ActionLog) ([]state.ActionRun, error) {
	runs, err := a.server.Actions.Log(ctx, logFilter(c))
	return a.runStates(runs), said(err)
}

func logFilter(c state.ActionLog) action.Filter {
	return action.Filter{
		Since: c.Since, Until: c.Until, Action: c.Action, File: c.File, Person: c.Person,
		Trigger: c.Trigger, State: c.State, Text: c.Text, Limit: c.Limit,
	}
}

// ActionDetail shows a run with what was sent and what came back.
func (a *App) ActionDetail(ctx context.Context, c state.ActionDetail) (state.ActionRun, error) {
	run, attempts, err := a.server.Actions.Detail(ctx, c.Run)
	if err != nil {
		return state.ActionRun{}, said(err)
	}
	return a.detailState(run, attempts), nil
}

func (a *App) detailState(run action.Run, attempts []action.Attempt) state.ActionRun {
	shown := a.runState(run)
	for _, t := range attempts {
		curl := ""
		if t.Request != "" {
			curl = action.Curl(t)
		}
		shown.Attempts = append(shown.Attempts, state.ActionAttempt{
			Time: t.Time, Status: t.Status, Took: t.Took, Request: t.Request, Response: t.Response, Error: t.Error, Curl: curl,
		})
	}
	return shown
}

func (a *App) runStates(runs []action.Run) []state.ActionRun {
	all := make([]state.ActionRun, 0, len(runs))
	for _, r := range runs {
		all = append(all, a.runState(r))
	}
	return all
}

func (a *App) runState(r action.Run) state.ActionRun {
	shown := state.ActionRun{
		ID: r.ID, Time: r.Time, Trigger: r.Trigger, Person: r.Person, Action: r.Action, Rule: r.Rule, State: r.State,
		Result: r.Result, Error: r.Error, Title: r.Title, Folder: r.Share,
	}
	for _, act := range a.current().Actions {
		if act.Name == r.Action {
			shown.DisplayName = act.DisplayName
		}
	}
	for _, id := range r.Files {
		shown.Files = append(shown.Files, string(id))
	}
	return shown
}

// ResendRun carries out a run again.
func (a *App) ResendRun(ctx context.Context, c state.ResendRun) error {
	_, err := a.server.Actions.Resend(ctx, c.Run, "")
	return said(err)
}

// DecideRun answers a run that waits.
func (a *App) DecideRun(ctx context.Context, c state.DecideRun) error {
	return said(a.server.Actions.Decide(ctx, c.Run, c.Yes))
}

// ResendFailed carries out the failed runs that the filter chooses again.
func (a *App) ResendFailed(ctx context.Context, c state.ResendFailed) (state.Resent, error) {
	count, err := a.server.Actions.ResendFailed(ctx, logFilter(c.Filter), "")
	return state.Resent{Count: count}, said(err)
}

// NameDocument remembers which file a document of Workfront is.
func (a *App) NameDocument(ctx context.Context, c state.NameDocument) error {
	if c.File == "" {
		return said(a.server.Actions.Know(ctx, c.DocumentID, ""))
	}
	id, err := a.fileOf(ctx, c.File)
	if err != nil {
		return err
	}
	return said(a.server.Actions.Know(ctx, c.DocumentID, id))
}

// ForgetDocument takes that answer back.
func (a *App) ForgetDocument(ctx context.Context, c state.ForgetDocument) error {
	return said(a.server.Uploads.Forget(ctx, c.DocumentID))
}

// actionsState is what custom actions want of the person. It costs no look into
// any store.
func (a *App) actionsState() state.Actions {
	now := a.server.Actions.Attention()
	s := state.Actions{Waiting: a.runStates(now.Waiting), Refresh: now.Refresh, Changes: now.Changes + a.bin.Changes()}
	for _, u := range now.Unknown {
		s.Unknown = append(s.Unknown, state.UnknownDocument{DocumentID: u.Document, Person: u.Person, Action: u.Action, Time: u.Time})
	}
	if now.Failure.Number > 0 {
		s.Failure = &state.ActionFailure{Number: now.Failure.Number, Count: now.Failure.Count, Run: a.runState(now.Failure.Run)}
	}
	for _, act := range now.Tray {
		s.Tray = append(s.Tray, state.TrayAction{Name: act.Name, DisplayName: act.DisplayName, Folders: act.Folders})
	}
	return s
}
