package catalogue

import (
	"errors"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// watcher turns the system's events below one share into dirty folders, through one handle for the
// whole tree: a handle on each folder would keep Explorer from renaming the folders above.
type watcher struct {
	handle windows.Handle
	event  windows.Handle
	done   chan struct{}
	hint   func(path string, deep bool)
	wake   func()

	mu       sync.Mutex
	closed   bool
	overflow bool
}

const watched = windows.FILE_NOTIFY_CHANGE_FILE_NAME | windows.FILE_NOTIFY_CHANGE_DIR_NAME |
	windows.FILE_NOTIFY_CHANGE_SIZE | windows.FILE_NOTIFY_CHANGE_LAST_WRITE | windows.FILE_NOTIFY_CHANGE_ATTRIBUTES

// newWatcher begins to watch. hint is told of folders, share-relative, and wake of troubles.
func newWatcher(root string, hint func(path string, deep bool), wake func()) (*watcher, error) {
	name, err := windows.UTF16PtrFromString(root)
	if err != nil {
		return nil, err
	}
	handle, err := windows.CreateFile(name, windows.FILE_LIST_DIRECTORY,
		windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE|windows.FILE_SHARE_DELETE, nil, windows.OPEN_EXISTING,
		windows.FILE_FLAG_BACKUP_SEMANTICS|windows.FILE_FLAG_OVERLAPPED, 0)
	if err != nil {
		return nil, err
	}
	event, err := windows.CreateEvent(nil, 0, 0, nil)
	if err != nil {
		windows.CloseHandle(handle)
		return nil, err
	}
	w := &watcher{handle: handle, event: event, done: make(chan struct{}), hint: hint, wake: wake}
	go w.drain()
	return w, nil
}

func (w *watcher) close() {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	for ended := false; !ended; { // again and again: a read may just be beginning
		windows.CancelIoEx(w.handle, nil)
		select {
		case <-w.done:
			ended = true
		case <-time.After(10 * time.Millisecond):
		}
	}
	windows.CloseHandle(w.handle)
	windows.CloseHandle(w.event)
}

// add: the one handle sees every folder.
func (w *watcher) add(string) {}

func (w *watcher) full() bool { return false }

func (w *watcher) settle() {}

// overflowed tells, once, that events were lost.
func (w *watcher) overflowed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	was := w.overflow
	w.overflow = false
	return was
}

// drain reads events until the watcher is closed. 64 KiB is the most that works over a network.
func (w *watcher) drain() {
	defer close(w.done)
	buf := make([]uint32, 16<<10) // aligned as the records must be
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(&buf[0])), len(buf)*4)
	for !w.isClosed() {
		n, err := w.read(bytes)
		if w.isClosed() {
			return
		}
		if err != nil || n == 0 { // too many at once: the system dropped them
			w.mu.Lock()
			w.overflow = true
			w.mu.Unlock()
			w.wake()
			if err != nil && !errors.Is(err, windows.ERROR_NOTIFY_ENUM_DIR) {
				return
			}
			continue
		}
		w.note(bytes[:n])
	}
}

func (w *watcher) isClosed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.closed
}

func (w *watcher) read(buf []byte) (uint32, error) {
	overlapped := windows.Overlapped{HEvent: w.event}
	err := windows.ReadDirectoryChanges(w.handle, &buf[0], uint32(len(buf)), true, watched, nil, &overlapped, 0)
	if err != nil {
		return 0, err
	}
	var n uint32
	err = windows.GetOverlappedResult(w.handle, &overlapped, &n, true)
	return n, err
}

// note marks the folder of each FILE_NOTIFY_INFORMATION record.
func (w *watcher) note(buf []byte) {
	for {
		record := (*windows.FileNotifyInformation)(unsafe.Pointer(&buf[0]))
		name := windows.UTF16ToString(unsafe.Slice(&record.FileName, record.FileNameLength/2))
		slashed := strings.TrimPrefix(filepath.ToSlash(name), "/")
		if !Hidden(path.Base(slashed)) {
			w.hint(path.Dir(slashed), false)
		}
		if record.NextEntryOffset == 0 {
			return
		}
		buf = buf[record.NextEntryOffset:]
	}
}
