package upload

import (
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"sync"

	"folderfront/server/catalogue"
)

const (
	chunk     = 256 << 10 // bytes read and written at a time
	ahead     = 64 << 20  // bytes reserved at a time while the length is unknown
	writeback = 8 << 20   // bytes after which the disk is asked to begin writing
)

// fill copies the body to the file, hashing beside it, and checks its length.
func (u *Uploads) fill(t *transfer, f *os.File, body io.Reader) error {
	sum := startHash()
	defer sum.stop()
	for {
		buffer := sum.buffer()
		n, readErr := readFull(body, buffer)
		sum.add(buffer[:n])
		if err := u.write(t, f, buffer[:n]); err != nil {
			return err
		}
		switch {
		case errors.Is(readErr, io.EOF):
			t.hash = sum.stop()
			return t.complete()
		case readErr != nil:
			return bodyFailure(readErr)
		}
	}
}

// readFull fills the buffer as far as the reader goes. Other than io.ReadFull it passes the
// reader's own error on, for a body that was cut off says io.ErrUnexpectedEOF and one that ended
// says io.EOF.
func readFull(r io.Reader, buffer []byte) (n int, err error) {
	for n < len(buffer) && err == nil {
		var m int
		m, err = r.Read(buffer[n:])
		n += m
	}
	return n, err
}

func (u *Uploads) write(t *transfer, f *os.File, b []byte) error {
	before := t.done.Load()
	after := before + int64(len(b))
	if err := t.withinLimit(after); err != nil {
		return err
	}
	if t.total >= 0 && after > t.total {
		return fail(catalogue.ErrInvalid, "More arrived than the sender had announced. Nothing was changed; send the file again.", nil)
	}
	if after > t.reserved {
		if err := u.reserve(t, ahead); err != nil {
			return err
		}
	}
	if _, err := f.Write(b); err != nil {
		return diskFailure(err)
	}
	t.done.Store(after)
	if from := before / writeback * writeback; after-from >= writeback {
		startWriteback(f, from, writeback)
	}
	return nil
}

// complete checks that all that was announced has arrived.
func (t *transfer) complete() error {
	if t.total >= 0 && t.done.Load() != t.total {
		return bodyFailure(io.ErrUnexpectedEOF)
	}
	return nil
}

// reserve sets n more bytes of the disk aside for t, or is ErrNoSpace when fewer than the minimum
// would stay free. What other transfers have reserved and not yet written counts as taken.
func (u *Uploads) reserve(t *transfer, n int64) error {
	free, _, disk, err := space(t.opened)
	if err != nil {
		return diskFailure(err)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	t.disk = disk
	for _, other := range u.active {
		if other.disk == disk {
			free -= max(other.reserved-other.done.Load(), 0)
		}
	}
	if free-n < u.config.Load().MinimumFree {
		return noSpace(nil)
	}
	t.reserved += n
	return nil
}

// hashing is a SHA-256 computed by a goroutine of its own while the same buffers are written. It is
// used by one goroutine.
type hashing struct {
	work   chan []byte
	idle   chan []byte
	result chan []byte
	sum    []byte
}

var buffers = sync.Pool{New: func() any { b := make([]byte, chunk); return &b }}

// startHash starts the goroutine, which lives until stop.
func startHash() *hashing {
	h := &hashing{work: make(chan []byte, 2), idle: make(chan []byte, 2), result: make(chan []byte)}
	for range cap(h.idle) {
		h.idle <- *buffers.Get().(*[]byte)
	}
	go func() {
		sum := sha256.New()
		for b := range h.work {
			sum.Write(b)
			h.idle <- b[:chunk]
		}
		h.result <- sum.Sum(nil)
	}()
	return h
}

// buffer is one that is free to be read into; it comes back through add.
func (h *hashing) buffer() []byte { return <-h.idle }

// add hashes b, the beginning of the buffer got last, which must not change any more.
func (h *hashing) add(b []byte) { h.work <- b }

// stop ends the goroutine and answers the hash, again and again.
func (h *hashing) stop() []byte {
	if h.sum != nil {
		return h.sum
	}
	close(h.work)
	h.sum = <-h.result
	for range cap(h.idle) {
		b := <-h.idle
		buffers.Put(&b)
	}
	return h.sum
}
