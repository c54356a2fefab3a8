package search

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"folderfront/server/catalogue"
	"folderfront/server/search/text"
)

// indexForEver is the child that gets killed: it shares a folder and indexes.
func indexForEver(profile, dir string) error {
	ctx := context.Background()
	c, err := catalogue.Open(ctx, catalogue.Config{Path: filepath.Join(profile, "catalogue.db")})
	if err != nil {
		return err
	}
	s, err := New(ctx, Config{Catalogue: c, Pool: testPool(ctx)})
	if err != nil {
		return err
	}
	if err := c.SetShares(ctx, []catalogue.Share{{Name: "Docs", Path: dir}}); err != nil {
		return err
	}
	go c.Run(ctx)
	fmt.Println("running")
	return s.Run(ctx)
}

// TestKilledWhileIndexing kills the program at random moments: the index must
// be sound each time, and whole in the end.
func TestKilledWhileIndexing(t *testing.T) {
	rounds := 3
	if os.Getenv("FOLDERFRONT_PROVE") != "" {
		rounds = 20
	}
	profile, dir := t.TempDir(), t.TempDir()
	for i := range 400 {
		writeNumbered(t, dir, i, 0)
	}
	for round := range rounds {
		killed := startIndexing(t, profile, dir)
		time.Sleep(time.Duration(rand.IntN(700)) * time.Millisecond) // the moment of death
		killed()
		checkIndex(t, profile)
		for i := round; i < 400; i += 37 {
			writeNumbered(t, dir, i, round+1)
		}
		must(t, os.Remove(numbered(dir, 399-round)))
	}
	b := reopened(t, profile, dir)
	for i := range 400 - rounds {
		version := 0
		for round := range rounds {
			if i >= round && (i-round)%37 == 0 {
				version = round + 1
			}
		}
		b.finds(fmt.Sprintf("unique%dv%d", i, version), filepath.Base(numbered(dir, i)))
	}
	for round := range rounds {
		b.finds(fmt.Sprintf("unique%dv0", 399-round), "")
	}
	checkIndex(t, profile)
}

func numbered(dir string, i int) string { return filepath.Join(dir, fmt.Sprintf("file %d.txt", i)) }

func writeNumbered(t *testing.T, dir string, i, version int) {
	t.Helper()
	content := fmt.Sprintf("unique%dv%d %s", i, version, strings.Repeat("common words ", 500+version))
	must(t, os.WriteFile(numbered(dir, i), []byte(content), 0o644))
}

// startIndexing starts the child and waits until it runs.
func startIndexing(t *testing.T, profile, dir string) (kill func()) {
	t.Helper()
	child := exec.Command(os.Args[0], "index", profile, dir)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	must(t, err)
	must(t, child.Start())
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Fatalf("the child didn't start: %v", err)
	}
	return func() {
		must(t, child.Process.Kill())
		child.Wait()
	}
}

// checkIndex looks at the store as SQLite sees it, and that every file that
// says it is indexed is.
func checkIndex(t *testing.T, profile string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(profile, "catalogue.db")+"?_pragma=busy_timeout(10000)")
	must(t, err)
	defer db.Close()
	var verdict string
	must(t, db.QueryRow(`PRAGMA integrity_check`).Scan(&verdict))
	if verdict != "ok" {
		t.Errorf("the store is damaged: %s", verdict)
	}
	if _, err := db.Exec(`INSERT INTO search_text (search_text) VALUES ('integrity-check')`); err != nil {
		t.Errorf("the index is damaged: %v", err)
	}
	var claimed, kept int
	must(t, db.QueryRow(`SELECT count(*) FROM search_file WHERE outcome=?`, text.Found).Scan(&claimed))
	must(t, db.QueryRow(`SELECT count(*) FROM search_text_docsize`).Scan(&kept))
	if claimed != kept {
		t.Errorf("%d files claim to be indexed, %d are", claimed, kept)
	}
}

// reopened is a bench over an existing profile.
func reopened(t *testing.T, profile, dir string) *bench {
	t.Helper()
	b := &bench{t: t, dirs: map[string]string{"Docs": dir}}
	ctx, cancel := context.WithCancel(context.Background())
	b.open(ctx, profile)
	must(t, b.c.SetShares(ctx, []catalogue.Share{{Name: "Docs", Path: dir}}))
	done := b.start(ctx)
	t.Cleanup(func() {
		cancel()
		done()
		b.c.Close()
	})
	return b
}

// TestStoppedMeanwhile changes files while nobody looks.
func TestStoppedMeanwhile(t *testing.T) {
	profile, dir := t.TempDir(), t.TempDir()
	for name, content := range map[string]string{"stays.txt": "alpha", "changes.txt": "beta", "goes.txt": "gamma", "moves.txt": "delta"} {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644))
	}
	t.Run("before", func(t *testing.T) {
		b := reopened(t, profile, dir)
		for question, want := range map[string]string{"alpha": "stays.txt", "beta": "changes.txt", "gamma": "goes.txt", "delta": "moves.txt"} {
			b.finds(question, want)
		}
	})
	must(t, os.WriteFile(filepath.Join(dir, "changes.txt"), []byte("epsilon now"), 0o644))
	must(t, os.Remove(filepath.Join(dir, "goes.txt")))
	must(t, os.Rename(filepath.Join(dir, "moves.txt"), filepath.Join(dir, "moved.txt")))
	b := reopened(t, profile, dir)
	for question, want := range map[string]string{"alpha": "stays.txt", "epsilon": "changes.txt", "beta": "", "gamma": "", "delta": "moved.txt", "goes": ""} {
		b.finds(question, want)
	}
}

// TestFailuresAreRemembered: a document that the worker doesn't survive is
// tried again once, and when it changes; the others are indexed.
func TestFailuresAreRemembered(t *testing.T) {
	b := newBench(t, "Docs")
	b.write("Docs", "broken.docx", "PK no archive")
	path := b.write("Docs", "crash.txt", "falcon that crashes")
	b.write("Docs", "photo.jpg", "no text")
	b.write("Docs", "sound.txt", "falcon that flies")
	b.finds("falcon", "sound.txt")
	b.judges(map[string]text.Outcome{"broken.docx": text.Broken, "crash.txt": text.Killed, "sound.txt": text.Found})
	b.indexed()
	for round, want := range []int64{1, 0, 0} { // the next starts
		must(t, b.compare(t.Context()))
		if files := b.Progress().Files; files > want {
			t.Errorf("start %d: %d files are tried again, want %d at most", round, files, want)
		}
		b.indexed()
	}
	must(t, os.Rename(path, filepath.Join(filepath.Dir(path), "cured.txt")))
	b.hint()
	b.judges(map[string]text.Outcome{"cured.txt": text.Found})
}

// TestLimitsOfTheWorker: documents that want more time or memory than there is
// are left alone, and the others are indexed.
func TestLimitsOfTheWorker(t *testing.T) {
	b := newBench(t, "Docs")
	for _, name := range []string{"endless.txt", "hungry.txt", "sound.txt"} {
		b.write("Docs", name, "falcon of "+name)
	}
	b.judges(map[string]text.Outcome{"endless.txt": text.Killed, "hungry.txt": text.Killed, "sound.txt": text.Found})
	b.finds("falcon", "sound.txt")
	b.write("Docs", "later.txt", "osprey")
	b.finds("osprey", "later.txt")
}

// judges waits until files have these outcomes.
func (b *bench) judges(outcomes map[string]text.Outcome) {
	b.t.Helper()
	for name, want := range outcomes {
		got := text.Outcome(0)
		b.until(name+" is judged", func() bool { got = b.outcome(name); return got == want }, func() string { return fmt.Sprint(got) })
	}
}

// outcome is what the index says of the file found by a name, 0 for nothing.
func (b *bench) outcome(name string) (o text.Outcome) {
	entries, err := b.Query(b.t.Context(), Query{Text: name})
	if err != nil || len(entries) == 0 {
		return 0
	}
	must(b.t, b.c.View(b.t.Context(), func(tx *sql.Tx) error {
		err := tx.QueryRow(`SELECT outcome FROM search_file WHERE number=?`, entries[0].Number).Scan(&o)
		if err == sql.ErrNoRows {
			return nil
		}
		return err
	}))
	return o
}
