package tunnel

import (
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"golang.ngrok.com/ngrok/v2"
	"golang.ngrok.com/ngrok/v2/rpc"
)

// A session is tried every heartbeat. The tolerance is what a slow line with
// full queues needs. A connection that died without a word is noticed after
// the sum of both at most.
const (
	ngrokHeartbeat = 5 * time.Second
	ngrokTolerance = 15 * time.Second
)

// NgrokConfig is what an ngrok tunnel needs.
type NgrokConfig struct {
	Token   string // the account's authtoken
	URL     string // the public origin of last time, asked for again; "" for the account's own
	Policy  string // a traffic policy, "" for none
	Version string // the program's, told to ngrok
	Prober  *Prober
	Meter   *Meter // nil for none
	Notify  func(Status)
	Logger  *slog.Logger

	Edge    string         // for developers: connect agents here, "host:port"
	EdgeCAs *x509.CertPool // and trust these for it
}

// Ngrok is a tunnel by way of ngrok's service.
type Ngrok struct {
	*reporter
	cfg   NgrokConfig
	kicks chan struct{}
	url   string // asked for; Run's alone

	heartbeat, tolerance time.Duration
}

// NewNgrok makes a tunnel; Run starts it.
func NewNgrok(cfg NgrokConfig) *Ngrok {
	return &Ngrok{
		cfg: cfg, reporter: newReporter(cfg.Notify), kicks: make(chan struct{}, 1), url: cfg.URL,
		heartbeat: ngrokHeartbeat, tolerance: ngrokTolerance,
	}
}

// Reconnect connects anew at once.
func (n *Ngrok) Reconnect() { kick(n.kicks) }

// kick wakes whoever waits for c, once.
func kick(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// drain forgets a kick that came while nothing ran.
func drain(c chan struct{}) {
	select {
	case <-c:
	default:
	}
}

// errAgain ends a session that shall be followed by the next one at once.
var errAgain = errors.New("tunnel: connect anew")

// Run serves h through ngrok until ctx ends.
func (n *Ngrok) Run(ctx context.Context, h http.Handler) error {
	drain(n.kicks)
	n.begin(n.url)
	if strings.TrimSpace(n.cfg.Token) == "" {
		return n.finish(ctx, failureOf("4018", nil))
	}
	v := newVerifier(n.cfg.Prober, n.reporter)
	verifying := make(chan struct{})
	vctx, stop := context.WithCancel(ctx)
	go func() { defer close(verifying); v.run(vctx) }()
	defer func() { stop(); <-verifying }()

	h = n.cfg.Meter.Handler(v.watch(h))
	for failing := time.Now(); ; {
		wasOpen, err := n.session(ctx, v, h)
		if wasOpen {
			failing = time.Now()
		}
		var f *Failure
		if ctx.Err() != nil || errors.As(err, &f) {
			stop()
			<-verifying
			return n.finish(ctx, err)
		}
		if !errors.Is(err, errAgain) {
			sleep(ctx, outageWait(time.Since(failing)), n.kicks)
		}
	}
}

// ngrokSession is one agent of the SDK, from its making to its end.
type ngrokSession struct {
	n        *Ngrok
	verify   *verifier
	handler  http.Handler
	agent    ngrok.Agent
	dialer   *dialer
	end      context.CancelFunc // of the session's life
	events   chan ngrok.Event
	commands chan string
	command  string      // the last one that ngrok's pages gave
	opened   chan opened // nil once it was received from
	serving  *serving    // nil until opened
	origin   string
}

type opened struct {
	ln  ngrok.EndpointListener
	err error
}

// session runs one session to its end, and says whether it was ever open.
func (n *Ngrok) session(ctx context.Context, v *verifier, h http.Handler) (bool, error) {
	s, err := n.newSession(ctx, v, h)
	if err != nil {
		return false, err
	}
	err = s.loop(ctx)
	v.up("")
	s.stop(ctx.Err() != nil)
	return s.serving != nil, err
}

func (n *Ngrok) newSession(ctx context.Context, v *verifier, h http.Handler) (*ngrokSession, error) {
	// The context of Connect and Listen is the session's life. It doesn't end
	// with ctx, because then nothing could finish in order.
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	s := &ngrokSession{
		n: n, verify: v, handler: h, end: end, events: make(chan ngrok.Event, 64),
		commands: make(chan string, 4), opened: make(chan opened, 1),
	}
	s.dialer = newDialer(func(err error) {
		v.lost("This computer can't reach ngrok, so Workfront can't reach the files.",
			"Check the connection to the internet. Folderfront keeps trying.", "")
		n.cfg.Logger.Debug("ngrok: dial", "error", err)
	})
	agent, err := ngrok.NewAgent(s.options(life)...)
	if err != nil {
		end()
		return nil, err
	}
	s.agent = agent
	go func() {
		ln, err := agent.Listen(life, s.endpoint()...)
		s.opened <- opened{ln, err}
	}()
	return s, nil
}

func (s *ngrokSession) options(life context.Context) []ngrok.AgentOption {
	cfg := s.n.cfg
	options := []ngrok.AgentOption{
		ngrok.WithAuthtoken(strings.TrimSpace(cfg.Token)),
		ngrok.WithClientInfo("folderfront", cfg.Version),
		ngrok.WithDialer(s.dialer),
		ngrok.WithLogger(slog.New(lowered{cfg.Logger.Handler()})),
		ngrok.WithHeartbeatInterval(s.n.heartbeat),
		ngrok.WithHeartbeatTolerance(s.n.tolerance),
		// Handlers only hand over: the agent's lock may be held here.
		ngrok.WithEventHandler(func(e ngrok.Event) {
			select {
			case s.events <- e:
			case <-life.Done():
			}
		}),
		ngrok.WithRPCHandler(s.answer),
	}
	if cfg.Edge != "" {
		options = append(options, ngrok.WithAgentConnectURL(cfg.Edge))
	}
	if cfg.EdgeCAs != nil {
		options = append(options, ngrok.WithAgentConnectCAs(cfg.EdgeCAs))
	}
	return options
}

// lowered logs everything at debug level: what matters to a person is in the
// status already.
type lowered struct{ slog.Handler }

func (l lowered) Enabled(ctx context.Context, _ slog.Level) bool {
	return l.Handler.Enabled(ctx, slog.LevelDebug)
}

func (l lowered) Handle(ctx context.Context, r slog.Record) error {
	r.Level = slog.LevelDebug
	return l.Handler.Handle(ctx, r)
}

func (l lowered) WithAttrs(a []slog.Attr) slog.Handler { return lowered{l.Handler.WithAttrs(a)} }
func (l lowered) WithGroup(name string) slog.Handler   { return lowered{l.Handler.WithGroup(name)} }

func (s *ngrokSession) endpoint() []ngrok.EndpointOption {
	var options []ngrok.EndpointOption
	if s.n.url != "" {
		options = append(options, ngrok.WithURL(s.n.url))
	}
	if s.n.cfg.Policy != "" {
		options = append(options, ngrok.WithTrafficPolicy(s.n.cfg.Policy))
	}
	return options
}

// answer takes a command of ngrok's pages. Stop and Restart are agreed to; the
// SDK then closes the session by itself, and only after that it is acted on,
// so that the answer still gets through.
func (s *ngrokSession) answer(_ context.Context, _ ngrok.AgentSession, r rpc.Request) ([]byte, error) {
	if r.Method() == rpc.UpdateAgentMethod {
		return nil, errors.New("Folderfront is updated by the person at its computer")
	}
	select {
	case s.commands <- r.Method():
	default:
	}
	return nil, nil
}

// loop lives through a session and returns why it ended.
func (s *ngrokSession) loop(ctx context.Context) error {
	for {
		var ended chan struct{}
		if s.serving != nil {
			ended = s.serving.gate.ended
		}
		var err error
		select {
		case <-ctx.Done():
			return nil
		case <-s.n.kicks:
			err = s.kick()
		case e := <-s.events:
			err = s.event(e)
		case s.command = <-s.commands:
		case o := <-s.opened:
			s.opened = nil
			err = s.open(o)
		case <-ended:
			err = s.ended(s.serving.gate.err)
		}
		if err != nil {
			return err
		}
	}
}

// kick reconnects under the same identity; when the SDK pauses, which nothing
// can end, a new session follows.
func (s *ngrokSession) kick() error {
	s.verify.lost("The connection is being made anew.", "", "")
	if s.dialer.kick() {
		return nil
	}
	return errAgain
}

// event takes what the SDK tells.
func (s *ngrokSession) event(e ngrok.Event) error {
	switch e := e.(type) {
	case *ngrok.EventAgentConnectSucceeded:
		if s.serving != nil {
			s.verify.up(s.origin)
		}
	case *ngrok.EventAgentHeartbeatReceived:
		s.n.set(func(st *Status) { st.Latency = e.Latency })
	case *ngrok.EventAgentDisconnected:
		if e.Error != nil {
			return s.lost(e.Error)
		}
	}
	return nil
}

// lost takes an error after which the SDK would try for ever; those that can't
// pass end the session.
func (s *ngrokSession) lost(err error) error {
	s.n.cfg.Logger.Debug("ngrok: disconnected", "error", err)
	code := codeOf(err.Error())
	if f := failureOf(code, err); f != nil {
		return f
	}
	c := explainLoss(code, err)
	s.verify.lost(c.Sentence, c.Advice, code)
	return nil
}

// open begins serving at the address that ngrok gave.
func (s *ngrokSession) open(o opened) error {
	if o.err != nil {
		if err := s.lost(o.err); err != nil {
			return err
		}
		return o.err
	}
	s.origin = strings.TrimSuffix(o.ln.URL().String(), "/")
	s.n.url = s.origin
	s.n.set(func(st *Status) {
		st.Origin = s.origin
		if session, err := s.agent.Session(); err == nil {
			if d, ok := session.(ngrok.AgentSessionDetails); ok {
				st.Region, st.Plan = d.Region(), d.PlanName()
			}
		}
	})
	s.n.cfg.Meter.SetPlan(s.n.Status().Plan)
	s.serving = serve(s.n.cfg.Meter.Listener(o.ln), s.handler, s.n.cfg.Logger)
	s.verify.up(s.origin)
	return nil
}

// ended says what follows from the end of the endpoint while the session was
// not being stopped: a command of ngrok's pages, or an endpoint stopped there.
func (s *ngrokSession) ended(err error) error {
	if s.command == "" {
		select {
		case s.command = <-s.commands:
		default:
		}
	}
	if s.command == rpc.RestartAgentMethod {
		s.verify.lost("The connection is being made anew, as asked for on ngrok's pages.", "", "")
		return errAgain
	}
	code := codeOf(err.Error())
	if c, known := codes[code]; known && !c.Permanent {
		s.verify.lost(c.Sentence, c.Advice, code)
		return err
	}
	if f := failureOf(code, err); f != nil {
		return f
	}
	if s.command == "" && code == "" {
		s.verify.lost("ngrok ended the connection, so Workfront can't reach the files now.", unknownAdvice, "")
		return err
	}
	return &Failure{
		Sentence: "The tunnel was stopped on ngrok's pages, so Workfront can't reach the files.",
		Advice:   "Click Reconnect to open the public address again.", Code: code, Cause: err,
	}
}

// stop ends the session and leaves nothing behind. A session that is still
// opening has no Disconnect yet: the SDK would fall over its own nil session.
func (s *ngrokSession) stop(patient bool) {
	if s.serving == nil {
		s.end()
		s.dialer.close()
		if s.opened != nil {
			<-s.opened
		}
		s.agent.Disconnect()
		return
	}
	s.serving.stop(patient, func() {
		s.agent.Disconnect()
		s.end()
		s.dialer.close()
	})
	s.serving.gate.Listener.Close()
	<-s.serving.gate.ended
}

// failureOf is the reason to stop that a code gives, or nil.
func failureOf(code string, cause error) *Failure {
	c, known := codes[code]
	if !known || !c.Permanent {
		return nil
	}
	return &Failure{Sentence: c.Sentence, Advice: c.Advice, Code: code, Cause: cause}
}

// explainLoss explains a loss that may pass.
func explainLoss(code string, err error) Code {
	if code != "" {
		return Explain(code)
	}
	text := err.Error()
	if strings.Contains(text, "x509:") || strings.Contains(text, "tls:") {
		return Code{
			Sentence: "Something between this computer and ngrok replaces ngrok's certificate, so no public address could be opened.",
			Advice:   "A security program or company network that inspects traffic does this. Ask for ngrok to be exempted, or use another way in the tunnel's settings.",
		}
	}
	return Code{
		Sentence: "The connection to ngrok was interrupted, so Workfront can't reach the files for a moment.",
		Advice:   "Folderfront is connecting again by itself.",
	}
}
