package search

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestIndexingYieldsToServing(t *testing.T) {
	var asked atomic.Int64
	s := &Search{busy: func() bool { return asked.Add(1) < 4 }, battery: func() bool { return false }}
	s.yield(t.Context())
	if n := asked.Load(); n != 4 {
		t.Errorf("asked %d times whether somebody is served, want until nobody is", n)
	}
	asked.Store(-1 << 40) // always busy
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	began := time.Now()
	s.yield(ctx)
	if time.Since(began) > patience {
		t.Error("waits after the end")
	}
}

func TestIndexingRestsOnBattery(t *testing.T) {
	s := &Search{names: newNames(), backlog: newBacklog(), busy: func() bool { return false }, battery: func() bool { return true }}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { s.yield(ctx); close(ended) }()
	for end := time.Now().Add(patience); !strings.Contains(s.Progress().Reason, "battery"); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("no word of the battery: %+v", s.Progress())
		}
	}
	select {
	case <-ended:
		t.Error("it went on")
	default:
	}
	cancel()
	<-ended
	if p := s.Progress(); p.Reason != "" {
		t.Errorf("afterwards: %+v", p)
	}
}

func TestProgress(t *testing.T) {
	b := newBench(t, "Docs")
	b.write("Docs", "one.txt", "alpha")
	b.finds("alpha", "one.txt")
	b.indexed()
	if p := b.Progress(); p.Names != 2 || p.Done != 0 || p.Left != 0 || p.Reason != "" {
		t.Errorf("at rest: %+v", p)
	}
	s := &Search{names: newNames(), backlog: newBacklog()}
	s.backlog.put(1, 1000, false)
	s.backlog.put(2, 3000, false)
	s.backlog.put(2, 2000, true)
	s.backlog.put(3, gone, true)
	if p := s.Progress(); p.Files != 3 || p.Bytes != 3000 || p.Done != 0 {
		t.Errorf("before: %+v", p)
	}
	tasks := s.backlog.take()
	if want := []task{{2, 2000}, {3, gone}, {1, 1000}}; !slices.Equal(tasks, want) {
		t.Errorf("the urgent comes first: got %v, want %v", tasks, want)
	}
	s.progress.did(2000, true)
	s.backlog.release()
	s.progress.began = time.Now().Add(-time.Minute)
	s.progress.rest("It rests.")
	if p := s.Progress(); p.Files != 3 || p.Done != 1 || p.Bytes != 2000 || p.DoneBytes != 2000 || p.Unreadable != 1 || p.Left < time.Second || p.Reason == "" {
		t.Errorf("meanwhile: %+v", p)
	}
	if tasks := s.backlog.take(); len(tasks) > 0 {
		t.Errorf("taken twice: %v", tasks)
	}
}

// TestTogether takes small files together, and not what takes its time.
func TestTogether(t *testing.T) {
	b := newBacklog()
	for number := range int64(40) {
		b.put(number, 1000, false)
	}
	for number, size := range []int64{200 << 10, 100 << 10, 10 << 20, gone, 5} {
		b.put(100+int64(number), size, false)
	}
	for i, want := range []int{32, 9, 1, 1, 2} { // 9: eight small ones and one of 200 KB
		if got := b.take(); len(got) != want {
			t.Errorf("portion %d: %d files, want %d: %v", i, len(got), want, got)
		}
	}
	if files, bytes := b.left(); files != 45 || bytes != 0 {
		t.Errorf("in hand: %d files, %d bytes waiting", files, bytes)
	}
}

// TestPlaceholders leaves files alone whose content isn't on the disk.
func TestPlaceholders(t *testing.T) {
	b := newBench(t, "Docs")
	hollow := filepath.Join(b.dirs["Docs"], "hollow.txt")
	f, err := os.Create(hollow)
	must(t, err)
	must(t, f.Truncate(1<<20))
	must(t, f.Close())
	if !placeholder(hollow) {
		t.Skip("this file system doesn't tell files without blocks")
	}
	solid := b.write("Docs", "solid.txt", strings.Repeat("falcon ", 1000))
	if placeholder(solid) {
		t.Error("a real file counts as a placeholder")
	}
	if placeholder(filepath.Join(b.dirs["Docs"], "missing")) {
		t.Error("a missing file counts as a placeholder")
	}
	b.finds("falcon", "solid.txt")
	b.finds("hollow", "hollow.txt")
	b.indexed()
	entries, err := b.Query(t.Context(), Query{Text: "hollow"})
	must(t, err)
	if known, err := b.keptOf(t.Context(), []task{{number: entries[0].Number}}); err != nil || len(known) > 0 {
		t.Errorf("the placeholder was read: %+v, error %v", known, err)
	}
}
