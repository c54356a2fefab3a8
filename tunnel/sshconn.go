package tunnel

import (
	"net"
	"os"
	"sync"
	"time"
)

// timedListener gives connections the deadlines that those of the ssh package
// lack and without which a server can't get rid of slow clients. It knows which
// of them the host still holds: their last bytes may not have reached the client.
type timedListener struct {
	net.Listener
	mu      sync.Mutex
	changed *sync.Cond
	held    int // connections that the host has not closed
}

func newTimedListener(ln net.Listener) *timedListener {
	l := &timedListener{Listener: ln}
	l.changed = sync.NewCond(&l.mu)
	return l
}

func (l *timedListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.hold(1)
	return newTimedConn(c, func() { l.hold(-1) }), nil
}

func (l *timedListener) hold(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held += n
	l.changed.Broadcast()
}

// drain waits until the host has closed every connection, which it does once the
// client has all that was written (RFC 4254, 5.3), or until the host is gone.
func (l *timedListener) drain() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.held > 0 {
		l.changed.Wait()
	}
}

// timedConn reads ahead by one piece in a goroutine of its own, so that a reader
// can stop waiting. The goroutine ends when the other side has closed the
// connection as well. A writer that is late has its connection closed.
type timedConn struct {
	net.Conn
	mu       sync.Mutex
	changed  *sync.Cond
	piece    []byte // read and not yet taken
	err      error  // after piece
	closed   bool
	deadline time.Time // of reads
	wake     *time.Timer
	late     *time.Timer // of writes
	writing  int         // writes under way
	expired  bool        // the deadline of writes has passed
}

const pieceSize = 32 << 10

// newTimedConn takes c over; gone is called when the other side has closed it.
func newTimedConn(c net.Conn, gone func()) *timedConn {
	t := &timedConn{Conn: c}
	t.changed = sync.NewCond(&t.mu)
	go func() {
		defer gone()
		t.pump()
	}()
	return t
}

// pump reads to the end, also past our own Close; what comes then is dropped.
func (t *timedConn) pump() {
	buf := make([]byte, pieceSize)
	for {
		n, err := t.Conn.Read(buf)
		t.mu.Lock()
		t.piece, t.err = buf[:n], err
		t.changed.Broadcast()
		for len(t.piece) > 0 && !t.closed {
			t.changed.Wait()
		}
		t.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (t *timedConn) Read(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for {
		switch {
		case t.closed:
			return 0, net.ErrClosed
		case !t.deadline.IsZero() && !time.Now().Before(t.deadline):
			return 0, os.ErrDeadlineExceeded
		case len(t.piece) > 0:
			n := copy(p, t.piece)
			t.piece = t.piece[n:]
			t.changed.Broadcast()
			return n, nil
		case t.err != nil:
			return 0, t.err
		}
		t.changed.Wait()
	}
}

func (t *timedConn) Write(p []byte) (int, error) {
	if !t.beginWrite() {
		return 0, os.ErrDeadlineExceeded
	}
	n, err := t.Conn.Write(p)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.writing--
	if err != nil && t.expired {
		err = os.ErrDeadlineExceeded
	}
	return n, err
}

func (t *timedConn) beginWrite() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.expired {
		return false
	}
	t.writing++
	return true
}

func (t *timedConn) Close() error {
	t.mu.Lock()
	t.closed = true
	stopTimer(t.wake)
	stopTimer(t.late)
	t.changed.Broadcast()
	t.mu.Unlock()
	return t.Conn.Close()
}

func (t *timedConn) SetDeadline(d time.Time) error {
	t.SetReadDeadline(d)
	return t.SetWriteDeadline(d)
}

func (t *timedConn) SetReadDeadline(d time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.deadline = d
	stopTimer(t.wake)
	if !d.IsZero() {
		t.wake = time.AfterFunc(time.Until(d), func() {
			t.mu.Lock()
			defer t.mu.Unlock()
			t.changed.Broadcast()
		})
	}
	t.changed.Broadcast()
	return nil
}

func (t *timedConn) SetWriteDeadline(d time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	stopTimer(t.late)
	t.expired = false
	if !d.IsZero() {
		t.late = time.AfterFunc(time.Until(d), t.expire)
	}
	return nil
}

// expire makes later writes fail, and ends one under way in the only manner
// there is.
func (t *timedConn) expire() {
	t.mu.Lock()
	t.expired = true
	writing := t.writing > 0
	t.mu.Unlock()
	if writing {
		t.Conn.Close()
	}
}

func stopTimer(t *time.Timer) {
	if t != nil {
		t.Stop()
	}
}
