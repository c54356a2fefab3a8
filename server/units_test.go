package server

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"folderfront/server/auth"
	"folderfront/server/catalogue"
	"folderfront/server/conformance"
)

func TestMIMETypes(t *testing.T) {
	f := newFixture(t)
	contents := map[string]string{
		"picture": "\x89PNG\r\n\x1a\n0000", "page.unknownending": "<html><body>", "noise": "\x00\x01\x02", "words": "just words", "empty": "",
		"named.PDF": "not really", "Photo.JPeG": "", "archive.tar.gz": "x",
	}
	want := map[string]string{
		"picture": "image/png", "page.unknownending": "text/html", "noise": "application/octet-stream", "words": "text/plain", "empty": "application/octet-stream",
		"named.PDF": "application/pdf", "Photo.JPeG": "image/jpeg", "archive.tar.gz": "application/gzip",
	}
	for name, content := range contents {
		f.write("Work/Types/"+name, content)
	}
	for range 2 { // the second time from memory
		items, err := f.client.Files(t.Context(), f.find("Work/Types").ID)
		if err != nil || len(items) != len(want) {
			t.Fatalf("%d items, %v", len(items), err)
		}
		for _, i := range items {
			if i.MIMEType != want[i.Title] {
				t.Errorf("%s is %s, want %s", i.Title, i.MIMEType, want[i.Title])
			}
			one, err := f.client.Metadata(t.Context(), i.ID)
			if err != nil || one.MIMEType != i.MIMEType {
				t.Errorf("%s alone is %s, %v", i.Title, one.MIMEType, err)
			}
		}
	}
	f.write("Work/Types/picture", "now just words")
	eventually(t, "a changed content changes the type", func() bool {
		i, err := f.client.Metadata(t.Context(), f.find("Work/Types/picture").ID)
		return err == nil && i.MIMEType == "text/plain"
	})
}

func TestLookingIntoFilesEndsInTime(t *testing.T) {
	f := newFixture(t)
	f.write("Work/words", "words")
	e, err := f.Catalogue.Lookup(t.Context(), catalogue.ID(f.find("Work/words").ID))
	if err != nil {
		t.Fatal(err)
	}
	fresh := &sniffer{catalogue: f.Catalogue}
	if kind, sure := fresh.typeOf(t.Context(), e, time.Now().Add(-time.Second)); kind != mimeUnknown || sure {
		t.Errorf("%s, %t", kind, sure)
	}
	if kind, sure := fresh.typeOf(t.Context(), e, time.Time{}); kind != "text/plain" || !sure {
		t.Errorf("%s, %t", kind, sure)
	}
}

func TestKeptListingsAreBounded(t *testing.T) {
	kept := newListings()
	parent := func(n uint64) catalogue.ID { return catalogue.ID(fmt.Sprint(n)) }
	big := func() *listing { return &listing{body: make([]byte, maxKept/4)} }
	for n := range uint64(10) {
		kept.keep(listingKey{parent: parent(n)}, big())
		if kept.get(listingKey{parent: parent(0)}) == nil && n < 3 {
			t.Fatalf("the first is gone after %d", n)
		}
	}
	if kept.size > maxKept || kept.order.Len() != len(kept.byKey) || kept.order.Len() > 4 {
		t.Errorf("%d bytes in %d and %d listings", kept.size, kept.order.Len(), len(kept.byKey))
	}
	if kept.get(listingKey{parent: parent(9)}) == nil || kept.get(listingKey{parent: parent(4)}) != nil {
		t.Error("not the last ones are kept")
	}
	kept.dropUnused(time.Now().Add(-time.Hour))
	if kept.get(listingKey{parent: parent(9)}) == nil {
		t.Error("a listing that was asked for lately is dropped")
	}
	kept.dropUnused(time.Now().Add(time.Hour))
	if kept.size != 0 || kept.get(listingKey{parent: parent(9)}) != nil {
		t.Error("a listing that nobody asks for is kept")
	}
	kept.keep(listingKey{parent: parent(99)}, &listing{body: make([]byte, maxKept+1)})
	if kept.get(listingKey{parent: parent(99)}) != nil {
		t.Error("one larger than all may be is kept")
	}
	for n := range uint64(3) {
		kept.keep(listingKey{parent: parent(1), generation: n}, &listing{body: []byte("[]")})
	}
	if kept.order.Len() != 1 || kept.get(listingKey{parent: parent(1), generation: 2}) == nil {
		t.Errorf("%d generations of one folder are kept", kept.order.Len())
	}
}

func TestActivity(t *testing.T) {
	changes := 0
	var noted told
	a := &Activity{noted: noted.add, changed: func() { changes++ }}
	a.record(Event{Title: "noted"})
	if len(noted.all()) != 1 || noted.all()[0].Title != "noted" {
		t.Errorf("%+v", noted.all())
	}
	first, second := &transfer{Transfer: Transfer{Title: "1", Started: time.Unix(1, 0)}}, &transfer{Transfer: Transfer{Title: "2", Started: time.Unix(2, 0)}}
	if !a.begin(second, 2) || !a.begin(first, 2) || a.begin(&transfer{}, 2) {
		t.Error("not two of two transfers could begin")
	}
	first.done.Add(7)
	if under := a.Transfers(); len(under) != 2 || under[0].Title != "1" || under[0].Done != 7 {
		t.Errorf("%+v", under)
	}
	a.end(first)
	if under := a.Transfers(); len(under) != 1 || under[0].Title != "2" {
		t.Errorf("%+v", under)
	}
	if changes != 1+4 {
		t.Errorf("%d changes were told", changes)
	}
}

func TestActivityTellsWhatWasDone(t *testing.T) {
	f := newFixture(t)
	report := f.find("Work/report.txt")
	if _, err := f.client.Download(t.Context(), report.ID); err != nil {
		t.Fatal(err)
	}
	if err := f.client.Rename(t.Context(), report.ID, "renamed.txt"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.client.Send(t.Context(), f.find("Work").ID, "sent.txt", []byte("12345")); err != nil {
		t.Fatal(err)
	}
	f.do(conformance.Call{Endpoint: "download", Stranger: true})
	eventually(t, "four events are told", func() bool { return len(f.told.all()) == 4 })
	var told []string
	for _, e := range f.told.all() {
		told = append(told, fmt.Sprintf("%s %s %s %s %d %d", e.Person, e.Verb, e.Folder, e.Title, e.Status, e.Bytes))
	}
	want := []string{
		"ann@example.com downloaded Work report.txt 200 29", "ann@example.com renamed Work renamed.txt 200 20",
		"ann@example.com uploaded Work sent.txt 200 5", " refused 403",
	}
	last := len(told) - 1
	told[last] = strings.TrimRight(told[last], "0123456789 ") + " 403"
	if !slices.Equal(told, want) {
		t.Errorf("%q\nwant %q", told, want)
	}
}

func TestStatusesAndSentences(t *testing.T) {
	for _, test := range []struct {
		err      error
		status   int
		sentence string
	}{
		{badInput("Bad."), 500, "Bad."},
		{notFound("None."), 404, "None."},
		{forbidden("No."), 403, "No."},
		{busy("Later."), 500, "Later."},
		{&catalogue.Error{Kind: catalogue.ErrOffline, Sentence: "Away."}, 404, "Away."},
		{&catalogue.Error{Kind: catalogue.ErrExists, Sentence: "Taken."}, 500, "Taken."},
		{&catalogue.Error{Kind: catalogue.ErrNoSpace, Sentence: "Full."}, 500, "Full."},
		{fmt.Errorf("around: %w", notFound("None.")), 404, "None."},
		{&auth.Error{Kind: auth.ErrExpired, Sentence: "Expired."}, 403, "Expired."},
		{errors.New("open /home/ann/secret: permission denied"), 500, "Something went wrong on the computer that shares these files. The files there are unharmed; please try again."},
		{&fs.PathError{Op: "open", Path: "/home/ann", Err: syscall.EACCES}, 500, "Something went wrong on the computer that shares these files. The files there are unharmed; please try again."},
	} {
		if got := statusOf(test.err); got != test.status {
			t.Errorf("%v: %d, want %d", test.err, got, test.status)
		}
		if got := sentenceOf(test.err); got != test.sentence {
			t.Errorf("%v: %s", test.err, got)
		}
	}
}

func TestBonesTellNoPath(t *testing.T) {
	for _, err := range []error{
		&fs.PathError{Op: "open", Path: "/home/ann/secret", Err: syscall.EACCES},
		fmt.Errorf("reading /home/ann/secret: %w", syscall.EIO),
		fmt.Errorf("reading /home/ann/secret: %w", errors.New("/home/ann/secret")),
	} {
		if got := catalogue.Bones(err); strings.Contains(got, "ann") || got == "" {
			t.Errorf("%v: %s", err, got)
		}
	}
}
