package upload

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"folderfront/server/catalogue"
)

// at lets the room's clock stand at a time after now, until which the program ran each day.
func (r *room) at(after time.Duration) {
	now := time.Now().Add(after)
	r.now = func() time.Time { return now }
	r.daysRun = func(context.Context) (int64, error) { return 1 + int64(after/day), nil }
}

func TestVersionsAreBoundedByCount(t *testing.T) {
	r := newRoom(t)
	r.SetConfig(Config{Logger: quiet, MinimumFree: 1, Retention: Retention{Versions: 3}})
	id := r.upload("a.txt", "0")
	for i := 1; i <= 5; i++ {
		r.at(time.Duration(i) * time.Second)
		r.receive(id, fmt.Sprint(i))
	}
	if diff := cmp.Diff([]string{"4", "3", "2"}, r.versions(id)); diff != "" {
		t.Error(diff)
	}
	r.mustBeClean()
}

func TestKeptThingsAreBoundedByAge(t *testing.T) {
	r := newRoom(t)
	ctx := context.Background()
	id := r.upload("a.txt", "one")
	r.receive(id, "two")
	gone := r.upload("b.txt", "gone")
	if err := r.Delete(ctx, gone, ""); err != nil {
		t.Fatal(err)
	}
	r.at(29 * day)
	if err := r.retain(ctx); err != nil {
		t.Fatal(err)
	}
	if items, err := r.History(ctx, "docs"); err != nil || len(items) != 2 {
		t.Fatalf("after 29 days: %+v, %v", items, err)
	}
	r.at(31 * day)
	if err := r.retain(ctx); err != nil {
		t.Fatal(err)
	}
	if items, err := r.History(ctx, ""); err != nil || len(items) != 0 {
		t.Fatalf("after 31 days: %+v, %v", items, err)
	}
	if diff := cmp.Diff([]string{storeDir + "/", trashDir + "/", versionsDir + "/", "a.txt"}, tree(t, r.dir, false)); diff != "" {
		t.Error(diff)
	}
	if got := r.content(id); got != "two" {
		t.Errorf("content %q", got)
	}
}

func TestVersionsAreBoundedBySpace(t *testing.T) {
	r := newRoom(t)
	ctx := context.Background()
	r.SetConfig(Config{Logger: quiet, MinimumFree: 1, Retention: Retention{Percent: 1e-12}}) // less than a byte
	id := r.upload("a.txt", "one")
	r.receive(id, "two")
	if err := r.retain(ctx); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"one"}, r.versions(id)); diff != "" {
		t.Error("a version was dropped on its first day: ", diff)
	}
	r.at(2 * day)
	if err := r.retain(ctx); err != nil {
		t.Fatal(err)
	}
	if got := r.versions(id); len(got) != 0 {
		t.Errorf("versions %q", got)
	}
	r.mustBeClean()
}

func TestAnnouncementsExpire(t *testing.T) {
	r := newRoom(t)
	ctx := context.Background()
	entry, err := r.Init(ctx, r.share, "never.txt", "document", "version")
	if err != nil {
		t.Fatal(err)
	}
	file := r.upload("file.txt", "one")
	r.at(23 * time.Hour)
	if err := r.expire(ctx); err != nil {
		t.Fatal(err)
	}
	r.lookup(entry.ID)
	r.at(2 * day)
	if err := r.expire(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := r.c.Lookup(ctx, entry.ID); err == nil {
		t.Error("the announced file is still known")
	}
	_, err = r.FileOf(ctx, "document", "version")
	refused(t, err, catalogue.ErrNotFound)
	if rows, err := r.rows(ctx); err != nil || len(rows) != 0 {
		t.Errorf("rows left: %+v, %v", rows, err)
	}
	if got := r.content(file); got != "one" {
		t.Errorf("the file that came holds %q", got)
	}
}

// Run does all of it by itself, and ends with its context.
func TestRun(t *testing.T) {
	r := newRoom(t)
	entry, err := r.Init(context.Background(), r.share, "never.txt", "", "")
	if err != nil {
		t.Fatal(err)
	}
	r.at(2 * day)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- r.Run(ctx) }()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		if _, err := r.c.Lookup(ctx, entry.ID); err != nil {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the announcement did not expire")
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("Run ended with %v", err)
	}
}

func TestFileOf(t *testing.T) {
	r := newRoom(t)
	ctx := context.Background()
	first, second := r.upload("a", "a"), r.upload("b", "b")
	for i, c := range []struct {
		document, version string
		file              catalogue.ID
	}{{"d", "v1", first}, {"d", "v2", second}, {"only document", "", first}, {"", "only version", second}, {"", "", first}} {
		r.at(time.Duration(i) * time.Second)
		if err := r.Remember(ctx, c.document, c.version, c.file); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		document, version string
		want              catalogue.ID
	}{
		{"d", "v1", first},
		{"d", "v2", second},
		{"d", "", second},
		{"d", "unknown", second},
		{"", "v1", first},
		{"other", "v1", first},
		{"only document", "any", first},
		{"any", "only version", second},
		{"unknown", "unknown", ""},
		{"", "", ""},
	} {
		got, err := r.FileOf(ctx, c.document, c.version)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("FileOf(%q, %q) = %q, %v; want %q", c.document, c.version, got, err, c.want)
		}
	}
}

// A clock that jumps years ahead drops nothing: the program ran on no further day.
func TestRetentionSurvivesAClockThatJumps(t *testing.T) {
	r := newRoom(t)
	id := r.upload("a", "one")
	r.receive(id, "two")
	ahead := time.Now().AddDate(10, 0, 0)
	r.now = func() time.Time { return ahead }
	if err := r.retain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if versions := r.versions(id); len(versions) != 1 {
		t.Errorf("%d versions are left, want 1", len(versions))
	}
}
