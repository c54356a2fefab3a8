package catalogue

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// onSmallDisk runs the test again in namespaces of its own, and there gives it a folder on a disk of
// so many bytes. It is "" in the run that has only to look at the outcome of the other.
func onSmallDisk(t *testing.T, size int) string {
	t.Helper()
	const inside = "FOLDERFRONT_SMALL_DISK"
	if os.Getenv(inside) == "" {
		cmd := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v")
		cmd.Env = append(os.Environ(), inside+"=1")
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWNS,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
		}
		out, err := cmd.CombinedOutput()
		if errors.Is(err, syscall.EPERM) || strings.Contains(string(out), "SKIP") {
			t.Skipf("no small disk can be mounted here: %v %s", err, out)
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return ""
	}
	dir := t.TempDir()
	if err := unix.Mount("none", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fillDisk leaves no byte of a disk; removing the file that it answers makes room again.
func fillDisk(t *testing.T, dir string) string {
	t.Helper()
	name := filepath.Join(dir, "filler")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	block := bytes.Repeat([]byte("x"), 4096)
	for err == nil {
		_, err = f.Write(block)
	}
	if !isNoSpace(err) {
		t.Fatal(err)
	}
	return name
}

// TestDiskThatReallyFills has the store on a disk that gets full while it runs: what is known goes on
// being served, each failure has its sentence, and there is nothing left to do once there is room.
func TestDiskThatReallyFills(t *testing.T) {
	dir := onSmallDisk(t, 12<<20)
	if dir == "" {
		return
	}
	w := newWorld(t, func(c *Catalogue) { c.rhythm.retry = c.rhythm.quiet })
	w.db = filepath.Join(dir, "catalogue.db")
	w.do("write A/f\nmkdir A/d")
	w.start()
	defer func() { w.stop() }()
	w.settled()
	ctx := context.Background()
	if err := w.c.store.copy(ctx); err != nil {
		t.Fatal(err)
	}
	root := child(t, w.c, Root, "A")
	f := child(t, w.c, root.ID, "f")

	filler := fillDisk(t, dir)
	for i := range 500 {
		write(t, filepath.Join(w.dirs["A"], "d", fmt.Sprintf("%d%s", i, strings.Repeat("n", 200))), "x")
	}
	eventually(t, func() string {
		if st := w.share("A").status(); st.Reason != storeFull {
			return fmt.Sprintf("the share says %q", st.Reason)
		}
		return ""
	})
	if e, err := w.c.Lookup(ctx, f.ID); err != nil || e.ID != f.ID {
		t.Errorf("Lookup on a full disk: %+v, %v", e, err)
	}
	if _, err := w.c.CreateFolder(ctx, root.ID, "made"); err != nil && !errors.Is(err, ErrNoSpace) {
		t.Errorf("CreateFolder on a full disk: %v", err)
	}
	if err := w.c.store.copy(ctx); err == nil {
		t.Error("a copy found room on a full disk")
	}
	if err := checkFile(ctx, copyPath(w.db)); err != nil {
		t.Errorf("the copy of before: %v", err)
	}

	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	w.settled()
	eventually(t, func() string { return w.share("A").status().Reason })
	if err := w.c.store.check(ctx); err != nil {
		t.Error(err)
	}
	if e, err := w.c.Lookup(ctx, f.ID); err != nil || e.Name != "f" {
		t.Errorf("Lookup after that: %+v, %v", e, err)
	}
}
