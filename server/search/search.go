// Package search finds entries of the catalogue by name and by what is written
// in them.
//
// Names are kept in memory, folded (see server/search/text), and scanned whole:
// any piece of a name is found. Contents are kept as an index of words in the
// catalogue's store; a worker process extracts them. A question is words and
// quoted phrases, all of which must match, by name or by content. The backlog
// is what the content index lacks: it comes from comparing the index with the
// catalogue, so that nothing is lost however the program ended, and from the
// catalogue's events while it runs.
package search

import (
	"context"
	"log/slog"
	"slices"
	"strings"

	"folderfront/server/catalogue"
	"folderfront/server/worker"
)

// Config wires a Search.
type Config struct {
	Catalogue *catalogue.Catalogue
	Pool      *worker.Pool // does jobs of kind text.Job; closed after Run has returned
	Busy      func() bool  // whether somebody is being served, to whom indexing yields; nil: never
	Logger    *slog.Logger
	// Changed hears that indexing begins or has ended; in between, Progress
	// moves all the time. It must return at once.
	Changed func()
}

// Search answers questions. Its methods are safe for concurrent use.
type Search struct {
	c        *catalogue.Catalogue
	pool     *worker.Pool
	busy     func() bool
	battery  func() bool
	log      *slog.Logger
	changed  func()
	names    *names
	loaded   chan struct{} // closed when names holds everything
	backlog  *backlog
	progress progress
}

// New prepares the tables of the index. Answers need a running Run.
func New(ctx context.Context, cfg Config) (*Search, error) {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Busy == nil {
		cfg.Busy = func() bool { return false }
	}
	if cfg.Changed == nil {
		cfg.Changed = func() {}
	}
	if err := cfg.Catalogue.Migrate(ctx, "search", schema); err != nil {
		return nil, err
	}
	return &Search{
		c:       cfg.Catalogue,
		pool:    cfg.Pool,
		busy:    cfg.Busy,
		battery: onBattery,
		log:     cfg.Logger,
		changed: cfg.Changed,
		names:   newNames(),
		loaded:  make(chan struct{}),
		backlog: newBacklog(),
	}, nil
}

// The number of answers: when none is asked for, and at most.
const (
	DefaultMax = 500
	most       = 2000
)

// Query is one question. Text is literal but for double quotes around phrases;
// no text is an error.
type Query struct {
	Text   string
	Within catalogue.ID            // only what lies below this folder; "" and Root are everywhere
	Max    int                     // answers at most; 0 is DefaultMax, above 2,000 is 2,000
	May    func(share string) bool // whether the person may see what is in a shared folder; nil: all
}

// Query gives the best answers first: exact names, then names, then contents,
// the newer first among equals. It waits while the names are being loaded.
// Entries are as the catalogue knows them. An unknown Within is
// catalogue.ErrNotFound.
func (s *Search) Query(ctx context.Context, q Query) ([]catalogue.Entry, error) {
	words := parse(q.Text)
	if len(words) == 0 {
		return nil, nil
	}
	s.Loaded(ctx)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f, err := s.filter(ctx, q)
	if err != nil {
		return nil, err
	}
	limit := min(q.Max, most)
	if limit <= 0 {
		limit = DefaultMax
	}
	numbers, err := s.find(ctx, words, f, limit)
	if plain := unquoted(words); err == nil && len(numbers) == 0 && !slices.Equal(plain, words) {
		numbers, err = s.find(ctx, plain, f, limit) // nothing has the quotes: leave them out
	}
	if err != nil {
		return nil, err
	}
	return s.c.ByNumbers(ctx, numbers)
}

// Loaded returns when the names are loaded, or ctx ends.
func (s *Search) Loaded(ctx context.Context) {
	select {
	case <-s.loaded:
	case <-ctx.Done():
	}
}

// filter turns what the person may see into numbers.
func (s *Search) filter(ctx context.Context, q Query) (filter, error) {
	f := filter{roots: map[uint32]bool{}}
	if q.Within != "" && q.Within != catalogue.Root {
		e, err := s.c.Lookup(ctx, q.Within)
		if err != nil {
			return f, err
		}
		f.within = e.Number
	}
	reachable := s.reachable()
	for _, root := range s.names.shared() {
		e, err := s.c.ByNumber(ctx, int64(root))
		if err == nil && reachable[e.Share] && (q.May == nil || q.May(e.Share)) {
			f.roots[root] = true
		}
	}
	return f, nil
}

// reachable are the shared folders that are neither offline nor paused.
func (s *Search) reachable() map[string]bool {
	names := map[string]bool{}
	for _, status := range s.c.Status() {
		if status.State == catalogue.Ready || status.State == catalogue.Scanning {
			names[status.Name] = true
		}
	}
	return names
}

// find gives the numbers of the answers, best first.
func (s *Search) find(ctx context.Context, words []string, f filter, limit int) ([]int64, error) {
	var numbers []int64
	known := map[int64]bool{}
	for _, h := range s.names.search(words, strings.Join(words, " "), f, limit) {
		numbers = append(numbers, h.number)
		known[h.number] = true
	}
	if len(numbers) >= limit {
		return numbers, nil
	}
	contents, err := s.contents(ctx, words, f, limit+len(known)) // some of which may be known
	if err != nil {
		return nil, err
	}
	for _, number := range contents {
		if !known[number] && len(numbers) < limit {
			numbers = append(numbers, number)
		}
	}
	return numbers, nil
}
