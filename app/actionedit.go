package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"folderfront/app/secrets"
	"folderfront/app/settings"
	"folderfront/app/state"
	"folderfront/server/action"
	"folderfront/server/action/message"
	"folderfront/server/action/outgoing"
)

// secretOf is the name in the keyring of an action's secret.
func secretOf(name string) string { return "action/" + name }

// ListActions lists what is configured and what can be chosen from; rules tell
// how many files they hold for.
func (a *App) ListActions(ctx context.Context, _ state.ListActions) (state.ActionList, error) {
	s := a.current()
	d := definitions(s)
	list := state.ActionList{
		Connections: []state.Connection{}, Actions: []state.Action{}, Rules: []state.Rule{},
		Full: d.FullFolders(), PerFolder: s.Workfront.PerFolder, Commands: s.Desktop.Commands,
	}
	for _, c := range s.Connections {
		list.Connections = append(list.Connections, a.connectionState(c))
	}
	for _, c := range s.Actions {
		list.Actions = append(list.Actions, actionState(c))
	}
	stopped := a.server.Actions.Stopped()
	for i, r := range s.Rules {
		matches, _, err := a.server.Actions.WouldMatch(ctx, d.Rules[i])
		if err != nil {
			return list, said(err)
		}
		shown := ruleState(r)
		shown.Sentence, shown.Matches, shown.Stopped = d.Rules[i].Sentence(), matches, slices.Contains(stopped, r.Name)
		list.Rules = append(list.Rules, shown)
	}
	for _, o := range action.Operations {
		list.Operations = append(list.Operations, state.Choice{Value: o.Name, Meaning: o.Argument})
	}
	for _, v := range action.Variables {
		list.Variables = append(list.Variables, state.Choice{Value: v[0], Meaning: v[1]})
	}
	return list, nil
}

func (a *App) connectionState(c settings.Connection) state.Connection {
	shown := state.Connection{
		Name: c.Name, URL: c.URL, LeadsTo: c.LeadsTo, Auth: c.Auth, User: c.User, Headers: c.Headers,
		Signing: c.Signing, Insecure: c.Insecure, Seconds: c.Seconds, Paused: c.Paused,
	}
	shown.HasPassword = (c.Auth == "basic" || c.Auth == "bearer") && a.hasSecret(action.PasswordOf(c.Name))
	shown.HasSigning = c.Signing != "" && a.hasSecret(action.SigningOf(c.Name))
	return shown
}

func (a *App) hasSecret(name string) bool {
	secret, err := a.secrets.Get(secretOf(name))
	return err == nil && secret != ""
}

func connectionSetting(c state.Connection) settings.Connection {
	return settings.Connection{
		Name: strings.TrimSpace(c.Name), URL: strings.TrimSpace(c.URL), LeadsTo: c.LeadsTo, Auth: c.Auth, User: c.User, Headers: c.Headers,
		Signing: c.Signing, Insecure: c.Insecure, Seconds: c.Seconds, Paused: c.Paused,
	}
}

func actionState(c settings.Action) state.Action {
	return state.Action(c)
}

func ruleState(r settings.Rule) state.Rule {
	shown := state.Rule{
		Name: r.Name, On: r.On, Folders: r.Folders, Any: r.Any, Steps: r.Steps, Once: r.Once,
		PerMinute: r.PerMinute, Untag: r.Untag, Paused: r.Paused,
	}
	for _, c := range r.Conditions {
		shown.Conditions = append(shown.Conditions, state.Condition(c))
	}
	return shown
}

func ruleSetting(r state.Rule) settings.Rule {
	set := settings.Rule{
		Name: strings.TrimSpace(r.Name), On: r.On, Folders: r.Folders, Any: r.Any, Steps: r.Steps, Once: r.Once,
		PerMinute: r.PerMinute, Untag: r.Untag, Paused: r.Paused,
	}
	for _, c := range r.Conditions {
		set.Conditions = append(set.Conditions, settings.Condition(c))
	}
	return set
}

// SaveConnection makes or changes a connection. Its secrets are in the keyring
// before the settings name it.
func (a *App) SaveConnection(_ context.Context, c state.SaveConnection) (state.Saved, error) {
	made := connectionSetting(c.Connection)
	return a.save("connection", made.Name, c.Check, func(s *settings.Settings) error {
		if err := replace(&s.Connections, c.Before, made, func(o settings.Connection) string { return o.Name }); err != nil {
			return err
		}
		for i := range s.Actions { // a renamed one keeps its actions
			if c.Before != "" && s.Actions[i].Connection == c.Before {
				s.Actions[i].Connection = made.Name
			}
		}
		return nil
	}, func() error { return a.keepSecrets(c.Before, made.Name, c.Password, c.Signing) })
}

// keepSecrets stores a connection's secrets, taking along those of its name
// until now.
func (a *App) keepSecrets(before, name string, password, signing *string) error {
	for _, secret := range []struct {
		of  func(string) string
		new *string
	}{{action.PasswordOf, password}, {action.SigningOf, signing}} {
		value := secret.new
		if value == nil && before != "" && before != name {
			old, err := a.secrets.Get(secretOf(secret.of(before)))
			if err != nil && !errors.Is(err, secrets.ErrNotFound) {
				return err
			}
			value = &old
		}
		if value == nil {
			continue
		}
		if err := a.setSecret(secret.of(name), *value); err != nil {
			return err
		}
	}
	return nil
}

func (a *App) setSecret(name, secret string) error {
	if secret == "" {
		return a.secrets.Delete(secretOf(name))
	}
	return a.secrets.Set(secretOf(name), secret)
}

// SetSecret stores a connection's secret in the keyring.
func (a *App) SetSecret(_ context.Context, c state.SetSecret) error {
	return a.setSecret(c.Name, c.Secret)
}

// SaveAction makes or changes an action. Its name is made once, of what people
// see, and stays, for Workfront and rules know the action by it.
func (a *App) SaveAction(_ context.Context, c state.SaveAction) (state.Saved, error) {
	made := settings.Action(c.Action)
	made.DisplayName = strings.TrimSpace(made.DisplayName)
	now := a.current().Actions
	if i := slices.IndexFunc(now, func(o settings.Action) bool { return o.Name == c.Before }); c.Before != "" && i >= 0 {
		made.ID, made.Name = now[i].ID, now[i].Name
	} else {
		made.ID = freeID(now)
		if made.Name == "" {
			made.Name = freeActionName(now, action.Slug(made.DisplayName))
		}
	}
	return a.save("action", made.Name, c.Check, func(s *settings.Settings) error {
		return replace(&s.Actions, c.Before, made, func(o settings.Action) string { return o.Name })
	}, nil)
}

// freeID is above all that are or were in use as far as is known, so that a
// program doesn't find another action behind a number.
func freeID(actions []settings.Action) int32 {
	id := int32(1)
	for _, o := range actions {
		id = max(id, o.ID+1)
	}
	return id
}

func freeActionName(actions []settings.Action, name string) string {
	free := name
	for n := 2; slices.ContainsFunc(actions, func(o settings.Action) bool { return o.Name == free }); n++ {
		free = fmt.Sprintf("%s-%d", name, n)
	}
	return free
}

// SaveRule makes or changes a rule.
func (a *App) SaveRule(_ context.Context, c state.SaveRule) (state.Saved, error) {
	made := ruleSetting(c.Rule)
	return a.save("rule", made.Name, c.Check, func(s *settings.Settings) error {
		return replace(&s.Rules, c.Before, made, func(o settings.Rule) string { return o.Name })
	}, nil)
}

// replace puts made into the list: in the place of the one called before, or at
// the end when before is "".
func replace[T any](list *[]T, before string, made T, name func(T) string) error {
	if before == "" {
		*list = append(*list, made)
		return nil
	}
	i := slices.IndexFunc(*list, func(o T) bool { return name(o) == before })
	if i < 0 {
		return fmt.Errorf("Nothing was changed: %q is no longer there.", before)
	}
	(*list)[i] = made
	return nil
}

// errChecked ends a change of the settings that was only looked at.
var errChecked = errors.New("only checked")

// save changes the settings when the result holds no fault. keep, when given, is
// done before they are written; it may wait for the keyring.
func (a *App) save(kind, name string, check bool, change func(*settings.Settings) error, keep func() error) (state.Saved, error) {
	saved := state.Saved{Name: name}
	err := a.modify(func(s *settings.Settings) error {
		if err := change(s); err != nil {
			return err
		}
		saved.Problems = problemsOf(definitions(*s), kind, name)
		return errChecked
	})
	switch {
	case !errors.Is(err, errChecked):
		return saved, err
	case check || len(saved.Problems) > 0:
		return saved, nil
	case keep != nil:
		if err := keep(); err != nil {
			return saved, err
		}
	}
	return saved, a.modify(change)
}

// jsonFields are the fields whose names differ between settings and faces.
var jsonFields = map[string]string{
	"display_name": "displayName", "content_type": "contentType", "leads_to": "leadsTo", "per_minute": "perMinute",
}

// problemsOf tells what is wrong with a definition, and with others in so far as
// they can't be in force beside it.
func problemsOf(d action.Definitions, kind, name string) []state.FieldProblem {
	var all []state.FieldProblem
	for _, f := range d.Faults() {
		field := f.Field
		if renamed, is := jsonFields[field]; is {
			field = renamed
		}
		if f.Kind != kind || f.Name != name {
			field = ""
		}
		all = append(all, state.FieldProblem{Field: field, Sentence: f.Sentence})
	}
	return all
}

// RemoveDefinition removes a connection, an action or a rule. What something
// else uses stays.
func (a *App) RemoveDefinition(_ context.Context, c state.RemoveDefinition) error {
	err := a.modify(func(s *settings.Settings) error {
		if user := userOf(*s, c.Kind, c.Name); user != "" {
			return fmt.Errorf("Nothing was removed: %s uses it. Change or remove that first.", user)
		}
		before := len(s.Connections) + len(s.Actions) + len(s.Rules)
		switch c.Kind {
		case "connection":
			s.Connections = slices.DeleteFunc(s.Connections, func(o settings.Connection) bool { return o.Name == c.Name })
		case "action":
			s.Actions = slices.DeleteFunc(s.Actions, func(o settings.Action) bool { return o.Name == c.Name })
		case "rule":
			s.Rules = slices.DeleteFunc(s.Rules, func(o settings.Rule) bool { return o.Name == c.Name })
		}
		if before == len(s.Connections)+len(s.Actions)+len(s.Rules) {
			return notDefined(c.Kind, c.Name)
		}
		return nil
	})
	if err != nil || c.Kind != "connection" {
		return err
	}
	return errors.Join(a.setSecret(action.PasswordOf(c.Name), ""), a.setSecret(action.SigningOf(c.Name), ""))
}

func notDefined(kind, name string) error {
	return fmt.Errorf("Nothing was changed: there is no %s %q.", kind, name)
}

// userOf names what uses a definition, or is "".
func userOf(s settings.Settings, kind, name string) string {
	for _, o := range s.Actions {
		if kind == "connection" && o.Connection == name {
			return fmt.Sprintf("the action %q", o.DisplayName)
		}
	}
	for _, o := range s.Rules {
		if kind == "action" && slices.Contains(o.Steps, name) {
			return fmt.Sprintf("the rule %q", o.Name)
		}
	}
	return ""
}

// PauseDefinition switches a connection, an action or a rule off or on. A rule
// that was stopped for running in circles starts again.
func (a *App) PauseDefinition(_ context.Context, c state.PauseDefinition) error {
	return a.modify(func(s *settings.Settings) error {
		found := false
		for i := range s.Connections {
			if c.Kind == "connection" && s.Connections[i].Name == c.Name {
				s.Connections[i].Paused, found = c.Paused, true
			}
		}
		for i := range s.Actions {
			if c.Kind == "action" && s.Actions[i].Name == c.Name {
				s.Actions[i].Paused, found = c.Paused, true
			}
		}
		for i := range s.Rules {
			if c.Kind == "rule" && s.Rules[i].Name == c.Name {
				s.Rules[i].Paused, found = c.Paused, true
			}
		}
		if !found {
			return notDefined(c.Kind, c.Name)
		}
		return nil
	})
}

// MoveRule changes the order of the rules.
func (a *App) MoveRule(_ context.Context, c state.MoveRule) error {
	return a.modify(func(s *settings.Settings) error {
		i := slices.IndexFunc(s.Rules, func(o settings.Rule) bool { return o.Name == c.Name })
		if i < 0 {
			return notDefined("rule", c.Name)
		}
		moved := s.Rules[i]
		s.Rules = slices.Delete(s.Rules, i, i+1)
		s.Rules = slices.Insert(s.Rules, max(0, min(c.To, len(s.Rules))), moved)
		return nil
	})
}

// sentenceProblem is a failure of a whole draft, put beside the field it is
// about where that is known.
func sentenceProblem(err error) []state.FieldProblem {
	field := ""
	switch {
	case errors.Is(err, message.ErrTemplate):
		field = "body"
	case errors.Is(err, outgoing.ErrDestination):
		field = "url"
	}
	return []state.FieldProblem{{Field: field, Sentence: said(err).Error()}}
}
