package tunnel

import (
	"context"
	"log/slog"
	"net/http"
)

// LocalConfig is what being reachable on this computer alone needs.
type LocalConfig struct {
	Addr   string // "127.0.0.1:port" to listen on; "" when the program does so itself
	Notify func(Status)
	Logger *slog.Logger
}

// Local is no tunnel: for trying out, and for a reverse proxy on this computer.
type Local struct {
	*reporter
	cfg LocalConfig
}

// NewLocal makes it; Run starts it.
func NewLocal(cfg LocalConfig) *Local {
	return &Local{cfg: cfg, reporter: newReporter(cfg.Notify)}
}

// Reconnect has nothing to do: there is no connection.
func (l *Local) Reconnect() {}

// Run serves h on this computer until ctx ends.
func (l *Local) Run(ctx context.Context, h http.Handler) error {
	l.begin("")
	served, err := l.serve(ctx, h)
	if err != nil {
		return l.finish(ctx, err)
	}
	l.live()
	<-ctx.Done()
	served()
	return l.finish(ctx, nil)
}

// serve listens if there is something to listen on, and returns what ends it.
func (l *Local) serve(ctx context.Context, h http.Handler) (end func(), err error) {
	if l.cfg.Addr == "" {
		return func() {}, nil
	}
	ln, err := listen(ctx, l.cfg.Addr)
	if err != nil {
		return nil, err
	}
	l.set(func(s *Status) { s.Origin = "http://" + ln.Addr().String() })
	s := serve(ln, h, l.cfg.Logger)
	return func() { s.stop(true, func() { ln.Close() }) }, nil
}
