package server

import (
	"encoding/json"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"folderfront/server/conformance"
)

func TestMetadataOfRootForEverySpellingOfIt(t *testing.T) {
	f := newFixture(t)
	var first string
	for _, query := range []string{"", "id=", "id=/", "id=%2F"} {
		a := f.do(conformance.Call{Endpoint: "metadata", RawQuery: query})
		if a.Status != 200 {
			t.Fatalf("metadata?%s: %d %s", query, a.Status, a.Body)
		}
		if first == "" {
			first = string(a.Body)
		}
		if string(a.Body) != first {
			t.Errorf("metadata?%s differs: %s and %s", query, a.Body, first)
		}
	}
	var root conformance.Item
	if err := json.Unmarshal([]byte(first), &root); err != nil {
		t.Fatal(err)
	}
	if root.ID != "/" || !root.Folder() || !root.ReadOnly {
		t.Errorf("root is %+v", root)
	}
}

func TestMetadataIsWhatTheDiskSays(t *testing.T) {
	f := newFixture(t)
	item := f.find("Work/report.txt")
	stat, err := os.Stat(f.disk("Work/report.txt"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := f.client.Metadata(t.Context(), item.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got.Title != "report.txt" || got.Kind != "file" || got.Size != stat.Size() || got.MIMEType != "text/plain" || got.ReadOnly {
		t.Errorf("metadata are %+v", got)
	}
	if want := stat.ModTime().UTC().Truncate(time.Millisecond).Format("2006-01-02T15:04:05.000Z"); got.DateModified != want {
		t.Errorf("dateModified is %s, not %s", got.DateModified, want)
	}
	if string(got.Raw["size"]) != `"29"` {
		t.Errorf("size is %s", got.Raw["size"])
	}
	if !f.find("Archive/old.txt").ReadOnly {
		t.Error("a file of a read-only folder is not readOnly")
	}
}

func TestSizeAsNumber(t *testing.T) {
	f := newFixture(t)
	options := *f.options.Load()
	options.SizeAsNumber = true
	f.SetOptions(options)
	if size := string(f.find("Work/report.txt").Raw["size"]); size != "29" {
		t.Errorf("size is %s", size)
	}
}

func TestFilesPagesAndOrder(t *testing.T) {
	f := newFixture(t)
	photos := f.find("Work/Photos")
	titles := func(query string) string {
		a := f.do(conformance.Call{Endpoint: "files", RawQuery: "parentId=" + photos.ID + query})
		var items []conformance.Item
		if err := json.Unmarshal(a.Body, &items); err != nil {
			t.Fatalf("%s: %s", err, a.Body)
		}
		var list []string
		for _, i := range items {
			list = append(list, i.Title)
		}
		return strings.Join(list, ",")
	}
	for query, want := range map[string]string{
		"":                          "sunset 2.txt,sunset 10.txt",
		"&max=1":                    "sunset 2.txt",
		"&offset=1":                 "sunset 10.txt",
		"&offset=1&max=5":           "sunset 10.txt",
		"&offset=7":                 "",
		"&max=0":                    "",
		"&max=none&offset=-1":       "sunset 2.txt,sunset 10.txt",
		"&max=99999999999999999999": "sunset 2.txt,sunset 10.txt",
	} {
		if got := titles(query); got != want {
			t.Errorf("files%s: %s, want %s", query, got, want)
		}
	}
}

func TestFilesOfNothingAndOfAFile(t *testing.T) {
	f := newFixture(t)
	if a := f.do(conformance.Call{Endpoint: "files", Query: url.Values{"parentId": {f.find("Work/Empty").ID}}}); string(a.Body) != "[]" {
		t.Errorf("an empty folder lists %s", a.Body)
	}
	if a := f.do(conformance.Call{Endpoint: "files", Query: url.Values{"parentId": {f.find("Work/report.txt").ID}}}); a.Status != 404 {
		t.Errorf("a file's children: %d %s", a.Status, a.Body)
	}
}

func TestListingTag(t *testing.T) {
	f := newFixture(t)
	work := f.find("Work")
	list := conformance.Call{Endpoint: "files", Query: url.Values{"parentId": {work.ID}}}
	eventually(t, "an unchanged listing is answered by 304", func() bool {
		tag := f.do(list).Header.Get("Etag")
		if !strings.HasPrefix(tag, `W/"`) {
			t.Fatalf("the listing's tag is %q", tag)
		}
		list.Header = map[string][]string{"If-None-Match": {tag}}
		a := f.do(list)
		return a.Status == 304 && len(a.Body) == 0
	})
	f.write("Work/new.txt", "new")
	if a := f.do(list); a.Status != 200 || !strings.Contains(string(a.Body), "new.txt") {
		t.Errorf("changed listing: %d %s", a.Status, a.Body)
	}
}
