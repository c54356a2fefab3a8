package render

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"folderfront/server/thumb/thumbtest"
)

// cost is what a process took.
type cost struct {
	wall, cpu time.Duration
	memory    int64 // bytes at its peak
}

func run(t *testing.T, command []string) cost {
	t.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	var said bytes.Buffer
	cmd.Stderr = &said
	began := time.Now()
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v: %s", strings.Join(command, " "), err, said.String())
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return cost{time.Since(began), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), usage.Maxrss << 10}
}

func median(all []cost) cost {
	pick := func(by func(cost) int64) int64 {
		sorted := slices.Clone(all)
		slices.SortFunc(sorted, func(a, b cost) int { return cmp.Compare(by(a), by(b)) })
		return by(sorted[len(sorted)/2])
	}
	return cost{
		time.Duration(pick(func(c cost) int64 { return int64(c.wall) })),
		time.Duration(pick(func(c cost) int64 { return int64(c.cpu) })),
		pick(func(c cost) int64 { return c.memory }),
	}
}

// TestBesidePeers measures whole processes, interleaved, on the same files: width 256, medians
// of seven runs. It fails when a goal is missed, so it is run by hand, on a quiet computer.
func TestBesidePeers(t *testing.T) {
	if os.Getenv("FOLDERFRONT_BENCH") == "" {
		t.Skip("measuring needs a quiet computer: set FOLDERFRONT_BENCH=1")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	// A process' peak counts from that of the one that started it, so this one must stay small:
	// others make the pictures, and the scores come last.
	for _, photo := range []string{"12mp.jpg", "48mp.jpg", "20mp.png"} {
		run(t, []string{self, "-test.v", "make-photograph", in(photo)})
	}
	for _, args := range [][]string{
		{"convert", in("12mp.jpg"), "-interlace", "JPEG", in("12mp progressive.jpg")},
		{"convert", in("12mp.jpg"), "-compress", "RLE", in("12mp.psd")},
		{"convert", in("12mp.jpg"), "-compress", "LZW", in("12mp.tif")},
		{"convert", in("12mp.jpg"), in("12mp.webp")},
	} {
		if err := tool(t, args[0], args[1:]...); err != nil {
			t.Fatal(err)
		}
	}
	var lines strings.Builder
	for i := range 60 {
		fmt.Fprintf(&lines, "BT /F1 9 Tf 30 %d Td (Line %d of a page of text, as a letter or a brief has them.) Tj ET\n", 780-12*i, i)
	}
	writeFile(t, in("page.pdf"), thumbtest.PDF(lines.String(), "0 0 595 842", "<< >>"))
	vips := func(name string) []string {
		return []string{"vipsthumbnail", in(name), "-s", "256x1024", "-o", in("peer.jpg") + "[Q=80]"}
	}
	cases := []struct {
		name         string
		peer         []string
		wall, memory float64 // at most, of the peer's; 0 for no goal
		ssim         float64
	}{
		{"12mp.jpg", vips("12mp.jpg"), .9, .5, .998},
		{"48mp.jpg", vips("48mp.jpg"), 1.1, .5, .998},
		{"12mp progressive.jpg", vips("12mp progressive.jpg"), 0, 0, .99},
		{"20mp.png", vips("20mp.png"), 1.2, 0, .99},
		{"12mp.psd", []string{"convert", in("12mp.psd") + "[0]", "-thumbnail", "256", in("peer.jpg")}, .5, 0, .99},
		{"12mp.tif", vips("12mp.tif"), 2.2, 0, .99},
		{"12mp.webp", vips("12mp.webp"), 2.2, 0, .99},
		{"page.pdf", []string{"pdftoppm", "-jpeg", "-singlefile", "-scale-to-x", "256", "-scale-to-y", "-1", in("page.pdf"), in("peer")}, 0, 0, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			ours := []string{self, "-test.v", "render-once", in(c.name), in("ours.jpg"), cacheDir}
			run(t, ours) // compiles, and warms the disk's cache
			var a, b []cost
			for range 7 {
				a = append(a, run(t, ours))
				b = append(b, run(t, c.peer))
			}
			us, peer := median(a), median(b)
			wall, memory := us.wall.Seconds()/peer.wall.Seconds(), float64(us.memory)/float64(peer.memory)
			t.Logf("%-22s %6.0f ms %6.0f ms CPU %4d MiB; %s %6.0f ms %6.0f ms CPU %4d MiB; wall × %.2f, memory × %.2f", c.name,
				us.wall.Seconds()*1e3, us.cpu.Seconds()*1e3, us.memory>>20, c.peer[0], peer.wall.Seconds()*1e3, peer.cpu.Seconds()*1e3, peer.memory>>20, wall, memory)
			if c.wall > 0 && wall > c.wall || c.memory > 0 && memory > c.memory {
				t.Errorf("the goal is wall × %v, memory × %v", c.wall, c.memory)
			}
		})
	}
	t.Run("a warm PDF page", func(t *testing.T) {
		_, _ = thumbnailOfFile(t, "page.pdf", in("page.pdf"), 256)
		var ours, peer []cost
		for range 7 {
			began := time.Now()
			thumbnailOfFile(t, "page.pdf", in("page.pdf"), 256)
			ours = append(ours, cost{wall: time.Since(began)})
			peer = append(peer, run(t, []string{"pdftoppm", "-jpeg", "-singlefile", "-scale-to-x", "256", "-scale-to-y", "-1", in("page.pdf"), in("peer")}))
		}
		ratio := median(ours).wall.Seconds() / median(peer).wall.Seconds()
		t.Logf("%v beside pdftoppm's %v: × %.2f", median(ours).wall, median(peer).wall, ratio)
		if ratio > 3 {
			t.Error("the goal is × 3")
		}
	})
	for _, c := range cases {
		if c.ssim == 0 {
			continue
		}
		t.Run("score of "+c.name, func(t *testing.T) {
			if err := tool(t, "convert", in(c.name)+"[0]", "-filter", "Lanczos", "-resize", "256x", in("ref.png")); err != nil {
				t.Fatal(err)
			}
			_, got := unencoded(t, c.name, in(c.name), 256)
			psnr, ssim := scores(got, readPNG(t, in("ref.png")))
			t.Logf("%-22s %.1f dB, SSIM %.4f to Lanczos", c.name, psnr, ssim)
			if ssim < c.ssim {
				t.Errorf("the goal is an SSIM of %v", c.ssim)
			}
		})
	}
}
