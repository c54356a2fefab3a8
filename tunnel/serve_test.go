package tunnel

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"
)

func TestRequestsAreLimited(t *testing.T) {
	t.Parallel()
	entered, leave := make(chan struct{}), make(chan struct{})
	s := httptest.NewServer(newServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		entered <- struct{}{}
		<-leave
	}), quiet()).Handler)
	defer s.Close()
	for range maxRequests {
		go http.Get(s.URL)
		<-entered
	}
	answer, err := http.Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" {
		t.Errorf("one too many: %s %v", answer.Status, answer.Header)
	}
	close(leave)
	go func() { <-entered }()
	eventually(t, "there is room again", func() bool {
		answer, err := http.Get(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
}

// stubborn is a listener whose Close waits until what arrived was accepted, as
// the SDK's does.
type stubborn struct {
	arrived chan net.Conn
	ended   chan struct{}
}

func (s *stubborn) Accept() (net.Conn, error) {
	select {
	case c := <-s.arrived:
		return c, nil
	case <-s.ended:
		return nil, net.ErrClosed
	}
}

func (s *stubborn) Close() error   { panic("the server may not close a provider's listener") }
func (s *stubborn) Addr() net.Addr { return &net.TCPAddr{} }

func TestAGateClosesAtOnceAndTurnsAwayLatecomers(t *testing.T) {
	t.Parallel()
	ln := &stubborn{make(chan net.Conn), make(chan struct{})}
	g := newGate(ln)
	g.Close()
	g.Close()
	if _, err := g.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept: %v", err)
	}
	here, there := net.Pipe()
	ln.arrived <- there
	if _, err := here.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("a latecomer: %v", err)
	}
	close(ln.ended)
	<-g.ended
}

func TestTimedConnKeepsDeadlines(t *testing.T) {
	t.Parallel()
	a, b := net.Pipe()
	defer b.Close()
	c := newTimedConn(untimed{a}, func() {})
	buf := make([]byte, 3)

	c.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	if _, err := c.Read(buf); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("nothing to read: %v", err)
	}
	c.SetReadDeadline(time.Time{})
	go b.Write([]byte("hello"))
	if n, err := io.ReadFull(c, buf); n != 3 || err != nil || string(buf) != "hel" {
		t.Errorf("%q, %v", buf, err)
	}
	if n, err := c.Read(buf); n != 2 || err != nil || string(buf[:n]) != "lo" {
		t.Errorf("the rest: %q, %v", buf[:n], err)
	}

	// A deadline that passed while nothing was written ends nothing but writes.
	c.SetWriteDeadline(time.Now().Add(-time.Second))
	eventually(t, "the deadline counts", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.expired
	})
	if _, err := c.Write([]byte("hi")); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a late write: %v", err)
	}
	c.SetWriteDeadline(time.Time{})
	go io.ReadFull(b, make([]byte, 2))
	if n, err := c.Write([]byte("hi")); n != 2 || err != nil {
		t.Errorf("after it was lifted: %d, %v", n, err)
	}

	c.SetDeadline(time.Now().Add(10 * time.Millisecond))
	if _, err := c.Write([]byte("nobody reads this")); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a write that stalls: %v", err)
	}
	c.Close()
	if _, err := c.Read(buf); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

// untimed is a connection without deadlines of its own.
type untimed struct{ net.Conn }

func (untimed) SetDeadline(time.Time) error      { return errors.New("no deadlines") }
func (untimed) SetReadDeadline(time.Time) error  { return errors.New("no deadlines") }
func (untimed) SetWriteDeadline(time.Time) error { return errors.New("no deadlines") }

func TestListenSaysWhyNot(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	told := new(trace)
	r := run(t, NewLocal(LocalConfig{Addr: ln.Addr().String(), Notify: told.notify, Logger: quiet()}), told, http.NotFoundHandler())
	var f *Failure
	if err := r.wait(); !errors.As(err, &f) || f.Advice == "" {
		t.Errorf("Run: %v", err)
	}
	if s := r.Tunnel.Status(); s.State != Failed || !s.Permanent {
		t.Errorf("status %+v", s)
	}
}
