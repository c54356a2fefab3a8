package upload

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"folderfront/server/catalogue"
)

// gate is a body that tells when it is read first and then waits to be opened.
type gate struct {
	io.Reader
	once    sync.Once
	reached chan struct{}
	open    chan struct{}
}

func newGate(content string) *gate {
	return &gate{Reader: strings.NewReader(content), reached: make(chan struct{}), open: make(chan struct{})}
}

func (g *gate) Read(p []byte) (int, error) {
	g.once.Do(func() { close(g.reached) })
	<-g.open
	return g.Reader.Read(p)
}

func TestOneWriterAnUpload(t *testing.T) {
	r := newRoom(t)
	ctx := context.Background()
	entry, err := r.Init(ctx, r.share, "a.txt", "", "")
	if err != nil {
		t.Fatal(err)
	}
	first := newGate("first")
	done := make(chan error)
	go func() { done <- r.Receive(ctx, entry.ID, first, 5) }()
	<-first.reached
	active := r.Active()
	if len(active) != 1 || active[0].ID != entry.ID || active[0].Name != "a.txt" || active[0].Total != 5 {
		t.Errorf("active %+v", active)
	}
	refused(t, r.Receive(ctx, entry.ID, strings.NewReader("second"), 6), catalogue.ErrBusy)
	refused(t, r.Delete(ctx, entry.ID, ""), catalogue.ErrBusy)
	if diff := cmp.Diff([]string{temporary(entry.ID)}, r.tree()); diff != "" {
		t.Error(diff)
	}
	close(first.open)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got := r.content(entry.ID); got != "first" {
		t.Errorf("content %q", got)
	}
	if got := r.Active(); len(got) != 0 {
		t.Errorf("still active: %+v", got)
	}
}

func TestTwoUploadsOfOneNewName(t *testing.T) {
	r := newRoom(t)
	ctx := context.Background()
	var ids [2]catalogue.ID
	var gates [2]*gate
	done := make(chan error)
	for i := range ids {
		entry, err := r.Init(ctx, r.share, "a.txt", fmt.Sprint("document ", i), "")
		if err != nil {
			t.Fatal(err)
		}
		ids[i], gates[i] = entry.ID, newGate(fmt.Sprint("content ", i))
		go func() { done <- r.Receive(ctx, entry.ID, gates[i], 9) }()
		<-gates[i].reached
	}
	if ids[0] == ids[1] {
		t.Fatal("both uploads have one id, so one would block the other")
	}
	for _, g := range gates {
		close(g.open)
	}
	for range gates {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	both := map[string]bool{r.content(ids[0]): true}
	if r.content(ids[1]) != r.content(ids[0]) {
		t.Error("the two ids show different files")
	}
	for _, v := range r.versions(ids[1]) {
		both[v] = true
	}
	if diff := cmp.Diff(map[string]bool{"content 0": true, "content 1": true}, both); diff != "" {
		t.Error(diff)
	}
	for i, id := range ids {
		if file, err := r.FileOf(ctx, fmt.Sprint("document ", i), ""); err != nil || file != id {
			t.Errorf("document %d is %s, %v; want %s", i, file, err, id)
		}
	}
	r.restart()
	if r.content(ids[0]) != r.content(ids[1]) {
		t.Error("the two ids show different files after a restart")
	}
}

func TestKeepBoth(t *testing.T) {
	r := newRoom(t)
	r.SetConfig(Config{Logger: quiet, MinimumFree: 1, KeepBoth: true})
	first := r.upload("report.pdf", "one")
	second := r.upload("report.pdf", "two")
	third := r.upload("Report.pdf", "three")
	if first == second || second == third {
		t.Fatal("one file for two documents")
	}
	if diff := cmp.Diff([]string{"Report (3).pdf", "report (2).pdf", "report.pdf"}, r.tree()); diff != "" {
		t.Error(diff)
	}
	// Two that were announced before either came.
	ctx := context.Background()
	a, err := r.Init(ctx, r.share, "new.txt", "", "")
	if err != nil {
		t.Fatal(err)
	}
	b, err := r.Init(ctx, r.share, "new.txt", "", "")
	if err != nil {
		t.Fatal(err)
	}
	r.receive(b.ID, "b")
	r.receive(a.ID, "a")
	if r.content(a.ID) != "a" || r.content(b.ID) != "b" {
		t.Errorf("contents %q and %q", r.content(a.ID), r.content(b.ID))
	}
	r.receive(a.ID, "a again")
	if got := r.versions(a.ID); len(got) != 1 || got[0] != "a" {
		t.Errorf("versions %q", got)
	}
}

func TestNumbered(t *testing.T) {
	long := strings.Repeat("ä", 125) + ".docx"
	for name, want := range map[string]string{
		"a.txt":                        "a (2).txt",
		"a":                            "a (2)",
		".profile":                     ".profile (2)",
		"a.tar.gz":                     "a.tar (2).gz",
		long:                           strings.Repeat("ä", 123) + " (2).docx",
		"a." + strings.Repeat("b", 40): "a." + strings.Repeat("b", 40) + " (2)",
	} {
		if got := numbered(name, 2); got != want || len(got) > 255 {
			t.Errorf("numbered(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestFileMadeByAnotherProgramMeanwhile(t *testing.T) {
	r := newRoom(t)
	ctx := context.Background()
	entry, err := r.Init(ctx, r.share, "a.txt", "", "")
	if err != nil {
		t.Fatal(err)
	}
	r.write("a.txt", "from elsewhere")
	r.receive(entry.ID, "uploaded")
	if got := r.content(entry.ID); got != "uploaded" {
		t.Errorf("content %q", got)
	}
	if diff := cmp.Diff([]string{"from elsewhere"}, r.versions(entry.ID)); diff != "" {
		t.Error(diff)
	}
}

func TestFileMovedAndDeletedDuringItsUpload(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct {
		change func(*room, catalogue.ID) error
		want   []string
	}{
		"renamed": {func(r *room, id catalogue.ID) error {
			_, err := r.c.Rename(ctx, id, "b.txt")
			return err
		}, []string{"b.txt"}},
		"deleted": {func(r *room, id catalogue.ID) error { return r.Delete(ctx, id, "") }, []string{"a.txt"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t)
			id := r.upload("a.txt", "one")
			if _, err := r.Init(ctx, r.share, "a.txt", "", ""); err != nil {
				t.Fatal(err)
			}
			body, done := newGate("two"), make(chan error)
			go func() { done <- r.Receive(ctx, id, body, 3) }()
			<-body.reached
			if err := c.change(r, id); err != nil {
				t.Fatal(err)
			}
			close(body.open)
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, r.tree()); diff != "" {
				t.Error(diff)
			}
			if got := r.content(id); got != "two" {
				t.Errorf("content %q", got)
			}
		})
	}
}

func TestFolderGoneDuringUpload(t *testing.T) {
	r := newRoom(t)
	ctx := context.Background()
	folder, err := r.c.CreateFolder(ctx, r.share, "sub")
	if err != nil {
		t.Fatal(err)
	}
	entry, err := r.Init(ctx, folder.ID, "a.txt", "", "")
	if err != nil {
		t.Fatal(err)
	}
	body, done := newGate("content"), make(chan error)
	go func() { done <- r.Receive(ctx, entry.ID, body, 7) }()
	<-body.reached
	if err := r.Delete(ctx, folder.ID, ""); err != nil {
		t.Fatal(err)
	}
	close(body.open)
	refused(t, <-done, catalogue.ErrNotFound)
	for _, path := range tree(t, r.dir, false) {
		if strings.HasSuffix(path, ".part") {
			t.Errorf("left behind: %s", path)
		}
	}
}

// Many uploads into one folder at once, half of them new versions of one file: each ends whole.
func TestManyAtOnce(t *testing.T) {
	r := newRoom(t)
	ctx := context.Background()
	const writers = 8
	var group sync.WaitGroup
	errs := make(chan error, writers)
	contents := map[string]bool{}
	var ready []func()
	for i := range writers {
		name, content := "same.bin", strings.Repeat(fmt.Sprint(i), 300_000+i)
		if i%2 == 0 {
			name = fmt.Sprintf("%d.bin", i)
		} else {
			contents[content] = false
		}
		entry, err := r.Init(ctx, r.share, name, "", "")
		if err != nil {
			t.Fatal(err)
		}
		ready = append(ready, func() { errs <- r.Receive(ctx, entry.ID, strings.NewReader(content), -1) })
	}
	for _, receive := range ready {
		group.Go(receive)
	}
	group.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
	same := r.find("same.bin")
	for _, content := range append(r.versions(same), r.content(same)) {
		if _, sent := contents[content]; !sent {
			t.Errorf("a content that nobody sent, %d bytes", len(content))
		}
		contents[content] = true
	}
	for content, found := range contents {
		if !found {
			t.Errorf("the content of %d bytes is lost", len(content))
		}
	}
	if got := r.tree(); len(got) != 1+writers/2 {
		t.Errorf("the folder has %q", got)
	}
}

// A body of more than 8 GiB is counted right; the bytes go nowhere.
func TestBeyond8GiB(t *testing.T) {
	r := newRoom(t)
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no null device here: ", err)
	}
	defer null.Close()
	size := int64(1 << 20)
	x := &transfer{total: 8<<30 + 12345}
	if prove() {
		size = x.total
	} else {
		x.done.Store(x.total - size) // as if all but the last MiB had come
	}
	x.reserved = x.total
	if err := r.fill(x, null, io.LimitReader(zeros{}, size)); err != nil {
		t.Fatal(err)
	}
	if x.done.Load() != 8<<30+12345 {
		t.Errorf("counted %d", x.done.Load())
	}
	if err := r.Uploads.write(x, null, []byte{0}); !errors.Is(err, catalogue.ErrInvalid) {
		t.Errorf("one byte more: %v", err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// The file was renamed between the last byte and the publication.
func TestFileRenamedAtTheLastMoment(t *testing.T) {
	r := newRoom(t)
	ctx := context.Background()
	id := r.upload("a.txt", "one")
	r.write(temporary(id), "two")
	_, err := r.publish(ctx, &publication{id: string(id), folder: r.share, name: "before.txt", file: id, size: 3, known: true}, nil)
	refused(t, err, catalogue.ErrBusy)
	if diff := cmp.Diff([]string{"a.txt"}, r.tree()); diff != "" {
		t.Error(diff)
	}
	if got := r.content(id); got != "one" {
		t.Errorf("content %q", got)
	}
}

// A folder whose disk is away keeps what is to be settled in it, without complaint.
func TestOfflineFolderIsSettledLater(t *testing.T) {
	r := newRoom(t)
	ctx := context.Background()
	entry, err := r.Init(ctx, r.share, "never.txt", "", "")
	if err != nil {
		t.Fatal(err)
	}
	r.at(25 * time.Hour)
	away := r.dir + ".away"
	if err := os.Rename(r.dir, away); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(r.Recover(ctx), r.expire(ctx), r.retain(ctx)); err != nil {
		t.Errorf("with the folder away: %v", err)
	}
	if err := os.Rename(away, r.dir); err != nil {
		t.Fatal(err)
	}
	if err := r.c.SetShares(ctx, []catalogue.Share{{Name: "docs", Path: r.dir}}); err != nil {
		t.Fatal(err)
	}
	r.lookup(entry.ID)
	if err := r.expire(ctx); err != nil {
		t.Error(err)
	}
	if _, err := r.c.Lookup(ctx, entry.ID); err == nil {
		t.Error("the announcement is still there")
	}
}
