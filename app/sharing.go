package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"folderfront/app/state"
	"folderfront/server"

	"golang.org/x/sync/errgroup"
)

// sharing is what the person wants of the listener and what became of it. A
// round is a stretch of time in which neither changes.
type sharing struct {
	mu      sync.Mutex
	want    state.Phase // Off, Live or Paused
	listen  string      // the address this round should listen on
	address net.Addr    // what it listens on, or nil
	end     context.CancelFunc
}

// round begins one; its context ends when want or listen change.
func (s *sharing) round(ctx context.Context) (_ context.Context, want state.Phase, listen string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, s.end = context.WithCancel(ctx)
	return ctx, s.want, s.listen
}

func (s *sharing) change(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	want, listen := s.want, s.listen
	change()
	if s.end != nil && (want != s.want || listen != s.listen) {
		s.end()
	}
}

func (s *sharing) listening(address net.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.address = address
}

func (s *sharing) status() (want state.Phase, address net.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.want, s.address
}

func (a *App) sharingVerbs() verbs {
	v := verbs{}
	act(v, a.Start)
	act(v, a.Stop)
	act(v, a.Pause)
	act(v, a.Quit)
	return v
}

// Start begins sharing.
func (a *App) Start(context.Context, state.Start) error {
	token(a.keys.again)
	return a.setSharing(state.Live)
}

// Stop ends sharing; running transfers get their grace.
func (a *App) Stop(context.Context, state.Stop) error { return a.setSharing(state.Off) }

// Pause stops sharing until Start, or until the program starts again.
func (a *App) Pause(context.Context, state.Pause) error { return a.setSharing(state.Paused) }

func (a *App) setSharing(want state.Phase) error {
	a.setProblem("server", nil)
	a.sharing.change(func() { a.sharing.want = want })
	return nil
}

// Quit ends the core.
func (a *App) Quit(context.Context, state.Quit) error {
	a.quit()
	return nil
}

// retryListen is how long to wait before a listener is tried again.
const retryListen = 5 * time.Second

// superviseSharing shares while the person wants it. It begins when the keys are
// in force, or every face says that they are waited for: a right key must not be
// called wrong because the program just started.
func (a *App) superviseSharing(ctx context.Context) error {
	select {
	case <-ctx.Done():
	case <-a.keys.settled:
	}
	for ctx.Err() == nil {
		round, want, listen := a.sharing.round(ctx)
		if want != state.Live {
			<-round.Done()
			continue
		}
		err := a.share(round, listen)
		if err != nil && a.options.Strict {
			return err
		}
		if err != nil {
			a.setProblem("server", &state.Problem{Sentence: err.Error(), Remedy: "start"})
			a.publish()
			sleep(round, retryListen)
		}
	}
	return nil
}

// share listens and serves until ctx ends and what was under way is finished.
func (a *App) share(ctx context.Context, listen string) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", listen)
	if err != nil {
		return listenError(listen, err)
	}
	a.sharing.listening(listener.Addr())
	a.setProblem("server", nil)
	a.server.SetOptions(a.serverOptions(a.current()))
	a.publish()
	defer a.publish()
	defer a.sharing.listening(nil)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return a.server.Serve(ctx, listener, server.Loopback) })
	group.Go(func() error { return a.superviseTunnel(ctx) })
	return group.Wait()
}

func listenError(listen string, err error) error {
	if errors.Is(err, errAddressInUse) {
		return fmt.Errorf("Another program uses the address %s, so nothing is shared. Quit that program, or choose another port with --listen or in the settings.", listen)
	}
	if errors.Is(err, errAddressDenied) {
		return fmt.Errorf("The system does not allow listening on %s, so nothing is shared. Choose a port above 1023 with --listen or in the settings.", listen)
	}
	return fmt.Errorf("This computer can't listen on %s, so nothing is shared. Choose an address of this computer, such as 127.0.0.1:8437.", listen)
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
