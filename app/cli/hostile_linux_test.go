package cli

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"folderfront/server/thumb/thumbtest"
)

const (
	// workerMemory is what a worker may have resident, in bytes: its limit of 700 MiB, and the
	// program's own code, which that doesn't count.
	workerMemory = 800 << 20
	// answerTime is the worker's limit for one document and ten seconds.
	answerTime = 19 * time.Second
)

// TestHostileDocumentsHurtNobody asks the running program over HTTP for the thumbnails of
// hostile documents, and of every format cut off in the middle. Each is answered, the worker
// stays small, and the program goes on to show a good picture.
func TestHostileDocumentsHurtNobody(t *testing.T) {
	shared := t.TempDir()
	all := thumbtest.Hostile(t)
	for _, d := range thumbtest.Documents(t) {
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
		icon := s.settledThumbnail(ids[d.Name], 256)
		t.Logf("%-22s %8d bytes settled after %5d ms; workers at most %3d MiB", d.Name, len(d.Data), time.Since(began).Milliseconds(), workers.most()>>20)
		if size := decodeJPEG(t, icon).Bounds().Size(); size.X == 0 || size.X > 256 {
			t.Errorf("%s: the answer is %v", d.Name, size)
		}
		fine := decodeJPEG(t, s.settledThumbnail(ids["fine.png"], 20+i))
		if r, _, b, _ := fine.At(10, 5).RGBA(); fine.Bounds().Dx() != 20+i || r < b {
			t.Errorf("after %s the next thumbnail is %v", d.Name, fine.Bounds())
		}
	}
	page := decodeJPEG(t, s.settledThumbnail(ids["fine.pdf"], 200))
	if r, _, b, _ := page.At(100, 30).RGBA(); page.Bounds().Dx() != 200 || r < b {
		t.Errorf("a good PDF, after its renderer was compiled and killed a few times, is %v", page.Bounds())
	}
	if most := workers.most(); most > workerMemory || most == 0 {
		t.Errorf("a worker took %d MiB", most>>20)
	}
	s.stop() // alive to the end, and ends well
}

// settledThumbnail asks for a picture until it isn't one that only stands in for now.
func (s *serving) settledThumbnail(id string, width int) []byte {
	s.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); {
		began := time.Now()
		status, header, body := s.thumbnail(id, width)
		switch took := time.Since(began); {
		case status != http.StatusOK || header.Get("Content-Type") != "image/jpeg":
			s.t.Fatalf("%s: status %d, %s", id, status, header.Get("Content-Type"))
		case took > answerTime:
			s.t.Fatalf("%s: answered after %v", id, took)
		}
		if !strings.Contains(header.Get("Cache-Control"), "no-store") {
			return body
		}
	}
	s.t.Fatalf("%s: still under way", id)
	return nil
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
