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
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"folderfront/server/catalogue"
	"folderfront/server/search/text"
)

// TestBesidePeers measures search beside the programs that people use for it,
// on the same files, in one run. It prints figures and judges none: they depend
// on the computer; the ratios hardly do.
func TestBesidePeers(t *testing.T) {
	if os.Getenv("FOLDERFRONT_BENCH") == "" {
		t.Skip("takes minutes; FOLDERFRONT_BENCH=1 runs it")
	}
	t.Run("names", compareNames)
	t.Run("contents", compareContents)
	t.Run("pdf", comparePDF)
}

// row prints one comparison and the goal beside it.
func row(what string, own, peer time.Duration, name, goal string) {
	if peer == 0 {
		fmt.Printf("%-34s %10.2f ms   %s is not installed   goal %s\n", what, ms(own), name, goal)
		return
	}
	fmt.Printf("%-34s %10.2f ms   %s %10.2f ms   ratio %-8.4g goal %s\n", what, ms(own), name, ms(peer), float64(own)/float64(peer), goal)
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// cpu is the processor time of this process, or of its ended children.
func cpu(who int) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(who, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// average is the processor time of one call of fn.
func average(n int, fn func()) time.Duration {
	runtime.GC()
	before := cpu(syscall.RUSAGE_SELF)
	for range n {
		fn()
	}
	return (cpu(syscall.RUSAGE_SELF) - before) / time.Duration(n)
}

// program runs a peer, its output going nowhere: its processor time, 0 when it
// isn't installed.
func program(t *testing.T, name string, args ...string) time.Duration {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		return 0
	}
	c := exec.Command(name, args...)
	var said bytes.Buffer
	c.Stderr = &said
	err := c.Run()
	if c.ProcessState == nil || err != nil && c.ProcessState.ExitCode() != 1 { // 1: nothing found
		t.Logf("%s: %v %s", name, err, said.String())
		return 0
	}
	return c.ProcessState.UserTime() + c.ProcessState.SystemTime()
}

func compareNames(t *testing.T) {
	const count = 1_000_000
	root := t.TempDir()
	tree := filepath.Join(root, "tree")
	list := makeTree(t, tree, count)
	profile := filepath.Join(root, "profile")
	must(t, os.Mkdir(profile, 0o755))
	scanTree(t, profile, tree, count)

	b := &bench{t: t}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	b.open(ctx, profile)
	defer b.c.Close()
	must(t, b.c.SetShares(ctx, []catalogue.Share{{Name: "Tree", Path: tree, ReadOnly: true}}))
	debug.FreeOSMemory()
	before := status("RssAnon")
	began := time.Now()
	spent := average(1, func() { must(t, b.load(ctx)) })
	fmt.Printf("%-34s %10.2f s, %.2f s of processor time   goal ≤ 2 s\n", "names loaded at a restart", time.Since(began).Seconds(), spent.Seconds())
	close(b.loaded)
	names, size := b.names.size()
	debug.FreeOSMemory()
	fmt.Printf("%-34s %10d names, %d MB; the process has %s of its own, %s before\n", "memory of the names", names, size/1e6, status("RssAnon"), before)

	db := filepath.Join(root, "plocate.db")
	program(t, "plocate-build", "-p", list, db)
	for _, question := range []string{"report", "budget", "budget invoice", "1234", "東京", "e", "nowhere to be found"} {
		words := parse(question)
		f, err := b.filter(ctx, Query{})
		must(t, err)
		scan := average(20, func() { b.names.search(words, question, f, DefaultMax) })
		whole := average(20, func() { b.ask(Query{Text: question}) })
		plocate := program(t, "plocate", append([]string{"-d", db, "-i", "-b"}, strings.Fields(question)...)...)
		row("names with "+question, scan, plocate, "plocate", "≤ 1.2 where frequent, ≤ 20 ms")
		row("the 500 best for "+question, whole, plocate, "plocate", "none")
	}
	row("the 500 best for report", average(10, func() { b.ask(Query{Text: "report"}) }), program(t, "fdfind", "-u", "report", tree), "fd", "none")
	row("the 500 best for report", average(10, func() { b.ask(Query{Text: "report"}) }), program(t, "find", tree, "-iname", "*report*"), "find", "none")
}

// makeTree makes the folders and empty files of generated, and the list of
// their paths.
func makeTree(t *testing.T, dir string, count int) (list string) {
	t.Helper()
	paths := map[int64]string{0: filepath.Dir(dir)}
	var all bytes.Buffer
	for i, e := range generated(count) {
		path := filepath.Join(paths[e.ParentNumber], fmt.Sprintf("%d %s", e.Number, e.Name))
		if i == 0 {
			path = dir
		}
		if e.Folder {
			paths[e.Number] = path
			must(t, os.Mkdir(path, 0o755))
		} else {
			must(t, os.WriteFile(path, nil, 0o644))
		}
		all.WriteString(path + "\n")
	}
	list = filepath.Join(filepath.Dir(dir), "list")
	must(t, os.WriteFile(list, all.Bytes(), 0o644))
	return list
}

// scanTree fills a catalogue.
func scanTree(t *testing.T, profile, tree string, count int) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	c, err := catalogue.Open(ctx, catalogue.Config{Path: filepath.Join(profile, "catalogue.db")})
	must(t, err)
	defer c.Close()
	must(t, c.SetShares(ctx, []catalogue.Share{{Name: "Tree", Path: tree, ReadOnly: true}}))
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	for {
		if s := c.Status()[0]; s.Files+s.Folders >= int64(count)-1 && s.State == catalogue.Ready {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	cancel()
	<-ended
}

// status is a line of the kernel's account of this process.
func status(key string) string {
	raw, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(raw)) {
		if value, ok := strings.CutPrefix(line, key+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

func compareContents(t *testing.T) {
	dir := t.TempDir()
	corpus := filepath.Join(dir, "corpus")
	files, size := copyCorpus(t, corpus, 150<<20)
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
	reportFreshness(b)
	cancel()
	done()
	own := cpu(syscall.RUSAGE_SELF) + cpu(syscall.RUSAGE_CHILDREN) - before
	fmt.Printf("%-34s %10.1f MB in %d files, %.1f s, %.1f s of processor time, %.1f MB a CPU-second\n", "text indexed", float64(size)/1e6,
		files, wall.Seconds(), own.Seconds(), float64(size)/1e6/own.Seconds())
	fmt.Printf("%-34s %10s   goal ≤ 300 MB\n", "most memory while indexing", status("VmHWM"))
	reportIndexSize(t, b, size)

	conf := recollConf(t, dir, corpus)
	row("indexing", own, program(t, "recollindex", "-c", conf), "recollindex", "≤ 0.125")
	for _, word := range []string{"goroutine", "license", "function", "the", "quixotic"} {
		words := parse(word)
		index := average(20, func() { b.count(match(words)) })
		whole := average(20, func() { b.ask(Query{Text: word}) })
		rg := program(t, "rg", "-l", "-i", "-w", word, corpus)
		row("files that hold "+word, index, rg, "rg", "≤ 0.001")
		row("the 500 best for "+word, whole, rg, "rg", "none")
		row("the 500 best for "+word, whole, program(t, "recollq", "-c", conf, "-b", "-n", "500", word), "recollq", "≤ 0.1")
	}
	b.c.Close()
}

// count asks the index alone how many files match.
func (b *bench) count(expression string) (n int) {
	must(b.t, b.c.View(b.t.Context(), func(tx *sql.Tx) error {
		return tx.QueryRow(`SELECT count(*) FROM search_text WHERE search_text MATCH ?`, expression).Scan(&n)
	}))
	return n
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
	for known := int64(0); known < files; time.Sleep(50 * time.Millisecond) {
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

// plain are the extensions of what the corpus takes.
var plain = strings.Fields(".txt .go .md .html .htm .c .h .cpp .hpp .py .rst .css .js .pl .s .json .xml .changes")

// copyCorpus takes plain text from the documentation packages of this computer
// (.ci/packages/bench names some large ones) and from the Go tree, up to limit
// bytes of each.
func copyCorpus(t *testing.T, to string, limit int64) (files int, size int64) {
	t.Helper()
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	must(t, err)
	for _, from := range []string{"/usr/share/doc", "/usr/share/cppreference", strings.TrimSpace(string(goroot))} {
		left := limit
		filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() && catalogue.Hidden(d.Name()) {
				return fs.SkipDir
			}
			if err != nil || !d.Type().IsRegular() || catalogue.Hidden(d.Name()) || filepath.Ext(path) != "" && !slices.Contains(plain, filepath.Ext(path)) {
				return nil
			}
			raw, err := os.ReadFile(path)
			if err != nil || len(raw) == 0 || len(raw) > text.MaxText || bytes.IndexByte(raw, 0) >= 0 {
				return nil
			}
			if left -= int64(len(raw)); left < 0 {
				return fs.SkipAll
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

func recollConf(t *testing.T, dir, corpus string) string {
	t.Helper()
	conf := filepath.Join(dir, "recoll")
	must(t, os.Mkdir(conf, 0o755))
	must(t, os.WriteFile(filepath.Join(conf, "recoll.conf"), []byte("topdirs = "+corpus+"\nskippedNames =\nskippedPaths =\n"), 0o644))
	return conf
}

// comparePDF reads the PDFs that documentation packages bring, and those named
// in FOLDERFRONT_BENCH_PDF, a folder.
func comparePDF(t *testing.T) {
	var files []string
	for _, dir := range []string{"/usr/share/doc", os.Getenv("FOLDERFRONT_BENCH_PDF")} {
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
	var found, all int
	for _, path := range files {
		var got string
		own += average(1, func() { got = extract(t, path, cache) })
		out := filepath.Join(cache, "out.txt")
		took := program(t, "pdftotext", path, out)
		peer += took
		raw, _ := os.ReadFile(out)
		f, n := sharedWords(string(raw), got)
		found, all = found+f, all+n
	}
	row(fmt.Sprintf("text of %d PDFs", len(files)), own, peer, "pdftotext", "≤ 4")
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
