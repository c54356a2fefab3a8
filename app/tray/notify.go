//go:build !headless || ci

package tray

import (
	"context"
	"fmt"

	"folderfront/app/state"
	"folderfront/app/words"
)

// notification is something worth interrupting a person for: few things are.
type notification struct{ Title, Body string }

// notifications compares a State with the one before and returns what has come
// up in between: trouble, a window that could not be shown, a changed address, a
// browser that asks to be let in, an action that failed or wants an answer.
// The first State (its predecessor is zero) only tells of a missing window and of
// what waits for an answer.
func notifications(before, now state.State, w words.Words) []notification {
	if !now.Settings.Notifications {
		return nil
	}
	var all []notification
	if now.Phase == state.Trouble && before.Phase != state.Trouble && before.Phase != "" && now.Problem != nil {
		all = append(all, notification{w.Say("Trouble"), clip(w.Sentence(now.Problem.Sentence))})
	}
	if p := windowTrouble(now); p != nil && windowTrouble(before) == nil {
		all = append(all, notification{w.Say("Trouble"), clip(w.Sentence(p.Sentence))})
	}
	if old := now.Tunnel.OldOrigin; old != "" && before.Tunnel.OldOrigin == "" {
		all = append(all, notification{w.Say("The address has changed"), w.Say("Links lead nowhere until Workfront knows the new one. Click to see it.")})
	}
	asked := map[string]bool{}
	for _, a := range before.Access.Approvals {
		asked[a.ID] = true
	}
	for _, a := range now.Access.Approvals {
		if !asked[a.ID] {
			all = append(all, notification{w.Say("Let this browser in?"), clip(fmt.Sprintf("%d · %s", a.Number, a.Person))})
		}
	}
	return append(all, actionNews(before, now, w)...)
}

// windowTrouble is why the window that was asked for is not there, or nil. Who
// starts the program from a menu of the desktop is told nowhere else.
func windowTrouble(st state.State) *state.Problem {
	for _, p := range st.Problems {
		if p.Area == "window" {
			return &p
		}
	}
	return nil
}

// actionNews tells of runs that failed, and of what custom actions want to know.
func actionNews(before, now state.State, w words.Words) (all []notification) {
	known := map[string]bool{}
	for _, run := range before.Actions.Waiting {
		known[run.ID] = true
	}
	for _, d := range before.Actions.Unknown {
		known[d.DocumentID] = true
	}
	for _, run := range now.Actions.Waiting {
		if !known[run.ID] {
			all = append(all, notification{w.Say("An action waits for your yes"), clip(runLine(run))})
		}
	}
	for _, d := range now.Actions.Unknown {
		if !known[d.DocumentID] {
			all = append(all, notification{w.Say("Which file is this?"), clip(listed(d.Action, d.Person, d.DocumentID))})
		}
	}
	failure := now.Actions.Failure
	if failure == nil || before.Phase == "" || before.Actions.Failure != nil && before.Actions.Failure.Number == failure.Number {
		return all
	}
	title := w.Count("{{.N}} actions did not work", failure.Count)
	return append(all, notification{title, clip(listed(name(failure.Run), failure.Run.Title, failure.Run.Error))})
}

// Notify shows notifications for what comes up, until ctx or the core's stream of
// States ends. A click opens the window. Where the desktop has no notifications
// nothing happens: window and tray tell the same.
func Notify(ctx context.Context, core Core, cfg Config) {
	show, end := notifier(cfg)
	defer end()
	var before state.State
	for st := range core.States(ctx) {
		for _, n := range notifications(before, st, words.For(st.Settings.Language)) {
			if err := show(ctx, n); err != nil {
				cfg.Logger.Warn("no notification could be shown", "error", err)
			}
		}
		before = st
	}
}
