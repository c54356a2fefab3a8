package cli

import (
	"context"
	"fmt"
	"image/color"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/image/font/gofont/goregular"

	"folderfront/server/thumb/render"
	"folderfront/server/thumb/thumbtest"
	"folderfront/server/worker"
)

const (
	// workerMemory is what a worker may have resident at most, in bytes.
	workerMemory = 700_000_000
	// answerTime is how long anybody waits for a thumbnail at most: the server sends an icon
	// after three seconds, whatever the worker does.
	answerTime = 10 * time.Second
)

// TestHostileDocumentsHurtNobody asks the running program over HTTP for the thumbnails of
// hostile documents, and of every format cut off in the middle. Each is answered, the worker
// stays small, and the program goes on to show a good picture.
func TestHostileDocumentsHurtNobody(t *testing.T) {
	shared := t.TempDir()
	all := thumbtest.Hostile(t)
	whole := append(thumbtest.Documents(t), thumbtest.Document{Name: "font.ttf", Data: goregular.TTF}, thumbtest.Document{Name: "flat.webp", Data: thumbtest.BlackWebP(600, 400)})
	for _, d := range append(whole, madeByTools(t)...) {
		all = append(all, thumbtest.Document{Name: "half " + d.Name, Data: d.Data[:len(d.Data)/2]})
	}
	for _, d := range all {
		if err := os.WriteFile(filepath.Join(shared, d.Name), d.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	writePNG(t, filepath.Join(shared, "fine.png"), 300, 200, thumbtest.Orange)
	if err := os.WriteFile(filepath.Join(shared, "fine.pdf"), thumbtest.PDF(thumbtest.FlagContent, thumbtest.PageBox, "<< >>"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startProgram(t, realProgram(t), t.TempDir(), []string{"FOLDERFRONT_API_KEY=" + anyKey}, "--share", "Brand="+shared)
	ids := map[string]string{}
	for _, file := range s.list(anyKey, s.list(anyKey, "/")[0].ID) {
		ids[file.Title] = file.ID
	}
	workers := watchWorkers(t, s.cmd.Process.Pid)
	for i, d := range all {
		began := time.Now()
		icon, slowest := s.settledThumbnail(ids[d.Name], 256)
		t.Logf("%-22s %8d bytes settled after %5d ms; answers after %4d ms at most; workers at most %3d MB", d.Name, len(d.Data), time.Since(began).Milliseconds(), slowest.Milliseconds(), workers.most()/1e6)
		if size := decodeJPEG(t, icon).Bounds().Size(); size.X == 0 || size.X > 256 {
			t.Errorf("%s: the answer is %v", d.Name, size)
		}
		picture, _ := s.settledThumbnail(ids["fine.png"], 20+i)
		fine := decodeJPEG(t, picture)
		if r, _, b, _ := fine.At(10, 5).RGBA(); fine.Bounds().Dx() != 20+i || r < b {
			t.Errorf("after %s the next thumbnail is %v", d.Name, fine.Bounds())
		}
	}
	picture, _ := s.settledThumbnail(ids["fine.pdf"], 200)
	page := decodeJPEG(t, picture)
	if r, _, b, _ := page.At(100, 30).RGBA(); page.Bounds().Dx() != 200 || r < b {
		t.Errorf("a good PDF, after its renderer was compiled and killed a few times, is %v", page.Bounds())
	}
	if most := workers.most(); most > workerMemory || most == 0 {
		t.Errorf("a worker took %d MB", most/1e6)
	}
	s.stop() // alive to the end, and ends well
}

// madeByTools are documents of formats that only installed tools write.
func madeByTools(t *testing.T) (made []thumbtest.Document) {
	t.Helper()
	dir := t.TempDir()
	writePNG(t, filepath.Join(dir, "in.png"), 300, 200, thumbtest.Orange)
	for _, command := range []string{
		"heif-enc -A in.png -o made.avif", "heif-enc in.png -o made.heic", "cjxl in.png made.jxl", "convert in.png made.webp",
		"ffmpeg -loglevel error -loop 1 -i in.png -t 1 -pix_fmt yuv420p made.mp4",
	} {
		args := strings.Fields(command)
		name := args[len(args)-1]
		tool := exec.CommandContext(t.Context(), args[0], args[1:]...)
		tool.Dir = dir
		if said, err := tool.CombinedOutput(); err != nil {
			t.Logf("%s is not tried: %v %s", name, err, said)
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, thumbtest.Document{Name: name, Data: data})
	}
	return made
}

// TestTheLargestPicturesFit has the worker make thumbnails of black pictures of 119.9
// megapixels, as large as it holds whole, within its memory.
func TestTheLargestPicturesFit(t *testing.T) {
	const side = 10950
	dir, program := t.TempDir(), realProgram(t)
	writeBlackBMP(t, filepath.Join(dir, "large.bmp"), side)
	if err := os.WriteFile(filepath.Join(dir, "large.webp"), thumbtest.BlackWebP(side, side), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	pool := worker.NewPool(ctx, worker.Config{Command: []string{program, "worker"}, Slots: 1, Limit: 2 * time.Minute})
	t.Cleanup(func() { cancel(); pool.Close() })
	workers := watchWorkers(t, os.Getpid())
	for _, name := range []string{"large.webp", "large.bmp"} {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		var reply render.Reply
		data, err := pool.Do(ctx, render.Kind, render.Args{Name: name, Widths: []int{256}}, f, &reply)
		if err != nil || reply.None {
			t.Fatalf("%s: %v %s; the worker took %d MB", name, err, reply.Why, workers.most()/1e6)
		}
		if y := color.GrayModel.Convert(decodeJPEG(t, data).At(128, 128)).(color.Gray).Y; y > 8 {
			t.Errorf("%s: black became %d", name, y)
		}
		t.Logf("%s: the worker took %d MB", name, workers.most()/1e6)
	}
	if most := workers.most(); most > workerMemory || most < 4*side*side {
		t.Errorf("the worker took %d MB", most/1e6)
	}
}

// writeBlackBMP writes a square picture whose pixels are a hole, which takes no space.
func writeBlackBMP(t *testing.T, path string, side uint32) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	head := thumbtest.BMPHeader(side, side)
	if _, err := f.Write(head); err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(int64(len(head)) + int64(side*3+3)/4*4*int64(side)); err != nil {
		t.Fatal(err)
	}
}

// settledThumbnail asks for a picture until it isn't one that only stands in for now. slowest
// is how long the slowest answer took, which is never longer than answerTime.
func (s *serving) settledThumbnail(id string, width int) (data []byte, slowest time.Duration) {
	s.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); {
		began := time.Now()
		status, header, body := s.thumbnail(id, width)
		slowest = max(slowest, time.Since(began))
		switch {
		case status != http.StatusOK || header.Get("Content-Type") != "image/jpeg":
			s.t.Fatalf("%s: status %d, %s", id, status, header.Get("Content-Type"))
		case slowest > answerTime:
			s.t.Fatalf("%s: answered after %v", id, slowest)
		}
		if !strings.Contains(header.Get("Cache-Control"), "no-store") {
			return body, slowest
		}
	}
	s.t.Fatalf("%s: still under way", id)
	return nil, 0
}

func (s *serving) thumbnail(id string, width int) (int, http.Header, []byte) {
	s.t.Helper()
	response, body := s.ask(anyKey, "thumbnail", url.Values{"id": {id}, "size": {strconv.Itoa(width)}})
	return response.StatusCode, response.Header, body
}

// workerWatch remembers the most memory that any child of a process had.
type workerWatch struct {
	mu   sync.Mutex
	peak int64
}

func (w *workerWatch) most() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.peak
}

// watchWorkers looks at the process' children until the test ends.
func watchWorkers(t *testing.T, pid int) *workerWatch {
	w := &workerWatch{}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for tick := time.NewTicker(20 * time.Millisecond); ; {
			select {
			case <-done:
				return
			case <-tick.C:
				w.look(pid)
			}
		}
	}()
	t.Cleanup(func() { close(done); <-ended })
	return w
}

func (w *workerWatch) look(pid int) {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, task := range tasks {
		children, _ := os.ReadFile(task)
		for child := range strings.FieldsSeq(string(children)) {
			peak := highWater(child)
			w.mu.Lock()
			w.peak = max(w.peak, peak)
			w.mu.Unlock()
		}
	}
}

// highWater is the most memory that a process ever had resident, in bytes (proc_pid_status(5));
// 0 when it has gone.
func highWater(pid string) int64 {
	status, _ := os.ReadFile("/proc/" + pid + "/status")
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kib, _ := strconv.ParseInt(fields[0], 10, 64)
	return kib << 10
}
