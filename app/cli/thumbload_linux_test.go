package cli

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const (
	loadPictures = 1000
	loadClients  = 100
)

// TestThumbnailsUnderLoad measures the running program over HTTP: 100 requests at a time for
// the pictures of 1,000 photographs, then the same again from the cache, then one by one, and
// by their tags. It fails when a goal is missed, so it is run by hand, on a quiet computer.
func TestThumbnailsUnderLoad(t *testing.T) {
	if os.Getenv("FOLDERFRONT_BENCH") == "" {
		t.Skip("measuring needs a quiet computer: set FOLDERFRONT_BENCH=1")
	}
	shared := t.TempDir()
	photographs := [10][]byte{}
	for i := range photographs {
		photographs[i] = loadPhotograph(t, i)
	}
	for i := range loadPictures {
		if err := os.WriteFile(filepath.Join(shared, fmt.Sprintf("%d.jpg", i)), photographs[i%10], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := startProgram(t, realProgram(t), t.TempDir(), []string{"FOLDERFRONT_API_KEY=" + anyKey}, "--share", "Brand="+shared)
	brand := s.list(anyKey, "/")[0]
	var files []item
	for deadline := time.Now().Add(time.Minute); len(files) < loadPictures && time.Now().Before(deadline); {
		files = s.list(anyKey, brand.ID)
	}
	workers := watchWorkers(t, s.cmd.Process.Pid)
	http.DefaultTransport.(*http.Transport).MaxIdleConnsPerHost = loadClients
	s.askForAll("made", files)
	s.askForAll("from the cache", files)
	t.Logf("memory at the most: program %d MiB, a worker %d MiB", highWater(strconv.Itoa(s.cmd.Process.Pid))>>20, workers.most()>>20)

	hit, tag := s.oneByOne(files)
	t.Logf("one by one: from the cache %v, by its tag %v (medians)", hit, tag)
	if hit > 5*time.Millisecond || tag > time.Millisecond {
		t.Errorf("the goals are 5 ms from the cache and 1 ms by the tag")
	}
}

// askForAll gets all pictures, as a client does that asks again for one that isn't there yet.
func (s *serving) askForAll(what string, files []item) {
	s.t.Helper()
	var next, waits atomic.Int64
	var mu sync.Mutex
	var each []time.Duration
	var wg sync.WaitGroup
	began, before := time.Now(), cpuOf(s.cmd.Process.Pid)
	for range loadClients {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(files)); i = next.Add(1) - 1 {
				asked := time.Now()
				for {
					response, _ := s.ask(anyKey, "thumbnail", url.Values{"id": {files[i].ID}, "size": {"200"}})
					if response.Header.Get("Etag") != "" {
						break
					}
					waits.Add(1)
				}
				mu.Lock()
				each = append(each, time.Since(asked))
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	took := time.Since(began)
	slices.Sort(each)
	s.t.Logf("%d pictures %s, %d requests at a time: %v (%.0f a second); median %v, 99th of a hundred %v; %d icons on the way; the program itself %v CPU",
		len(files), what, loadClients, took.Round(time.Millisecond), float64(len(files))/took.Seconds(),
		each[len(each)/2].Round(100*time.Microsecond), each[len(each)*99/100].Round(100*time.Microsecond), waits.Load(), cpuOf(s.cmd.Process.Pid)-before)
}

// oneByOne gives the medians of a picture from the cache, and of the answer to a known tag.
func (s *serving) oneByOne(files []item) (hit, tag time.Duration) {
	s.t.Helper()
	var hits, tags []time.Duration
	for _, f := range files[:200] {
		query := url.Values{"id": {f.ID}, "size": {"200"}}
		began := time.Now()
		response, _ := s.ask(anyKey, "thumbnail", query)
		hits = append(hits, time.Since(began))
		began = time.Now()
		again, _ := s.ask(anyKey, "thumbnail", query, "If-None-Match", response.Header.Get("Etag"))
		tags = append(tags, time.Since(began))
		if again.StatusCode != http.StatusNotModified {
			s.t.Fatalf("status %d for a known tag", again.StatusCode)
		}
	}
	slices.Sort(hits)
	slices.Sort(tags)
	return hits[len(hits)/2], tags[len(tags)/2]
}

// cpuOf is the processor time that a process took, its children not counted (proc_pid_stat(5)).
func cpuOf(pid int) time.Duration {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(string(fields[11]))
	system, _ := strconv.Atoi(string(fields[12]))
	return time.Duration(user+system) * 10 * time.Millisecond // the kernel counts in hundredths of a second
}

// loadPhotograph is one of a few pictures with some detail.
func loadPhotograph(t *testing.T, which int) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 1600, 1200))
	for i := range img.Pix {
		img.Pix[i] = byte(i*i>>13) | 0x0f
	}
	for x := range 100 * which {
		img.Set(x, x%1200, color.White)
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
