package search

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"folderfront/server/catalogue"
	"folderfront/server/search/text"
	"folderfront/server/worker"
)

// TestMain is the worker process too, and the victim of the tests of crashes.
func TestMain(m *testing.M) {
	switch {
	case len(os.Args) > 1 && os.Args[1] == "worker":
		handlers := map[string]worker.Handler{text.Job: fragile}
		exitOn(worker.Serve(os.Stdin, os.Stdout, handlers))
	case len(os.Args) > 3 && os.Args[1] == "index":
		exitOn(indexForEver(os.Args[2], os.Args[3]))
	default:
		os.Exit(m.Run())
	}
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// fragile is text.Handle in a process that some names bring down, as documents
// would that find a fault in a decoder.
func fragile(ctx context.Context, job worker.Job) (worker.Result, error) {
	var args text.Args
	if err := job.Decode(&args); err != nil {
		return worker.Result{}, err
	}
	switch args.Name {
	case "crash.txt":
		os.Exit(3)
	case "endless.txt":
		select {}
	case "hungry.txt":
		for all := [][]byte{}; ; {
			all = append(all, bytes.Repeat([]byte("x"), 64<<20))
		}
	}
	return text.Handle(ctx, job)
}

// patience is how long anything may take on a busy computer.
const patience = 60 * time.Second

// A bench is a search over real folders, running.
type bench struct {
	t testing.TB
	*Search
	c    *catalogue.Catalogue
	dirs map[string]string // share → folder
}

// newBench shares folders of those names and indexes them.
func newBench(t testing.TB, shares ...string) *bench {
	t.Helper()
	b := &bench{t: t, dirs: map[string]string{}}
	profile := t.TempDir()
	var all []catalogue.Share
	for _, name := range shares {
		b.dirs[name] = t.TempDir()
		all = append(all, catalogue.Share{Name: name, Path: b.dirs[name]})
	}
	ctx, cancel := context.WithCancel(context.Background())
	b.open(ctx, profile)
	if err := b.c.SetShares(ctx, all); err != nil {
		t.Fatal(err)
	}
	done := b.start(ctx)
	t.Cleanup(func() {
		cancel()
		done()
		b.c.Close()
	})
	return b
}

func (b *bench) open(ctx context.Context, profile string) {
	b.t.Helper()
	c, err := catalogue.Open(ctx, catalogue.Config{Path: filepath.Join(profile, "catalogue.db")})
	if err != nil {
		b.t.Fatal(err)
	}
	b.c = c
	b.Search, err = New(ctx, Config{Catalogue: c, Pool: testPool(ctx), Logger: slog.New(slog.NewTextHandler(b.t.Output(), nil))})
	if err != nil {
		b.t.Fatal(err)
	}
}

func testPool(ctx context.Context) *worker.Pool {
	cache := ""
	if base, err := os.UserCacheDir(); err == nil {
		cache = filepath.Join(base, "folderfront-tests", "wazero")
	}
	return worker.NewPool(ctx, worker.Config{
		Command: []string{os.Args[0], "worker"}, Slots: 1, Jobs: 1000, Limit: 10 * time.Second, CacheDir: cache,
	})
}

// start runs catalogue and search until ctx ends; done waits for them.
func (b *bench) start(ctx context.Context) (done func()) {
	ended := make(chan struct{}, 2)
	go func() { b.c.Run(ctx); ended <- struct{}{} }()
	go func() {
		if err := b.Search.Run(ctx); err != nil && ctx.Err() == nil {
			b.t.Error(err)
		}
		ended <- struct{}{}
	}()
	return func() { <-ended; <-ended; b.pool.Close() }
}

// write makes a file with its folders.
func (b *bench) write(share, name, content string) string {
	b.t.Helper()
	path := filepath.Join(b.dirs[share], filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		b.t.Fatal(err)
	}
	return path
}

// aged makes a file's time the given number of hours ago.
func (b *bench) aged(path string, hours int) {
	b.t.Helper()
	at := time.Now().Add(-time.Duration(hours) * time.Hour).Truncate(time.Second)
	if err := os.Chtimes(path, at, at); err != nil {
		b.t.Fatal(err)
	}
}

// ask gives the names of the answers, joined by " | ".
func (b *bench) ask(q Query) string {
	b.t.Helper()
	entries, err := b.Query(b.t.Context(), q)
	if err != nil {
		b.t.Fatalf("question %q: %v", q.Text, err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name)
	}
	return strings.Join(names, " | ")
}

// finds waits until a question has that answer.
func (b *bench) finds(question, want string) {
	b.t.Helper()
	b.answers(Query{Text: question}, want)
}

func (b *bench) answers(q Query, want string) {
	b.t.Helper()
	got := ""
	b.until(fmt.Sprintf("the question %q is answered %q", q.Text, want), func() bool {
		if got = b.ask(q); got != want {
			b.hint()
		}
		return got == want
	}, func() string { return "answer: " + got })
}

// hint makes the catalogue look at the disk.
func (b *bench) hint() {
	shares, _ := b.c.Children(b.t.Context(), catalogue.Root)
	for _, e := range shares {
		b.lookBelow(e)
	}
}

func (b *bench) lookBelow(e catalogue.Entry) {
	children, _ := b.c.Children(b.t.Context(), e.ID)
	for _, child := range children {
		if child.Folder {
			b.lookBelow(child)
		} else {
			b.c.Lookup(b.t.Context(), child.ID)
		}
	}
}

func (b *bench) until(what string, yes func() bool, state func() string) {
	b.t.Helper()
	for end := time.Now().Add(patience); !yes(); {
		if time.Now().After(end) {
			b.t.Fatalf("never happened: %s\n%s", what, state())
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// indexed waits until the backlog is empty and everything is written.
func (b *bench) indexed() {
	b.t.Helper()
	b.until("the index is complete", func() bool {
		p := b.Progress()
		return p.Files == 0 && p.Names > 0
	}, func() string { return fmt.Sprintf("%+v", b.Progress()) })
}
