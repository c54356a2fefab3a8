package tunnel

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"testing"
	"time"

	"folderfront/tunnel/tunneltest"
)

// subject is a way to the same handler: straight over loopback, or through the
// tunnel and its edge.
type subject struct {
	name   string
	rtt    time.Duration
	direct bool
}

var (
	direct = subject{name: "direct", direct: true}
	edge   = subject{name: "edge"}
	far    = subject{name: "edge-50ms", rtt: 50 * time.Millisecond}
)

// open returns the origin at which s answers.
func (s subject) open(b *testing.B, h http.Handler) string {
	if s.direct {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		server := serve(ln, h, quiet())
		b.Cleanup(func() { server.stop(false, func() { ln.Close() }) })
		return "http://" + ln.Addr().String()
	}
	_, n, _ := live(b, s.rtt, h)
	return n.Status().Origin
}

// live is a tunnel over an edge, running and reached.
func live(b *testing.B, rtt time.Duration, h http.Handler) (*tunneltest.Edge, *Ngrok, *trace) {
	e := startEdge(b, tunneltest.Options{})
	e.SetRTT(rtt)
	n, told := overEdge(b, e, nil)
	mux := http.NewServeMux()
	mux.Handle("/", h)
	mux.Handle(probePath, service(n.cfg.Prober))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx, mux) }()
	b.Cleanup(func() { cancel(); <-done })
	await(b, func() bool { return n.Status().State == Live })
	return e, n, told
}

func await(b *testing.B, ok func() bool) {
	b.Helper()
	for deadline := time.Now().Add(2 * patience); !ok(); time.Sleep(200 * time.Microsecond) {
		if time.Now().After(deadline) {
			b.Fatal("waited in vain")
		}
	}
}

// load answers GET /N with N bytes and swallows what is posted.
func load() http.Handler {
	chunk := make([]byte, 256<<10)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			io.Copy(io.Discard, r.Body)
			return
		}
		n, _ := strconv.Atoi(r.URL.Path[1:])
		for ; n > 0; n -= len(chunk) {
			w.Write(chunk[:min(n, len(chunk))])
		}
	})
}

func keepAlive() *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext: probeDialer(""), MaxIdleConnsPerHost: 64, DisableCompression: true,
		ReadBufferSize: 64 << 10, WriteBufferSize: 64 << 10,
	}}
}

// each runs do on every stream at the same time.
func each(b *testing.B, streams int, do func() error) {
	errs := make(chan error, streams)
	for range streams {
		go func() { errs <- do() }()
	}
	for range streams {
		if err := <-errs; err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTransfer moves data with one and with eight streams.
func BenchmarkTransfer(b *testing.B) {
	for _, s := range []subject{direct, edge, far} {
		size := 32 << 20
		if s.rtt > 0 {
			size = 2 << 20
		}
		for _, streams := range []int{1, 8} {
			for _, way := range []string{"down", "up"} {
				b.Run(fmt.Sprintf("%s/%s/streams=%d", way, s.name, streams), func(b *testing.B) {
					origin, client := s.open(b, load()), keepAlive()
					content := make([]byte, size)
					b.SetBytes(int64(size * streams))
					for b.Loop() {
						each(b, streams, func() error {
							if way == "down" {
								return take(client.Get(fmt.Sprintf("%s/%d", origin, size)))
							}
							return take(client.Post(origin+"/", "application/octet-stream", bytes.NewReader(content)))
						})
					}
				})
			}
		}
	}
}

func take(answer *http.Response, err error) error {
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}

// BenchmarkLatency is one small request after the other; the difference of
// ns/op is the latency that the tunnel and the edge add together.
func BenchmarkLatency(b *testing.B) {
	for _, s := range []subject{direct, edge} {
		b.Run(s.name, func(b *testing.B) {
			origin, client := s.open(b, load()), keepAlive()
			for b.Loop() {
				if err := take(client.Get(origin + "/64")); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkAddedLatency is what the tunnel itself adds, without the edge's
// public side: a request on a proxy stream against one on a TCP connection.
func BenchmarkAddedLatency(b *testing.B) {
	for _, s := range []subject{direct, edge} {
		b.Run(s.name, func(b *testing.B) {
			dial := func() (net.Conn, error) { return nil, nil }
			if s.direct {
				addr := hostOf(s.open(b, load()))
				dial = func() (net.Conn, error) { return net.Dial("tcp", addr) }
			} else {
				e, n, _ := live(b, 0, load())
				host := hostOf(n.Status().Origin)
				dial = func() (net.Conn, error) { return e.Dial(host, "127.0.0.1:1") }
			}
			client := &http.Client{Transport: &http.Transport{
				DialContext: func(context.Context, string, string) (net.Conn, error) { return dial() },
			}}
			for b.Loop() {
				if err := take(client.Get("http://folder.test/64")); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkRequests is how many small requests 16 clients get answered.
func BenchmarkRequests(b *testing.B) {
	for _, s := range []subject{direct, edge} {
		b.Run(s.name, func(b *testing.B) {
			origin, client := s.open(b, load()), keepAlive()
			b.SetParallelism(8)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := take(client.Get(origin + "/64")); err != nil {
						b.Error(err)
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
		})
	}
}

// BenchmarkRecovery is the time from when the network is back until a request
// by the public address is answered. "told" is when the system says that it is
// back, as it does after sleep and on another network.
func BenchmarkRecovery(b *testing.B) {
	outage := func(d time.Duration) func(*tunneltest.Edge) {
		return func(e *tunneltest.Edge) {
			e.Down()
			time.Sleep(d)
			if err := e.Up(); err != nil {
				panic(err)
			}
		}
	}
	for _, c := range []struct {
		name  string
		fault func(*tunneltest.Edge)
		told  bool
	}{
		{"reset", (*tunneltest.Edge).Reset, false},
		{"outage-3s", outage(3 * time.Second), false},
		{"outage-3s-told", outage(3 * time.Second), true},
		{"outage-20s", outage(20 * time.Second), false},
		{"outage-20s-told", outage(20 * time.Second), true},
		{"half-open", (*tunneltest.Edge).Freeze, false},
		{"half-open-told", (*tunneltest.Edge).Freeze, true},
	} {
		b.Run(c.name, func(b *testing.B) {
			e, n, told := live(b, 0, load())
			var total, worst time.Duration
			for b.Loop() {
				from, sessions := len(told.statuses()), e.Counts().Sessions
				c.fault(e)
				began := time.Now()
				if c.told {
					n.Reconnect()
				}
				await(b, func() bool {
					return e.Counts().Sessions > sessions && n.Status().State == Live &&
						told.has(from, func(s Status) bool { return s.State == Reconnecting })
				})
				took := time.Since(began)
				total, worst = total+took, max(worst, took)
			}
			b.ReportMetric(float64(total.Milliseconds())/float64(b.N), "recovery-ms")
			b.ReportMetric(float64(worst.Milliseconds()), "worst-ms")
		})
	}
}
