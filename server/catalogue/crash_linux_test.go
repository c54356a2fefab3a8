package catalogue

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestKilledWhileScanning kills a process that scans a changing tree, and looks whether the store
// is whole and goes on from there.
func TestKilledWhileScanning(t *testing.T) {
	if db := os.Getenv("FOLDERFRONT_SCANNED_DB"); db != "" {
		scanUntilKilled(t, db, os.Getenv("FOLDERFRONT_SCANNED_DIR"))
		return
	}
	times := 3
	if os.Getenv("FOLDERFRONT_PROVE") != "" {
		times = 20
	}
	w := newWorld(t, nil)
	for i := range 40 {
		for j := range 20 {
			write(t, filepath.Join(w.dirs["A"], fmt.Sprintf("d%d/f%d", i, j)), "x")
		}
	}
	ids := map[string]ID{}
	for i := range times {
		cmd := exec.Command("/proc/self/exe", "-test.run=^TestKilledWhileScanning$")
		cmd.Env = append(os.Environ(), "FOLDERFRONT_SCANNED_DB="+w.db, "FOLDERFRONT_SCANNED_DIR="+w.dirs["A"])
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(100+i*37%300) * time.Millisecond)
		w.do(fmt.Sprintf("mv A/d%d A/e%d\nrm A/d%d\nwrite A/n%d/f", i, i, i+20, i))
		time.Sleep(time.Duration(i*53%200) * time.Millisecond)
		cmd.Process.Kill()
		cmd.Wait() // killed: that is its state
		w.open()
		var verdict string
		if err := w.c.store.reader.QueryRow(`PRAGMA integrity_check`).Scan(&verdict); err != nil || verdict != "ok" {
			t.Fatalf("integrity: %q, %v", verdict, err)
		}
		w.scan()
		if s := w.difference(); s != "" {
			t.Fatal(s)
		}
		_, now := w.inCatalogue()
		for path, id := range ids {
			if now[path] != "" && now[path] != id {
				t.Errorf("%s has another id than before", path)
			}
		}
		ids = now
		w.stop()
	}
	if found := aside(t, w.db); len(found) > 0 {
		t.Errorf("taken as damaged: %v", found)
	}
}

func scanUntilKilled(t *testing.T, db, dir string) {
	c := open(t, db)
	if err := c.SetShares(t.Context(), []Share{{Name: "A", Path: dir}}); err != nil {
		t.Fatal(err)
	}
	go func() {
		for { // and changes through the API, all the time
			if root, err := c.Children(context.Background(), Root); err == nil && len(root) == 1 {
				c.CreateFolder(context.Background(), root[0].ID, "made")
			}
		}
	}()
	c.Run(t.Context())
}

// TestDiskFull gives the store no room: what is known goes on being served, and what could not be
// written is written once there is room again.
func TestDiskFull(t *testing.T) {
	w := newWorld(t, nil)
	w.do("write A/f")
	w.open()
	defer func() { w.stop() }()
	w.scan()
	f := child(t, w.c, child(t, w.c, Root, "A").ID, "f")
	limit := func(pages int) {
		if _, err := w.c.store.writer.Exec(fmt.Sprintf("PRAGMA max_page_count=%d", pages)); err != nil {
			t.Fatal(err)
		}
	}
	limit(1) // the file is larger: it can't grow by a page
	for i := range 500 {
		write(t, filepath.Join(w.dirs["A"], "d", fmt.Sprintf("%d%s", i, strings.Repeat("n", 200))), "x")
	}
	if err := w.c.scanShare(t.Context(), w.share("A"), nil); !errors.Is(err, ErrNoSpace) {
		t.Errorf("a scan on a full disk: %v", err)
	}
	if e, err := w.c.Lookup(t.Context(), f.ID); err != nil || e.ID != f.ID {
		t.Errorf("Lookup on a full disk: %+v, %v", e, err)
	}
	limit(1 << 30)
	w.scan()
	if s := w.difference(); s != "" {
		t.Error(s)
	}
}
