// Package server is Workfront's side of Folderfront: the Document Webhooks API
// over the shared folders.
//
// Its terms:
//
//   - An endpoint is one call of the API, such as /metadata; routes.go lists
//     all of them with their parameters.
//   - A listener is a way in: loopback, for this computer, or the tunnel, for
//     the internet. Both serve the same, under different Host names.
//   - The caller is who a request was authenticated as. What it may not see
//     doesn't exist for it.
//   - Handlers parse, call one room (catalogue, upload, search, thumb) and
//     return; errors.go alone turns a failure into an answer.
//   - The origin is the public address that all links begin with. It comes
//     from the settings, never from a request.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"folderfront/server/action"
	"folderfront/server/auth"
	"folderfront/server/catalogue"
	"folderfront/server/search"
	"folderfront/server/thumb"
	"folderfront/server/upload"
	"folderfront/server/web"
	"folderfront/server/worker"
)

// Config is what a Server needs to be opened. Only Profile is required.
type Config struct {
	Profile string // folder of all state; made when missing, readable by its owner alone
	Logger  *slog.Logger

	// WorkerCommand starts this program as a worker, such as
	// {"/usr/bin/folderfront", "worker"}.
	WorkerCommand []string

	// KeyUsed hears of each use of an API key, at most once a minute a key.
	KeyUsed func(id string, at time.Time)
	// Noted hears of each thing that was served, changed or refused. It must
	// return at once; calls overlap.
	Noted func(Event)
	// Changed hears that a room, or Activity, has something new to tell: states
	// of folders, who may come in, how far indexing is, what was served. It is
	// called often, must return at once and not call the Server.
	Changed func()
	// Probe answers the self-probe that the tunnel sends through the internet
	// to see whether it arrives here.
	Probe func(nonce string) string

	// Actions says what custom actions need of this computer: Secret, Own,
	// Desktop and Commands. The server adds the rest.
	Actions action.Config

	Limits Limits
}

// Limits bound what a client can cost. A zero value means the default.
type Limits struct {
	HeaderTime time.Duration // for a request's header; 10 s
	IdleTime   time.Duration // between two requests of a connection; 60 s
	ChunkTime  time.Duration // for each 256 KiB of a body, in or out; 30 s
	StopTime   time.Duration // for transfers to end when the server stops; 10 s
	Transfers  int           // uploads and downloads at once; 64
}

func (l Limits) withDefaults() Limits {
	orElse := func(d *time.Duration, fallback time.Duration) {
		if *d == 0 {
			*d = fallback
		}
	}
	orElse(&l.HeaderTime, 10*time.Second)
	orElse(&l.IdleTime, 60*time.Second)
	orElse(&l.ChunkTime, 30*time.Second)
	orElse(&l.StopTime, 10*time.Second)
	if l.Transfers == 0 {
		l.Transfers = 64
	}
	return l
}

// maxHeaderBytes bounds a request's header: line, names and values.
const maxHeaderBytes = 32 << 10

// Server serves the shared folders. All its methods are safe for concurrent
// use. Its rooms may be used directly.
type Server struct {
	Catalogue *catalogue.Catalogue
	Uploads   *upload.Uploads
	Auth      *auth.Auth
	Search    *search.Search
	Thumbs    *thumb.Thumbs
	Actions   *action.Actions

	pages *web.Pages
	pool  *worker.Pool
	stop  context.CancelFunc // ends what the rooms do by themselves

	log       *slog.Logger
	probe     func(string) string
	endpoints []string // as serviceInfo lists them
	limits    Limits
	opened    time.Time // also the root's modification time
	options   atomic.Pointer[Options]
	sniffer   sniffer
	listings  *listings
	activity  Activity
	recovery  sync.Once
	requests  sync.WaitGroup // those being served
	serving   atomic.Int64   // how many these are
}

// Open opens the rooms over one profile. The caller sets the shares, runs Run,
// serves, and calls Close at last.
func Open(ctx context.Context, cfg Config) (*Server, error) {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Noted == nil {
		cfg.Noted = func(Event) {}
	}
	if cfg.Changed == nil {
		cfg.Changed = func() {}
	}
	if err := os.MkdirAll(cfg.Profile, 0o700); err != nil {
		return nil, fmt.Errorf("making the profile folder: %w", err)
	}
	s := &Server{
		log: cfg.Logger, probe: cfg.Probe, limits: cfg.Limits.withDefaults(), opened: time.Now(),
		endpoints: endpointNames(), listings: newListings(), activity: Activity{noted: cfg.Noted, changed: cfg.Changed},
	}
	s.SetOptions(Options{})
	if err := s.openRooms(ctx, cfg); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.sniffer.catalogue = s.Catalogue
	s.pages = s.newPages()
	return s, nil
}

// openRooms opens each room over those before it.
func (s *Server) openRooms(ctx context.Context, cfg Config) (err error) {
	s.Catalogue, err = catalogue.Open(ctx, catalogue.Config{Path: filepath.Join(cfg.Profile, "catalogue.db"), Logger: cfg.Logger, Changed: cfg.Changed})
	if err != nil {
		return fmt.Errorf("opening the catalogue: %w", err)
	}
	s.Auth, err = auth.Open(ctx, auth.Config{Path: filepath.Join(cfg.Profile, "auth.db"), Logger: cfg.Logger, KeyUsed: cfg.KeyUsed, Changed: cfg.Changed})
	if err != nil {
		return fmt.Errorf("opening the store of who may come in: %w", err)
	}
	s.Uploads, err = upload.New(s.Catalogue, upload.Config{Logger: cfg.Logger})
	if err != nil {
		return fmt.Errorf("opening the uploads: %w", err)
	}
	ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	cache := filepath.Join(cfg.Profile, "cache")
	s.pool = worker.NewPool(ctx, worker.Config{Command: cfg.WorkerCommand, Jobs: 1000, CacheDir: cache, Logger: cfg.Logger})
	s.Thumbs, err = thumb.New(ctx, thumb.Config{Catalogue: s.Catalogue, Pool: s.pool, Dir: filepath.Join(cache, "thumbnails"), Logger: cfg.Logger})
	if err != nil {
		return fmt.Errorf("opening the thumbnails: %w", err)
	}
	s.Search, err = search.New(ctx, search.Config{Catalogue: s.Catalogue, Pool: s.pool, Busy: s.busy, Logger: cfg.Logger, Changed: cfg.Changed})
	if err != nil {
		return fmt.Errorf("opening the search index: %w", err)
	}
	cfg.Actions.Catalogue, cfg.Actions.Uploads, cfg.Actions.Logger = s.Catalogue, s.Uploads, cfg.Logger
	cfg.Actions.Changed = cfg.Changed
	cfg.Actions.Origin = func() string { return s.options.Load().Origin }
	s.Actions, err = action.New(ctx, cfg.Actions)
	if err != nil {
		return fmt.Errorf("opening the custom actions: %w", err)
	}
	return nil
}

// busy tells whether somebody is being served at this moment.
func (s *Server) busy() bool { return s.serving.Load() > 0 }

// SetShares makes exactly these folders the shared ones; their scans start by
// themselves. The first call also mends what a crash left in them, so it comes
// before Run and Serve.
func (s *Server) SetShares(ctx context.Context, shares []catalogue.Share) error {
	if err := s.Catalogue.SetShares(ctx, shares); err != nil {
		return err
	}
	s.recovery.Do(func() {
		if err := s.Uploads.Recover(ctx); err != nil {
			s.log.Warn("what an interrupted upload left is not yet mended; it will be tried again", "error", catalogue.Bones(err))
		}
	})
	return nil
}

// Close waits for the requests being served and closes the rooms. Nothing may
// use the Server afterwards.
func (s *Server) Close() error {
	s.requests.Wait()
	if s.stop != nil {
		s.stop()
	}
	if s.Thumbs != nil {
		s.Thumbs.Close()
	}
	if s.pool != nil {
		s.pool.Close()
	}
	var errs []error
	if s.Auth != nil {
		errs = append(errs, s.Auth.Close())
	}
	if s.Catalogue != nil {
		errs = append(errs, s.Catalogue.Close())
	}
	return errors.Join(errs...)
}

// Run does the background work of all rooms until ctx ends.
func (s *Server) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		s.Search.Loaded(ctx) // somebody may wait for it, and nobody for the scan of all folders
		return s.Catalogue.Run(ctx)
	})
	group.Go(func() error { return s.Uploads.Run(ctx) })
	group.Go(func() error { return s.Thumbs.Run(ctx) })
	group.Go(func() error { return s.Search.Run(ctx) })
	group.Go(func() error { return s.Actions.Run(ctx) })
	return group.Wait()
}

// Activity is what is on its way.
func (s *Server) Activity() *Activity { return &s.activity }

// Serve answers what arrives at ln until ctx ends: then it accepts no more,
// lets transfers end for a while, breaks off the rest and returns nil.
func (s *Server) Serve(ctx context.Context, ln net.Listener, l Listener) error {
	server := &http.Server{
		Handler:           s.Handler(l),
		ReadHeaderTimeout: s.limits.HeaderTime,
		IdleTimeout:       s.limits.IdleTime,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(ln) }()
	if err := s.attend(ctx, failed); err != nil {
		return fmt.Errorf("listening on %s: %w", ln.Addr(), err)
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.limits.StopTime)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		_ = server.Close() // what didn't end in time is broken off
	}
	<-failed
	return nil
}

// attend waits for the end of ctx or for a failure, and lets go of listings that
// nobody asks for.
func (s *Server) attend(ctx context.Context, failed <-chan error) error {
	sweep := time.NewTicker(time.Minute)
	defer sweep.Stop()
	for {
		select {
		case err := <-failed:
			return err
		case <-ctx.Done():
			return nil
		case now := <-sweep.C:
			s.listings.dropUnused(now.Add(-keptFor))
		}
	}
}
