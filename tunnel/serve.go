package tunnel

import (
	"context"
	"log"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	// grace is how long a stopping tunnel lets answers finish. With what the
	// rest of stopping takes it stays below the promised five seconds.
	grace = 3 * time.Second
	// maxRequests is how many requests a tunnel answers at the same time. A
	// reader who stalls can't be cut off while a stream's window is full, so
	// their number has to be bounded.
	maxRequests = 256
)

// newServer is the HTTP server of a tunnel. It has no ReadTimeout and
// WriteTimeout, which would end long transfers.
func newServer(h http.Handler, logger *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           limitRequests(h, maxRequests),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          errorLog(logger),
	}
}

func errorLog(logger *slog.Logger) *log.Logger {
	return slog.NewLogLogger(logger.Handler(), slog.LevelDebug)
}

// limitRequests answers 503 when n requests are being answered.
func limitRequests(h http.Handler, n int) http.Handler {
	places := make(chan struct{}, n)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case places <- struct{}{}:
			defer func() { <-places }()
			h.ServeHTTP(w, r)
		default:
			w.Header().Set("Retry-After", "5")
			http.Error(w, "Too many transfers are under way. Try again in a moment.", http.StatusServiceUnavailable)
		}
	})
}

// gate stands between a provider's listener and the HTTP server. The server's
// Shutdown closes its listener while it holds its own lock; a provider's
// listener may then wait for a connection to be accepted, or for the network,
// and never return. A gate closes at once, and turns away what still arrives
// until the provider's listener ends by itself.
type gate struct {
	net.Listener
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
	ended  chan struct{} // closed when the provider's listener ended
	err    error         // why; read after ended
}

func newGate(ln net.Listener) *gate {
	g := &gate{
		Listener: ln, conns: make(chan net.Conn),
		closed: make(chan struct{}), ended: make(chan struct{}),
	}
	go g.pump()
	return g
}

func (g *gate) pump() {
	defer close(g.ended)
	for {
		c, err := g.Listener.Accept()
		if err != nil {
			g.err = err
			return
		}
		select {
		case g.conns <- c:
		case <-g.closed:
			go c.Close() // closing may wait for the network
		}
	}
}

func (g *gate) Accept() (net.Conn, error) {
	select {
	case c := <-g.conns:
		return c, nil
	case <-g.closed:
		return nil, net.ErrClosed
	case <-g.ended:
		return nil, g.err
	}
}

func (g *gate) Close() error {
	g.once.Do(func() { close(g.closed) })
	return nil
}

// serving is one HTTP server on one listener.
type serving struct {
	srv    *http.Server
	gate   *gate
	served chan struct{} // closed when Serve returned
	drain  func()        // waits until answers were passed on; returns after a disconnect; may be nil
}

func serve(ln net.Listener, h http.Handler, logger *slog.Logger) *serving {
	s := &serving{srv: newServer(h, logger), gate: newGate(ln), served: make(chan struct{})}
	go func() {
		defer close(s.served)
		s.srv.Serve(s.gate)
	}()
	return s
}

// stop ends serving in the only order that can't hang: first let answers
// finish for a while and be passed on, then disconnect, which frees writers that
// wait for a reader who stalls, then close what is left. For a session that is
// gone already there is nothing to wait for: patient is false.
func (s *serving) stop(patient bool, disconnect func()) {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if !patient {
		cancel()
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.srv.Shutdown(ctx)
		if s.drain != nil {
			s.drain()
		}
	}()
	select {
	case <-done:
	case <-ctx.Done():
		// Shutdown itself may hang on a connection that can't be closed.
	}
	disconnect()
	<-done
	s.srv.Close()
	<-s.served
}

// listen opens a TCP listener for a provider on this computer.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, &Failure{
			Sentence: "Folderfront can't listen on " + addr + ", so nothing is served there.",
			Advice:   "Another program may use that port: choose another one in the settings.",
			Cause:    err,
		}
	}
	return ln, nil
}
