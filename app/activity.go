package app

import (
	"context"
	"errors"

	"folderfront/app/state"
	"folderfront/server"
)

func (a *App) activityVerbs() verbs {
	v := verbs{}
	verb(v, a.Activities)
	act(v, a.ClearActivity)
	return v
}

// noted stores what the server tells.
func (a *App) noted(e server.Event) { a.activity.Add(state.Activity(e)) }

// Activities answers a piece of the stored activity.
func (a *App) Activities(ctx context.Context, c state.Activities) (state.ActivityPage, error) {
	page, err := a.activity.Page(ctx, c)
	if err != nil && ctx.Err() == nil {
		a.log.Error("stored activity not read", "error", err)
		return page, errors.New("The list of activity can’t be read at the moment; your files and links aren’t touched. Try again.")
	}
	return page, err
}

// ClearActivity forgets the stored activity.
func (a *App) ClearActivity(ctx context.Context, _ state.ClearActivity) error {
	if err := a.activity.Clear(ctx); err != nil {
		a.log.Error("stored activity not cleared", "error", err)
		return errors.New("The list of activity could not be cleared; it stays as it is. Try again.")
	}
	return nil
}
