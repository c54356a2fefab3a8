package render

import (
	"bytes"
	"cmp"
	"context"
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
	"folderfront/server/worker"
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

// peerCase is a file, the programs to be compared with, and the goals: at most that much of
// the first peer's; 0 for no goal.
type peerCase struct {
	name         string
	peers        [][]string
	wall, memory float64       // of a whole process of ours
	warm         float64       // wall of a worker that is up
	most         time.Duration // of a worker that is up
	ssim         float64       // at least, to a Lanczos reduction
}

const rounds = 5

// TestBesidePeers measures on the same files, interleaved, at width 256, medians of five
// rounds: a whole process of ours (cold: with its start), a worker that is up with its engines
// (warm), and other programs. It fails when a goal is missed, so it is run by hand, on a quiet
// computer.
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
	makePeerFiles(t, self, in)
	ctx, cancel := context.WithCancel(t.Context())
	pool := worker.NewPool(ctx, worker.Config{Command: []string{self, "worker"}, Slots: 1, Idle: time.Hour, CacheDir: cacheDir})
	t.Cleanup(func() { cancel(); pool.Close() })
	for _, c := range peerCases(in) {
		t.Run(c.name, func(t *testing.T) { c.measure(t, self, in, pool) })
	}
	for _, c := range peerCases(in) {
		if c.ssim > 0 {
			t.Run("score of "+c.name, func(t *testing.T) { c.score(t, in) })
		}
	}
}

// makePeerFiles makes the files. A process' peak counts from that of the one that started it,
// so this one must stay small: others make the pictures, and the scores come last.
func makePeerFiles(t *testing.T, self string, in func(string) string) {
	t.Helper()
	for _, photo := range []string{"12mp.jpg", "48mp.jpg", "20mp.png"} {
		run(t, []string{self, "-test.v", "make-photograph", in(photo)})
	}
	for _, args := range [][]string{
		{"convert", in("12mp.jpg"), "-interlace", "JPEG", in("12mp progressive.jpg")},
		{"convert", in("12mp.jpg"), "-compress", "RLE", in("12mp.psd")},
		{"convert", in("12mp.jpg"), "-compress", "LZW", in("12mp.tif")},
		{"convert", in("12mp.jpg"), in("12mp.webp")},
		{"heif-enc", "-q", "60", "-t", "320", in("12mp.jpg"), "-o", in("12mp.heic")},
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
	writeFile(t, in("drawing.svg"), []byte(peerSVG))
}

const peerSVG = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 200"><defs><linearGradient id="g"><stop stop-color="#f80"/><stop offset="1" stop-color="#08f"/></linearGradient></defs><rect width="300" height="200" fill="url(#g)"/><circle cx="150" cy="100" r="70" fill="#fff" stroke="#000" stroke-width="5" opacity=".7"/><path d="M20 180C80 20 220 20 280 180" fill="none" stroke="#c00" stroke-width="8"/></svg>`

func peerCases(in func(string) string) []peerCase {
	vips := func(name string) []string {
		return []string{"vipsthumbnail", in(name), "-s", "256x1024", "-o", in("peer.jpg") + "[Q=80]"}
	}
	magick := func(name string) []string {
		return []string{"convert", in(name) + "[0]", "-thumbnail", "256", in("peer.jpg")}
	}
	both := func(name string) [][]string { return [][]string{vips(name), magick(name)} }
	poppler := []string{"pdftoppm", "-jpeg", "-singlefile", "-scale-to-x", "256", "-scale-to-y", "-1", in("page.pdf"), in("peer")}
	rsvg := []string{"rsvg-convert", "-w", "256", in("drawing.svg"), "-o", in("peer.png")}
	return []peerCase{
		{name: "12mp.jpg", peers: both("12mp.jpg"), wall: .9, memory: .5, ssim: .998},
		{name: "48mp.jpg", peers: both("48mp.jpg"), wall: 1.1, memory: .5, ssim: .998},
		{name: "12mp progressive.jpg", peers: both("12mp progressive.jpg"), ssim: .99},
		{name: "20mp.png", peers: both("20mp.png"), wall: 1.2, ssim: .99},
		{name: "12mp.psd", peers: [][]string{magick("12mp.psd")}, wall: .5, ssim: .99},
		{name: "12mp.tif", peers: both("12mp.tif"), wall: 2.2, ssim: .99},
		{name: "12mp.webp", peers: both("12mp.webp"), wall: 2.2, warm: 2.2, ssim: .99},
		{name: "12mp.heic", peers: both("12mp.heic"), most: 60 * time.Millisecond},
		{name: "page.pdf", peers: [][]string{poppler}, warm: 3},
		{name: "drawing.svg", peers: [][]string{rsvg}},
	}
}

// measure runs everybody in turn and prints what each took, and its ratio to ours.
func (c *peerCase) measure(t *testing.T, self string, in func(string) string, pool *worker.Pool) {
	ours := []string{self, "-test.v", "render-once", in(c.name), in("ours.jpg"), cacheDir}
	run(t, ours) // compiles, and warms the disk's cache
	warmRun(t, pool, in(c.name))
	var cold, warm []cost
	peers := make([][]cost, len(c.peers))
	for range rounds {
		cold = append(cold, run(t, ours))
		warm = append(warm, warmRun(t, pool, in(c.name)))
		for i, peer := range c.peers {
			peers[i] = append(peers[i], run(t, peer))
		}
	}
	us, up := median(cold), median(warm)
	t.Logf("%-21s cold %s; warm %s", c.name, us, up)
	for i, peer := range c.peers {
		them := median(peers[i])
		t.Logf("%-21s %-13s %s; ours is × %.2f wall, × %.2f CPU, × %.2f memory; warm × %.2f wall", "", peer[0], them,
			ratio(us.wall, them.wall), ratio(us.cpu, them.cpu), float64(us.memory)/float64(them.memory), ratio(up.wall, them.wall))
	}
	them := median(peers[0])
	if c.wall > 0 && ratio(us.wall, them.wall) > c.wall || c.memory > 0 && float64(us.memory)/float64(them.memory) > c.memory {
		t.Errorf("the goal is wall × %v, memory × %v", c.wall, c.memory)
	}
	if c.warm > 0 && ratio(up.wall, them.wall) > c.warm || c.most > 0 && up.wall > c.most {
		t.Errorf("the goal of a worker that is up is × %v, %v", c.warm, c.most)
	}
}

func ratio(a, b time.Duration) float64 { return a.Seconds() / b.Seconds() }

// String is a cost for a table; a worker that is up has no processor time or memory of its own.
func (c cost) String() string {
	if c.memory == 0 {
		return fmt.Sprintf("%5.0f ms", c.wall.Seconds()*1e3)
	}
	return fmt.Sprintf("%5.0f ms %5.0f ms CPU %4d MiB", c.wall.Seconds()*1e3, c.cpu.Seconds()*1e3, c.memory>>20)
}

// warmRun has a worker that is up make the thumbnail.
func warmRun(t *testing.T, pool *worker.Pool, file string) cost {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	began := time.Now()
	var reply Reply
	if _, err := pool.Do(t.Context(), Kind, Args{Name: file, Widths: []int{256}}, f, &reply); err != nil || reply.None {
		t.Fatalf("%s: %v %s", file, err, reply.Why)
	}
	return cost{wall: time.Since(began)}
}

// score compares with a Lanczos reduction of the whole picture.
func (c *peerCase) score(t *testing.T, in func(string) string) {
	if err := tool(t, "convert", in(c.name)+"[0]", "-filter", "Lanczos", "-resize", "256x", in("ref.png")); err != nil {
		t.Fatal(err)
	}
	_, got := unencoded(t, c.name, in(c.name), 256)
	psnr, ssim := scores(got, readPNG(t, in("ref.png")))
	t.Logf("%-21s %.1f dB, SSIM %.4f to Lanczos", c.name, psnr, ssim)
	if ssim < c.ssim {
		t.Errorf("the goal is an SSIM of %v", c.ssim)
	}
}
