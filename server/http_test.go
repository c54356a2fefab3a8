package server

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"folderfront/server/conformance"
	"folderfront/server/upload"
)

// raw opens a connection to the fixture and sends text as it is.
func (f *fixture) raw(text string) net.Conn {
	f.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(strings.TrimSuffix(f.base, "/api/v1"), "http://"))
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		f.t.Fatal(err)
	}
	if _, err := io.WriteString(conn, text); err != nil {
		f.t.Fatal(err)
	}
	return conn
}

// answer reads one response from a raw connection.
func (f *fixture) answer(conn net.Conn) (int, string) {
	f.t.Helper()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		f.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

const keyHeader = "apiKey: " + testKey + "\r\n"

// TestPaths sends paths that routers and file servers have fallen for. None is
// redirected, and none but the endpoints' own leads anywhere.
func TestPaths(t *testing.T) {
	f := newFixture(t)
	longPath := "/api/v1/" + strings.Repeat("a/../", 4000)
	for target, want := range map[string]int{
		"/api/v1/files":                      200,
		"/api/v1//files":                     200,
		"//api///v1////files":                200,
		"/api/v1/files/":                     200,
		"/api/v1/%66iles":                    200,
		"/api/v1%2Ffiles":                    200,
		"/api/v1/files?parentId=%2F":         200,
		"/api/v1/../v1/files":                404,
		"/api/v1/./files":                    404,
		"/api/v1/files/..":                   404,
		"/api/v1/..%2f..%2fetc%2fpasswd":     404,
		"/api/v1/%252e%252e%252fetc":         404,
		"/api/v1/..%5c..%5cwindows":          404,
		"/api/v1/%c0%ae%c0%ae/":              404,
		"/api/v1/files%00":                   404,
		"/api/v1/files%0d%0aX-Injected:%201": 404,
		"/api/v1/Files":                      404,
		"/api/v1":                            404,
		"/api/v1/":                           404,
		"/api/v2/files":                      404,
		"/":                                  404,
		"/../../../../etc/passwd":            404,
		"/view":                              404,
		longPath:                             404,
		"/api/v1/files;parentId=x":           404,
	} {
		status, body := f.answer(f.raw("GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + keyHeader + "\r\n"))
		if status != want {
			t.Errorf("%.80s: %d, want %d: %s", target, status, want, body)
		}
	}
}

// TestPages: browsers find their pages without the API's credentials, and those
// find nothing there.
func TestPages(t *testing.T) {
	f := newFixture(t)
	report := f.find("Work/report.txt")
	for _, test := range []struct {
		link, accept string
		status       int
		has          string
	}{
		{report.ViewLink, "text/html", 403, "<html"},
		{report.DownloadLink, "text/html", 403, "<html"},
		{strings.TrimSuffix(f.base, "/api/v1") + "/", "text/html,*/*", 403, "<html"},
		{strings.TrimSuffix(f.base, "/api/v1") + "/", "application/json", 404, `"status":"error"`},
		{strings.TrimSuffix(f.base, "/api/v1") + "/oauth2/token", "", 405, "error"},
		{strings.TrimSuffix(f.base, "/api/v1") + "/static/pages.css", "", 200, "{"},
	} {
		req, err := http.NewRequest(http.MethodGet, test.link, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("apiKey", testKey)
		req.Header.Set("Accept", test.accept)
		resp, err := f.client.HTTP.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != test.status || !strings.Contains(strings.ToLower(string(body)), test.has) || strings.Contains(string(body), "quick brown") {
			t.Errorf("%s for %q: %d %.200s %v", test.link, test.accept, resp.StatusCode, body, err)
		}
	}
}

// TestEveryRouteRefusesTraversal puts traversal into every parameter.
func TestEveryRouteRefusesTraversal(t *testing.T) {
	f := newFixture(t)
	for _, route := range routes {
		for _, name := range route.params {
			for _, value := range []string{
				"../", "..", "..%2f..%2fetc%2fpasswd", "%252e%252e%252f", "..%5c", "%c0%ae%c0%ae%2f", "%2f%2f", "%2fetc%2fpasswd", "a%2f..%2f..", "C:%5c", "%5c%5chost%5cshare",
				".folderfront", "%00", "%e2%80%ae", "con", "x::$DATA", strings.Repeat("a", 6000),
			} {
				a := f.do(conformance.Call{Method: route.methods[0], Endpoint: route.name, RawQuery: name + "=" + value})
				if strings.Contains(string(a.Body), "root:") || strings.Contains(string(a.Body), f.shares[0].Path) {
					t.Errorf("%s with %s=%s answers %s", route.name, name, value, a.Body)
				}
				if a.Status != 200 && a.Status != 403 && a.Status != 404 && a.Status != 500 {
					t.Errorf("%s with %s=%s: %d", route.name, name, value, a.Status)
				}
			}
		}
	}
}

func TestHostsThatAreServed(t *testing.T) {
	o := &Options{Hosts: []string{"Workstation.local"}, originHost: "files.example.com"}
	for _, test := range []struct {
		host             string
		loopback, tunnel bool
	}{
		{"localhost", true, false},
		{"localhost:8437", true, false},
		{"LOCALHOST.", true, false},
		{"a.localhost:1", true, false},
		{"127.0.0.1:8437", true, false},
		{"127.0.0.1", true, false},
		{"[::1]:8437", true, false},
		{"[::1]", true, false},
		{"192.168.1.5:80", true, false},
		{"workstation.local:8437", true, false},
		{"files.example.com", true, true},
		{"FILES.example.com:443", true, true},
		{"files.example.com.", true, true},
		{"", false, false},
		{"evil.example", false, false},
		{"localhost.evil.example", false, false},
		{"evil.example#localhost", false, false},
		{"files.example.com.evil.example", false, false},
		{"127.0.0.1.evil.example:8437", false, false},
		{"localhost evil", false, false},
		{"evillocalhost", false, false},
	} {
		if got := o.serves(Loopback, test.host); got != test.loopback {
			t.Errorf("loopback under %q: %t", test.host, got)
		}
		if got := o.serves(Tunnel, test.host); got != test.tunnel {
			t.Errorf("tunnel under %q: %t", test.host, got)
		}
	}
}

// TestRebindingAndAbsoluteForm: a browser that was lured to this computer under
// a stranger's name gets nothing, not even with a right key.
func TestRebindingAndAbsoluteForm(t *testing.T) {
	f := newFixture(t)
	for request, want := range map[string]int{
		"GET /api/v1/files HTTP/1.1\r\nHost: evil.example\r\n":                                 403,
		"GET http://evil.example/api/v1/files HTTP/1.1\r\nHost: localhost\r\n":                 403,
		"GET http://localhost/api/v1/files HTTP/1.1\r\nHost: evil.example\r\n":                 200,
		"GET /api/v1/serviceInfo HTTP/1.1\r\nHost: evil.example\r\n":                           403,
		"GET /api/v1/files HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Host: evil.example\r\n":  200,
		"GET /api/v1/files HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: localhost\r\n":  403,
		"GET /api/v1/files HTTP/1.1\r\nHost: localhost\r\nX-Original-URL: /api/v1/nothing\r\n": 200,
	} {
		status, body := f.answer(f.raw(request + "Connection: close\r\n" + keyHeader + "\r\n"))
		if status != want || strings.Contains(body, "evil.example") {
			t.Errorf("%q: %d, want %d: %s", request, status, want, body)
		}
	}
}

func TestClientAddress(t *testing.T) {
	o := &Options{originHost: "files.example.com"}
	for _, test := range []struct{ remote, host, forwarded, want string }{
		{"203.0.113.9:5", "files.example.com", "1.2.3.4", "203.0.113.9:5"},
		{"127.0.0.1:5", "files.example.com", "6.6.6.6, 203.0.113.9", "203.0.113.9:5"},
		{"[::1]:5", "files.example.com:443", "2001:db8::1", "[2001:db8::1]:5"},
		{"127.0.0.1:5", "localhost", "203.0.113.9", "127.0.0.1:5"},
		{"127.0.0.1:5", "files.example.com", "", "127.0.0.1:5"},
		{"127.0.0.1:5", "files.example.com", "203.0.113.9, unknown", "127.0.0.1:5"},
		{"pipe", "files.example.com", "203.0.113.9", "pipe"},
	} {
		r := &http.Request{RemoteAddr: test.remote, Host: test.host, Header: http.Header{}}
		if test.forwarded != "" {
			r.Header.Set("X-Forwarded-For", test.forwarded)
		}
		if got := clientAddress(r, o); got != test.want {
			t.Errorf("%+v: %s", test, got)
		}
	}
}

func TestAllowedAddresses(t *testing.T) {
	f := newFixture(t)
	options := *f.options.Load()
	options.Allow = []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("2001:db8::/32")}
	f.SetOptions(options)
	handler := f.Handler(Loopback)
	for address, want := range map[string]int{"203.0.113.9:1": 200, "[2001:db8::7]:1": 200, "[::ffff:203.0.113.9]:1": 200, "198.51.100.1:1": 403, "garbage": 403} {
		for path, status := range map[string]int{"files": want, "serviceInfo": 200} {
			r := httptest.NewRequest("GET", "http://localhost/api/v1/"+path, nil)
			r.RemoteAddr = address
			r.Header.Set("apiKey", testKey)
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if w.Code != status {
				t.Errorf("%s from %s: %d, want %d", path, address, w.Code, status)
			}
		}
	}
}

// slowFixture has little patience.
func slowFixture(t *testing.T) *fixture {
	f := newFixture(t)
	f.end()
	f.limits = Limits{HeaderTime: time.Second, ChunkTime: time.Second, StopTime: 100 * time.Millisecond}
	f.start()
	return f
}

func TestSlowHeadersAreCutOff(t *testing.T) {
	f := slowFixture(t)
	conn := f.raw("GET /api/v1/files HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
	if n, err := io.Copy(io.Discard, conn); err != nil || n > 400 {
		t.Errorf("%d bytes, %v", n, err)
	}
}

func TestSlowUploadsAreCutOffAndChangeNothing(t *testing.T) {
	f := slowFixture(t)
	item, err := f.client.UploadInit(t.Context(), f.find("Work").ID, "slow.bin")
	if err != nil {
		t.Fatal(err)
	}
	conn := f.raw("PUT /api/v1/upload?id=" + item.ID + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n" + keyHeader + "\r\nbegin")
	go func() { // a byte now and then keeps nothing alive
		for {
			if _, err := io.WriteString(conn, "x"); err != nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	}()
	status, body := f.answer(conn)
	if status != 500 || !strings.Contains(body, `"result":"fail"`) {
		t.Errorf("%d %s", status, body)
	}
	items, err := f.client.Files(t.Context(), f.find("Work").ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range items {
		if i.Title == "slow.bin" {
			t.Error("the cut upload is listed")
		}
	}
	if err := f.client.Upload(t.Context(), item.ID, []byte("at last")); err != nil {
		t.Errorf("it can't be sent again: %v", err)
	}
}

func TestUnreadBodiesHoldNobody(t *testing.T) {
	f := slowFixture(t)
	for _, length := range []string{"1000", "1000000"} {
		conn := f.raw("PUT /api/v1/upload?id=x HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + length + "\r\n\r\n")
		if status, _ := f.answer(conn); status != 403 {
			t.Errorf("%d", status)
		}
		if _, err := io.Copy(io.Discard, conn); err != nil && !strings.Contains(err.Error(), "reset") {
			t.Errorf("the connection stays: %v", err)
		}
	}
}

func TestSlowReadersAreCutOff(t *testing.T) {
	f := slowFixture(t)
	f.write("Work/large.bin", strings.Repeat("0123456789abcdef", 2<<20))
	id := f.find("Work/large.bin").ID
	conn := f.raw("GET /api/v1/download?id=" + id + " HTTP/1.1\r\nHost: localhost\r\n" + keyHeader + "\r\n")
	if _, err := io.ReadFull(conn, make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the reader that reads no more is cut off", func() bool { return len(f.Activity().Transfers()) == 0 })
	n, err := io.Copy(io.Discard, conn)
	if n >= 32<<20 {
		t.Errorf("%d bytes came all the same, %v", n, err)
	}
}

func TestTransfersAreBounded(t *testing.T) {
	f := newFixture(t)
	f.end()
	f.limits = Limits{Transfers: 1, StopTime: 100 * time.Millisecond}
	f.start()
	f.write("Work/large.bin", strings.Repeat("0123456789abcdef", 2<<20))
	id := f.find("Work/large.bin").ID
	conn := f.raw("GET /api/v1/download?id=" + id + " HTTP/1.1\r\nHost: localhost\r\n" + keyHeader + "\r\n")
	eventually(t, "the first transfer is under way", func() bool { return len(f.Activity().Transfers()) == 1 })
	if under := f.Activity().Transfers()[0]; under.Title != "large.bin" || under.Upload || under.Total != 32<<20 {
		t.Errorf("under way: %+v", under)
	}
	a := f.do(conformance.Call{Endpoint: "download", Query: url.Values{"id": {id}}})
	if a.Status != 500 || !strings.Contains(string(a.Body), "Too many files") || a.Header.Get("Content-Disposition") != "" {
		t.Errorf("%d %v %.100s", a.Status, a.Header, a.Body)
	}
	conn.Close()
	eventually(t, "the first transfer has ended", func() bool { return len(f.Activity().Transfers()) == 0 })
	if a := f.do(conformance.Call{Endpoint: "download", Query: url.Values{"id": {id}}}); a.Status != 200 {
		t.Errorf("then: %d", a.Status)
	}
}

func TestEndlessBodies(t *testing.T) {
	f := newFixture(t)
	endless := func(method, endpoint, kind string) (int, string) {
		a, err := f.client.Do(t.Context(), conformance.Call{
			Method: method, Endpoint: endpoint, Body: &zeros{left: 1 << 40}, Length: -1, Header: http.Header{"Content-Type": {kind}},
		})
		if err != nil {
			return 0, err.Error() // the connection was closed on us: as good
		}
		return a.Status, string(a.Body)
	}
	for _, kind := range []string{"application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=x", ""} {
		if status, body := endless("POST", "createFolder", kind); status != 0 && status != 500 {
			t.Errorf("an endless body as %q: %d %s", kind, status, body)
		}
	}
	f.Uploads.SetConfig(upload.Config{Limit: 1 << 20})
	item, err := f.client.UploadInit(t.Context(), f.find("Work").ID, "endless.bin")
	if err != nil {
		t.Fatal(err)
	}
	if status, body := endless("PUT", "upload?id="+item.ID, "application/octet-stream"); status != 0 && status != 500 {
		t.Errorf("an endless upload: %d %s", status, body)
	}
	eventually(t, "the endless upload has ended", func() bool { return len(f.Activity().Transfers()) == 0 })
}

// zeros is a body of very many bytes.
type zeros struct{ left int64 }

func (z *zeros) Read(p []byte) (int, error) {
	if z.left <= 0 {
		return 0, io.EOF
	}
	n := min(int64(len(p)), z.left)
	clear(p[:n])
	z.left -= n
	return int(n), nil
}

func TestMegabyteTokens(t *testing.T) {
	f := newFixture(t)
	conn := f.raw("GET /api/v1/files HTTP/1.1\r\nHost: localhost\r\napiKey: ")
	go func() { // it may be closed on us while we still write
		_, _ = io.WriteString(conn, strings.Repeat("k", 1<<20)+"\r\n\r\n")
	}()
	if resp, err := http.ReadResponse(bufio.NewReader(conn), nil); err == nil {
		resp.Body.Close()
		if resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
			t.Errorf("%d", resp.StatusCode)
		}
	}
	a := f.do(conformance.Call{Endpoint: "files", Stranger: true, Header: http.Header{"Authorization": {"Bearer " + strings.Repeat("t", 30_000)}}})
	if a.Status != 403 {
		t.Errorf("a token of 30,000 characters: %d", a.Status)
	}
}

func TestCompressedBodies(t *testing.T) {
	f := newFixture(t)
	var bomb bytes.Buffer
	w := gzip.NewWriter(&bomb)
	if _, err := io.Copy(w, &zeros{left: 1 << 20}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	item, err := f.client.UploadInit(t.Context(), f.find("Work").ID, "bomb.bin")
	if err != nil {
		t.Fatal(err)
	}
	for _, call := range []conformance.Call{
		{Method: "POST", Endpoint: "createFolder", Header: http.Header{"Content-Encoding": {"gzip"}, "Content-Type": {"application/json"}}},
		{Method: "PUT", Endpoint: "upload", Query: url.Values{"id": {item.ID}}, Header: http.Header{"Content-Encoding": {"gzip"}}},
	} {
		call.Body = bytes.NewReader(bomb.Bytes())
		if a := f.do(call); a.Status != 500 || !strings.Contains(string(a.Body), "compressed") {
			t.Errorf("%s: %d %s", call.Endpoint, a.Status, a.Body)
		}
	}
}

// TestLogsTellNoSecrets serves what holds secrets and control characters, and
// reads what was logged above debug level.
func TestLogsTellNoSecrets(t *testing.T) {
	f := newFixture(t)
	report := f.find("Work/report.txt")
	var lines bytes.Buffer
	f.end()
	f.log = slog.New(slog.NewTextHandler(&lines, nil))
	f.start()
	handler := f.Handler(Loopback)
	for _, target := range []string{"/api/v1/download?id=" + report.ID + "&secret=s3cret", "/api/v1/metadata?id=s3cret", "/s3cret/path", "/api/v1/files?parentId=%zz"} {
		r := httptest.NewRequest("GET", "http://localhost"+target, nil)
		r.Header["Apikey"], r.Header["Username"] = []string{testKey}, []string{"ann\r\nlevel=ERROR msg=forged\x1b[2J"}
		r.Header["Cookie"], r.Header["Authorization"] = []string{"session=s3cret"}, []string{"Basic s3cret"}
		handler.ServeHTTP(httptest.NewRecorder(), r)
	}
	f.end()
	text := lines.String()
	for _, secret := range []string{"s3cret", testKey, f.shares[0].Path, "\x1b"} {
		if strings.Contains(text, secret) {
			t.Errorf("the log tells %q:\n%s", secret, text)
		}
	}
	if got := strings.Count(text, "msg=served"); got != 4 || strings.Contains(text, "\nlevel=ERROR") {
		t.Errorf("%d lines:\n%s", got, text)
	}
	if !strings.Contains(text, "route=download") || !strings.Contains(text, "id="+report.ID) || !strings.Contains(text, "status=200") {
		t.Errorf("the log lacks what it should tell:\n%s", text)
	}
}

func TestFaultsAreAnsweredAndTheServerLivesOn(t *testing.T) {
	f := newFixture(t)
	f.probe = func(string) string { panic("at /home/ann/secret") }
	a := f.do(conformance.Call{Endpoint: "serviceInfo", Header: http.Header{"Folderfront-Probe": {"x"}}})
	if a.Status != 500 || strings.Contains(string(a.Body), "secret") || !strings.Contains(string(a.Body), `"status":"error"`) {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if a := f.do(conformance.Call{Endpoint: "serviceInfo"}); a.Status != 200 {
		t.Errorf("then: %d %s", a.Status, a.Body)
	}
}

func TestProbe(t *testing.T) {
	f := newFixture(t)
	f.probe = func(nonce string) string { return "answer to " + nonce }
	for nonce, want := range map[string]string{"n1": "answer to n1", strings.Repeat("n", 65): ""} {
		a := f.do(conformance.Call{Endpoint: "serviceInfo", Stranger: true, Header: http.Header{"Folderfront-Probe": {nonce}}})
		if got := a.Header.Get("Folderfront-Probe"); got != want {
			t.Errorf("%s: %q", nonce, got)
		}
	}
}

// TestStopLetsTransfersEnd stops the server in the middle of a download.
func TestStopLetsTransfersEnd(t *testing.T) {
	f := newFixture(t)
	f.write("Work/large.bin", strings.Repeat("0123456789abcdef", 2<<20))
	id := f.find("Work/large.bin").ID
	conn := f.raw("GET /api/v1/download?id=" + id + " HTTP/1.1\r\nHost: localhost\r\n" + keyHeader + "\r\n")
	reader := bufio.NewReader(conn)
	if _, err := reader.Peek(1000); err != nil {
		t.Fatal(err)
	}
	stopped := make(chan struct{})
	go func() { f.end(); close(stopped) }()
	eventually(t, "no more is accepted", func() bool {
		c, err := net.DialTimeout("tcp", conn.RemoteAddr().String(), time.Second)
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	resp, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if n, err := io.Copy(io.Discard, resp.Body); n != 32<<20 || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
	<-stopped
}

func TestStopBreaksOffWhatDoesNotEnd(t *testing.T) {
	f := slowFixture(t)
	item, err := f.client.UploadInit(t.Context(), f.find("Work").ID, "never.bin")
	if err != nil {
		t.Fatal(err)
	}
	f.raw("PUT /api/v1/upload?id=" + item.ID + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n" + keyHeader + "\r\nbegin")
	eventually(t, "the upload is under way", func() bool { return len(f.Activity().Transfers()) == 1 })
	f.end()
	if under := f.Activity().Transfers(); len(under) != 0 {
		t.Errorf("still under way: %+v", under)
	}
}

func TestServeTellsWhyItCannotListen(t *testing.T) {
	f := newFixture(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	if err := f.Serve(context.Background(), ln, Loopback); !errors.Is(err, net.ErrClosed) {
		t.Errorf("%v", err)
	}
}
