package tunnel

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
)

// ExternalConfig is what a public address of the person's own needs.
type ExternalConfig struct {
	Origin string // the public origin, as pasted
	Addr   string // "127.0.0.1:port" to listen on; "" when the program does so itself
	Prober *Prober
	Notify func(Status)
	Logger *slog.Logger
}

// External is a way in that somebody else keeps open: a reverse proxy or
// another program's tunnel. It tells by probing whether requests arrive.
type External struct {
	*reporter
	cfg      ExternalConfig
	verifier *verifier
}

// NewExternal makes it; Run starts it.
func NewExternal(cfg ExternalConfig) *External {
	e := &External{cfg: cfg, reporter: newReporter(cfg.Notify)}
	e.verifier = newVerifier(cfg.Prober, e.reporter)
	return e
}

// Reconnect probes at once; the connection itself is somebody else's.
func (e *External) Reconnect() {
	if e.Status().State == Off {
		return
	}
	e.down("The public address is being tried again.", "", "")
	e.verifier.again()
}

// Run serves h, if it has something to listen on, and keeps probing the public
// address until ctx ends.
func (e *External) Run(ctx context.Context, h http.Handler) error {
	origin, err := ParseOrigin(e.cfg.Origin)
	e.begin(origin)
	if err != nil {
		return e.finish(ctx, err)
	}
	end := func() {}
	if e.cfg.Addr != "" {
		ln, err := listen(ctx, e.cfg.Addr)
		if err != nil {
			return e.finish(ctx, err)
		}
		s := serve(ln, e.verifier.watch(h), e.cfg.Logger)
		end = func() { s.stop(true, func() { ln.Close() }) }
	}
	e.verifier.up(origin)
	e.verifier.run(ctx)
	e.verifier.up("")
	end()
	return e.finish(ctx, nil)
}

// ParseOrigin reads a public origin that a person pasted. A path at its end is
// forgiven when it is the program's own, because that is what is copied
// elsewhere. The error is a *Failure with a sentence.
func ParseOrigin(pasted string) (string, error) {
	pasted = strings.TrimSuffix(strings.TrimSpace(pasted), "/")
	pasted = strings.TrimSuffix(pasted, "/api/v1")
	u, err := url.Parse(pasted)
	wrong := err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Hostname() == "" ||
		u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || strings.ContainsAny(pasted, "?# ")
	if wrong {
		return "", &Failure{
			Sentence: "The public address is not one that Workfront could reach.",
			Advice:   "Give it as https:// and the host name, with nothing after it, like https://files.example.com.",
			Cause:    err,
		}
	}
	return strings.ToLower(u.Scheme + "://" + u.Host), nil
}
