package catalogue

import (
	"errors"
	"path/filepath"
	"strings"
	"sync"

	"github.com/fsnotify/fsnotify"
	"golang.org/x/sys/unix"
)

// watcher turns the system's events below one share into dirty folders. inotify watches one folder
// at a time, so each folder is added before it is read.
type watcher struct {
	root string
	on   *fsnotify.Watcher
	done sync.WaitGroup

	hint func(path string, deep bool)
	wake func()

	mu       sync.Mutex
	overflow bool
	noMore   bool     // the system has no watches left
	moved    []string // absolute paths that were watched and are others now
}

// remote are the file systems that other computers change without a word to this one's inotify
// (statfs(2), f_type).
var remote = map[uint32]bool{
	unix.NFS_SUPER_MAGIC: true, unix.SMB_SUPER_MAGIC: true, unix.CIFS_SUPER_MAGIC: true, unix.SMB2_SUPER_MAGIC: true,
	unix.FUSE_SUPER_MAGIC: true, unix.AFS_SUPER_MAGIC: true, unix.CEPH_SUPER_MAGIC: true, unix.V9FS_MAGIC: true, unix.CODA_SUPER_MAGIC: true,
}

var errRemote = errors.New("a network file system")

// newWatcher watches nothing yet. hint is told of folders, share-relative, and wake of troubles.
func newWatcher(root string, hint func(path string, deep bool), wake func()) (*watcher, error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(root, &fs); err != nil {
		return nil, err
	}
	if remote[uint32(fs.Type)] {
		return nil, errRemote
	}
	on, err := fsnotify.NewBufferedWatcher(4096)
	if err != nil {
		return nil, err
	}
	w := &watcher{root: filepath.Clean(root), on: on, hint: hint, wake: wake}
	w.done.Go(w.drain)
	return w, nil
}

func (w *watcher) close() {
	w.on.Close()
	w.done.Wait()
}

// add watches one folder.
func (w *watcher) add(path string) {
	err := w.on.Add(filepath.Join(w.root, path))
	if errors.Is(err, unix.ENOSPC) {
		w.mu.Lock()
		w.noMore = true
		w.mu.Unlock()
	}
}

// full tells whether some folder could not be watched.
func (w *watcher) full() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.noMore
}

// overflowed tells, once, that events were lost.
func (w *watcher) overflowed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	was := w.overflow
	w.overflow = false
	return was
}

// drain must keep up with the system's queue: it only notes.
func (w *watcher) drain() {
	events, errs := w.on.Events, w.on.Errors
	for events != nil || errs != nil {
		select {
		case e, ok := <-events:
			if !ok {
				events = nil
				continue
			}
			w.note(e)
		case _, ok := <-errs:
			if !ok {
				errs = nil
				continue
			}
			w.mu.Lock()
			w.overflow = true
			w.mu.Unlock()
			w.wake()
		}
	}
}

// note marks the folder in which something happened. A created folder is read by its parent's
// reconciling; what was renamed away must be forgotten with all that is watched below.
func (w *watcher) note(e fsnotify.Event) {
	path, ok := w.relative(e.Name)
	if !ok {
		return
	}
	if e.Has(fsnotify.Rename) {
		w.mu.Lock()
		w.moved = append(w.moved, e.Name)
		w.mu.Unlock()
	}
	if Hidden(filepath.Base(path)) && path != "." {
		return
	}
	w.hint(filepath.Dir(path), false)
	if e.Has(fsnotify.Chmod) {
		w.hint(path, false) // a folder may have become readable
	}
}

func (w *watcher) relative(name string) (string, bool) {
	if name == w.root {
		return ".", true
	}
	return strings.CutPrefix(name, w.root+"/")
}

// settle forgets the watches below what was renamed away: they would go on reporting the old path.
// Reconciling adds them anew.
func (w *watcher) settle() {
	w.mu.Lock()
	moved := w.moved
	w.moved = nil
	w.mu.Unlock()
	if len(moved) == 0 {
		return
	}
	gone := make(map[string]bool, len(moved))
	for _, name := range moved {
		gone[name] = true
	}
	for _, watched := range w.on.WatchList() {
		for at := watched; len(at) > len(w.root); at = filepath.Dir(at) {
			if gone[at] {
				w.on.Remove(watched) // fails only when it is gone already
				break
			}
		}
	}
}
