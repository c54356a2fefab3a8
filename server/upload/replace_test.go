package upload

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"folderfront/server/catalogue"
)

// beforeExchange does something after the last look at the present content, once.
func (r *room) beforeExchange(do func() error) {
	var once sync.Once
	r.exchange = func(folder *os.File, a, b string) error {
		var err error
		once.Do(func() { err = do() })
		if err != nil {
			return err
		}
		return catalogue.Exchange(folder, a, b)
	}
}

// saving is where another program writes what it will then rename over its file.
const saving = "saving.tmp"

// saveOver saves a file as careful programs do, or puts a folder in its place where the name ends in
// a slash. It stops where something fails.
func (r *room) saveOver(name string) error {
	const content = "saved by another program"
	fresh, file := filepath.Join(r.dir, saving), filepath.Join(r.dir, strings.TrimSuffix(name, "/"))
	steps := []func() error{
		func() error { return os.WriteFile(fresh, []byte(content), 0o644) },
		func() error { return os.Rename(fresh, file) },
	}
	if strings.HasSuffix(name, "/") {
		steps = []func() error{
			func() error { return os.Mkdir(fresh, 0o755) },
			func() error { return os.WriteFile(filepath.Join(fresh, "inside"), []byte(content), 0o644) },
			func() error { return os.Remove(file) },
			func() error { return os.Rename(fresh, file) },
		}
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// A program that saves the file between the last look at it and the exchange loses nothing.
func TestSavedInTheLastMoment(t *testing.T) {
	const busy, fine = "busy", ""
	for name, c := range map[string]struct {
		save     func(r *room) error
		told     string
		files    []string
		versions []string
	}{
		"not at all": {
			func(*room) error { return nil }, fine,
			[]string{"a.txt", "new"},
			[]string{"old"},
		},
		"renamed over": {
			func(r *room) error { return r.saveOver("a.txt") }, fine,
			[]string{"a.txt", "new"},
			[]string{"old", "saved by another program"},
		},
		"in place": {
			func(r *room) error { return os.WriteFile(filepath.Join(r.dir, "a.txt"), []byte("in place"), 0o644) }, fine,
			[]string{"a.txt", "new"},
			[]string{"in place"},
		},
		"deleted": {
			func(r *room) error { return os.Remove(filepath.Join(r.dir, "a.txt")) }, busy,
			[]string{},
			[]string{"old"},
		},
		"a folder": {
			func(r *room) error { return r.saveOver("a.txt/") }, busy,
			[]string{"a.txt/inside", "saved by another program"},
			[]string{"old"},
		},
		"renamed over with the old content": {
			func(r *room) error {
				fresh := filepath.Join(r.dir, saving)
				return errors.Join(os.WriteFile(fresh, []byte("old"), 0o644), os.Rename(fresh, filepath.Join(r.dir, "a.txt")))
			}, fine,
			[]string{"a.txt", "new"},
			[]string{"old"},
		},
		"no exchange on this disk": {
			func(*room) error { return errors.ErrUnsupported }, fine,
			[]string{"a.txt", "new"},
			[]string{"old"},
		},
	} {
		for _, op := range []string{"upload", "restore"} {
			t.Run(name+", "+op, func(t *testing.T) {
				r := newRoom(t)
				r.needExchange()
				id, do := r.replacing(op)
				r.beforeExchange(func() error { return c.save(r) })
				if err := do(); c.told == busy {
					refused(t, err, catalogue.ErrBusy)
				} else if err != nil {
					t.Fatal(err)
				}
				r.mustHave(c.files...)
				got, want := r.versions(id), slices.Clone(c.versions)
				if op == "restore" && c.told == busy { // the version that was to be restored
					want = append(want, "new")
				}
				slices.Sort(got)
				slices.Sort(want)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Error(diff)
				}
				r.mustBeClean()
				r.restart()
				r.mustBeClean()
			})
		}
	}
}

// replacing sets up a file with the content "old", and what will give it the content "new".
func (r *room) replacing(op string) (id catalogue.ID, do func() error) {
	r.t.Helper()
	if op == "upload" {
		id = r.upload("a.txt", "old")
		return id, func() error { return r.Receive(context.Background(), id, strings.NewReader("new"), 3) }
	}
	id = r.upload("a.txt", "new")
	r.receive(id, "old")
	items, err := r.Versions(context.Background(), id)
	if err != nil || len(items) != 1 {
		r.t.Fatal(items, err)
	}
	return id, func() error {
		_, err := r.Restore(context.Background(), items[0].ID)
		return err
	}
}

// A link that another program put in the file's place is no less its own than a folder.
func TestLinkInTheLastMomentStays(t *testing.T) {
	r := newRoom(t)
	r.needExchange()
	id, do := r.replacing("upload")
	name := filepath.Join(r.dir, "a.txt")
	r.beforeExchange(func() error { return errors.Join(os.Remove(name), os.Symlink("elsewhere", name)) })
	refused(t, do(), catalogue.ErrBusy)
	if to, err := os.Readlink(name); err != nil || to != "elsewhere" {
		t.Errorf("the link leads to %q, %v", to, err)
	}
	if diff := cmp.Diff([]string{"old"}, r.versions(id)); diff != "" {
		t.Error(diff)
	}
	r.mustBeClean()
}

// An exchange that fails leaves everything as it was; one that fails after it was made, as a network
// disk may, loses nothing.
func TestExchangeThatFails(t *testing.T) {
	for _, op := range []string{"upload", "restore"} {
		for _, made := range []bool{false, true} {
			t.Run(fmt.Sprint(op, ", made ", made), func(t *testing.T) {
				r := newRoom(t)
				id, do := r.replacing(op)
				var once sync.Once
				r.exchange = func(folder *os.File, a, b string) (err error) {
					once.Do(func() {
						if made {
							err = errors.Join(r.saveOver("a.txt"), catalogue.Exchange(folder, a, b))
						}
						err = errors.Join(err, syscall.EIO)
					})
					return err
				}
				refused(t, do(), catalogue.ErrRefused)
				r.mustBeClean()
				all := append(r.versions(id), r.content(id))
				for _, want := range []string{"old", "saved by another program"} {
					if (made || want == "old") && !slices.Contains(all, want) {
						t.Errorf("%q is lost: %q", want, all)
					}
				}
				if !made && r.content(id) != "old" {
					t.Errorf("content %q", r.content(id))
				}
			})
		}
	}
}

// A content that could not be kept yet, for its folder is in the way, waits aside until it can.
func TestWhatCameOutWaitsUntilItIsKept(t *testing.T) {
	r := newRoom(t)
	r.needExchange()
	id, do := r.replacing("upload")
	versions, away := filepath.Join(r.dir, versionsDir), filepath.Join(r.dir, storeDir, "away")
	r.beforeExchange(func() error {
		return errors.Join(r.saveOver("a.txt"), os.Rename(versions, away), os.WriteFile(versions, nil, 0o600))
	})
	refused(t, do(), catalogue.ErrRefused)
	r.close()
	if err := errors.Join(os.Remove(versions), os.Rename(away, versions)); err != nil {
		t.Fatal(err)
	}
	r.open()
	got := r.versions(id)
	slices.Sort(got)
	if diff := cmp.Diff([]string{"old", "saved by another program"}, got); diff != "" {
		t.Error(diff)
	}
	r.mustHave("a.txt", "new")
	r.mustBeClean()
}

// A program saves the file in the moment of each exchange, now before it, now beside it. It sees what
// it replaces itself; every other content that ever was is the file's or among the versions.
func TestSavesInTheMomentOfUploads(t *testing.T) {
	r := newRoom(t)
	r.SetConfig(manyVersions)
	r.needExchange()
	ctx, stop := context.WithCancel(t.Context())
	now, saved, saver := make(chan bool), make(chan bool, 1), make(chan savings)
	go func() { saver <- r.save(ctx, now, saved) }()
	id := r.upload("a.txt", "first")
	r.exchange = func(folder *os.File, a, b string) error {
		before := rand.IntN(2) == 0
		now <- before
		if before {
			<-saved
		}
		return catalogue.Exchange(folder, a, b)
	}
	made := map[string]bool{"first": true}
	for n := range 60 {
		content := fmt.Sprint("upload ", n)
		if err := r.Receive(t.Context(), id, strings.NewReader(content), -1); err == nil {
			made[content] = true
		} else {
			refused(t, err, catalogue.ErrBusy)
		}
	}
	stop()
	s := <-saver
	if s.err != nil || len(made) == 1 || len(s.made) == 0 {
		t.Fatalf("%d uploads, %d saves, %v", len(made)-1, len(s.made), s.err)
	}
	seen := map[string]bool{r.read("a.txt"): true}
	for _, content := range append(r.versions(id), s.replaced...) {
		seen[content] = true
	}
	for _, content := range s.made {
		made[content] = true
	}
	for content := range made {
		if !seen[content] {
			t.Errorf("%q is lost", content)
		}
	}
	t.Logf("%d saves, %d contents, %d versions", len(s.made), len(made), len(r.versions(id)))
	r.mustBeClean()
}

// savings are what a program saved, and the contents that it replaced by that.
type savings struct {
	made, replaced []string
	err            error
}

// save replaces the file each time it is told to, by exchanging it, so that it sees what it replaces.
// It tells that it saved to who waits for that.
func (r *room) save(ctx context.Context, now <-chan bool, saved chan<- bool) (s savings) {
	fresh := filepath.Join(r.dir, saving)
	dir, err := os.Open(r.dir)
	if err != nil {
		return savings{err: err}
	}
	defer dir.Close()
	for n := 0; ; n++ {
		content := fmt.Sprint("save ", n)
		s.err = errors.Join(s.err, os.WriteFile(fresh, []byte(content), 0o644))
		select {
		case <-ctx.Done():
			s.err = errors.Join(s.err, os.Remove(fresh))
			return s
		case waits := <-now:
			s.err = errors.Join(s.err, catalogue.Exchange(dir, saving, "a.txt"))
			if waits {
				saved <- true
			}
		}
		s.made = append(s.made, content)
		out, err := os.ReadFile(fresh)
		s.replaced, s.err = append(s.replaced, string(out)), errors.Join(s.err, err, os.Remove(fresh))
	}
}

// needExchange skips the test on a system or disk that can't exchange.
func (r *room) needExchange() {
	r.t.Helper()
	folder, err := os.Open(r.dir)
	if err != nil {
		r.t.Fatal(err)
	}
	defer folder.Close()
	a, b := filepath.Join(r.dir, ".a"), filepath.Join(r.dir, ".b")
	if err := errors.Join(os.WriteFile(a, nil, 0o600), os.WriteFile(b, nil, 0o600)); err != nil {
		r.t.Fatal(err)
	}
	err = catalogue.Exchange(folder, ".a", ".b")
	if err := errors.Join(os.Remove(a), os.Remove(b)); err != nil {
		r.t.Fatal(err)
	}
	if err != nil {
		r.t.Skip("this disk can't exchange: ", err)
	}
}
