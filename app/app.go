// Package app is the core of the application on the workstation's side: what
// the person at this computer decided, and the State of everything.
//
// App owns the settings, the secrets, the server and the tunnel. Every command
// of a face (window, tray, command line) is one of its methods; whatever it
// does ends in a new State, which is all that a face ever sees.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"
	"golang.org/x/sync/errgroup"

	"folderfront/app/activity"
	"folderfront/app/secrets"
	"folderfront/app/settings"
	"folderfront/app/state"
	"folderfront/server"
	"folderfront/server/action/bin"
)

// Options are what a start decides beside the settings.
type Options struct {
	Profile        string // absolute path of the folder that holds all state
	Version        string
	Overrides      Overrides                // hold for this run, never written
	SecretsInFile  bool                     // --secrets file
	EnvironmentKey string                   // an API key accepted for this run, or ""
	NgrokToken     string                   // ngrok's token for this run, or ""
	Strict         bool                     // no listener or no keys ends Run instead of being told as a problem
	KeyMade        func(state.NewKeyAnswer) // called when the first key was made by itself
	WorkerCommand  []string                 // starts a worker process
	OpenWindow     func() error
	LoginCommand   []string // starts the program hidden at login; nil for a server
	Log            *slog.Logger
	LogFile        io.Closer // what Log writes to, closed with the core so that a reset may remove it; or nil
}

// ErrRunning says that another core owns the profile.
var ErrRunning = errors.New("Folderfront is running already with this profile. Use that one, or quit it first.")

// App is the core. Its methods are safe concurrently.
type App struct {
	options  Options
	log      *slog.Logger
	lock     *flock.Flock
	store    *settings.Store
	secrets  secrets.Store
	server   *server.Server
	activity *activity.Log
	verbs    verbs
	feed     feed
	done     chan struct{} // closed when Run has ended
	quit     context.CancelFunc

	changed chan struct{} // holds one token: the settings changed
	stirred chan struct{} // holds one token: a room has something new to tell

	keys    *keyring
	sharing sharing
	way     *wayIn
	bin     bin.Bin // to try custom actions against
	trial   trial

	resetting atomic.Bool // the core forgets everything when it ends

	publishing sync.Mutex // one State at a time, in order

	mu       sync.Mutex // guards what follows
	inForce  settings.Settings
	problems map[string]state.Problem // by area
	waiting  string
	tray     bool // a tray icon is shown
	summons  int  // how often the window was called up
}

// Open takes possession of the profile and opens everything in it. ErrRunning
// when another process has it. Close it, or Run it: Run closes it.
func Open(ctx context.Context, options Options) (*App, error) {
	if err := os.MkdirAll(options.Profile, 0o700); err != nil {
		return nil, fmt.Errorf("The profile folder can't be made: %w", err)
	}
	a := &App{
		options:  options,
		log:      options.Log,
		lock:     flock.New(filepath.Join(options.Profile, profileLock)),
		done:     make(chan struct{}),
		quit:     func() {},
		changed:  make(chan struct{}, 1),
		stirred:  make(chan struct{}, 1),
		problems: map[string]state.Problem{},
	}
	if owned, err := a.lock.TryLock(); err != nil {
		return nil, fmt.Errorf("The profile folder can't be used: %w", err)
	} else if !owned {
		return nil, ErrRunning
	}
	if err := a.open(ctx); err != nil {
		a.lock.Unlock()
		return nil, err
	}
	a.sharing.want = state.Off
	a.verbs = allVerbs(a.sharingVerbs(), a.folderVerbs(), a.keyVerbs(), a.preferenceVerbs(), a.historyVerbs(), a.actionVerbs(), a.transferVerbs(), a.activityVerbs(), a.thumbnailVerbs(), a.faceVerbs(), a.peopleVerbs(), a.oauthVerbs(), a.tunnelVerbs(), a.tryVerbs(), a.resetVerbs())
	a.publish()
	return a, nil
}

func (a *App) open(ctx context.Context) (err error) {
	a.store, err = settings.Open(filepath.Join(a.options.Profile, "settings.toml"), func() { token(a.changed) })
	if err != nil {
		return err
	}
	a.secrets = secrets.NewKeyring(a.options.Profile)
	if a.options.SecretsInFile {
		a.secrets = secrets.NewFile(filepath.Join(a.options.Profile, "secrets.json"), settings.WriteFile)
	}
	a.inForce, err = a.options.Overrides.Apply(a.store.Get())
	if err != nil {
		return err
	}
	if a.way, err = openWayIn(a.options, a.inForce.Developer); err != nil {
		return err
	}
	if a.activity, err = activity.Open(ctx, filepath.Join(a.options.Profile, "activity.db"), a.daysAgo, a.log); err != nil {
		return err
	}
	a.trial = a.newTrial()
	a.server, err = server.Open(ctx, server.Config{
		Profile:       a.options.Profile,
		Noted:         a.noted,
		Logger:        a.log,
		WorkerCommand: a.options.WorkerCommand,
		Actions:       a.actionConfig(),
		Probe:         a.way.prober.Answer,
		KeyUsed:       func(id string, at time.Time) { a.keys.touch(id, at); a.stir() },
		Changed:       a.stir,
	})
	if err != nil {
		return errors.Join(err, a.activity.Close())
	}
	a.bin.Changed = a.stir
	a.server.Auth.SetEnvironmentKey(a.options.EnvironmentKey)
	a.keys = openKeyring(a.options.Profile, a.secrets, a.server.Auth.SetKeys)
	return a.configure(ctx)
}

// daysAgo asks the catalogue, which knows the days on which the program ran.
func (a *App) daysAgo(ctx context.Context, n int) (time.Time, error) {
	return a.server.Catalogue.DaysAgo(ctx, n)
}

// Close lets go of the profile and of the log.
func (a *App) Close() error {
	err := errors.Join(a.keys.save(), a.bin.Close(), a.activity.Close(), a.server.Close())
	if a.options.LogFile != nil {
		err = errors.Join(err, a.options.LogFile.Close())
	}
	return errors.Join(err, a.lock.Unlock())
}

// Run works until ctx ends or Quit is called, then stops in order: the way in
// first, the rooms behind it last.
func (a *App) Run(ctx context.Context) error {
	ctx, a.quit = context.WithCancel(ctx)
	defer a.quit()
	defer close(a.done)
	if a.options.Strict || a.current().Sharing.Start {
		a.sharing.change(func() { a.sharing.want = state.Live })
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return a.store.Run(ctx) })
	group.Go(func() error { return a.server.Run(ctx) })
	group.Go(func() error { return a.activity.Run(ctx) })
	group.Go(func() error { return a.followSettings(ctx) })
	group.Go(func() error { return a.followChanges(ctx) })
	group.Go(func() error { return a.superviseSharing(ctx) })
	group.Go(func() error { return a.superviseKeys(ctx) })
	group.Go(func() error { return a.serveTrial(ctx) })
	return errors.Join(group.Wait(), a.Close(), a.forgetAtLast())
}

// modify changes the settings and has them in force before it returns.
func (a *App) modify(change func(*settings.Settings) error) error {
	err := a.store.Modify(func(s *settings.Settings) error {
		if err := change(s); err != nil {
			return err
		}
		_, err := a.options.Overrides.Apply(*s)
		return err
	})
	if err != nil {
		return forPerson(err)
	}
	return a.configure(context.Background())
}

// forPerson turns the reason of an invalid setting into a sentence.
func forPerson(err error) error {
	var invalid *settings.Invalid
	if errors.As(err, &invalid) {
		name := invalid.Key
		if known, ok := spokenKeys[name]; ok {
			name = known
		}
		return fmt.Errorf("Nothing was changed: the %s %s.", name, invalid.Reason)
	}
	return err
}

// spokenKeys are the names of settings that don't read as words.
var spokenKeys = map[string]string{
	"limit_mb": "largest upload", "minimum_free_mb": "space to leave free",
	"search_limit": "number of results", "actions_per_folder": "number of actions", "allow": "list of addresses",
}

// followSettings puts every change of the settings file in force.
func (a *App) followSettings(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-a.changed:
			if err := a.configure(ctx); err != nil {
				a.log.Error("settings not in force", "error", err)
			}
			a.publish()
		}
	}
}

// configure brings every room in line with the settings.
func (a *App) configure(ctx context.Context) error {
	next, err := a.options.Overrides.Apply(a.store.Get())
	if err != nil {
		a.setProblem("settings", &state.Problem{Sentence: forPerson(err).Error()})
		return err
	}
	a.setProblem("settings", settingsProblem(a.store.Fault()))
	a.mu.Lock()
	a.inForce = next
	a.mu.Unlock()
	a.server.SetOptions(a.serverOptions(next))
	a.server.Auth.AnswerExpiresID(next.Workfront.ExpiresID)
	a.setPeople(next)
	a.server.Uploads.SetConfig(a.uploads(next))
	a.server.Thumbs.UseLibreOffice(next.Desktop.LibreOffice)
	a.setActions(next)
	if err := a.server.SetShares(ctx, shares(next.Folders)); err != nil {
		return err
	}
	a.startAtLogin(next.Desktop.StartAtLogin)
	a.way.reconsider(next.Tunnel)
	a.sharing.change(func() { a.sharing.listen = next.Sharing.Listen })
	return nil
}

func settingsProblem(fault error) *state.Problem {
	if fault == nil {
		return nil
	}
	return &state.Problem{Sentence: fault.Error(), Advice: "Mend that line and save the file."}
}

// current returns the settings in force, overrides included.
func (a *App) current() settings.Settings {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.inForce
}

// setProblem tells of trouble in an area, or with nil that it is over.
func (a *App) setProblem(area string, p *state.Problem) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if p == nil {
		delete(a.problems, area)
		return
	}
	p.Area, p.Since = area, time.Now()
	if before, there := a.problems[area]; there {
		p.Since = before.Since
	}
	a.problems[area] = *p
}

func (a *App) setWaiting(what string) {
	a.mu.Lock()
	a.waiting = what
	a.mu.Unlock()
	a.publish()
}

// token leaves a token in a channel that holds one.
func token(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
