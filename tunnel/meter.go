package tunnel

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// ngrok's free plan, a month.
const (
	freeRequests = 20_000
	freeBytesOut = 1_000_000_000
	// warnAt is the share of a limit, in percent, from which a person is warned.
	warnAt = 80
	// meterPause is how often a changed count is written down.
	meterPause = 15 * time.Second
)

// Usage is what went through the tunnel in a month, an estimate: the provider
// counts on its own, and later.
type Usage struct {
	Month        string `json:"month"` // "2026-11", UTC
	Requests     int64  `json:"requests"`
	BytesOut     int64  `json:"bytesOut"` // to the internet
	BytesIn      int64  `json:"bytesIn"`
	RequestLimit int64  `json:"-"` // a month, 0 for none known
	BytesLimit   int64  `json:"-"` // a month, of BytesOut, 0 for none known
}

// Warning is a sentence once 80 % of a limit are used, else "".
func (u Usage) Warning() string {
	for _, l := range []struct {
		used, limit int64
		what        string
	}{{u.BytesOut, u.BytesLimit, "data of the ngrok plan"}, {u.Requests, u.RequestLimit, "requests of the ngrok plan"}} {
		switch {
		case l.limit == 0 || l.used*100 < l.limit*warnAt:
		case l.used >= l.limit:
			return "By Folderfront's estimate this month's " + l.what + " are used up: ngrok may turn Workfront's requests away until next month."
		default:
			return "By Folderfront's estimate more than 80 % of this month's " + l.what + " are used. When they are used up, ngrok turns Workfront's requests away."
		}
	}
	return ""
}

// Meter counts requests and bytes of the present month and remembers them in a
// file. It is safe for concurrent use; a nil Meter counts nothing.
type Meter struct {
	path   string
	logger *slog.Logger
	now    func() time.Time

	mu    sync.Mutex
	usage Usage
	past  []Usage // of other months, as the clock had them: each goes on when it comes back
	saved Usage
}

// counted is what the file holds.
type counted struct {
	Usage
	Past []Usage `json:"past,omitempty"`
}

// all are the counts of all months.
func (c *counted) all() []*Usage {
	all := []*Usage{&c.Usage}
	for i := range c.Past {
		all = append(all, &c.Past[i])
	}
	return all
}

// maxPast is how many other months are remembered, of which a wrong clock may have
// made some.
const maxPast = 3

// OpenMeter reads the count from the file at path, which need not exist. A
// damaged file counts as none: the figures are an estimate anyway.
func OpenMeter(path string, logger *slog.Logger) *Meter {
	m := &Meter{path: path, logger: logger, now: time.Now}
	b, err := os.ReadFile(path)
	if err == nil {
		m.usage, m.past, err = parseUsage(b)
	}
	if err != nil && !os.IsNotExist(err) {
		logger.Warn("the tunnel's count of this month begins anew", "error", err)
	}
	m.saved = m.usage
	return m
}

func parseUsage(b []byte) (Usage, []Usage, error) {
	var c counted
	if err := json.Unmarshal(b, &c); err != nil {
		return Usage{}, nil, err
	}
	for _, u := range c.all() {
		if _, err := time.Parse("2006-01", u.Month); err != nil {
			return Usage{}, nil, err
		}
		u.Requests, u.BytesOut, u.BytesIn = max(u.Requests, 0), max(u.BytesOut, 0), max(u.BytesIn, 0)
	}
	return c.Usage, c.Past, nil
}

// SetPlan takes the limits of the account's plan, as ngrok names it.
func (m *Meter) SetPlan(plan string) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.usage.RequestLimit, m.usage.BytesLimit = 0, 0
	if strings.EqualFold(plan, "free") {
		m.usage.RequestLimit, m.usage.BytesLimit = freeRequests, freeBytesOut
	}
}

// Usage is the present month's count.
func (m *Meter) Usage() Usage {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.turn()
	return m.usage
}

// turn goes on with the count of the clock's month, or begins it. Called with the
// lock held.
func (m *Meter) turn() {
	month := m.now().UTC().Format("2006-01")
	if month == m.usage.Month {
		return
	}
	next := Usage{Month: month}
	if i := slices.IndexFunc(m.past, func(u Usage) bool { return u.Month == month }); i >= 0 {
		next = m.past[i]
		m.past = slices.Delete(m.past, i, i+1)
	}
	next.RequestLimit, next.BytesLimit = m.usage.RequestLimit, m.usage.BytesLimit
	if m.usage.Month != "" {
		m.past = append(m.past, m.usage)
	}
	slices.SortFunc(m.past, func(a, b Usage) int { return strings.Compare(b.Month, a.Month) })
	m.past, m.usage = m.past[:min(len(m.past), maxPast)], next
}

func (m *Meter) add(requests, in, out int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.turn()
	m.usage.Requests += requests
	m.usage.BytesIn += in
	m.usage.BytesOut += out
}

// Run writes the count down now and then, and once more when ctx ends.
func (m *Meter) Run(ctx context.Context) {
	for sleep(ctx, meterPause, nil) {
		m.save()
	}
	m.save()
}

// save writes the count if it changed, so that the file is whole at any time.
func (m *Meter) save() {
	u := m.Usage()
	m.mu.Lock()
	changed := u != m.saved
	m.saved = u
	c := counted{u, slices.Clone(m.past)}
	m.mu.Unlock()
	if !changed {
		return
	}
	if err := writeUsage(m.path, c); err != nil {
		m.logger.Warn("the tunnel's count could not be written", "error", err)
	}
}

func writeUsage(path string, c counted) error {
	b, err := json.Marshal(c)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".usage-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = io.Copy(f, bytes.NewReader(b))
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// Handler counts the requests that h gets. It leaves the ResponseWriter as it
// is, so that files still go out by sendfile.
func (m *Meter) Handler(h http.Handler) http.Handler {
	if m == nil {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.add(1, 0, 0)
		h.ServeHTTP(w, r)
	})
}

// Listener counts the bytes of ln's connections.
func (m *Meter) Listener(ln net.Listener) net.Listener {
	if m == nil {
		return ln
	}
	return meteredListener{ln, m}
}

type meteredListener struct {
	net.Listener
	m *Meter
}

func (l meteredListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	metered := &meteredConn{Conn: c, m: l.m}
	if from, ok := c.(io.ReaderFrom); ok {
		return &meteredFromConn{meteredConn: metered, from: from}, nil
	}
	return metered, nil
}

type meteredConn struct {
	net.Conn
	m *Meter
}

func (c *meteredConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.m.add(0, int64(n), 0)
	return n, err
}

func (c *meteredConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.m.add(0, 0, int64(n))
	return n, err
}

// meteredFromConn is a meteredConn over a connection that can take a file's
// bytes without the program touching them.
type meteredFromConn struct {
	*meteredConn
	from io.ReaderFrom
}

func (c *meteredFromConn) ReadFrom(r io.Reader) (int64, error) {
	n, err := c.from.ReadFrom(r)
	c.m.add(0, 0, n)
	return n, err
}
