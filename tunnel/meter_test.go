package tunnel

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"folderfront/tunnel/tunneltest"
)

func TestMeterCountsOverRestartsAndMonths(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "usage.json")
	now := time.Date(2026, 11, 30, 23, 59, 0, 0, time.UTC)
	open := func() *Meter {
		m := OpenMeter(path, quiet())
		m.now = func() time.Time { return now }
		return m
	}
	m := open()
	m.add(3, 10, 1000)
	m.save()
	if u := open().Usage(); u.Requests != 3 || u.BytesIn != 10 || u.BytesOut != 1000 || u.Month != "2026-11" {
		t.Errorf("after a restart: %+v", u)
	}
	right := now
	for _, wrong := range []time.Time{now.AddDate(0, 0, -40), now.AddDate(1, 0, 0), now.AddDate(-6, 0, 0)} {
		now = wrong
		m.add(1, 0, 0)
		m.save()
		if u := m.Usage(); u.Requests != 1 || u.Month != wrong.Format("2006-01") {
			t.Errorf("with the clock wrong: %+v", u)
		}
		now = right
		m = open()
		if u := m.Usage(); u.Requests != 3 || u.Month != "2026-11" {
			t.Errorf("with the clock right again: %+v", u)
		}
	}
	now = time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	if u := m.Usage(); u.Requests != 0 || u.BytesOut != 0 || u.Month != "2026-12" {
		t.Errorf("in a new month: %+v", u)
	}
	ctx, end := context.WithCancel(context.Background())
	m.add(7, 0, 0)
	end()
	m.Run(ctx)
	if u := open().Usage(); u.Requests != 7 {
		t.Errorf("after an end: %+v", u)
	}
	for _, damaged := range []string{"", "{", "[]", `{"month":"soon","requests":5}`, `{"requests":5}`, `{"month":"2026-12","requests":-5}`, `{"month":"2026-11","past":[{"month":"then"}]}`, `{"month":"2026-11","past":[{"month":"2026-12","requests":-5}]}`} {
		if err := os.WriteFile(path, []byte(damaged), 0o600); err != nil {
			t.Fatal(err)
		}
		if u := open().Usage(); u.Requests != 0 {
			t.Errorf("%q: %+v", damaged, u)
		}
	}
}

func TestMeterWarns(t *testing.T) {
	t.Parallel()
	free := Usage{RequestLimit: freeRequests, BytesLimit: freeBytesOut}
	for _, c := range []struct {
		requests, out int64
		want          string
	}{
		{0, 0, ""},
		{15_999, 799_999_999, ""},
		{16_000, 0, "80 % of this month's requests"},
		{0, 800_000_000, "80 % of this month's data"},
		{20_000, 0, "requests of the ngrok plan are used up"},
		{0, 2_000_000_000, "data of the ngrok plan are used up"},
	} {
		u := free
		u.Requests, u.BytesOut = c.requests, c.out
		got := u.Warning()
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) || (got != "" && !strings.Contains(got, "estimate")) {
			t.Errorf("%d requests, %d bytes: %q", c.requests, c.out, got)
		}
	}
	if w := (Usage{Requests: 1 << 40, BytesOut: 1 << 50}).Warning(); w != "" {
		t.Errorf("a plan without limits: %q", w)
	}
}

func TestMeterCountsWhatGoesThroughNgrok(t *testing.T) {
	t.Parallel()
	m := OpenMeter(filepath.Join(t.TempDir(), "usage.json"), quiet())
	e := startEdge(t, tunneltest.Options{})
	r := startNgrok(t, e, func(c *NgrokConfig) { c.Meter = m })
	origin := r.until(Live).Origin
	before := m.Usage()
	if before.RequestLimit != freeRequests || before.BytesLimit != freeBytesOut {
		t.Errorf("the free plan's limits: %+v", before)
	}
	body := strings.Repeat("x", 300_000)
	browse(t, e, "POST", origin+"/echo", body)
	after := m.Usage()
	if n := after.Requests - before.Requests; n != 1 {
		t.Errorf("%d requests", n)
	}
	for what, n := range map[string]int64{"in": after.BytesIn - before.BytesIn, "out": after.BytesOut - before.BytesOut} {
		if n < 300_000 || n > 302_000 {
			t.Errorf("%d bytes %s", n, what)
		}
	}
}

// A file goes out by sendfile through a metered connection: the connection
// under it is asked to take the file itself.
func TestMeterKeepsSendfile(t *testing.T) {
	t.Parallel()
	m := OpenMeter(filepath.Join(t.TempDir(), "usage.json"), quiet())
	content := bytes.Repeat([]byte("folder"), 1<<17)
	path := filepath.Join(t.TempDir(), "file.bin")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	spying := &spyListener{Listener: ln}
	s := serve(m.Listener(spying), m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, path)
	})), quiet())
	defer func() { s.stop(false, func() { ln.Close() }) }()
	status, body := get(t, "http://"+ln.Addr().String()+"/file.bin")
	if status != 200 || body != string(content) {
		t.Errorf("%d, %d bytes", status, len(body))
	}
	if !spying.asked {
		t.Error("the file was copied through the program")
	}
	if u := m.Usage(); u.Requests != 1 || u.BytesOut < int64(len(content)) {
		t.Errorf("usage %+v", u)
	}
}

// spyListener notes whether a connection was handed a file.
type spyListener struct {
	net.Listener
	asked bool // read after the answer came
}

type spyConn struct {
	net.Conn
	l *spyListener
}

func (l *spyListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return &spyConn{c, l}, err
}

func (c *spyConn) ReadFrom(r io.Reader) (int64, error) {
	if limited, ok := r.(*io.LimitedReader); ok {
		r = limited.R
	}
	_, c.l.asked = r.(*os.File)
	return io.Copy(c.Conn, r)
}
