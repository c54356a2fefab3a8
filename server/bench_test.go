package server

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"folderfront/server/catalogue"
	"folderfront/server/conformance"
)

// asker sends one request again and again on one connection, with as little
// work of its own as can be: it shares the processors with the server.
type asker struct {
	conn    net.Conn
	reader  *bufio.Reader
	request []byte
}

func (f *fixture) asker(target string, header ...string) *asker {
	f.t.Helper()
	conn := f.raw("")
	if err := conn.SetDeadline(time.Time{}); err != nil {
		f.t.Fatal(err)
	}
	lines := append([]string{"GET /api/v1/" + target + " HTTP/1.1", "Host: localhost", "apiKey: " + testKey}, header...)
	return &asker{conn, bufio.NewReaderSize(conn, 64<<10), []byte(strings.Join(lines, "\r\n") + "\r\n\r\n")}
}

// ask makes the request and reads its answer away.
func (a *asker) ask() (int64, error) {
	if _, err := a.conn.Write(a.request); err != nil {
		return 0, err
	}
	resp, err := http.ReadResponse(a.reader, nil)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("answered by %d", resp.StatusCode)
	}
	return io.Copy(io.Discard, resp.Body)
}

// askAll divides b.N requests among parallel connections.
func (f *fixture) askAll(b *testing.B, target string, header ...string) {
	b.ReportAllocs()
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		a := f.asker(target, header...)
		for pb.Next() {
			if _, err := a.ask(); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
}

func BenchmarkMetadata(b *testing.B) {
	f := newFixture(b)
	f.askAll(b, "metadata?id="+f.find("Work/report.txt").ID)
}

func BenchmarkSmallDownload(b *testing.B) {
	f := newFixture(b)
	f.write("Work/small.bin", strings.Repeat("x", 4<<10))
	f.askAll(b, "download?id="+f.find("Work/small.bin").ID)
}

// BenchmarkDownload sends a file of 1 GiB, without blocks on the disk.
func BenchmarkDownload(b *testing.B) {
	const size = 1 << 30
	f := newFixture(b)
	f.write("Work/large.bin", "")
	if err := os.Truncate(f.disk("Work/large.bin"), size); err != nil {
		b.Fatal(err)
	}
	a := f.asker("download?id=" + f.find("Work/large.bin").ID)
	b.SetBytes(size)
	for b.Loop() {
		if n, err := a.ask(); n != size || err != nil {
			b.Fatal(n, err)
		}
	}
}

// BenchmarkListing lists folders of several sizes, from memory as a client would
// browse and anew as after each change.
func BenchmarkListing(b *testing.B) {
	for _, files := range []int{100, 1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(files), func(b *testing.B) { benchmarkListing(b, files) })
	}
}

func benchmarkListing(b *testing.B, files int) {
	f := newFixture(b)
	for n := range files {
		f.write(fmt.Sprintf("Work/Many/Some document, the %dth of many.pdf", n), "")
	}
	many := f.find("Work/Many").ID
	eventually(b, "scan and index are done", func() bool {
		p := f.Search.Progress()
		return p.Names >= files && p.Files == p.Done && f.Catalogue.Status()[0].State == catalogue.Ready
	})
	eventually(b, "nothing of the folder is in doubt any more", func() bool {
		f.find("Work/Many/Some document, the 0th of many.pdf")
		before := f.Catalogue.Generation(catalogue.ID(many))
		time.Sleep(time.Second)
		return before == f.Catalogue.Generation(catalogue.ID(many))
	})
	for _, accept := range []string{"identity", "gzip"} {
		b.Run("kept/"+accept, func(b *testing.B) {
			a := f.asker("files?parentId="+many, "Accept-Encoding: "+accept)
			b.ReportAllocs()
			for b.Loop() {
				if n, err := a.ask(); n == 0 || err != nil {
					b.Fatal(n, err)
				}
			}
		})
	}
	b.Run("made", func(b *testing.B) { // the JSON alone
		contents, err := f.Catalogue.Contents(b.Context(), catalogue.ID(many))
		if err != nil {
			b.Fatal(err)
		}
		c := &call{r: httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/", nil), options: f.options.Load()}
		b.ReportAllocs()
		for b.Loop() {
			c.w = newResponse(nowhere{}, time.Second)
			f.streamListing(c, listingKey{parent: catalogue.ID(many), generation: 1}, contents)
			f.listings.dropUnused(time.Now().Add(time.Hour))
		}
	})
	b.Run("anew", func(b *testing.B) {
		a := f.asker("files?parentId=" + many)
		b.ReportAllocs()
		for b.Loop() {
			f.SetOptions(Options{Origin: f.options.Load().Origin}) // forgets what is kept
			if n, err := a.ask(); n == 0 || err != nil {
				b.Fatal(n, err)
			}
		}
	})
}

// nowhere takes answers and forgets them.
type nowhere struct{}

func (nowhere) Header() http.Header         { return http.Header{} }
func (nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (nowhere) WriteHeader(int)             {}

// BenchmarkUpload sends new versions of 64 MiB, each made durable.
func BenchmarkUpload(b *testing.B) {
	const size = 64 << 20
	f := newFixture(b)
	work := f.find("Work").ID
	b.SetBytes(size)
	for n := 0; b.Loop(); n++ {
		item, err := f.client.UploadInit(b.Context(), work, fmt.Sprintf("upload %d.bin", n))
		if err != nil {
			b.Fatal(err)
		}
		a, err := f.client.Do(b.Context(), conformance.Call{
			Method: http.MethodPut, Endpoint: "upload", RawQuery: "id=" + item.ID, Body: &zeros{left: size}, Length: size,
		})
		if err != nil || a.Status != http.StatusOK {
			b.Fatal(a, err)
		}
	}
}
