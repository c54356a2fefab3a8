// Package try plays Workfront's document picker against a Base API URL, so that
// a person sees that it works, and can show it, without a Workfront account.
//
// Its terms:
//
//   - The picker does what a user of Workfront does: it connects, opens folders,
//     searches, links documents, opens, downloads and sends them, and runs custom
//     actions. It calls the API from outside, as anybody with the key could, and
//     knows nothing of the server.
//   - A step is one thing that the picker did, with the time it took and its
//     exchanges: each request with its answer, keys masked.
//   - The view is everything that is to be seen; window and page render it whole.
//   - The target says where to ask, and with what. It is asked for at each step,
//     so that a changed address or key counts at once.
//   - The page shows the view in a browser on this computer. The key stays on
//     this side of it.
package try

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"folderfront/app/state"
	"folderfront/server/conformance"
)

// Target is where to ask, and with what.
type Target struct {
	Address string   // the Base API URL
	Way     string   // as in state.TryView
	Key     string   // an API key
	People  []string // the Workfront users that may be played; nobody: any
}

// Config is what a Picker needs. Target is required.
type Config struct {
	// Target's errors are sentences for a person.
	Target func(context.Context) (Target, error)
	// Introduce tells the provider's owner's side which file a document of
	// Workfront's is, as the owner would. Workfront names a document that was
	// linked, and not sent, by an id that the provider has never seen.
	Introduce func(ctx context.Context, documentID, fileID string) error
	// Transport carries the requests; nil means http.DefaultTransport.
	Transport http.RoundTripper
	// Patience is how long an answer may take, transfers aside; 0 means 30 s.
	Patience time.Duration
}

// anybody is who is played when the owner named nobody.
const anybody = "workfront.user@example.com"

const (
	maxSteps  = 60
	maxLinked = 30
)

// Picker plays Workfront for one person. Its methods are safe concurrently.
type Picker struct {
	config Config
	api    *http.Client // shows redirects, so that a key goes nowhere else
	web    *http.Client // opens links, without any credential

	mu       sync.Mutex // guards what follows
	view     state.TryView
	taken    int
	steps    []*step // newest first
	pictures *step   // of the present listing
}

// New returns a picker that has done nothing yet.
func New(config Config) *Picker {
	if config.Transport == nil {
		config.Transport = http.DefaultTransport
	}
	if config.Patience == 0 {
		config.Patience = 30 * time.Second
	}
	recorded := recorder{config.Transport}
	return &Picker{
		config: config,
		api: &http.Client{Transport: recorded, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}},
		web: &http.Client{Transport: recorded},
	}
}

// View is how things are. Nothing in it changes later.
func (p *Picker) View() state.TryView {
	p.mu.Lock()
	defer p.mu.Unlock()
	v := p.view
	v.Path, v.Linked = slices.Clone(v.Path), slices.Clone(v.Linked)
	v.Steps = nil
	for _, s := range p.steps {
		told := s.told
		told.Exchanges = slices.Clone(told.Exchanges)
		v.Steps = append(v.Steps, told)
	}
	return v
}

// errNoStep answers a step that there is not, or that says too little.
var errNoStep = errors.New("The running Folderfront doesn't know this step, so nothing was tried. Quit it and start it again, for it may be older.")

// Do takes one step and returns the view after it. What goes wrong with a step
// is in the view; the error is for what is no step at all.
func (p *Picker) Do(ctx context.Context, c state.Try) (state.TryView, error) {
	switch c.Step {
	case state.TryShow:
	case state.TryConnect:
		p.Connect(ctx)
	case state.TryBrowse:
		p.Browse(ctx, c.ID)
	case state.TrySearch:
		p.Search(ctx, c.Text)
	case state.TryChoose:
		p.Choose(c.ID)
	case state.TryLink:
		p.Link(ctx, c.ID)
	case state.TryOpen:
		p.Open(ctx, c.ID)
	case state.TryDownload:
		p.Keep(ctx, c.ID, c.Path)
	case state.TryUpload:
		p.SendFile(ctx, c.ID, c.Path)
	case state.TryAct:
		p.Act(ctx, c.ID, c.Text)
	case state.TryAs:
		p.As(c.Text)
	default:
		return state.TryView{}, errNoStep
	}
	return p.View(), nil
}

// As plays another Workfront user from now on; "" plays the first that there is.
func (p *Picker) As(person string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.view.Person, p.view.Trouble = strings.TrimSpace(person), ""
}

// step is a step under way or done, guarded by its picker's mutex.
type step struct {
	picker *Picker
	told   state.TryStep
	begun  time.Time
	total  time.Duration // of thumbnails
}

// take carries out one step: it is in the view while it runs and afterwards.
func (p *Picker) take(ctx context.Context, kind, about string, do func(context.Context, *conformance.Client, *step) error) bool {
	s := p.begin(kind, about)
	err := p.within(ctx, kind, func(ctx context.Context) error {
		target, err := p.target(ctx)
		if err != nil {
			return err
		}
		return do(context.WithValue(ctx, stepKey{}, s), p.client(target), s)
	})
	p.end(s, err)
	return err == nil
}

// within bounds every step in time but those that move whole documents.
func (p *Picker) within(ctx context.Context, kind string, do func(context.Context) error) error {
	if kind != state.TryDownload && kind != state.TryUpload {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, p.config.Patience)
		defer cancel()
	}
	return do(ctx)
}

func (p *Picker) begin(kind, about string) *step {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken++
	s := &step{picker: p, begun: time.Now(), told: state.TryStep{Number: p.taken, Step: kind, About: about, Running: true}}
	p.steps = slices.Insert(p.steps, 0, s)
	if len(p.steps) > maxSteps {
		p.steps = p.steps[:maxSteps]
	}
	return s
}

func (p *Picker) end(s *step, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.told.Running, s.told.Took = false, time.Since(s.begun)
	if err != nil {
		s.told.Trouble = p.explain(err)
	}
	p.view.Trouble = s.told.Trouble
}

// target asks where to ask, and notes what of it can be seen.
func (p *Picker) target(ctx context.Context) (Target, error) {
	t, err := p.config.Target(ctx)
	if err != nil {
		return t, &told{err.Error()}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.view.Address, p.view.Way, p.view.People = t.Address, t.Way, t.People
	if p.view.Person == "" {
		p.view.Person = append(t.People, anybody)[0]
	}
	return t, nil
}

// client speaks the API as the user who is played.
func (p *Picker) client(t Target) *conformance.Client {
	p.mu.Lock()
	defer p.mu.Unlock()
	return &conformance.Client{BaseURL: t.Address, Credential: conformance.Credential{APIKey: t.Key, Username: p.view.Person}, HTTP: p.api}
}

// update changes the view.
func (p *Picker) update(change func(v *state.TryView)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.view)
}
