package upload

import (
	"context"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"folderfront/server/catalogue"
)

func TestNewFile(t *testing.T) {
	r := newRoom(t)
	ctx := context.Background()
	entry, err := r.Init(ctx, r.share, "plan.pdf", "doc1", "ver1")
	if err != nil {
		t.Fatal(err)
	}
	if !entry.Pending || entry.Name != "plan.pdf" || entry.Size != 0 {
		t.Errorf("announced %+v", entry)
	}
	if got := r.lookup(entry.ID); !got.Pending || got.Size != 0 {
		t.Errorf("lookup of an announced file: %+v", got)
	}
	children, err := r.c.Children(ctx, r.share)
	if err != nil || len(children) != 0 {
		t.Errorf("listing shows an announced file: %v, %v", children, err)
	}
	if got := r.tree(); len(got) != 0 {
		t.Errorf("the announcement changed the folder: %q", got)
	}
	r.receive(entry.ID, "content")
	if got := r.lookup(entry.ID); got.Pending || got.Size != 7 || got.Name != "plan.pdf" {
		t.Errorf("after the upload: %+v", got)
	}
	if diff := cmp.Diff([]string{"plan.pdf"}, r.tree()); diff != "" {
		t.Error(diff)
	}
	if got := r.content(entry.ID); got != "content" {
		t.Errorf("content %q", got)
	}
	if got := r.find("plan.pdf"); got != entry.ID {
		t.Errorf("listing has id %s, want %s", got, entry.ID)
	}
	if file, err := r.FileOf(ctx, "doc1", "ver1"); err != nil || file != entry.ID {
		t.Errorf("FileOf: %s, %v", file, err)
	}
}

func TestNewVersion(t *testing.T) {
	r := newRoom(t)
	id := r.upload("a.txt", "one")
	if again := r.upload("A.TXT", "two"); again != id {
		t.Errorf("another id %s for the same name, want %s", again, id)
	}
	r.receive(id, "three")
	if got := r.content(id); got != "three" {
		t.Errorf("content %q", got)
	}
	if diff := cmp.Diff([]string{"two", "one"}, r.versions(id)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"a.txt"}, r.tree()); diff != "" {
		t.Error(diff)
	}
}

func TestSameBytesAgainChangeNothing(t *testing.T) {
	r := newRoom(t)
	id := r.upload("a.txt", "same")
	before := r.lookup(id).Modified
	r.receive(id, "same")
	if got := r.lookup(id).Modified; !got.Equal(before) {
		t.Errorf("the file was written again: %v, before %v", got, before)
	}
	if got := r.versions(id); len(got) != 0 {
		t.Errorf("versions %q", got)
	}
}

func TestUnknownUpload(t *testing.T) {
	r := newRoom(t)
	for _, id := range []catalogue.ID{"", catalogue.Root, r.c.NewID(), "../../x", r.share} {
		refused(t, r.Receive(context.Background(), id, strings.NewReader("x"), 1), catalogue.ErrNotFound)
	}
}

func TestInitRefuses(t *testing.T) {
	r := newRoom(t)
	if _, err := r.c.CreateFolder(context.Background(), r.share, "folder"); err != nil {
		t.Fatal(err)
	}
	file := r.upload("file", "x")
	for _, c := range []struct {
		parent catalogue.ID
		name   string
		kind   error
	}{
		{catalogue.Root, "a", catalogue.ErrForbidden},
		{r.share, "folder", catalogue.ErrExists},
		{r.share, "FOLDER", catalogue.ErrExists},
		{r.share, "", catalogue.ErrInvalid},
		{r.share, "..", catalogue.ErrInvalid},
		{r.share, "a/b", catalogue.ErrInvalid},
		{r.share, `a\b`, catalogue.ErrInvalid},
		{r.share, "a\x00", catalogue.ErrInvalid},
		{r.share, "a:b", catalogue.ErrInvalid},
		{r.share, "nul.txt", catalogue.ErrInvalid},
		{r.share, ".folderfront", catalogue.ErrInvalid},
		{r.share, temporary(file), catalogue.ErrInvalid},
		{r.share, "a.part", catalogue.ErrInvalid},
		{r.share, strings.Repeat("a", 256), catalogue.ErrInvalid},
		{r.share, "a\xff", catalogue.ErrInvalid},
		{file, "a", catalogue.ErrNotFound},
		{r.c.NewID(), "a", catalogue.ErrNotFound},
		{"nonsense", "a", catalogue.ErrNotFound},
	} {
		_, err := r.Init(context.Background(), c.parent, c.name, "", "")
		refused(t, err, c.kind)
	}
	if diff := cmp.Diff([]string{"file", "folder/"}, r.tree()); diff != "" {
		t.Error(diff)
	}
}

func TestBadBodies(t *testing.T) {
	r := newRoom(t)
	r.SetConfig(Config{Logger: quiet, Limit: 100, MinimumFree: 1})
	old := r.upload("old.txt", "old")
	fresh, err := r.Init(context.Background(), r.share, "new.txt", "", "")
	if err != nil {
		t.Fatal(err)
	}
	text := func(content string) func() io.Reader {
		return func() io.Reader { return strings.NewReader(content) }
	}
	cut := func(content string, err error) func() io.Reader {
		return func() io.Reader { return io.MultiReader(strings.NewReader(content), iotest.ErrReader(err)) }
	}
	for name, c := range map[string]struct {
		body   func() io.Reader
		length int64
	}{
		"too short":                      {text("123"), 4},
		"nothing of one":                 {text(""), 1},
		"too long":                       {text("12345"), 4},
		"cut":                            {cut("123", io.ErrUnexpectedEOF), 10},
		"cut, length unknown":            {cut("123", io.ErrUnexpectedEOF), -1},
		"cut at the very start":          {cut("", io.ErrUnexpectedEOF), -1},
		"connection lost":                {cut("123", io.ErrClosedPipe), 10},
		"too slow":                       {cut("123", os.ErrDeadlineExceeded), 10},
		"over the limit":                 {text(strings.Repeat("a", 101)), 101},
		"over the limit, length unknown": {text(strings.Repeat("a", 101)), -1},
		"more than any disk":             {text("123"), 1 << 60},
	} {
		for _, id := range []catalogue.ID{old, fresh.ID} {
			t.Run(name, func(t *testing.T) {
				refused(t, r.Receive(context.Background(), id, c.body(), c.length), catalogue.ErrInvalid)
				if diff := cmp.Diff([]string{"old.txt"}, r.tree()); diff != "" {
					t.Error(diff)
				}
				if got := r.content(old); got != "old" {
					t.Errorf("old content %q", got)
				}
			})
		}
	}
	r.receive(fresh.ID, "whole") // after all these failures it can still be sent
	if got := r.content(fresh.ID); got != "whole" {
		t.Errorf("content %q", got)
	}
}

func TestSpaceIsReserved(t *testing.T) {
	r := newRoom(t)
	entry, err := r.Init(context.Background(), r.share, "big", "", "")
	if err != nil {
		t.Fatal(err)
	}
	refused(t, r.Receive(context.Background(), entry.ID, strings.NewReader("x"), 1<<60), catalogue.ErrNoSpace)
	r.SetConfig(Config{Logger: quiet, MinimumFree: 1 << 60})
	refused(t, r.Receive(context.Background(), entry.ID, strings.NewReader("x"), 1), catalogue.ErrNoSpace)
	refused(t, r.Receive(context.Background(), entry.ID, strings.NewReader("x"), -1), catalogue.ErrNoSpace)
	if got := r.tree(); len(got) != 0 {
		t.Errorf("left behind: %q", got)
	}
}

func TestDeleteAndRestore(t *testing.T) {
	r := newRoom(t)
	ctx := context.Background()
	id := r.upload("a.txt", "one")
	r.receive(id, "two")
	if err := r.Delete(ctx, id, "anna"); err != nil {
		t.Fatal(err)
	}
	if got := r.tree(); len(got) != 0 {
		t.Errorf("left: %q", got)
	}
	if _, err := r.c.Lookup(ctx, id); err == nil {
		t.Error("the id is still there")
	}
	items := r.trashed()
	if len(items) != 1 || items[0].Path != "a.txt" || items[0].By != "anna" || items[0].Share != "docs" || items[0].File != id {
		t.Fatalf("trash %+v", items)
	}
	entry, err := r.Restore(ctx, items[0].ID)
	if err != nil || entry.ID != id {
		t.Fatalf("restored %+v, %v", entry, err)
	}
	if got := r.content(id); got != "two" {
		t.Errorf("content %q", got)
	}
	if diff := cmp.Diff([]string{"one"}, r.versions(id)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{".folderfront/", ".folderfront/trash/", ".folderfront/versions/"}, filter(tree(t, r.dir, false), ".folderfront", 26)); diff != "" {
		t.Error(diff)
	}
	_, err = r.Restore(ctx, items[0].ID)
	refused(t, err, catalogue.ErrNotFound)
}

// filter leaves the paths below a folder that don't hold ids.
func filter(paths []string, below string, idLength int) []string {
	left := []string{}
	for _, p := range paths {
		if strings.HasPrefix(p, below) && len(strings.TrimSuffix(p, "/")) < idLength {
			left = append(left, p)
		}
	}
	return left
}
