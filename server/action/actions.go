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
	"unicode"
	"unicode/utf8"

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
	Commands  func() bool                        // local commands are allowed; nil: never
	Gone      func(connection string)            // hears of a connection to switch off for good
	Changed   func()                             // hears that Attention has something new; must return at once
	Logger    *slog.Logger
}

// Actions is the room. All methods are safe concurrently.
type Actions struct {
	cfg      Config
	client   *outgoing.Client
	commits  commits
	arrivals arrivals
	offline  func() bool      // this computer has no network
	now      func() time.Time // of what is stored; spans in memory are measured without the clock
	began    time.Time
	wake     chan struct{} // holds one token: there may be something to do

	calls sync.Mutex // one call of Workfront is queued at a time

	mu      sync.Mutex // guards what follows
	defined Definitions
	waiters map[string][]chan<- Run // by run id
	recent  map[string]recentCall   // what Workfront just asked for
	caused  map[catalogue.ID]cause  // changes that actions themselves make
	blown   map[string]bool         // rules that ran in circles, until they are set anew
	fuse    fuse
	next    map[string]time.Duration // when a rule with a limit may run again, after began
	gone    map[string]bool          // connections whose receivers are gone for good
	notice  notice
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
	if cfg.Changed == nil {
		cfg.Changed = func() {}
	}
	a := &Actions{
		cfg:      cfg,
		offline:  outgoing.Offline,
		now:      time.Now,
		began:    time.Now(),
		client:   outgoing.New(cfg.Own),
		commits:  commits{update: cfg.Catalogue.Update},
		arrivals: arrivals{coming: map[string]bool{}},
		wake:     make(chan struct{}, 1),
		waiters:  map[string][]chan<- Run{},
		recent:   map[string]recentCall{},
		caused:   map[catalogue.ID]cause{},
		blown:    map[string]bool{},
		fuse:     fuse{runs: map[string][]time.Time{}},
		next:     map[string]time.Duration{},
		gone:     map[string]bool{},
	}
	return a, a.loadNotice(ctx)
}

// SetDefinitions puts definitions in force; invalid ones are refused whole.
func (a *Actions) SetDefinitions(d Definitions) error {
	if err := d.Validate(); err != nil {
		return err
	}
	a.mu.Lock()
	a.defined = d
	clear(a.blown)
	clear(a.gone)
	a.mu.Unlock()
	a.changed()
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

	subjects   []subject   // of Files, when they are known already
	connection *Connection // of the action, when it isn't one of the definitions
}

// Perform queues what an order asks for, durably and in one transaction, and
// returns the runs' ids: one for each file, or one for all.
func (a *Actions) Perform(ctx context.Context, o Order) ([]string, error) {
	runs, err := a.plan(ctx, o)
	if err != nil {
		a.refused(ctx, o, err)
		return nil, err
	}
	return a.enqueue(ctx, runs, nil)
}

// refused writes into the log what could not even begin.
func (a *Actions) refused(ctx context.Context, o Order, why error) {
	now := a.now()
	r := Run{
		ID: newRunID(now), Time: now, Trigger: o.Trigger, Person: o.Person, Action: o.Action.Name, Rule: o.Rule,
		State: Failed, Error: sentenceOf(why), Files: o.Files, Depth: o.Depth, due: now, job: job{Kind: o.Action.Kind},
	}
	if len(o.subjects) > 0 {
		r.Title, r.Share = o.subjects[0].entry.Title(), o.subjects[0].entry.Share
	}
	if _, err := a.enqueue(ctx, []Run{r}, nil); err != nil && ctx.Err() == nil {
		a.cfg.Logger.Error("a run that could not begin is missing in the log", "action", o.Action.Name, "error", err)
	}
}

// enqueue stores runs, with extra in the same transaction.
func (a *Actions) enqueue(ctx context.Context, runs []Run, extra func(*sql.Tx) error) ([]string, error) {
	var ids []string
	a.arrivals.announce(runs)
	err := a.commits.do(ctx, func(tx *sql.Tx) error {
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
	a.arrivals.arrive(runs, a.now(), err)
	if err == nil {
		a.noteQueued(runs)
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

// sentenceOf is what a person may read of a failure.
func sentenceOf(err error) string {
	var known *catalogue.Error
	if errors.As(err, &known) {
		return known.Sentence
	}
	first, size := utf8.DecodeRuneInString(err.Error())
	sentence := string(unicode.ToUpper(first)) + err.Error()[size:]
	if strings.HasSuffix(sentence, ".") {
		return sentence
	}
	return sentence + "."
}
