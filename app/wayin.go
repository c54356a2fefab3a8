package app

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"folderfront/app/secrets"
	"folderfront/app/settings"
	"folderfront/server"
	"folderfront/tunnel"
)

// wayIn is the way in from the internet: the tunnel that runs, what it last
// said, and the address that Workfront was told. Its methods are safe
// concurrently.
type wayIn struct {
	probing tunnel.ProberConfig
	prober  *tunnel.Prober
	meter   *tunnel.Meter
	file    string // holds the address that Workfront was told

	mu       sync.Mutex
	status   tunnel.Status
	news     chan struct{}      // closed and replaced when status changes
	running  tunnel.Tunnel      // nil when none runs
	made     settings.Tunnel    // the settings of the running one
	again    context.CancelFunc // ends the run, after which the next begins
	told     string             // the origin that Workfront was told: at first the first one
	saved    string             // told as it is in the file
	hasToken bool
}

// openWayIn reads what the profile knows of the tunnel.
func openWayIn(o Options, developer settings.Developer) (*wayIn, error) {
	probing, err := proberConfig(developer)
	if err != nil {
		return nil, err
	}
	w := &wayIn{
		prober:   tunnel.NewProber(probing),
		probing:  probing,
		meter:    tunnel.OpenMeter(filepath.Join(o.Profile, "tunnel-usage.json"), o.Log),
		file:     filepath.Join(o.Profile, "address.json"),
		status:   tunnel.Status{State: tunnel.Off},
		news:     make(chan struct{}),
		hasToken: o.NgrokToken != "",
	}
	if text, err := os.ReadFile(w.file); err == nil {
		json.Unmarshal(text, &w.told) // a damaged one only costs a reminder
		w.saved = w.told
	}
	return w, nil
}

// proberConfig lets the self-probe reach a loopback edge's public side, which
// is on the edge's own host.
func proberConfig(developer settings.Developer) (tunnel.ProberConfig, error) {
	if developer.NgrokEdge == "" {
		return tunnel.ProberConfig{}, nil
	}
	host, _, err := net.SplitHostPort(developer.NgrokEdge)
	if err != nil {
		return tunnel.ProberConfig{}, errors.New("The edge for developers must be HOST:PORT.")
	}
	cas, err := edgeCAs(developer)
	return tunnel.ProberConfig{CAs: cas, Host: host}, err
}

func edgeCAs(developer settings.Developer) (*x509.CertPool, error) {
	if developer.NgrokEdgeCA == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(developer.NgrokEdgeCA)
	pool := x509.NewCertPool()
	if err != nil || !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New("The file with the edge's certificate can't be read: it must be in PEM.")
	}
	return pool, nil
}

// now is what the tunnel last said.
func (w *wayIn) now() tunnel.Status {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.status
}

// note takes what the tunnel says, and tells whether a person would see it.
func (w *wayIn) note(s tunnel.Status) (seen, moved bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	before := w.status
	w.status = s
	if s.State == tunnel.Live && w.told == "" {
		w.told = s.Origin
	}
	close(w.news)
	w.news = make(chan struct{})
	before.Latency, s.Latency = 0, 0
	return before != s, before.Origin != s.Origin
}

func (w *wayIn) tokenKnown() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.hasToken
}

// changed notes a change and has the tunnel made anew.
func (w *wayIn) changed(change func(*wayIn)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change(w)
	w.status.Error, w.status.Advice, w.status.Permanent = "", "", false
	if w.again != nil {
		w.again()
	}
}

// reconsider has the tunnel made anew when next asks for another one.
func (w *wayIn) reconsider(next settings.Tunnel) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if next.Ngrok.URL != "" && next.Ngrok.URL == w.status.Origin {
		w.made.Ngrok.URL = next.Ngrok.URL // it was noted by ourselves
	}
	if w.again != nil && !sameTunnel(w.made, next) {
		w.again()
	}
}

func sameTunnel(a, b settings.Tunnel) bool {
	return a.Provider == b.Provider && a.PublicURL == b.PublicURL && a.Ngrok == b.Ngrok && a.SSH == b.SSH &&
		strings.Join(a.Allow, "\n") == strings.Join(b.Allow, "\n")
}

// begin notes a run that is about to start; again ends it.
func (w *wayIn) begin(made settings.Tunnel, again context.CancelFunc) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.made, w.again, w.running = made, again, nil
}

func (w *wayIn) run(t tunnel.Tunnel) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running = t
}

// end notes that no run follows.
func (w *wayIn) end() {
	w.note(tunnel.Status{State: tunnel.Off, Since: time.Now()})
	w.begin(settings.Tunnel{}, nil)
}

// reconnect has the running tunnel connect anew, or one that stopped for good
// try again.
func (w *wayIn) reconnect() {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.running != nil && !w.status.Permanent:
		w.running.Reconnect()
	case w.again != nil:
		w.again()
	}
}

// outcome waits until the tunnel is live or says what is wrong, for at most d.
func (w *wayIn) outcome(ctx context.Context, d time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	for {
		w.mu.Lock()
		status, news, runs := w.status, w.news, w.again != nil
		w.mu.Unlock()
		switch {
		case status.Permanent:
			return errors.New(status.Error + " " + status.Advice)
		case !runs, status.State == tunnel.Live:
			return nil
		}
		select {
		case <-news:
		case <-ctx.Done():
			return nil // it is still being tried, which the State says
		}
	}
}

// oldOrigin is the address that Workfront still knows while the tunnel has
// another one.
func (w *wayIn) oldOrigin() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.status.State != tunnel.Live || w.status.Origin == "" || w.told == w.status.Origin {
		return ""
	}
	return w.told
}

// acknowledge notes that Workfront was told of the present address.
func (w *wayIn) acknowledge() error {
	w.mu.Lock()
	if w.status.Origin != "" {
		w.told = w.status.Origin
	}
	w.mu.Unlock()
	return w.save()
}

// save writes down what Workfront was told, if that changed.
func (w *wayIn) save() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.told == w.saved {
		return nil
	}
	text, err := json.Marshal(w.told)
	if err != nil {
		return err
	}
	w.saved = w.told
	return settings.WriteFile(w.file, text, 0o600)
}

// superviseTunnel runs the way in from the internet until ctx ends: always with
// the present settings, and after a stop for good not before something changed.
func (a *App) superviseTunnel(ctx context.Context) error {
	var watching sync.WaitGroup
	watching.Go(func() { tunnel.Watch(ctx, a.way.reconnect) })
	watching.Go(func() { a.way.meter.Run(ctx) })
	for ctx.Err() == nil {
		run, again := context.WithCancel(ctx)
		s := a.current()
		a.way.begin(s.Tunnel, again)
		a.way.reconsider(a.current().Tunnel) // it may have changed just before
		a.runTunnel(run, s)
		<-run.Done()
		again()
	}
	a.way.end()
	watching.Wait()
	return nil
}

// runTunnel runs one tunnel until ctx ends or it stops for good.
func (a *App) runTunnel(ctx context.Context, s settings.Settings) {
	live := make(chan struct{}, 1)
	t, err := a.makeTunnel(ctx, s, func(status tunnel.Status) {
		seen, moved := a.way.note(status)
		if moved {
			a.server.SetOptions(a.serverOptions(a.current())) // before the first request arrives
		}
		if status.State == tunnel.Live {
			token(live)
		}
		if seen {
			a.publish()
		} else {
			a.stir() // its delay alone
		}
	})
	if err != nil {
		a.refuseTunnel(err)
		return
	}
	a.way.run(t)
	ended := make(chan error, 1)
	go func() { ended <- t.Run(ctx, a.server.Handler(server.Tunnel)) }()
	for {
		select {
		case err := <-ended:
			var f *tunnel.Failure
			if errors.As(err, &f) {
				a.log.Error("the tunnel stopped", "reason", f.Sentence, "code", f.Code, "cause", f.Cause)
			}
			return
		case <-live:
			a.rememberAddress()
		}
	}
}

// refuseTunnel tells why there is no tunnel to run.
func (a *App) refuseTunnel(err error) {
	status := tunnel.Status{State: tunnel.Failed, Error: err.Error(), Permanent: true, Since: time.Now()}
	var f *tunnel.Failure
	if errors.As(err, &f) {
		status.Advice, status.Code = f.Advice, f.Code
	}
	if errors.Is(err, context.Canceled) {
		return
	}
	a.way.note(status)
	a.publish()
}

// rememberAddress keeps the address that was given, to ask for it again, and
// the one that Workfront was told.
func (a *App) rememberAddress() {
	status, s := a.way.now(), a.current()
	if s.Tunnel.Provider == "ngrok" && status.Origin != "" && s.Tunnel.Ngrok.URL != status.Origin {
		if err := a.modify(func(s *settings.Settings) error { s.Tunnel.Ngrok.URL = status.Origin; return nil }); err != nil {
			a.log.Error("the address is not kept", "error", err)
		}
	}
	if err := a.way.save(); err != nil {
		a.log.Error("the address is not kept", "error", err)
	}
	a.publish()
}

// makeTunnel makes the tunnel that s asks for. It waits for the keyring.
func (a *App) makeTunnel(ctx context.Context, s settings.Settings, notify func(tunnel.Status)) (tunnel.Tunnel, error) {
	allowed, err := tunnel.ParseAllow(s.Tunnel.Allow)
	if err != nil {
		return nil, err
	}
	switch s.Tunnel.Provider {
	case "ngrok":
		return a.makeNgrok(ctx, s, allowed, notify)
	case "ssh":
		passphrase, err := a.secret(ctx, passphraseSecret)
		if err != nil { // many keys have none; of the others the tunnel will say so
			a.log.Warn("the ssh key's passphrase can't be read", "error", err)
		}
		return tunnel.NewSSH(tunnel.SSHConfig{
			Host: s.Tunnel.SSH.Host, KeyFile: s.Tunnel.SSH.Key, Passphrase: passphrase,
			KnownHosts: s.Tunnel.SSH.KnownHosts, Remote: s.Tunnel.SSH.Remote, Origin: s.Tunnel.PublicURL,
			Prober: a.way.prober, Notify: notify, Logger: a.log,
		}), nil
	case "external":
		return tunnel.NewExternal(tunnel.ExternalConfig{
			Origin: s.Tunnel.PublicURL, Prober: a.way.prober, Notify: notify, Logger: a.log,
		}), nil
	}
	return tunnel.NewLocal(tunnel.LocalConfig{Notify: notify, Logger: a.log}), nil
}

func (a *App) makeNgrok(ctx context.Context, s settings.Settings, allowed []netip.Prefix, notify func(tunnel.Status)) (tunnel.Tunnel, error) {
	token := a.options.NgrokToken
	if token == "" {
		var err error
		if token, err = a.secret(ctx, tokenSecret); err != nil {
			return nil, err
		}
		a.way.mu.Lock()
		a.way.hasToken = token != ""
		a.way.mu.Unlock()
	}
	cas, err := edgeCAs(s.Developer)
	if err != nil {
		return nil, err
	}
	wanted := s.Tunnel.Ngrok.URL
	override(&wanted, a.options.Overrides.PublicURL)
	return tunnel.NewNgrok(tunnel.NgrokConfig{
		Token: token, URL: wanted, Policy: tunnel.TrafficPolicy(allowed), Version: a.options.Version,
		Prober: a.way.prober, Meter: a.way.meter, Notify: notify, Logger: a.log,
		Edge: s.Developer.NgrokEdge, EdgeCAs: cas,
	}), nil
}

// secret reads a secret of the tunnel, "" when there is none. The keyring may
// wait for the person, so the reading is left behind when ctx ends.
func (a *App) secret(ctx context.Context, name string) (string, error) {
	type answer struct {
		secret string
		err    error
	}
	read := make(chan answer, 1)
	go func() {
		secret, err := a.secrets.Get(name)
		read <- answer{secret, err}
	}()
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case got := <-read:
		if got.err != nil && !errors.Is(got.err, secrets.ErrNotFound) {
			return "", &tunnel.Failure{
				Sentence: "The keyring can't be read, so the tunnel has no token and Workfront can't reach the files.",
				Advice:   "Unlock the keyring and click Reconnect, or give ngrok's token for one run in FOLDERFRONT_NGROK_TOKEN.",
				Cause:    got.err,
			}
		}
		return got.secret, nil
	}
}
