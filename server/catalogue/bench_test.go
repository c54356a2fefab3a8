//go:build unix

package catalogue

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// processor measures the processor time of a benchmark, which says more than the clock on a busy
// machine.
func processor(b *testing.B) {
	used := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	begin := used()
	b.Cleanup(func() { b.ReportMetric(float64(used()-begin)/1e3/float64(b.N), "cpu-µs/op") })
}

// names makes a tree of n empty files, a hundred to a folder, in folders of folders; or it takes
// the one in FOLDERFRONT_BENCH_TREE, which has as many.
func names(b *testing.B, n int) string {
	b.Helper()
	if dir := os.Getenv("FOLDERFRONT_BENCH_TREE"); dir != "" {
		return dir
	}
	dir, err := os.MkdirTemp(os.Getenv("FOLDERFRONT_BENCH_DIR"), "names")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { os.RemoveAll(dir) })
	for i := 0; i < n; i += 100 {
		folder := filepath.Join(dir, fmt.Sprintf("%03d/project %04d", i/10_000, i/100))
		if err := os.MkdirAll(folder, 0o777); err != nil {
			b.Fatal(err)
		}
		for j := i; j < min(i+100, n); j++ {
			f, err := os.Create(filepath.Join(folder, fmt.Sprintf("Document %07d.txt", j)))
			if err != nil {
				b.Fatal(err)
			}
			f.Close()
		}
	}
	return dir
}

// scale is how many names the large benchmarks take: 100,000, or FOLDERFRONT_BENCH_NAMES.
func scale(b *testing.B) int {
	n, err := strconv.Atoi(os.Getenv("FOLDERFRONT_BENCH_NAMES"))
	if err != nil {
		return 100_000
	}
	b.Logf("%d names", n)
	return n
}

func opened(b *testing.B, db, dir string) (*Catalogue, *share) {
	b.Helper()
	c, err := Open(b.Context(), Config{Path: db})
	if err != nil {
		b.Fatal(err)
	}
	if err := c.SetShares(b.Context(), []Share{{Name: "W", Path: dir}}); err != nil {
		b.Fatal(err)
	}
	return c, c.all()[0]
}

func scanned(b *testing.B, c *Catalogue, s *share) {
	b.Helper()
	if err := c.scanShare(b.Context(), s, nil); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkScale measures, in one run over one tree: find (the peer), the first scan, a scan that
// finds nothing new, the idle pass over folder times, and a restart until the first listing.
func BenchmarkScale(b *testing.B) {
	n := scale(b)
	dir := names(b, n)
	db := filepath.Join(b.TempDir(), "catalogue.db")
	c, s := opened(b, db, dir)
	b.Run("find", func(b *testing.B) {
		used := time.Duration(0)
		for range b.N {
			find := exec.Command("find", dir, "-printf", "%p %s %T@\n")
			if err := find.Run(); err != nil {
				b.Skipf("find(1) is the peer here: %v", err)
			}
			used += find.ProcessState.UserTime() + find.ProcessState.SystemTime()
		}
		b.ReportMetric(float64(used)/1e3/float64(b.N), "cpu-µs/op")
	})
	b.Run("first", func(b *testing.B) {
		processor(b)
		for i := range b.N {
			c, s := opened(b, filepath.Join(b.TempDir(), fmt.Sprint(i)), dir)
			scanned(b, c, s)
			if int(s.total.files) != n {
				b.Fatalf("%d files found of %d", s.total.files, n)
			}
			c.Close()
		}
	})
	scanned(b, c, s)
	b.Run("again", func(b *testing.B) {
		processor(b)
		for range b.N {
			scanned(b, c, s)
		}
	})
	b.Run("times", func(b *testing.B) {
		processor(b)
		for range b.N {
			if err := c.checkTimes(b.Context(), s, s.disk); err != nil {
				b.Fatal(err)
			}
		}
	})
	root := c.all()[0].id
	c.Close()
	if status, err := os.ReadFile("/proc/self/status"); err == nil {
		for line := range strings.Lines(string(status)) {
			if strings.HasPrefix(line, "VmHWM") {
				b.Logf("most memory ever: %s", line)
			}
		}
	}
	b.Run("restart", func(b *testing.B) {
		processor(b)
		for range b.N {
			c, _ := opened(b, db, dir)
			if _, err := c.Children(b.Context(), root); err != nil {
				b.Fatal(err)
			}
			c.Close()
		}
	})
}

// BenchmarkChildren lists one folder of 100,000 files: from its rows, from its stored roster, and from
// memory.
func BenchmarkChildren(b *testing.B) {
	dir := b.TempDir()
	for i := range 100_000 {
		f, err := os.Create(filepath.Join(dir, fmt.Sprintf("Document %06d.txt", i)))
		if err != nil {
			b.Fatal(err)
		}
		f.Close()
	}
	c, s := opened(b, filepath.Join(b.TempDir(), "catalogue.db"), dir)
	defer c.Close()
	scanned(b, c, s)
	list := func(b *testing.B) {
		if found, err := c.Contents(b.Context(), s.id); err != nil || found.Len() != 100_000 {
			b.Fatal(found.Len(), err)
		}
	}
	cold := func(b *testing.B) {
		b.ReportAllocs()
		processor(b)
		for b.Loop() {
			c.rosters.clear()
			list(b)
		}
	}
	b.Run("rows", cold)
	c.storeRosters(b.Context(), time.Now())
	if !c.rosters.isStored(s.number) {
		b.Fatal("the roster is not stored")
	}
	b.Run("stored", cold)
	b.Run("memory", func(b *testing.B) {
		b.ReportAllocs()
		processor(b)
		for b.Loop() {
			list(b)
		}
	})
}

// BenchmarkLookup is what a request for metadata needs of the catalogue.
func BenchmarkLookup(b *testing.B) {
	dir := b.TempDir()
	var ids []ID
	for i := range 1000 {
		write(b, filepath.Join(dir, fmt.Sprintf("Clients/Client %d/Reports/Report %d.txt", i%50, i)), "x")
	}
	c, s := opened(b, filepath.Join(b.TempDir(), "catalogue.db"), dir)
	defer c.Close()
	scanned(b, c, s)
	err := c.Walk(b.Context(), func(e Entry) error {
		if e.Folder {
			return nil
		}
		full, err := c.ByNumber(b.Context(), e.Number)
		ids = append(ids, full.ID)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	processor(b)
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			if _, err := c.Lookup(b.Context(), ids[i%len(ids)]); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
