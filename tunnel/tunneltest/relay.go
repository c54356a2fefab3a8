package tunneltest

import (
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// Relay is a TCP hop on the loopback interface to which faults happen, for
// providers whose other side is a real program. Its methods are safe for
// concurrent use.
type Relay struct {
	target string
	rtt    time.Duration

	mu    sync.Mutex
	ln    net.Listener // nil while down
	addr  string
	links map[*link]bool
	wait  sync.WaitGroup
}

// StartRelay starts a relay to target whose round trip takes rtt longer.
func StartRelay(target string, rtt time.Duration) (*Relay, error) {
	r := &Relay{target: target, rtt: rtt, addr: "127.0.0.1:0", links: map[*link]bool{}}
	return r, r.Up()
}

// Addr is where the relay listens; it stays the same over Down and Up.
func (r *Relay) Addr() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.addr
}

// Up makes the relay accept connections.
func (r *Relay) Up() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ln != nil {
		return nil
	}
	ln, err := net.Listen("tcp", r.addr)
	if err != nil {
		return fmt.Errorf("relay: %w", err)
	}
	r.ln, r.addr = ln, ln.Addr().String()
	r.wait.Go(func() { r.accept(ln) })
	return nil
}

// Down refuses connections and resets those that are open.
func (r *Relay) Down() {
	r.mu.Lock()
	if r.ln != nil {
		r.ln.Close()
		r.ln = nil
	}
	r.mu.Unlock()
	r.Reset()
}

// Close ends the relay.
func (r *Relay) Close() {
	r.Down()
	r.wait.Wait()
}

// Reset resets the open connections.
func (r *Relay) Reset() { r.each((*link).cut) }

// Freeze stops the open connections without closing them.
func (r *Relay) Freeze() { r.each((*link).freeze) }

func (r *Relay) each(do func(*link)) {
	r.mu.Lock()
	var links []*link
	for l := range r.links {
		links = append(links, l)
	}
	r.mu.Unlock()
	for _, l := range links {
		do(l)
	}
}

func (r *Relay) accept(ln net.Listener) {
	for {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		r.wait.Go(func() { r.join(newLink(c, r.rtt)) })
	}
}

// join copies between a connection and the target until either ends.
func (r *Relay) join(l *link) {
	defer l.cut()
	out, err := net.Dial("tcp", r.target)
	if err != nil {
		return
	}
	defer out.Close()
	r.mu.Lock()
	r.links[l] = true
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		delete(r.links, l)
		r.mu.Unlock()
	}()
	done := make(chan struct{}, 2)
	go func() { io.Copy(out, l); done <- struct{}{} }()
	go func() { io.Copy(l, out); done <- struct{}{} }()
	<-done
}
