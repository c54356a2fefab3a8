package thumb

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"folderfront/server/catalogue"
	"folderfront/server/worker"
)

// TestUnderLoad measures 100 requests at a time for 1,000 pictures, then the same from the
// cache, and the answer to a known ETag. It fails when a goal is missed, so it is run by hand,
// on a quiet computer.
func TestUnderLoad(t *testing.T) {
	if os.Getenv("FOLDERFRONT_BENCH") == "" {
		t.Skip("measuring needs a quiet computer: set FOLDERFRONT_BENCH=1")
	}
	f := newFixture(t)
	f.cfg.Pool = f.newPool(worker.Config{})
	img := image.NewRGBA(image.Rect(0, 0, 1600, 1200))
	for i := range img.Pix {
		img.Pix[i] = byte(i*i>>13) | 0x0f
	}
	var data bytes.Buffer
	const pictures, clients = 1000, 100
	var entries []catalogue.Entry
	for i := range pictures {
		img.Set(i, 0, color.White)
		if i%100 == 0 {
			data.Reset()
			if err := jpeg.Encode(&data, img, nil); err != nil {
				t.Fatal(err)
			}
		}
		f.write(fmt.Sprintf("%d.jpg", i), data.Bytes())
	}
	for i := range pictures {
		entries = append(entries, f.entry(fmt.Sprintf("%d.jpg", i)))
	}
	round := func(what string) (each []time.Duration) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		var next, icons atomic.Int64
		var mu sync.Mutex
		var wg sync.WaitGroup
		began := time.Now()
		for range clients {
			wg.Go(func() {
				for i := next.Add(1) - 1; i < pictures; i = next.Add(1) - 1 {
					start := time.Now()
					for done := false; !done; { // an icon for now is asked again, as a client does
						p, err := f.Get(t.Context(), entries[i], 200)
						if err != nil {
							t.Error(err)
						}
						if done = !p.Icon || err != nil; !done {
							icons.Add(1)
						}
					}
					mu.Lock()
					each = append(each, time.Since(start))
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		runtime.ReadMemStats(&after)
		slices.Sort(each)
		t.Logf("%s: %d pictures in %v; median %v, 99th of a hundred %v; %d icons on the way; this process' heap %d → %d MiB", what, pictures,
			time.Since(began).Round(time.Millisecond), each[pictures/2], each[pictures*99/100], icons.Load(), before.HeapSys>>20, after.HeapSys>>20)
		return each
	}
	round("cold")
	if hit := round("from the cache"); hit[pictures/2] > 5*time.Millisecond*clients/2 {
		t.Errorf("a hit takes %v with %d clients on two cores", hit[pictures/2], clients)
	}
	began := time.Now()
	if _, err := f.Get(t.Context(), entries[0], 200); err != nil || time.Since(began) > 5*time.Millisecond {
		t.Errorf("one hit by itself takes %v, the goal is 5 ms (%v)", time.Since(began), err)
	}
	hit := time.Since(began)
	began = time.Now()
	f.ETag(entries[0], 200)
	t.Logf("one hit by itself %v, an ETag %v", hit, time.Since(began))
	if time.Since(began) > time.Millisecond {
		t.Error("the goal for an ETag is 1 ms")
	}
}
