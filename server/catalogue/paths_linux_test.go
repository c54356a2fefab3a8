package catalogue

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// names lists what Children gives.
func listedNames(t testing.TB, c *Catalogue, folder ID) map[string]Entry {
	t.Helper()
	children, err := c.Children(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]Entry{}
	for _, e := range children {
		names[e.Name] = e
	}
	return names
}

func TestOnlyFilesAndFoldersAreListed(t *testing.T) {
	c, dir, root := shared(t, false)
	outside := t.TempDir()
	write(t, filepath.Join(outside, "secret"), "x")
	write(t, filepath.Join(dir, "f"), "x")
	write(t, filepath.Join(dir, ".folderfront/trash/f"), "x")
	write(t, filepath.Join(dir, ".hidden"), "x")
	write(t, filepath.Join(dir, "Thumbs.db"), "x")
	write(t, filepath.Join(dir, "x.crdownload"), "x")
	for name, target := range map[string]string{
		"absolute": filepath.Join(outside, "secret"), "inside": "f", "folder": outside, "dangling": "nowhere", "loop": "loop", "up": "../..",
	} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Mkfifo(filepath.Join(dir, "fifo"), 0o666); err != nil {
		t.Fatal(err)
	}
	if fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0); err != nil {
		t.Fatal(err)
	} else {
		defer unix.Close(fd)
		if err := unix.Bind(fd, &unix.SockaddrUnix{Name: filepath.Join(dir, "socket")}); err != nil {
			t.Fatal(err)
		}
	}
	if os.Geteuid() == 0 {
		if err := unix.Mknod(filepath.Join(dir, "null"), unix.S_IFCHR|0o666, int(unix.Mkdev(1, 3))); err != nil {
			t.Logf("no device could be made: %v", err)
		}
	}
	if got := listedNames(t, c, root.ID); len(got) != 1 || got["f"].ID == "" {
		t.Errorf("listed: %v", got)
	}
}

// TestReplacedByWorse swaps what an id stands for, and what lies on the way to it, for things that
// must be neither followed nor waited for.
func TestReplacedByWorse(t *testing.T) {
	c, dir, root := shared(t, false)
	outside := t.TempDir()
	write(t, filepath.Join(outside, "f"), "secret")
	write(t, filepath.Join(dir, "other/f"), "other")
	for name, worse := range map[string]func(path string) error{
		"link to outside": func(p string) error { return os.Symlink(filepath.Join(outside, "f"), p) },
		"link to inside":  func(p string) error { return os.Symlink("../other/f", p) },
		"dangling link":   func(p string) error { return os.Symlink("nowhere", p) },
		"fifo":            func(p string) error { return unix.Mkfifo(p, 0o666) },
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(dir, "d", "f")
			write(t, file, "x")
			d := child(t, c, root.ID, "d")
			f := child(t, c, d.ID, "f")
			if err := errors.Join(os.Remove(file), worse(file)); err != nil {
				t.Fatal(err)
			}
			if _, _, err := c.OpenFile(t.Context(), f.ID); !errors.Is(err, ErrNotFound) {
				t.Errorf("OpenFile: %v", err)
			}
			if _, err := c.Lookup(t.Context(), f.ID); !errors.Is(err, ErrNotFound) {
				t.Errorf("Lookup: %v", err)
			}
			os.Remove(file)
		})
	}
	for name, target := range map[string]string{"folder outside": outside, "folder inside": "other"} {
		t.Run(name, func(t *testing.T) {
			folder := filepath.Join(dir, "e")
			write(t, filepath.Join(folder, "f"), "x")
			e := child(t, c, root.ID, "e")
			f := child(t, c, e.ID, "f")
			if err := errors.Join(os.RemoveAll(folder), os.Symlink(target, folder)); err != nil {
				t.Fatal(err)
			}
			if _, _, err := c.OpenFile(t.Context(), f.ID); !errors.Is(err, ErrNotFound) {
				t.Errorf("OpenFile: %v", err)
			}
			if _, err := c.Children(t.Context(), e.ID); !errors.Is(err, ErrNotFound) {
				t.Errorf("Children: %v", err)
			}
			if _, err := c.CreateFolder(t.Context(), e.ID, "n"); !errors.Is(err, ErrNotFound) {
				t.Errorf("CreateFolder: %v", err)
			}
			os.Remove(folder)
		})
	}
}

// TestParentSwappedAllTheTime has a folder and a link to a folder outside trade places while files
// below it are opened: what is opened is never the file outside.
func TestParentSwappedAllTheTime(t *testing.T) {
	c, dir, root := shared(t, false)
	outside := t.TempDir()
	write(t, filepath.Join(outside, "f"), "secret")
	write(t, filepath.Join(dir, "d/f"), "public")
	f := child(t, c, child(t, c, root.ID, "d").ID, "f")
	if err := os.Symlink(outside, filepath.Join(dir, ".link")); err != nil {
		t.Fatal(err)
	}
	var swapping sync.WaitGroup
	stop := make(chan struct{})
	swapping.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			err := unix.Renameat2(unix.AT_FDCWD, filepath.Join(dir, "d"), unix.AT_FDCWD, filepath.Join(dir, ".link"), unix.RENAME_EXCHANGE)
			if err != nil {
				t.Errorf("swap: %v", err)
				return
			}
		}
	})
	opened := 0
	for end := time.Now().Add(300 * time.Millisecond); time.Now().Before(end); {
		file, _, err := c.OpenFile(t.Context(), f.ID)
		if err != nil {
			continue
		}
		var content [6]byte
		if _, err := file.ReadAt(content[:], 0); err != nil || string(content[:]) != "public" {
			t.Errorf("read %q, %v", content, err)
		}
		file.Close()
		opened++
	}
	close(stop)
	swapping.Wait()
	t.Logf("opened %d times", opened)
}

func TestStrangeNames(t *testing.T) {
	c, dir, root := shared(t, false)
	strange := []string{
		"\xff\xfe", "a\xc0\xafb", strings.Repeat("n", 255), strings.Repeat("\u6f22", 85), "caf\u00e9", "cafe\u0301", "README", "readme",
		" leading", "trailing ", "trailing.", "back\\slash", "quo\"te'", "per%cent%2e%2e", "new\nline", "\u202etxt.exe", "\U0001F4C1", "CON", "a:b", "*?<>|",
		"\x01\x7f", "; rm -rf", "$(x)", "--", "-r",
	}
	for i, name := range strange {
		write(t, filepath.Join(dir, name), strings.Repeat("x", i+1))
	}
	got := listedNames(t, c, root.ID)
	if len(got) != len(strange) {
		t.Errorf("%d names listed of %d", len(got), len(strange))
	}
	for i, name := range strange {
		e, err := c.Lookup(t.Context(), got[name].ID)
		if err != nil || e.Size != int64(i+1) || e.Name != name {
			t.Errorf("%q: %+v, %v", name, e, err)
		}
		f, _, err := c.OpenFile(t.Context(), got[name].ID)
		if err != nil {
			t.Errorf("open %q: %v", name, err)
			continue
		}
		f.Close()
	}
	renamed, err := c.Rename(t.Context(), got["\xff\xfe"].ID, "plain")
	if err != nil || renamed.ID != got["\xff\xfe"].ID {
		t.Errorf("rename of a name that is no text: %+v, %v", renamed, err)
	}
	if _, err := c.Rename(t.Context(), got["README"].ID, "CAFE\u0301"); !errors.Is(err, ErrExists) {
		t.Errorf("rename to a twin of another name: %v", err)
	}
	if _, err := c.CreateFolder(t.Context(), root.ID, "ReadMe"); !errors.Is(err, ErrExists) {
		t.Errorf("a folder with a twin's name: %v", err)
	}
}

func TestPrefixTwinsAreStrangers(t *testing.T) {
	base := t.TempDir()
	write(t, filepath.Join(base, "a/f"), "x")
	write(t, filepath.Join(base, "ab/f"), "x")
	c := open(t, filepath.Join(t.TempDir(), "catalogue.db"))
	if err := c.SetShares(t.Context(), []Share{{Name: "a", Path: filepath.Join(base, "a")}, {Name: "ab", Path: filepath.Join(base, "ab")}}); err != nil {
		t.Fatal(err)
	}
	a, ab := child(t, c, Root, "a"), child(t, c, Root, "ab")
	f := child(t, c, ab.ID, "f")
	if in, err := c.Within(t.Context(), f.ID, a.ID); err != nil || in {
		t.Errorf("within the other: %v, %v", in, err)
	}
	if in, err := c.Within(t.Context(), f.ID, ab.ID); err != nil || !in {
		t.Errorf("within its own: %v, %v", in, err)
	}
	if in, err := c.Within(t.Context(), ab.ID, Root); err != nil || !in {
		t.Errorf("within Root: %v, %v", in, err)
	}
	if err := c.SetShares(t.Context(), []Share{{Name: "a", Path: filepath.Join(base, "a")}, {Name: "A", Path: filepath.Join(base, "ab")}}); !errors.Is(err, ErrInvalid) {
		t.Errorf("two shares of one folded name: %v", err)
	}
}

func TestForgedIDs(t *testing.T) {
	c, _, _ := shared(t, false)
	for _, id := range []ID{newID(), "x", "../..", ID(strings.Repeat("a", 10_000)), "\x00"} {
		if _, err := c.Lookup(t.Context(), id); !errors.Is(err, ErrNotFound) {
			t.Errorf("Lookup(%.20q): %v", id, err)
		}
		if _, err := c.Children(t.Context(), id); !errors.Is(err, ErrNotFound) {
			t.Errorf("Children(%.20q): %v", id, err)
		}
		if _, err := c.CreateFolder(t.Context(), id, "n"); !errors.Is(err, ErrNotFound) {
			t.Errorf("CreateFolder(%.20q): %v", id, err)
		}
		if _, err := c.Within(t.Context(), id, newID()); !errors.Is(err, ErrNotFound) {
			t.Errorf("Within(%.20q): %v", id, err)
		}
	}
}

func TestRenameNeverReplaces(t *testing.T) {
	c, dir, root := shared(t, false)
	write(t, filepath.Join(dir, "a"), "a")
	write(t, filepath.Join(dir, "b"), "b")
	write(t, filepath.Join(dir, ".hidden"), "h")
	write(t, filepath.Join(dir, "d/f"), "f")
	a, d := child(t, c, root.ID, "a"), child(t, c, root.ID, "d")
	if _, err := c.Rename(t.Context(), a.ID, "b"); !errors.Is(err, ErrExists) {
		t.Errorf("onto a file: %v", err)
	}
	if _, err := c.Rename(t.Context(), a.ID, ".hidden"); !errors.Is(err, ErrInvalid) {
		t.Errorf("onto a hidden name: %v", err)
	}
	for _, e := range []Entry{a, d} {
		if same, err := c.Rename(t.Context(), e.ID, e.Name); err != nil || same.ID != e.ID {
			t.Errorf("%s to its own name: %+v, %v", e.Name, same, err)
		}
	}
	if err := os.Symlink("nowhere", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Rename(t.Context(), a.ID, "link"); !errors.Is(err, ErrExists) {
		t.Errorf("onto something that isn't listed: %v", err)
	}
	if err := os.Symlink("nowhere", filepath.Join(dir, "A")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Rename(t.Context(), a.ID, "A"); !errors.Is(err, ErrExists) {
		t.Errorf("onto something that isn't listed and differs in case alone: %v", err)
	}
	for _, link := range []string{"link", "A"} {
		if to, err := os.Readlink(filepath.Join(dir, link)); err != nil || to != "nowhere" {
			t.Errorf("%s leads to %q, %v", link, to, err)
		}
	}
	if _, err := c.Move(t.Context(), d.ID, d.ID, "d"); !errors.Is(err, ErrInvalid) {
		t.Errorf("a folder into itself: %v", err)
	}
	for name, want := range map[string]string{"a": "a", "b": "b", ".hidden": "h"} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
			t.Errorf("%s holds %q, %v", name, got, err)
		}
	}
}

func TestMoveBetweenShares(t *testing.T) {
	w := newWorld(t, nil)
	w.do("write A/d/f\nmkdir B/x")
	second := w.addVolume()
	w.open()
	defer func() { w.stop() }()
	w.scan()
	_, before := w.inCatalogue()
	moved, err := w.c.Move(t.Context(), before["A/d"], before["B/x"], "e")
	if err != nil || moved.ID != before["A/d"] || moved.Share != "B" {
		t.Fatalf("%+v, %v", moved, err)
	}
	if f, err := w.c.Lookup(t.Context(), before["A/d/f"]); err != nil || f.Share != "B" {
		t.Errorf("what was in it: %+v, %v", f, err)
	}
	if second {
		v := child(t, w.c, Root, "V")
		if _, err := w.c.Move(t.Context(), before["A/d/f"], v.ID, "f"); !errors.Is(err, ErrInvalid) {
			t.Errorf("to another volume: %v", err)
		}
	}
	w.scan()
	if s := w.difference(); s != "" {
		t.Error(s)
	}
}

func TestListingsOfManyWhileScanning(t *testing.T) {
	w := newWorld(t, nil)
	for i := range 80 {
		write(t, filepath.Join(w.dirs["A"], fmt.Sprintf("d%d/e/f", i)), "x")
	}
	w.start()
	defer func() { w.stop() }()
	root := child(t, w.c, Root, "A")
	ids := map[string]ID{}
	for range 3 { // while the scan runs, and after
		for name, d := range listedNames(t, w.c, root.ID) {
			e := child(t, w.c, d.ID, "e")
			f := child(t, w.c, e.ID, "f")
			if ids[name] != "" && ids[name] != f.ID {
				t.Errorf("%s/e/f changed its id", name)
			}
			ids[name] = f.ID
		}
	}
	if len(ids) != 80 {
		t.Errorf("%d folders listed", len(ids))
	}
	w.settled()
}
