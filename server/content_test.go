package server

import (
	"bytes"
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"folderfront/server/catalogue"
	"folderfront/server/conformance"
)

func TestRanges(t *testing.T) {
	f := newFixture(t)
	const text = "The quick brown fox reports.\n"
	id := f.find("Work/report.txt").ID
	for _, test := range []struct {
		ranges string
		status int
		body   string
	}{
		{"bytes=0-2", 206, "The"},
		{"bytes=-1", 206, "\n"},
		{"bytes=25-", 206, "ts.\n"},
		{"bytes=25-9999", 206, "ts.\n"},
		{"bytes=0-", 206, text},
		{"items=0-1", 200, text},
		{"nonsense", 200, text},
		{"bytes=29-", 500, ""},
		{"bytes=5-2", 500, ""},
		{"bytes=a-b", 500, ""},
		{"bytes=0-0" + strings.Repeat(",1-1", maxRanges), 200, text},
		{"bytes=0-0" + strings.Repeat(",1-1", 3000), 200, text},
	} {
		a := f.do(conformance.Call{Endpoint: "download", Query: url.Values{"id": {id}}, Header: http.Header{"Range": {test.ranges}}})
		if a.Status != test.status || test.status < 300 && string(a.Body) != test.body {
			t.Errorf("%.40s: %d %q, want %d %q", test.ranges, a.Status, a.Body, test.status, test.body)
		}
		if test.status == 500 && (a.Header.Get("Content-Type") != "application/json" || !strings.Contains(string(a.Body), `"status":"error"`)) {
			t.Errorf("%s: refused as %s %s", test.ranges, a.Header.Get("Content-Type"), a.Body)
		}
	}
	a := f.do(conformance.Call{Endpoint: "download", Query: url.Values{"id": {id}}, Header: http.Header{"Range": {"bytes=0-0" + strings.Repeat(",1-1", maxRanges-1)}}})
	if a.Status != 206 || !strings.HasPrefix(a.Header.Get("Content-Type"), "multipart/byteranges") {
		t.Errorf("%d ranges: %d %s", maxRanges, a.Status, a.Header.Get("Content-Type"))
	}
}

func TestConditionsWhoseFailureIsNoStatusOfTheAPI(t *testing.T) {
	f := newFixture(t)
	id := f.find("Work/report.txt").ID
	for name, value := range map[string]string{"If-Match": `"other"`, "If-Unmodified-Since": "Mon, 02 Jan 2006 15:04:05 GMT", "If-Range": `"other"`} {
		a := f.do(conformance.Call{Endpoint: "download", Query: url.Values{"id": {id}}, Header: http.Header{name: {value}, "Range": {"bytes=0-0"}}})
		if a.Status != 200 && a.Status != 206 {
			t.Errorf("%s: %d", name, a.Status)
		}
		if name == "If-Range" && a.Status != 200 {
			t.Errorf("a range of another version was sent: %d", a.Status)
		}
	}
}

func TestEmptyFileIgnoresRanges(t *testing.T) {
	f := newFixture(t)
	f.write("Work/empty.txt", "")
	a := f.do(conformance.Call{Endpoint: "download", Query: url.Values{"id": {f.find("Work/empty.txt").ID}}, Header: http.Header{"Range": {"bytes=0-1"}}})
	if a.Status != 200 || len(a.Body) != 0 {
		t.Errorf("%d %q", a.Status, a.Body)
	}
}

// growing or shrinking a file while it is sent must never yield a body of the
// announced length that is none.
func TestFileThatChangesItsLength(t *testing.T) {
	const size = 32 << 20
	for name, change := range map[string]func(*os.File) error{
		"shrinks": func(f *os.File) error { return f.Truncate(size / 2) },
		"grows":   func(f *os.File) error { _, err := f.WriteAt([]byte("more"), size); return err },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.write("Work/large.bin", string(bytes.Repeat([]byte("0123456789abcdef"), size/16)))
			req, err := http.NewRequest(http.MethodGet, f.base+"/download?id="+f.find("Work/large.bin").ID, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("apiKey", testKey)
			resp, err := f.client.HTTP.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if _, err := io.ReadFull(resp.Body, make([]byte, 1<<20)); err != nil {
				t.Fatal(err)
			}
			file, err := os.OpenFile(f.disk("Work/large.bin"), os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			if err := change(file); err != nil {
				t.Fatal(err)
			}
			n, err := io.Copy(io.Discard, resp.Body)
			whole := n+1<<20 == size
			if whole != (err == nil) || name == "grows" && !whole || name == "shrinks" && whole {
				t.Errorf("%d of %d bytes came, and the error %v", n+1<<20, size, err)
			}
		})
	}
}

func TestContentDisposition(t *testing.T) {
	for title, want := range map[string]string{
		"plan.pdf":       `attachment; filename="plan.pdf"; filename*=UTF-8''plan.pdf`,
		"a b;c.txt":      `attachment; filename="a b;c.txt"; filename*=UTF-8''a%20b%3Bc.txt`,
		"é 日.txt":        `attachment; filename="_ _.txt"; filename*=UTF-8''%C3%A9%20%E6%97%A5.txt`,
		`q"u\o%74e.txt`:  `attachment; filename="q_u_o_74e.txt"; filename*=UTF-8''q%22u%5Co%2574e.txt`,
		"x\r\nSet-C: y":  `attachment; filename="x__Set-C: y"; filename*=UTF-8''x%0D%0ASet-C%3A%20y`,
		"\u202egpj.exe":  `attachment; filename="_gpj.exe"; filename*=UTF-8''%E2%80%AEgpj.exe`,
		"\x00\x1b[31m\t": `attachment; filename="__[31m_"; filename*=UTF-8''%00%1B%5B31m%09`,
	} {
		if got := contentDisposition("attachment", title); got != want {
			t.Errorf("%q:\n%s\n%s", title, got, want)
		}
	}
}

// FuzzContentDisposition holds that no name breaks out of the header, and that
// each comes back whole.
func FuzzContentDisposition(f *testing.F) {
	for _, title := range []string{"plan.pdf", "a\r\nb", `"; x="`, "日本", "\u202e", "%00"} {
		f.Add(title)
	}
	f.Fuzz(func(t *testing.T, title string) {
		if !utf8.ValidString(title) {
			return
		}
		header := contentDisposition("attachment", title)
		if strings.ContainsFunc(header, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Fatalf("%q", header)
		}
		_, details, err := mime.ParseMediaType(header)
		if err != nil || details["filename"] != title {
			t.Errorf("%q gives %q, %v", header, details["filename"], err)
		}
	})
}

// FuzzRange holds that no Range header yields a status that the API doesn't
// have, or more bytes than the file.
func FuzzRange(f *testing.F) {
	for _, ranges := range []string{"bytes=0-1", "bytes=-5", "bytes=,,", "bytes=9-", "bytes=0-0,2-3,1-9", "bytes=18446744073709551616-", "x"} {
		f.Add(ranges)
	}
	s := &Server{limits: Limits{}.withDefaults()}
	s.activity.changed = func() {}
	path := f.TempDir() + "/ten"
	if err := os.WriteFile(path, []byte("0123456789"), 0o600); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, ranges string) {
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header["Range"] = []string{ranges}
		c := &call{r: r, w: newResponse(w, time.Minute)}
		err = s.serveContent(c, file, catalogue.Entry{Size: 10, Modified: time.Unix(1, 0)})
		if err != nil {
			if statusOf(err) != 500 || w.Body.Len() > 0 {
				t.Errorf("%v after %d bytes", err, w.Body.Len())
			}
			return
		}
		if w.Code == 200 && w.Body.String() != "0123456789" || w.Code != 200 && w.Code != 206 {
			t.Errorf("%d %q", w.Code, w.Body)
		}
	})
}
