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
	moved    []string // absolute paths that were renamed
	byPath   map[string]uint64
	byInode  map[uint64]string // a renamed folder is still watched, under the old path
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
	w := &watcher{root: filepath.Clean(root), on: on, hint: hint, wake: wake, byPath: map[string]uint64{}, byInode: map[uint64]string{}}
	w.done.Go(w.drain)
	return w, nil
}

func (w *watcher) close() {
	w.on.Close()
	w.done.Wait()
}

// add watches one folder. When the same folder was watched under another path, that watch goes
// first: it would go on reporting the old path, and its removal later would take the new one along.
func (w *watcher) add(path string) {
	name := filepath.Join(w.root, path)
	var st unix.Stat_t
	if err := unix.Lstat(name, &st); err != nil || st.Mode&unix.S_IFMT != unix.S_IFDIR {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if old, ok := w.byInode[st.Ino]; ok && old != name && w.byPath[old] == st.Ino {
		w.drop(old)
	}
	if inode, ok := w.byPath[name]; ok && inode != st.Ino {
		w.drop(name)
	}
	w.byPath[name], w.byInode[st.Ino] = st.Ino, name
	if err := w.on.Add(name); errors.Is(err, unix.ENOSPC) {
		w.noMore = true
	}
}

// drop ends the watch of a path. The system may have ended it already, so it can't fail.
func (w *watcher) drop(name string) {
	w.on.Remove(name)
	if inode := w.byPath[name]; w.byInode[inode] == name {
		delete(w.byInode, inode)
	}
	delete(w.byPath, name)
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
	if Hidden(filepath.Base(path)) && path != "." {
		return
	}
	if e.Has(fsnotify.Rename) {
		w.mu.Lock()
		w.moved = append(w.moved, e.Name) // before the hint: see settle
		w.mu.Unlock()
		w.hint(path, true) // where it is a folder that was watched anew already
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

// settle ends the watches at and below what was renamed. It comes after the dirty folders were taken
// and before they are reconciled, which watches them anew wherever they are now.
func (w *watcher) settle() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.moved) == 0 {
		return
	}
	gone := make(map[string]bool, len(w.moved))
	for _, name := range w.moved {
		gone[name] = true
	}
	w.moved = nil
	for watched := range w.byPath {
		for at := watched; len(at) > len(w.root); at = filepath.Dir(at) {
			if gone[at] {
				w.drop(watched)
				break
			}
		}
	}
}
