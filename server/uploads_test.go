package server

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"folderfront/server/conformance"
)

func TestUploadInTwoParts(t *testing.T) {
	f := newFixture(t)
	work := f.find("Work")
	announced, err := f.client.UploadInit(t.Context(), work.ID, "plan é.txt")
	if err != nil {
		t.Fatal(err)
	}
	if announced.Title != "plan é.txt" || announced.Size != 0 || announced.ReadOnly {
		t.Errorf("announced %+v", announced)
	}
	if again, err := f.client.Metadata(t.Context(), announced.ID); err != nil || again.ID != announced.ID {
		t.Errorf("metadata of what was announced: %+v %v", again, err)
	}
	if a := f.do(conformance.Call{Endpoint: "download", Query: url.Values{"id": {announced.ID}}}); a.Status != 404 {
		t.Errorf("download of what was only announced: %d", a.Status)
	}
	content := bytes.Repeat([]byte("0123456789abcdef"), 40_000)
	if err := f.client.Upload(t.Context(), announced.ID, content); err != nil {
		t.Fatal(err)
	}
	onDisk, err := os.ReadFile(f.disk("Work/plan é.txt"))
	if err != nil || !bytes.Equal(onDisk, content) {
		t.Fatalf("on the disk: %d bytes, %v", len(onDisk), err)
	}
	if listed := f.find("Work/plan é.txt"); listed.ID != announced.ID || listed.Size != int64(len(content)) {
		t.Errorf("listed as %+v", listed)
	}
}

func TestUploadCutShortChangesNothing(t *testing.T) {
	f := newFixture(t)
	item, err := f.client.UploadInit(t.Context(), f.find("Work").ID, "report.txt")
	if err != nil {
		t.Fatal(err)
	}
	cut := io.MultiReader(bytes.NewReader([]byte("half")), failing{})
	_, err = f.client.Do(t.Context(), conformance.Call{Method: http.MethodPut, Endpoint: "upload", Query: url.Values{"id": {item.ID}}, Body: cut, Length: 4000})
	if err == nil {
		t.Error("a cut upload was answered")
	}
	eventually(t, "the transfer has ended", func() bool { return len(f.Activity().Transfers()) == 0 })
	onDisk, err := os.ReadFile(f.disk("Work/report.txt"))
	if err != nil || string(onDisk) != "The quick brown fox reports.\n" {
		t.Errorf("the old file became %q, %v", onDisk, err)
	}
	entries, err := os.ReadDir(filepath.Dir(f.disk("Work/report.txt")))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != "report.txt" && e.Name() != "Photos" && e.Name() != "Empty" && e.Name() != ".folderfront" {
			t.Errorf("the cut upload left %s", e.Name())
		}
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("cut") }

func TestDeleteToTheTrashAndBack(t *testing.T) {
	f := newFixture(t)
	report := f.find("Work/report.txt")
	if err := f.client.Delete(t.Context(), report.ID, false); err != nil {
		t.Fatal(err)
	}
	if a := f.do(conformance.Call{Endpoint: "metadata", Query: url.Values{"id": {report.ID}}}); a.Status != 404 {
		t.Errorf("metadata of what was deleted: %d", a.Status)
	}
	kept, err := f.Uploads.Trash(t.Context(), "")
	if err != nil || len(kept) != 1 {
		t.Fatalf("the trash holds %v, %v", kept, err)
	}
	if _, err := f.Uploads.Restore(t.Context(), kept[0].ID); err != nil {
		t.Fatal(err)
	}
	if back := f.find("Work/report.txt"); back.ID != report.ID {
		t.Errorf("came back as %s, was %s", back.ID, report.ID)
	}
}
