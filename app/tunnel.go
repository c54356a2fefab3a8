package app

import (
	"context"

	"folderfront/app/settings"
	"folderfront/app/state"
)

// superviseTunnel runs the way in from the internet until ctx ends.
func (a *App) superviseTunnel(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

// publicOrigin is the address under which the internet reaches this computer,
// or "" when there is none.
func (a *App) publicOrigin(s settings.Settings) string { return s.Tunnel.PublicURL }

func (a *App) tunnelState() state.Tunnel {
	return state.Tunnel{Provider: a.current().Tunnel.Provider}
}
