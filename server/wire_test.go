package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"folderfront/server/catalogue"
	"folderfront/server/conformance"
)

// TestTimesOnTheWire compares with the layout, which says how it shall look.
func TestTimesOnTheWire(t *testing.T) {
	for _, at := range []time.Time{
		{}, time.Unix(0, 0), time.Unix(1700000000, 987654321), time.Unix(-1, 999_999), time.Unix(253402300799, 1e9-1), time.Unix(253402300800, 0), time.Unix(-99999999999, 5e6),
	} {
		if got, want := string(appendTime([]byte("x"), at.UTC())), "x"+at.UTC().Format(wireTime); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// oddNames are names that JSON, or a reader of UTF-8, may stumble over.
var oddNames = []string{
	"plan.pdf", `q"u\o.txt`, "tab\tline\nbell\x07.txt", "del\x7f.txt", "<b>&amp;'.html", "\u2028\u2029.txt", "\xff\xfe.txt", "half \xe2\x82.txt", "\xed\xa0\x80.txt",
	"日本語の文書.docx", "🎉 party.png", "e\u0301.txt", "\u00fc.txt", "\ufffd.txt", "no ending", "UPPER.PDF", " .txt", "%2e%2e.txt",
}

// marshalled is the item as encoding/json writes it.
func marshalled(t testing.TB, origin string, sizeAsNumber bool, i item) []byte {
	t.Helper()
	kind, size, linked := "file", json.RawMessage(strconv.FormatInt(i.Size, 10)), string(i.ID)
	if !sizeAsNumber {
		size = json.RawMessage(`"` + string(size) + `"`)
	}
	if i.Folder {
		kind = "folder"
		if !sizeAsNumber {
			size = json.RawMessage(`""`)
		}
	}
	if i.ID == catalogue.Root {
		linked = ""
	}
	body, err := json.Marshal(struct {
		Title        string          `json:"title"`
		Kind         string          `json:"kind"`
		ID           string          `json:"id"`
		ViewLink     string          `json:"viewLink"`
		DownloadLink string          `json:"downloadLink"`
		MIMEType     string          `json:"mimeType"`
		DateModified string          `json:"dateModified"`
		Size         json.RawMessage `json:"size"`
		ReadOnly     bool            `json:"readOnly"`
	}{
		i.Title(), kind, string(i.ID), origin + "/view/" + linked, origin + "/get/" + linked, i.mimeType, i.Modified.UTC().Format(wireTime), size, i.readOnly,
	})
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// TestMetadataAreThoseOfTheEncoder compares what is written by hand with what
// encoding/json writes, byte by byte.
func TestMetadataAreThoseOfTheEncoder(t *testing.T) {
	times := []time.Time{{}, time.Unix(0, 0), time.Unix(-5e9, 1), time.Unix(1700000000, 987654321), time.Unix(253402300800, 0)}
	sizes := []int64{0, 7, 1<<53 + 1, 1<<63 - 1}
	for _, origin := range []string{"https://files.example.com", "http://127.0.0.1:8080", `https://odd".example/<a&b>`, ""} {
		for n, name := range append(oddNames, "") {
			for variant := range 8 {
				id := catalogue.ID("abcdefghijklmnopqrstuvwxyz")
				if n == 0 {
					id = catalogue.Root
				}
				e := catalogue.Entry{ID: id, Name: name, Folder: variant&1 != 0, Size: sizes[n%len(sizes)], Modified: times[n%len(times)]}
				i := item{e, []string{"", "image/png", `text/plain; q="<1>"`}[n%3], variant&2 != 0}
				w := newWire(origin, variant&4 != 0)
				if got, want := w.metadata([]byte("x"), &i), append([]byte("x"), marshalled(t, origin, variant&4 != 0, i)...); !bytes.Equal(got, want) {
					t.Errorf("%q is written as\n%s, not\n%s", name, got, want)
				}
			}
		}
	}
}

// FuzzMetadata holds that whatever a file is called, its metadata are those that
// encoding/json writes.
func FuzzMetadata(f *testing.F) {
	for n, name := range oddNames {
		f.Add(name, int64(n), int64(n)<<50)
	}
	const origin = "https://files.example.com"
	w := newWire(origin, false)
	f.Fuzz(func(t *testing.T, name string, size, modified int64) {
		i := item{Entry: catalogue.Entry{ID: "x", Name: name, Size: size, Modified: time.Unix(0, modified)}, mimeType: "a/b"}
		if got, want := w.metadata(nil, &i), marshalled(t, origin, false, i); !bytes.Equal(got, want) {
			t.Errorf("%s, want %s", got, want)
		}
	})
}

// TestListedItemsAreTheirMetadata compares listings of a folder to write and of one to read with
// what /metadata says of each item alone. Of large folders, TestLargeListingsAreWrittenAsTheyAreMade
// does.
func TestListedItemsAreTheirMetadata(t *testing.T) {
	f := newFixture(t)
	for _, folder := range []string{"Work/Odd", "Archive/Odd"} {
		odd := f.writeOdd(folder)
		for _, sizeAsNumber := range []bool{false, true} {
			f.SetOptions(Options{Origin: f.options.Load().Origin, SizeAsNumber: sizeAsNumber})
			f.compareListing(folder, odd)
		}
	}
}

// writeOdd puts files of odd names, and a folder, into a folder, and gives their titles.
func (f *fixture) writeOdd(folder string) map[string]bool {
	f.t.Helper()
	f.write(folder+"/folder <1>/in.txt", "")
	odd := map[string]bool{"folder <1>": true}
	for n, name := range oddNames {
		file := filepath.Join(f.disk(folder), name)
		if err := os.WriteFile(file, bytes.Repeat([]byte("x"), n), 0o600); err != nil {
			f.t.Logf("this disk takes no %q: %v", name, err)
			continue
		}
		odd[catalogue.Title(name)] = true
		if err := os.Chtimes(file, time.Time{}, time.Unix(int64(n-3)*5e8, 123e6)); err != nil {
			f.t.Fatal(err)
		}
	}
	return odd
}

// compareListing waits until the items of these titles in a listing are their metadata: those that
// were written a moment ago may be listed with another time.
func (f *fixture) compareListing(folder string, titles map[string]bool) {
	f.t.Helper()
	id, differs := f.find(folder).ID, ""
	defer func() {
		if differs != "" {
			f.t.Log(differs)
		}
	}()
	eventually(f.t, folder+" lists each item as it is alone", func() bool {
		differs = f.differingItem(id, titles)
		return differs == ""
	})
}

// differingItem tells what in a listing is not as /metadata has it, if anything.
func (f *fixture) differingItem(folder string, titles map[string]bool) string {
	a := f.do(conformance.Call{Endpoint: "files", Query: url.Values{"parentId": {folder}}, Header: http.Header{"Accept-Encoding": {"identity"}}})
	var items []json.RawMessage
	if err := json.Unmarshal(a.Body, &items); err != nil {
		f.t.Fatal(err)
	}
	compared := map[string]bool{}
	for _, listed := range items {
		var i conformance.Item
		if err := json.Unmarshal(listed, &i); err != nil {
			f.t.Fatal(err)
		}
		if !titles[i.Title] {
			continue
		}
		compared[i.Title] = true
		if alone := f.do(conformance.Call{Endpoint: "metadata", Query: url.Values{"id": {i.ID}}}); !bytes.Equal(alone.Body, listed) {
			return fmt.Sprintf("listed as %s\nalone it is %s", listed, alone.Body)
		}
	}
	if len(compared) != len(titles) {
		return fmt.Sprintf("%d odd items are listed, of %d", len(compared), len(titles))
	}
	return ""
}
