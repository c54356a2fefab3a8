// Package bin is a receiver on this computer that shows what arrives: a place to
// try a custom action against before it goes out into the world.
package bin

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// What is kept: enough to read, never enough to fill the memory.
const (
	maxKept   = 100      // messages
	maxBody   = 64 << 10 // bytes of a body
	maxHeader = 16 << 10 // bytes of a header
	maxDrain  = 1 << 20  // bytes that are read of a body at all
	address   = "127.0.0.1:8438"
	readTime  = 10 * time.Second
)

// Arrival is one message.
type Arrival struct {
	Time    time.Time
	Method  string
	URL     string   // path and query
	Headers []string // "Name: value", sorted
	Body    string   // made valid UTF-8
	Cut     bool     // the body was longer
}

// Bin answers every request with 200 and keeps it. It listens on this computer
// alone. All methods are safe concurrently; the zero value is ready to Start.
type Bin struct {
	Changed func() // hears of each arrival; may be nil; must return at once

	serving sync.WaitGroup

	mu      sync.Mutex
	server  *http.Server // nil while it isn't running
	url     string
	arrived []Arrival
	changes int64
}

// Start listens until Close and returns the URL; a Bin that runs already only
// tells it. The port is the same each time unless something else has it.
func (b *Bin) Start() (url string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.server != nil {
		return b.url, nil
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		listener, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return "", fmt.Errorf("No port of this computer could be had for the bin: %w", err)
	}
	b.url = "http://" + listener.Addr().String()
	b.server = &http.Server{Handler: http.HandlerFunc(b.receive), ReadTimeout: readTime, MaxHeaderBytes: maxHeader}
	server := b.server
	b.serving.Go(func() { server.Serve(listener) }) // ends with Close
	return b.url, nil
}

// Close ends it; what arrived is kept.
func (b *Bin) Close() error {
	b.mu.Lock()
	server := b.server
	b.mu.Unlock()
	if server == nil {
		return nil
	}
	err := server.Close()
	b.serving.Wait()
	b.mu.Lock()
	b.server, b.url = nil, ""
	b.mu.Unlock()
	return err
}

func (b *Bin) receive(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, maxBody)) // what came, came
	more, _ := io.Copy(io.Discard, io.LimitReader(r.Body, maxDrain))
	a := Arrival{Time: time.Now(), Method: r.Method, URL: r.URL.RequestURI(), Body: strings.ToValidUTF8(string(body), "\uFFFD"), Cut: more > 0}
	for name, values := range r.Header {
		for _, value := range values {
			a.Headers = append(a.Headers, name+": "+value)
		}
	}
	slices.Sort(a.Headers)
	b.keep(a)
	w.Header().Set("Content-Type", "application/json")
	io.WriteString(w, `{"received":true}`)
}

func (b *Bin) keep(a Arrival) {
	b.mu.Lock()
	b.arrived = append([]Arrival{a}, b.arrived[:min(len(b.arrived), maxKept-1)]...)
	b.changes++
	b.mu.Unlock()
	if b.Changed != nil {
		b.Changed()
	}
}

// Show returns the URL, "" while it isn't running, and what arrived, the newest
// first.
func (b *Bin) Show() (url string, arrived []Arrival) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.url, slices.Clone(b.arrived)
}

// Empty forgets what arrived.
func (b *Bin) Empty() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.arrived = nil
	b.changes++
}

// Changes grows with each arrival and each Empty.
func (b *Bin) Changes() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.changes
}
