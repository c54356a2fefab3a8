// Package catalogue knows what exists in the shared folders, and under which id.
//
// A share is a folder of this computer that was shared. An entry is a file or folder below one; it
// keeps its ID whatever happens to it on the disk: renamed, moved, edited, deleted and restored,
// with the program running or not. A node is an entry's row in the store, one SQLite file. A file
// key (volume, inode, birth time, or what the system has instead) finds a file again that lies
// elsewhere now. A head is a hash of the first 64 KiB of a file that a client asked for: a file that
// turns up on another volume, or again, under the same name, size and time is another one when its
// head differs. A tombstone is the node of something that is gone, kept so that its id comes back
// with it. A roster is what lies in a large folder, in the order of listings; it is held in memory,
// that of a very large folder in the store as well.
//
// The disk is the truth and the store is what we know of it. To reconcile a folder is to read it
// and to write what changed. Events of the system are only hints on which folders to reconcile.
//
// Every path is share-relative and opened beneath an os.Root; symbolic links are neither listed nor
// followed. Methods of Catalogue are safe for concurrent use.
package catalogue

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// Config says where the catalogue lies and who hears of its troubles.
type Config struct {
	Path   string // of the SQLite file, made when missing; beside it lie its journal and its copies
	Logger *slog.Logger
	// Changed hears that Status may answer otherwise. It is called often, must return at once and
	// not call the catalogue.
	Changed func()
}

// Catalogue is an open catalogue.
type Catalogue struct {
	log         *slog.Logger
	changed     func()
	store       *store
	cache       cache
	rosters     rosters
	generations *generations
	subscribers subscribers
	departures  departures
	asked       asked
	learn       chan struct{} // holds a token when something is asked

	rhythm rhythm
	settle time.Duration // how long to wait for an editor that moved its file to a backup's name
	youth  time.Duration // how long a new file may be an editor's temporary one

	// Guarded by the store's write lock:
	recent    foundLately
	displaced map[storedKey]displaced
	held      map[int64]time.Time // since when a node's rename is not decided

	setting sync.Mutex // held while the set of shares changes
	mu      sync.RWMutex
	shares  map[int64]*share // by the number of their root
	joining []*share         // being set
	awake   chan struct{}    // holds a token when Run has something to look at
}

// Open opens the catalogue, or makes an empty one. No share is known until SetShares.
func Open(ctx context.Context, cfg Config) (*Catalogue, error) {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Changed == nil {
		cfg.Changed = func() {}
	}
	s, err := openSound(ctx, cfg.Path, cfg.Logger)
	if err != nil {
		return nil, err
	}
	stored, err := s.rosterFolders(ctx)
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return &Catalogue{
		log:         cfg.Logger,
		changed:     cfg.Changed,
		store:       s,
		rosters:     rosters{from: rosterFrom, stored: storedRosters{from: storedFrom, has: stored, due: map[int64]time.Time{}}},
		generations: newGenerations(),
		rhythm:      usual,
		settle:      2 * time.Second,
		youth:       10 * time.Second,
		displaced:   map[storedKey]displaced{},
		held:        map[int64]time.Time{},
		shares:      map[int64]*share{},
		awake:       make(chan struct{}, 1),
		learn:       make(chan struct{}, 1),
	}, nil
}

// Close ends the catalogue; nothing may use it any more.
func (c *Catalogue) Close() error {
	for _, s := range c.all() {
		s.goOffline("")
	}
	c.storeLast(context.Background())
	return c.store.close()
}

// Migrate runs the steps (SQL) that a room has not run yet, each once and in its own transaction.
// The tables' names begin with the room's.
func (c *Catalogue) Migrate(ctx context.Context, room string, steps []string) error {
	return c.storeError(c.store.migrate(ctx, room, steps))
}

// Update runs a write transaction; it is synced to the disk when Update returns nil. fn must not
// call the catalogue.
func (c *Catalogue) Update(ctx context.Context, fn func(*sql.Tx) error) error {
	return c.storeError(c.store.update(ctx, fn))
}

// View runs a read transaction, which sees one moment of the store.
func (c *Catalogue) View(ctx context.Context, fn func(*sql.Tx) error) error {
	return c.storeError(c.store.view(ctx, fn))
}

// Each gives every row that a reading query with one argument finds to fn, which may keep the
// values but not the slice. An error of fn ends it and is returned. It is for thousands of rows,
// where View costs several times as much. The query is remembered, so there must be few different ones.
func (c *Catalogue) Each(ctx context.Context, query string, arg driver.Value, fn func([]driver.Value) error) error {
	return c.storeError(c.store.eachRow(ctx, query, []driver.Value{arg}, fn))
}

func sortStatus(all []ShareStatus) {
	slices.SortFunc(all, func(a, b ShareStatus) int { return cmp.Compare(Fold(a.Name), Fold(b.Name)) })
}

// wake makes Run look again.
func (c *Catalogue) wake() {
	select {
	case c.awake <- struct{}{}:
	default:
	}
}
