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
// up in between: trouble, a changed address, a browser that asks to be let in.
// The first State (its predecessor is zero) only tells of what waits for an
// answer.
func notifications(before, now state.State, w words.Words) []notification {
	if !now.Settings.Notifications {
		return nil
	}
	var all []notification
	if now.Phase == state.Trouble && before.Phase != state.Trouble && before.Phase != "" && now.Problem != nil {
		all = append(all, notification{w.Say("Trouble"), clip(now.Problem.Sentence)})
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
	return all
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
