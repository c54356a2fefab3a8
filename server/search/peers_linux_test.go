package search

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"folderfront/server/catalogue"
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

// steady is the least of three averages, as quickest is of peers.
func steady(n int, fn func()) time.Duration {
	return min(average(n, fn), average(n, fn), average(n, fn))
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

// quickest is the least processor time of three runs.
func quickest(t *testing.T, name string, args ...string) time.Duration {
	t.Helper()
	return min(program(t, name, args...), program(t, name, args...), program(t, name, args...))
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
		words = strings.Fields(question)
		plocate := min(program(t, "plocate", append([]string{"-d", db, "-i", "-b"}, words...)...), // as it likes it best
			program(t, "plocate", append([]string{"-d", db, "-b"}, words...)...))
		row("names with "+question, scan, plocate, "plocate", "≤ 1.2 where frequent, ≤ 20 ms")
		row("the 500 best for "+question, whole, plocate, "plocate", "none")
	}
	row("the 500 best for report", average(10, func() { b.ask(Query{Text: "report"}) }), program(t, "fdfind", "-u", "report", tree), "fd", "none")
	row("the 500 best for report", average(10, func() { b.ask(Query{Text: "report"}) }), program(t, "find", tree, "-iname", "*report*"), "find", "none")
	must(t, b.c.Close())
	measureProgram(t, profile, tree)
}

// measureProgram starts the whole program over the same million files: how soon
// it serves and finds, and what memory it takes once it has come to rest.
func measureProgram(t *testing.T, profile, tree string) {
	binary := filepath.Join(t.TempDir(), "folderfront")
	build := exec.Command("go", "build", "-tags", "headless", "-o", binary, "folderfront")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	serve := exec.Command(binary, "serve", "--json", "--listen", "127.0.0.1:0", "--secrets", "file", "--profile", profile, "--share-read-only", "Tree="+tree)
	serve.Env = append(os.Environ(), "FOLDERFRONT_API_KEY=measured")
	out, err := serve.StdoutPipe()
	must(t, err)
	began := time.Now()
	must(t, serve.Start())
	defer func() { serve.Process.Signal(os.Interrupt); serve.Wait() }()
	var ready struct{ BaseAPIURL string }
	must(t, json.NewDecoder(out).Decode(&ready))
	fmt.Printf("%-34s %10.2f s    goal ≤ 0.3 s\n", "the program serves after", time.Since(began).Seconds())
	go io.Copy(io.Discard, out)
	answer, err := exec.Command("curl", "-sf", "-H", "apiKey: measured", "-H", "username: a", ready.BaseAPIURL+"/search?query=report").Output()
	must(t, err)
	fmt.Printf("%-34s %10.2f s    goal ≤ 2 s, %d KB of answer\n", "its first search is answered after", time.Since(began).Seconds(), len(answer)/1000)
	untilIdle(serve.Process.Pid)
	fmt.Printf("%-34s %10s of its own, %s resident, %s at most\n", "memory of the program at rest", statusOf(serve.Process.Pid, "RssAnon"),
		statusOf(serve.Process.Pid, "VmRSS"), statusOf(serve.Process.Pid, "VmHWM"))
}

// untilIdle waits until a process takes less than a fiftieth of a processor, a
// minute at most.
func untilIdle(pid int) {
	ticks := func() (n int) {
		raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:])); len(fields) > 12 {
			user, _ := strconv.Atoi(fields[11])
			system, _ := strconv.Atoi(fields[12])
			n = user + system
		}
		return n
	}
	for before, end := ticks(), time.Now().Add(time.Minute); time.Now().Before(end); {
		time.Sleep(5 * time.Second)
		now := ticks()
		if now-before < 10 { // hundredths of a second
			return
		}
		before = now
	}
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
func status(key string) string { return statusOf(os.Getpid(), key) }

func statusOf(pid int, key string) string {
	raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(raw)) {
		if value, ok := strings.CutPrefix(line, key+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}
