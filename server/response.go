package server

import (
	"io"
	"net/http"
	"time"
)

// chunk is how many bytes go out or come in under one deadline. It is large
// enough that sendfile does the work and small enough that a slow but living
// client is told from a dead one.
const chunk = 256 << 10

// response is the one wrapper around a ResponseWriter: it counts, remembers the
// status, and renews the write deadline for each chunk. It keeps ReadFrom,
// without which a download would be copied through this process.
type response struct {
	http.ResponseWriter
	control  *http.ResponseController
	patience time.Duration // for one chunk
	status   int           // 0 until the header is written
	bytes    int64         // of the body
	progress *transfer     // also counts there, when set
	body     *body         // of the request; nil when it has none
}

func newResponse(w http.ResponseWriter, patience time.Duration) *response {
	return &response{ResponseWriter: w, control: http.NewResponseController(w), patience: patience}
}

// Unwrap serves http.ResponseController.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader notes the status. It is here that net/http reads what is left of a
// short body, so as to use the connection again.
func (w *response) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
		w.body.abandon()
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write sends p, a chunk at a time.
func (w *response) Write(p []byte) (written int, err error) {
	w.wrote()
	for {
		part := p[:min(len(p), chunk)]
		w.renew()
		n, err := w.ResponseWriter.Write(part)
		w.count(int64(n))
		written += n
		p = p[len(part):]
		if err != nil || len(p) == 0 {
			return written, err
		}
	}
}

// ReadFrom sends src, a chunk at a time, by sendfile where src is a file.
func (w *response) ReadFrom(src io.Reader) (written int64, err error) {
	w.wrote()
	limit := int64(1<<63 - 1)
	if bounded, ok := src.(*io.LimitedReader); ok {
		src, limit = bounded.R, bounded.N
	}
	for written < limit {
		part := &io.LimitedReader{R: src, N: min(limit-written, chunk)}
		w.renew()
		n, err := io.Copy(w.ResponseWriter, part)
		w.count(n)
		written += n
		if err != nil || part.N > 0 {
			return written, err
		}
	}
	return written, nil
}

func (w *response) wrote() {
	if w.status == 0 {
		w.status = http.StatusOK
		w.body.abandon()
	}
}

func (w *response) count(n int64) {
	w.bytes += n
	if w.progress != nil {
		w.progress.done.Add(n)
	}
}

// renew gives the next chunk its time. A connection without deadlines (some
// tunnels) has a keepalive of its own.
func (w *response) renew() {
	_ = w.control.SetWriteDeadline(time.Now().Add(w.patience))
}

// body is a request's body under the same rule: each chunk in its time. At its
// end the deadline is lifted, so that the work that follows may take as long as
// it needs.
type body struct {
	io.ReadCloser
	control  *http.ResponseController
	patience time.Duration
	left     int64 // bytes until the deadline is renewed
	over     bool  // read to its end, or broken: then its deadline stands
	progress *transfer
}

func newBody(r *http.Request, w *response) *body {
	return &body{ReadCloser: r.Body, control: w.control, patience: w.patience}
}

// Read renews the deadline once a chunk, not once a read: a client that drips
// single bytes is as slow as one that sends none.
func (b *body) Read(p []byte) (int, error) {
	if b.left <= 0 {
		b.left = chunk
		_ = b.control.SetReadDeadline(time.Now().Add(b.patience))
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= int64(n)
	if b.progress != nil {
		b.progress.done.Add(int64(n))
	}
	if err == io.EOF {
		_ = b.control.SetReadDeadline(time.Time{})
	}
	b.over = b.over || err != nil
	return n, err
}

// abandon gives what is unread a moment to arrive.
func (b *body) abandon() {
	if b != nil && !b.over {
		_ = b.control.SetReadDeadline(time.Now().Add(b.patience / 8))
	}
}
