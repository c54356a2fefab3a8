package catalogue

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// world is a catalogue over real folders: the shares A and B on one volume, V on another one where
// there is one, and T, which is on A's volume but not shared.
type world struct {
	t       testing.TB
	db      string
	dirs    map[string]string
	c       *Catalogue
	stop    func()
	tuned   func(*Catalogue)
	written int
}

func newWorld(t testing.TB, tuned func(*Catalogue)) *world {
	base := t.TempDir()
	w := &world{t: t, db: filepath.Join(base, "catalogue.db"), dirs: map[string]string{}, tuned: tuned}
	for _, name := range []string{"A", "B", "T"} {
		w.dirs[name] = filepath.Join(base, name)
		if err := os.Mkdir(w.dirs[name], 0o777); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// addVolume makes the share V on another volume; false when the machine has none.
func (w *world) addVolume() bool {
	dir, err := os.MkdirTemp("/dev/shm", "folderfront")
	if err != nil {
		return false
	}
	w.t.Cleanup(func() { os.RemoveAll(dir) })
	a, errA := openDisk(w.dirs["A"])
	v, errV := openDisk(dir)
	if errA != nil || errV != nil {
		w.t.Fatal(errA, errV)
	}
	defer a.close()
	defer v.close()
	w.dirs["V"] = dir
	return a.self.key.device != v.self.key.device && v.self.key.known()
}

func (w *world) shares() []Share {
	var shares []Share
	for name, dir := range w.dirs {
		if name != "T" {
			shares = append(shares, Share{Name: name, Path: dir})
		}
	}
	return shares
}

func (w *world) share(name string) *share {
	for _, s := range w.c.all() {
		if s.info().Name == name {
			return s
		}
	}
	w.t.Fatalf("no share %s", name)
	return nil
}

// open opens the catalogue without running it.
func (w *world) open() {
	w.t.Helper()
	c, err := Open(w.t.Context(), Config{Path: w.db})
	if err != nil {
		w.t.Fatal(err)
	}
	c.rosters.from, c.rosters.stored.from = 0, 0 // of every folder that difference looked at
	c.youth, c.settle, c.rhythm.quiet, c.rhythm.check = 0, time.Second, 50*time.Millisecond, 50*time.Millisecond
	if w.tuned != nil {
		w.tuned(c)
	}
	if err := c.SetShares(w.t.Context(), w.shares()); err != nil {
		w.t.Fatal(err)
	}
	w.c, w.stop = c, func() {
		if err := c.Close(); err != nil {
			w.t.Error(err)
		}
	}
}

// start opens the catalogue and runs it until stop.
func (w *world) start() {
	w.t.Helper()
	w.open()
	w.run()
}

// run runs the open catalogue until stop.
func (w *world) run() {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := w.c.Run(ctx); err != nil {
			w.t.Error(err)
		}
	})
	closed := w.stop
	w.stop = func() {
		cancel()
		running.Wait()
		closed()
	}
}

// scan reconciles everything once, as at a start.
func (w *world) scan() {
	w.t.Helper()
	all := w.c.all()
	slices.SortFunc(all, func(a, b *share) int { return strings.Compare(a.info().Name, b.info().Name) })
	for _, s := range all {
		if err := w.c.scanShare(w.t.Context(), s, nil); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) path(name string) string {
	share, rest, _ := strings.Cut(name, "/")
	return filepath.Join(w.dirs[share], rest)
}

// do runs a script of one operation a line, on the disk and behind the catalogue's back.
func (w *world) do(script string) {
	w.t.Helper()
	for line := range strings.Lines(script) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if err := w.op(words[0], words[1:]); err != nil {
			w.t.Fatalf("%s: %v", strings.TrimSpace(line), err)
		}
	}
}

func (w *world) op(verb string, args []string) error {
	var p [3]string
	for i, arg := range args {
		p[i] = w.path(arg)
	}
	switch verb {
	case "write": // new content, in place
		w.written++
		if err := os.MkdirAll(filepath.Dir(p[0]), 0o777); err != nil {
			return err
		}
		return os.WriteFile(p[0], []byte(strings.Repeat("x", w.written)+args[0]), 0o666)
	case "mkdir":
		return os.MkdirAll(p[0], 0o777)
	case "mv":
		return os.Rename(p[0], p[1])
	case "rm":
		return os.RemoveAll(p[0])
	case "link":
		return os.Link(p[0], p[1])
	case "symlink":
		return os.Symlink(p[0], p[1])
	case "chmod":
		return os.Chmod(p[0], 0o600)
	case "touch":
		return os.Chtimes(p[0], time.Time{}, time.Now().Add(-time.Hour))
	case "truncate":
		return os.Truncate(p[0], 0)
	case "swap":
		return errors.Join(os.Rename(p[0], p[0]+".swapping"), os.Rename(p[1], p[0]), os.Rename(p[0]+".swapping", p[1]))
	case "save": // by way of a temporary file with a hidden name
		w.written++
		return errors.Join(os.WriteFile(p[0]+".tmp", []byte(strings.Repeat("y", w.written)), 0o666), os.Rename(p[0]+".tmp", p[0]))
	case "forge": // another file of the same size and time
		return forge(p[0], p[1])
	case "cp": // with its times, as a backup program does
		return copyFile(p[0], p[1])
	case "sleep":
		d, err := time.ParseDuration(args[0])
		time.Sleep(d)
		return err
	}
	return fmt.Errorf("unknown operation")
}

func forge(from, to string) error {
	st, err := os.Stat(from)
	if err != nil {
		return err
	}
	content := []byte(strings.Repeat("?", int(st.Size())))
	return errors.Join(os.WriteFile(to, content, 0o666), os.Chtimes(to, st.ModTime(), st.ModTime()))
}

// asked has the heads of all files remembered.
func (w *world) asked() {
	w.t.Helper()
	err := w.c.Walk(w.t.Context(), func(e Entry) error {
		w.c.KnowAgain(e)
		return nil
	})
	if err := errors.Join(err, w.c.learnAsked(w.t.Context())); err != nil {
		w.t.Fatal(err)
	}
}

func copyFile(from, to string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	st, err := os.Stat(from)
	if err != nil {
		return err
	}
	return errors.Join(os.MkdirAll(filepath.Dir(to), 0o777), os.WriteFile(to, content, 0o666), os.Chtimes(to, st.ModTime(), st.ModTime()))
}

// onDisk describes what is visible below the shares: path → kind, size and time.
func (w *world) onDisk() map[string]string {
	found := map[string]string{}
	for name, dir := range w.dirs {
		if name == "T" {
			continue
		}
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || path == dir {
				return nil // vanished meanwhile: the next look will agree
			}
			if Hidden(d.Name()) {
				if d.IsDir() {
					return fs.SkipDir
				}
				return nil
			}
			fi, err := d.Info()
			if err != nil || !fi.IsDir() && !fi.Mode().IsRegular() {
				return nil
			}
			rel, _ := filepath.Rel(dir, path)
			found[name+"/"+rel] = describe(fi.IsDir(), fi.Size(), fi.ModTime())
			return nil
		})
		if err != nil {
			w.t.Fatal(err)
		}
	}
	return found
}

func describe(folder bool, size int64, modified time.Time) string {
	if folder {
		return "folder"
	}
	return fmt.Sprintf("%d bytes at %d", size, modified.UnixNano())
}

// inCatalogue describes what the store holds, without any look at the disk, and under which ids.
func (w *world) inCatalogue() (map[string]string, map[string]ID) {
	found, ids := map[string]string{}, map[string]ID{}
	var below func(name string, number int64)
	below = func(name string, number int64) {
		nodes, err := w.c.store.read.children(number)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, n := range nodes {
			path := name + "/" + n.name
			found[path] = describe(n.folder, n.size, time.Unix(0, n.mtime))
			ids[path] = n.id
			if n.folder {
				below(path, n.number)
			}
		}
	}
	for _, s := range w.c.all() {
		below(s.info().Name, s.number)
	}
	return found, ids
}

// difference tells how the catalogue differs from the disk; "" when it doesn't.
func (w *world) difference() string {
	disk := w.onDisk()
	known, _ := w.inCatalogue()
	var lines []string
	for _, path := range slices.Sorted(maps.Keys(disk)) {
		if known[path] != disk[path] {
			lines = append(lines, fmt.Sprintf("%q: disk %q, catalogue %q", path, disk[path], known[path]))
		}
	}
	for _, path := range slices.Sorted(maps.Keys(known)) {
		if _, ok := disk[path]; !ok {
			lines = append(lines, fmt.Sprintf("%q: only in the catalogue", path))
		}
	}
	if len(lines) == 0 {
		lines = w.rosterTrouble()
	}
	if len(lines) > 20 {
		lines = append(lines[:20], fmt.Sprintf("and %d more", len(lines)-20))
	}
	return strings.Join(lines, "\n")
}

// rosterTrouble tells which rosters differ from the store, and has rosters made of all folders, so
// that they have to follow what comes.
func (w *world) rosterTrouble() (lines []string) {
	folders, err := w.c.store.read.many(`folder=1 AND dead=0`)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, folder := range folders {
		kept, ok := w.c.rosters.get(folder.number)
		r := w.c.rosters.begin(folder.number)
		children, err := w.c.store.children(w.t.Context(), folder.number)
		if err != nil {
			w.t.Fatal(err)
		}
		children = sortChildren(children)
		if ok && !slices.Equal(kept, children) {
			lines = append(lines, fmt.Sprintf("%q: roster %v, store %v", folder.name, kept, children))
		}
		stored, err := w.c.store.roster(w.t.Context(), folder.number)
		if err == nil && !slices.Equal(stored, children) {
			lines = append(lines, fmt.Sprintf("%q: stored roster %v, store %v", folder.name, stored, children))
		}
		if folder.number%3 == 0 { // the rosters of others have to do without memory
			w.c.rosters.giveUp(r)
			continue
		}
		w.c.rosters.put(r, children)
	}
	return lines
}

// eventually waits until a check gives "".
func eventually(t testing.TB, check func() string) {
	t.Helper()
	deadline := time.Now().Add(2 * time.Minute) // only a failure takes so long
	for {
		trouble := check()
		if trouble == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(trouble)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// settled waits until the catalogue equals the disk and no share has anything left to do.
func (w *world) settled() {
	w.t.Helper()
	eventually(w.t, func() string {
		for _, s := range w.c.all() {
			if st := s.status(); st.State == Scanning || s.scannedAt() == 0 {
				return fmt.Sprintf("%s is still being scanned", st.Name)
			}
			if s.dirtyCount() > 0 {
				return "folders are dirty still"
			}
		}
		return w.difference()
	})
}

func (s *share) scannedAt() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.scanned
}

func (s *share) dirtyCount() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.dirty)
}
