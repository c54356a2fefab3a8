package app

import (
	"context"
	"errors"

	"folderfront/app/state"
)

// Where the authorization server is beneath the origin.
const (
	authorizePath = "/oauth2/authorize"
	tokenPath     = "/oauth2/token"
)

func (a *App) oauthVerbs() verbs {
	v := verbs{}
	verb(v, a.NewClient)
	act(v, a.RemoveClient)
	act(v, a.RevokeGrant)
	return v
}

// NewClient connects Workfront by OAuth2: it answers what to paste there.
func (a *App) NewClient(ctx context.Context, c state.NewClient) (state.NewClientAnswer, error) {
	origin := a.origin(a.current())
	if origin == "" {
		return state.NewClientAnswer{}, errors.New("Folderfront has no address yet, so Workfront could not reach it; nothing was made. Start sharing first.")
	}
	client, secret, err := a.server.Auth.NewClient(ctx, c.RedirectURI)
	if err != nil {
		return state.NewClientAnswer{}, err
	}
	return state.NewClientAnswer{
		AuthenticationURL: origin + authorizePath,
		TokenEndpointURL:  origin + tokenPath,
		ClientID:          client.ID,
		ClientSecret:      secret,
		RedirectURI:       client.RedirectURI,
	}, nil
}

// RemoveClient ends a client with all its grants.
func (a *App) RemoveClient(ctx context.Context, c state.RemoveClient) error {
	return a.server.Auth.RemoveClient(ctx, c.ID)
}

// RevokeGrant ends a grant at once.
func (a *App) RevokeGrant(ctx context.Context, c state.RevokeGrant) error {
	return a.server.Auth.RevokeGrant(ctx, c.ID)
}
