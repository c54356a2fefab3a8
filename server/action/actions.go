package action

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"folderfront/server/action/outgoing"
	"folderfront/server/catalogue"
	"folderfront/server/upload"
)

// Config is what Actions needs of its owner. Catalogue, Uploads and Origin are
// required.
type Config struct {
	Catalogue *catalogue.Catalogue
	Uploads   *upload.Uploads
	Origin    func() string                      // of links, "https://host"
	Secret    func(name string) (string, error)  // from the keyring
	Own       func() []netip.AddrPort            // where this program listens
	Desktop   func(operation, what string) error // open PATH, reveal PATH, notify TEXT; nil: there is none
	Commands  bool                               // local commands are allowed
	Logger    *slog.Logger
}

// Actions is the room. All methods are safe concurrently.
type Actions struct {
	cfg    Config
	client *outgoing.Client
	wake   chan struct{} // holds one token: there may be something to do

	calls sync.Mutex // one call of Workfront is queued at a time

	mu      sync.Mutex // guards what follows
	defined Definitions
	busy    map[string]bool         // serials being worked on
	waiters map[string][]chan<- Run // by run id
	recent  map[string]recentCall   // what Workfront just asked for
	caused  map[catalogue.ID]cause  // changes that actions themselves make
	blown   map[string]bool         // rules that ran in circles, until they are set anew
	fuse    fuse
	next    map[string]time.Time // when a rule with a limit may run again
}

// recentCall lets a double click get the first one's result.
type recentCall struct {
	at  time.Time
	run string
}

// cause is a change made by a run: events of it are no news.
type cause struct {
	at    time.Time
	depth int
}

// New prepares the store. Run does the work.
func New(ctx context.Context, cfg Config) (*Actions, error) {
	if err := cfg.Catalogue.Migrate(ctx, "action", schema); err != nil {
		return nil, err
	}
	if cfg.Own == nil {
		cfg.Own = func() []netip.AddrPort { return nil }
	}
	if cfg.Secret == nil {
		cfg.Secret = func(string) (string, error) { return "", errors.New("no keyring") }
	}
	a := &Actions{
		cfg:     cfg,
		client:  outgoing.New(cfg.Own),
		wake:    make(chan struct{}, 1),
		busy:    map[string]bool{},
		waiters: map[string][]chan<- Run{},
		recent:  map[string]recentCall{},
		caused:  map[catalogue.ID]cause{},
		blown:   map[string]bool{},
		fuse:    fuse{runs: map[string][]time.Time{}},
		next:    map[string]time.Time{},
	}
	return a, nil
}

// SetDefinitions puts definitions in force; invalid ones are refused whole.
func (a *Actions) SetDefinitions(d Definitions) error {
	if err := d.Validate(); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.defined = d
	clear(a.blown)
	return nil
}

func (a *Actions) definitions() Definitions {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.defined
}

// Run works off runs and follows the rules until ctx ends.
func (a *Actions) Run(ctx context.Context) error {
	defer a.client.Close()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return a.dispatch(ctx) })
	group.Go(func() error { return a.follow(ctx) })
	group.Go(func() error {
		for {
			if err := a.tidy(ctx); err != nil && ctx.Err() == nil {
				a.cfg.Logger.Warn("the log of actions could not be tidied", "error", err)
			}
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(time.Hour):
			}
		}
	})
	return group.Wait()
}

// Offer is an action in Workfront's Document Actions.
type Offer struct{ Name, DisplayName string }

// Offered lists the actions that Workfront may show.
func (a *Actions) Offered() []Offer {
	offers := []Offer{}
	for _, act := range a.definitions().Actions {
		if act.Workfront && !act.Paused {
			offers = append(offers, Offer{act.Name, act.DisplayName})
		}
	}
	return offers
}

// Order asks for an action.
type Order struct {
	Action  Action
	Files   []catalogue.ID
	Trigger string
	Person  string
	Rule    string
	Event   string // what happened, for templates
	OldPath string
	Depth   int

	subjects []subject // of Files, when they are known already
}

// Perform queues what an order asks for, durably and in one transaction, and
// returns the runs' ids: one for each file, or one for all.
func (a *Actions) Perform(ctx context.Context, o Order) ([]string, error) {
	runs, err := a.plan(ctx, o)
	if err != nil {
		return nil, err
	}
	return a.enqueue(ctx, runs, nil)
}

// enqueue stores runs, with extra in the same transaction.
func (a *Actions) enqueue(ctx context.Context, runs []Run, extra func(*sql.Tx) error) ([]string, error) {
	var ids []string
	err := a.cfg.Catalogue.Update(ctx, func(tx *sql.Tx) error {
		ids = ids[:0]
		for _, r := range runs {
			if err := insertRun(tx, r); err != nil {
				return err
			}
			ids = append(ids, r.ID)
		}
		if extra != nil {
			return extra(tx)
		}
		return nil
	})
	if err == nil {
		a.poke()
	}
	return ids, err
}

func (a *Actions) poke() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// Wait returns the run once it has ended, or as it is when ctx ends.
func (a *Actions) Wait(ctx context.Context, id string) (Run, error) {
	ended := make(chan Run, 1)
	a.mu.Lock()
	a.waiters[id] = append(a.waiters[id], ended)
	a.mu.Unlock()
	defer a.forget(id, ended)
	now, _, err := a.Detail(context.WithoutCancel(ctx), id)
	if err != nil || now.State == Done || now.State == Failed {
		return now, err
	}
	select {
	case r := <-ended:
		return r, nil
	case <-ctx.Done():
		return now, nil
	}
}

func (a *Actions) forget(id string, ended chan<- Run) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.waiters[id] = slices.DeleteFunc(a.waiters[id], func(c chan<- Run) bool { return c == ended })
	if len(a.waiters[id]) == 0 {
		delete(a.waiters, id)
	}
}

// tell hands an ended run to those who wait for it.
func (a *Actions) tell(r Run) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, ended := range a.waiters[r.ID] {
		ended <- r // each holds one
	}
	delete(a.waiters, r.ID)
}

// Resend runs a run of the log again, as it was, under a new id.
func (a *Actions) Resend(ctx context.Context, id, person string) (string, error) {
	old, _, err := a.Detail(ctx, id)
	if err != nil {
		return "", err
	}
	now := time.Now()
	old.ID, old.Time, old.due = newRunID(now), now, now
	old.Trigger, old.Person, old.State = ByResend, person, Pending
	ids, err := a.enqueue(ctx, []Run{old}, nil)
	if err != nil {
		return "", err
	}
	return ids[0], nil
}

// Decide answers a run that waits for a person's yes.
func (a *Actions) Decide(ctx context.Context, id string, yes bool) error {
	state, sentence := Pending, ""
	if !yes {
		state, sentence = Failed, "The person at the computer declined."
	}
	var changed int64
	err := a.cfg.Catalogue.Update(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE action_run SET state = ?, error = ? WHERE id = ? AND state = ?`, state, sentence, id, Waiting)
		if err != nil {
			return err
		}
		changed, err = result.RowsAffected()
		return err
	})
	if err != nil {
		return err
	}
	if changed == 0 {
		return &catalogue.Error{Kind: catalogue.ErrNotFound, Sentence: "This run no longer waits for an answer."}
	}
	a.poke()
	return nil
}

// sentenceOf is what a person may read of a failure.
func sentenceOf(err error) string {
	var known *catalogue.Error
	if errors.As(err, &known) {
		return known.Sentence
	}
	s := err.Error()
	if before, _, cut := strings.Cut(s, ": "); cut && strings.HasPrefix(s, "The ") {
		s = before
	}
	return s
}
