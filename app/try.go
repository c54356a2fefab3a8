package app

import (
	"context"
	"errors"
	"net"

	"folderfront/app/state"
	"folderfront/app/try"
	"folderfront/tunnel"
)

// trial is the picker that plays Workfront, and its page in the browser, which
// is served from when it is first asked for.
type trial struct {
	picker *try.Picker
	wanted chan chan<- string // each is sent an address of the page
}

func (a *App) newTrial() trial {
	return trial{
		picker: try.New(try.Config{Target: a.tryTarget, Introduce: a.introduce, Transport: a.way.probing.Transport()}),
		wanted: make(chan chan<- string),
	}
}

func (a *App) tryVerbs() verbs {
	v := verbs{}
	verb(v, a.Try)
	verb(v, a.TryPicture)
	verb(v, a.OpenTry)
	return v
}

// Try takes a step as Workfront would.
func (a *App) Try(ctx context.Context, c state.Try) (state.TryView, error) {
	return a.trial.picker.Do(ctx, c)
}

// TryPicture fetches a thumbnail as Workfront would.
func (a *App) TryPicture(ctx context.Context, c state.TryPicture) (state.Picture, error) {
	data, _, err := a.trial.picker.Thumbnail(ctx, c.ID, c.Width)
	return state.Picture{JPEG: data}, err
}

// OpenTry gives an address of the page.
func (a *App) OpenTry(ctx context.Context, _ state.OpenTry) (state.TryPage, error) {
	address := make(chan string, 1)
	select {
	case a.trial.wanted <- address:
	case <-ctx.Done():
		return state.TryPage{}, ctx.Err()
	case <-a.done:
		return state.TryPage{}, errors.New("Folderfront is ending, so the page is not opened. Start it, then try again.")
	}
	select {
	case url := <-address:
		if url != "" {
			return state.TryPage{URL: url}, nil
		}
	case <-a.done:
	}
	return state.TryPage{}, errors.New("The page could not be opened on this computer. Try it in the window, or start Folderfront anew.")
}

// serveTrial serves the page once somebody asks for it, until ctx ends.
func (a *App) serveTrial(ctx context.Context) error {
	var page *try.Page
	ended := make(chan error, 1)
	for {
		select {
		case <-ctx.Done():
			if page != nil {
				<-ended
			}
			return nil
		case err := <-ended:
			a.log.Error("the page that plays Workfront ended", "error", err)
			page = nil
		case address := <-a.trial.wanted:
			if page == nil {
				page = a.openTrial(ctx, ended)
			}
			if page == nil {
				address <- ""
				continue
			}
			address <- page.URL()
		}
	}
}

// openTrial begins to serve the page on this computer alone, at any free port.
func (a *App) openTrial(ctx context.Context, ended chan<- error) *try.Page {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		a.log.Error("no page that plays Workfront", "error", err)
		return nil
	}
	page := try.NewPage(a.trial.picker, listener, func() string { return a.current().Desktop.Language }, a.log)
	go func() { ended <- page.Serve(ctx) }()
	return page
}

// introduce says which file a document of Workfront's is.
func (a *App) introduce(ctx context.Context, documentID, fileID string) error {
	return a.NameDocument(ctx, state.NameDocument{DocumentID: documentID, File: fileID})
}

// tryTarget is what Workfront was given: the public address while it leads here,
// else this computer's own, and the newest API key.
func (a *App) tryTarget(context.Context) (try.Target, error) {
	s := a.current()
	_, address := a.sharing.status()
	if address == nil {
		return try.Target{}, errors.New("Sharing is off, so there is nothing to try. Start sharing, then begin anew.")
	}
	key, err := a.keyToTry()
	if err != nil {
		return try.Target{}, err
	}
	t := try.Target{Address: localOrigin(address) + apiPath, Way: "local", Key: key}
	switch origin := a.publicOrigin(s); {
	case s.Tunnel.Provider == "none" || s.Tunnel.Provider == "":
	case origin != "" && a.way.now().State == tunnel.Live:
		t.Address, t.Way = origin+apiPath, "public"
	default:
		t.Way = "down"
	}
	for _, p := range s.People {
		t.People = append(t.People, p.Name)
	}
	return t, nil
}

// keyToTry is the newest key that Workfront may have been given.
func (a *App) keyToTry() (string, error) {
	if a.options.EnvironmentKey != "" {
		return a.options.EnvironmentKey, nil
	}
	if err := a.keys.load(); err != nil {
		return "", err
	}
	keys, _ := a.keys.get()
	for i := len(keys) - 1; i >= 0; i-- {
		if keys[i].Expires.IsZero() && len(keys[i].Limit) == 0 {
			return keys[i].Secret, nil
		}
	}
	return "", errors.New("There is no API key, so Workfront can't come in. Make one under Access, then begin anew.")
}
