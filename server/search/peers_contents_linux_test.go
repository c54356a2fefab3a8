package search

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"folderfront/server/catalogue"
	"folderfront/server/search/text"
)

func compareContents(t *testing.T) {
	dir := t.TempDir()
	corpus := filepath.Join(dir, "corpus")
	files, size := copyCorpus(t, corpus)
	profile := filepath.Join(dir, "profile")
	must(t, os.Mkdir(profile, 0o755))
	b := &bench{t: t, dirs: map[string]string{"Corpus": corpus}}
	ctx, cancel := context.WithCancel(context.Background())
	b.open(ctx, profile)
	before := cpu(syscall.RUSAGE_SELF) + cpu(syscall.RUSAGE_CHILDREN)
	began := time.Now()
	must(t, b.c.SetShares(ctx, []catalogue.Share{{Name: "Corpus", Path: corpus, ReadOnly: true}}))
	done := b.start(ctx)
	b.untilIndexed(corpus)
	wall := time.Since(began)
	apart := cpu(syscall.RUSAGE_SELF)
	reportFreshness(b)
	before += cpu(syscall.RUSAGE_SELF) - apart // asking isn't indexing
	cancel()
	done()
	own := cpu(syscall.RUSAGE_SELF) + cpu(syscall.RUSAGE_CHILDREN) - before
	fmt.Printf("%-34s %10.1f MB in %d files, %.1f s, %.1f s of processor time, %.1f MB a CPU-second\n", "text indexed", float64(size)/1e6,
		files, wall.Seconds(), own.Seconds(), float64(size)/1e6/own.Seconds())
	fmt.Printf("%-34s %10s   goal ≤ 300 MB\n", "most memory while indexing", status("VmHWM"))
	reportIndexSize(t, b, size)

	conf := recollConf(t, dir, corpus)
	row("indexing", own, program(t, "recollindex", "-c", conf), "recollindex", "≤ 0.125")
	for _, word := range []string{"quixotic", "heuristic", "goroutine", "function", "license", "the"} {
		words := parse(word)
		f, err := b.filter(t.Context(), Query{})
		must(t, err)
		index := steady(500, func() { _, err = b.contents(t.Context(), words, f, DefaultMax) })
		must(t, err)
		whole := steady(200, func() { b.ask(Query{Text: word}) })
		rg := quickest(t, "rg", "-l", "-i", "-w", word, corpus)
		row("texts that hold "+word, index, rg, "rg", "≤ 0.001")
		row("the 500 best for "+word, whole, rg, "rg", "none")
		row("the 500 best for "+word, whole, quickest(t, "recollq", "-c", conf, "-b", "-n", "500", word), "recollq", "≤ 0.1")
	}
	b.c.Close()
}

// untilIndexed waits as long as it takes.
func (b *bench) untilIndexed(corpus string) {
	files := int64(0)
	filepath.WalkDir(corpus, func(_ string, d fs.DirEntry, _ error) error {
		if d.Type().IsRegular() {
			files++
		}
		return nil
	})
	for known := int64(0); known < files; time.Sleep(500 * time.Millisecond) {
		must(b.t, b.c.View(b.t.Context(), func(tx *sql.Tx) error {
			return tx.QueryRow(`SELECT count(*) FROM search_file`).Scan(&known)
		}))
	}
}

// reportFreshness says how long a change of the disk takes to be found.
func reportFreshness(b *bench) {
	var worst time.Duration
	for i := range 5 {
		began := time.Now()
		b.write("Corpus", "fresh.txt", fmt.Sprintf("freshness%d", i))
		for b.ask(Query{Text: fmt.Sprintf("freshness%d", i)}) == "" {
			time.Sleep(10 * time.Millisecond)
		}
		worst = max(worst, time.Since(began))
	}
	fmt.Printf("%-34s %10.2f s    goal ≤ 2 s\n", "a changed text is found after", worst.Seconds())
}

func reportIndexSize(t *testing.T, b *bench, size int64) {
	var index int64
	must(t, b.c.View(t.Context(), func(tx *sql.Tx) error {
		return tx.QueryRow(`SELECT (SELECT sum(length(block)) FROM search_text_data) + (SELECT sum(length(sz)+8) FROM search_text_docsize)`).Scan(&index)
	}))
	fmt.Printf("%-34s %10.3f of the text   goal ≤ 0.35\n", "size of the index", float64(index)/float64(size))
}

// plain are the extensions of what the corpus takes, short the size in bytes of
// its largest file: many files, as people have them, and not too much for the
// peers.
var plain = strings.Fields(".txt .go .md .html .htm .c .h .cpp .hpp .py .rst .css .js .pl .s .json .xml .changes")

const short = 32 << 10

// copyCorpus takes plain text from the documentation packages of this computer
// (.ci/packages/bench names some large ones) and from the Go tree.
func copyCorpus(t *testing.T, to string) (files int, size int64) {
	t.Helper()
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	must(t, err)
	for _, from := range []string{"/usr/share/doc", "/usr/share/cppreference", strings.TrimSpace(string(goroot))} {
		filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() && catalogue.Hidden(d.Name()) {
				return fs.SkipDir
			}
			if err != nil || !d.Type().IsRegular() || catalogue.Hidden(d.Name()) || filepath.Ext(path) != "" && !slices.Contains(plain, filepath.Ext(path)) {
				return nil
			}
			raw, err := os.ReadFile(path)
			if err != nil || len(raw) == 0 || len(raw) > short || bytes.IndexByte(raw, 0) >= 0 {
				return nil
			}
			rel, _ := filepath.Rel(filepath.Dir(from), path)
			target := filepath.Join(to, rel)
			must(t, os.MkdirAll(filepath.Dir(target), 0o755))
			must(t, os.WriteFile(target, raw, 0o644))
			files, size = files+1, size+int64(len(raw))
			return nil
		})
	}
	return files, size
}

// recollConf lets recoll read all of the corpus itself: left alone it starts
// other programs for the extensions it doesn't know.
func recollConf(t *testing.T, dir, corpus string) string {
	t.Helper()
	conf := filepath.Join(dir, "recoll")
	must(t, os.Mkdir(conf, 0o755))
	var kinds strings.Builder
	for _, extension := range plain {
		if !strings.HasPrefix(extension, ".htm") {
			fmt.Fprintf(&kinds, "%s = text/plain\n", extension)
		}
	}
	must(t, os.WriteFile(filepath.Join(conf, "mimemap"), []byte(kinds.String()), 0o644))
	settings := "topdirs = " + corpus + "\nskippedNames =\nskippedPaths =\nusesystemfilecommand = 0\n"
	must(t, os.WriteFile(filepath.Join(conf, "recoll.conf"), []byte(settings), 0o644))
	return conf
}

// comparePDF reads the PDFs that documentation packages bring, and those named
// in FOLDERFRONT_BENCH_PDF, a folder.
func comparePDF(t *testing.T) {
	var files []string
	for _, dir := range []string{"/usr/share", os.Getenv("FOLDERFRONT_BENCH_PDF")} {
		filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(path, ".pdf") && d.Type().IsRegular() {
				files = append(files, path)
			}
			return nil
		})
	}
	if len(files) == 0 {
		fmt.Println("PDF: no file in the documentation of this computer")
		return
	}
	cache := t.TempDir()
	extract(t, files[0], cache) // compiles PDFium
	var own, peer time.Duration
	var found, all, read int
	for _, path := range files {
		out := filepath.Join(cache, "out.txt")
		took := program(t, "pdftotext", path, out)
		raw, _ := os.ReadFile(out)
		if len(raw) > text.MaxText {
			fmt.Printf("%-34s %10d MB of text, more than is read of a document\n", filepath.Base(path), len(raw)>>20)
			continue
		}
		var got string
		began := time.Now()
		own += average(1, func() { got = extract(t, path, cache) })
		if time.Since(began) >= text.Timeout {
			fmt.Printf("%-34s %10s of its text was read in time: this computer is too busy to tell\n", filepath.Base(path), "a part")
		}
		f, n := sharedWords(string(raw), got)
		peer, found, all, read = peer+took, found+f, all+n, read+1
	}
	row(fmt.Sprintf("text of %d PDFs", read), own, peer, "pdftotext", "≤ 4")
	fmt.Printf("%-34s %10.4f of %d distinct words   goal ≥ 0.97\n", "words of pdftotext found", float64(found)/float64(max(all, 1)), all)
}

func extract(t *testing.T, path, cache string) string {
	t.Helper()
	f, err := os.Open(path)
	must(t, err)
	defer f.Close()
	fi, err := f.Stat()
	must(t, err)
	got, err := text.Extract(t.Context(), text.Document{Name: path, Body: f, Size: fi.Size(), CacheDir: cache})
	if err != nil {
		t.Logf("%s: %v", filepath.Base(path), err)
	}
	return got
}

// sharedWords counts the distinct words of want, and those that got has too.
func sharedWords(want, got string) (found, all int) {
	words := func(s string) map[string]bool {
		set := map[string]bool{}
		for _, w := range strings.FieldsFunc(text.Fold(s), func(r rune) bool { return !indexed(r) }) {
			if len(w) > 1 {
				set[w] = true
			}
		}
		return set
	}
	have := words(got)
	for w := range words(want) {
		all++
		if have[w] {
			found++
		}
	}
	return found, all
}
