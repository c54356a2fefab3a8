package server

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"folderfront/server/conformance"
)

func TestListingsAreCompressedOnDemand(t *testing.T) {
	f := newFixture(t)
	for n := range 50 {
		f.write(fmt.Sprintf("Work/Many/file %d.txt", n), "x")
	}
	many := f.find("Work/Many").ID
	plain := f.do(conformance.Call{Endpoint: "files", Query: url.Values{"parentId": {many}}, Header: http.Header{"Accept-Encoding": {"gzip;q=0"}}})
	for _, page := range []string{"", "&max=40"} {
		packed := f.do(conformance.Call{Endpoint: "files", RawQuery: "parentId=" + many + page, Header: http.Header{"Accept-Encoding": {"br, gzip"}}})
		if packed.Header.Get("Content-Encoding") != "gzip" || len(packed.Body)*3 > len(plain.Body) {
			t.Fatalf("packed%s: %v, %d of %d bytes", page, packed.Header, len(packed.Body), len(plain.Body))
		}
		r, err := gzip.NewReader(bytes.NewReader(packed.Body))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil || page == "" && !bytes.Equal(body, plain.Body) || bytes.Count(body, []byte(`"title"`)) != map[string]int{"": 50, "&max=40": 40}[page] {
			t.Errorf("unpacked%s: %d bytes, %v", page, len(body), err)
		}
	}
	if plain.Header.Get("Content-Encoding") != "" {
		t.Error("packed without being asked")
	}
}

// TestLargeListingsAreWrittenAsTheyAreMade lists a large folder for the first time, from what was
// kept, after a change, compressed and in parts: always the same items in the same order, each as
// /metadata has it.
func TestLargeListingsAreWrittenAsTheyAreMade(t *testing.T) {
	const files = streamFrom + 100
	f := newFixture(t)
	for n := range files {
		f.write(fmt.Sprintf("Work/Many/file %d.txt", n), "x")
	}
	many := f.find("Work/Many").ID
	ask := func(query string, coding string) string {
		t.Helper()
		a := f.do(conformance.Call{Endpoint: "files", RawQuery: "parentId=" + many + query, Header: http.Header{"Accept-Encoding": {coding}}})
		if a.Header.Get("Content-Encoding") != strings.TrimPrefix(coding, "identity") {
			t.Fatalf("%q, asked for %q, is answered by %v", query, coding, a.Header)
		}
		if coding == "identity" {
			return string(a.Body)
		}
		r, err := gzip.NewReader(bytes.NewReader(a.Body))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	for _, first := range []string{"identity", "gzip"} {
		f.SetOptions(Options{Origin: f.options.Load().Origin}) // forgets what is kept
		var items []json.RawMessage
		whole := ask("", first)
		if err := json.Unmarshal([]byte(whole), &items); err != nil || len(items) != files {
			t.Fatalf("%s: %d items, %v", first, len(items), err)
		}
		for _, then := range []string{"identity", "gzip"} {
			if kept := ask("", then); kept != whole {
				t.Errorf("%s, then %s: %d and %d bytes", first, then, len(whole), len(kept))
			}
		}
	}
	for _, kept := range []bool{true, false} {
		if !kept {
			f.SetOptions(Options{Origin: f.options.Load().Origin})
		}
		for _, coding := range []string{"identity", "gzip"} {
			var items []conformance.Item
			if err := json.Unmarshal([]byte(ask("&offset=9&max=1500", coding)), &items); err != nil || len(items) != 1500 || items[0].Title != "file 9.txt" || items[1499].Title != "file 1508.txt" {
				t.Errorf("kept %v, %s: %d items, %v", kept, coding, len(items), err)
			}
		}
		if nothing := ask(fmt.Sprintf("&offset=%d", files), "identity"); nothing != "[]" {
			t.Errorf("kept %v: behind the end lies %s", kept, nothing)
		}
	}
	f.write("Work/Many/File 9a.txt", "new")
	eventually(t, "the new file is listed between its neighbours", func() bool {
		var items []conformance.Item
		err := json.Unmarshal([]byte(ask("&offset=9&max=3", "identity")), &items)
		return err == nil && len(items) == 3 && items[1].Title == "File 9a.txt" && items[2].Title == "file 10.txt"
	})
	f.compareListing("Work/Many", f.writeOdd("Work/Many"))
}
