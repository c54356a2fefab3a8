//go:build !headless || ci

package desktoptest

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"folderfront/app/state"
)

// Goals of the desktop program.
const (
	goalIdle    = 0.1 // percent of a processor, window closed
	goalMemory  = 40  // MB, window closed
	goalTray    = 0.5 // seconds from the start to the icon
	goalListing = 0.3 // seconds from the start to the first listing
)

// bench skips what only a measurement wants.
func bench(t *testing.T) {
	t.Helper()
	if os.Getenv("FOLDERFRONT_BENCH") == "" {
		t.Skip("a measurement: FOLDERFRONT_BENCH=1 or .ci/bench-desktop.sh runs it")
	}
}

// TestCost measures what the program costs a desktop that forgot it.
func TestCost(t *testing.T) {
	bench(t)
	d := newDesk(t)
	folder := t.TempDir()
	for i := range 100 {
		write(t, filepath.Join(folder, fmt.Sprintf("Document %03d.txt", i)), "What is written in it.")
	}
	write(t, filepath.Join(folder, "large.bin"), strings.Repeat("0123456789abcdef", 16<<20))
	d.forgetProgram()
	d.launch("--hidden", folder)
	d.eventually("sharing", func() bool { st, ok := d.state(); return ok && st.Phase == state.Live && len(st.Keys) > 0 })
	core := process(d.program.Process.Pid)
	time.Sleep(25 * time.Second) // until the start has given back what it took
	d.settle(core)
	idle, resident := d.report("core, window closed", core)
	fmt.Printf("  goals: %.1f %% of a processor %s, %d MB %s\n", goalIdle, met(idle <= goalIdle), goalMemory, met(resident <= goalMemory))

	d.do(state.ShowWindow{}, nil)
	d.awaitWindow()
	window := process(d.windowProcess())
	d.settle(core, window)
	d.report("core, window open", core)
	d.report("window, visible and idle", window)
	d.press("ctrl+w")
	d.eventually("the window to close", func() bool { return len(d.windows()) == 0 })

	key := d.key()
	st, _ := d.state()
	used := core.used(t)
	const rounds = 8
	for range rounds {
		if n := len(fetch(t, st.BaseAPIURL, key, st.Folders[0].Name, "large.bin")); n != 256<<20 {
			t.Fatalf("%d bytes arrived", n)
		}
	}
	fmt.Printf("core, serving %d × 256 MiB: %.2f s of a processor a GiB, %.0f MB\n",
		rounds, (core.used(t)-used).Seconds()/rounds*4, core.memory(t).resident())
	d.settle(core)
	d.report("core, after serving", core)
	d.quit()
}

// TestStart measures how long a start takes to be of use.
func TestStart(t *testing.T) {
	bench(t)
	var total float64
	const rounds = 5
	for range rounds {
		d := newDesk(t)
		began := time.Now()
		d.launch("--hidden", t.TempDir())
		total += time.Since(began).Seconds()
		d.quit()
	}
	fmt.Printf("start to tray icon: %.3f s (goal at most %.1f: %s)\n", total/rounds, goalTray, met(total/rounds <= goalTray))
}

// TestStartWithManyFiles measures a restart with FOLDERFRONT_BENCH_NAMES files
// (1,000,000) catalogued.
func TestStartWithManyFiles(t *testing.T) {
	bench(t)
	n, err := strconv.Atoi(os.Getenv("FOLDERFRONT_BENCH_NAMES"))
	if err != nil {
		n = 1_000_000
	}
	d := newDesk(t)
	folder := manyFiles(t, n)
	d.launch("--hidden", folder)
	key := d.key()
	d.within(time.Hour, "all files to be catalogued", func() bool {
		st, ok := d.state()
		return ok && st.Folders[0].Status == "ready" && st.Folders[0].Files == int64(n) && !st.Index.Scanning
	})
	core := process(d.program.Process.Pid)
	d.settle(core)
	d.report(fmt.Sprintf("core with %d files, after the first scan", n), core)
	d.quit()
	for round := range 3 {
		began := time.Now()
		d.launch("--hidden")
		tray := time.Since(began).Seconds()
		first := d.firstListing(began, key)
		fmt.Printf("start %d with %d files: tray icon after %.3f s (goal %.1f: %s), first listing after %.3f s (goal %.1f: %s)\n",
			round+1, n, tray, goalTray, met(tray <= goalTray), first, goalListing, met(first <= goalListing))
		core = process(d.program.Process.Pid)
		if round == 2 {
			d.settle(core)
			d.report(fmt.Sprintf("core with %d files, after a restart", n), core)
		}
		d.quit()
	}
}
