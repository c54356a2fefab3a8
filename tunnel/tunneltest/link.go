package tunneltest

import (
	"io"
	"net"
	"sync"
	"time"
)

// link is one TCP connection of an agent, to which faults happen.
type link struct {
	net.Conn
	token string // of the agent, once it authenticated

	mu     sync.Mutex
	ended  *sync.Cond // closed changed
	frozen bool
	closed bool
	late   *delay // nil on a fast link
}

func newLink(c net.Conn, rtt time.Duration) *link {
	l := &link{Conn: c}
	l.ended = sync.NewCond(&l.mu)
	if rtt > 0 {
		l.late = newDelay(c, rtt/2)
	}
	return l
}

func (l *link) freeze() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.frozen = true
}

// wait blocks on a frozen link until it is closed.
func (l *link) wait() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.frozen && !l.closed {
		l.ended.Wait()
	}
	if l.closed {
		return net.ErrClosed
	}
	return nil
}

func (l *link) Read(p []byte) (int, error) {
	read := l.Conn.Read
	if l.late != nil {
		read = l.late.Read
	}
	n, err := read(p)
	if stuck := l.wait(); stuck != nil {
		return 0, stuck
	}
	return n, err
}

func (l *link) Write(p []byte) (int, error) {
	if stuck := l.wait(); stuck != nil {
		return 0, stuck
	}
	if l.late != nil {
		return l.late.Write(p)
	}
	return l.Conn.Write(p)
}

func (l *link) Close() error {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.ended.Broadcast()
	if l.late != nil {
		l.late.stop()
	}
	return l.Conn.Close()
}

// cut resets the connection.
func (l *link) cut() {
	if tcp, ok := l.Conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	l.Close()
}

// delay delivers what is read and written later by a fixed time. It holds what
// is under way, so the rate isn't limited, only the time.
type delay struct {
	by       time.Duration
	in, out  chan parcel
	rest     []byte
	done     chan struct{}
	stopOnce sync.Once
}

type parcel struct {
	due time.Time
	b   []byte
	err error
}

func newDelay(c net.Conn, by time.Duration) *delay {
	d := &delay{by: by, in: make(chan parcel, 4096), out: make(chan parcel, 4096), done: make(chan struct{})}
	go d.receive(c)
	go d.send(c)
	return d
}

func (d *delay) receive(c net.Conn) {
	for {
		b := make([]byte, 64<<10)
		n, err := c.Read(b)
		select {
		case d.in <- parcel{time.Now().Add(d.by), b[:n], err}:
		case <-d.done:
			return
		}
		if err != nil {
			return
		}
	}
}

func (d *delay) send(c net.Conn) {
	for {
		select {
		case p := <-d.out:
			time.Sleep(time.Until(p.due))
			if _, err := c.Write(p.b); err != nil {
				return
			}
		case <-d.done:
			return
		}
	}
}

func (d *delay) Read(p []byte) (int, error) {
	if len(d.rest) == 0 {
		select {
		case next := <-d.in:
			time.Sleep(time.Until(next.due))
			if next.err != nil {
				return 0, next.err
			}
			d.rest = next.b
		case <-d.done:
			return 0, io.EOF
		}
	}
	n := copy(p, d.rest)
	d.rest = d.rest[n:]
	return n, nil
}

func (d *delay) Write(p []byte) (int, error) {
	select {
	case d.out <- parcel{due: time.Now().Add(d.by), b: append([]byte(nil), p...)}:
		return len(p), nil
	case <-d.done:
		return 0, net.ErrClosed
	}
}

func (d *delay) stop() { d.stopOnce.Do(func() { close(d.done) }) }
