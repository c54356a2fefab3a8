package catalogue

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"
)

// fileKey finds a file again after it was renamed or moved; it never serves as an id. Device is
// the system's number of the volume, good for this run only. The zero key means that the file
// system offers none.
type fileKey struct {
	device    uint64
	low, high int64 // unix: inode and birth time; Windows: the two halves of the file id
}

func (k fileKey) known() bool { return k.high != 0 || k.low != 0 }

// info is what the disk says about one file or folder.
type info struct {
	name   string
	folder bool
	size   int64 // bytes; 0 for folders
	mtime  int64 // Unix nanoseconds
	key    fileKey
}

// listing is one folder read from the disk: its visible files and folders, unsorted.
type listing struct {
	folder info // taken before reading, so that a change meanwhile shows as a newer time
	items  []info
}

var (
	errIrregular = errors.New("neither a file nor a folder")
	errSymlink   = errors.New("a symbolic link lies on the way")
	errReplaced  = errors.New("another folder lies at the share's path")
)

// disk is the folder of one share, held open. Every path is share-relative with slashes, "." for
// the share itself, and no element of it may be a symbolic link, nor may its last be anything but
// a regular file or a folder. Safe for concurrent use.
type disk struct {
	path   string
	root   *os.Root
	dir    *os.File        // the same folder, for calls relative to its descriptor
	raw    syscall.RawConn // of dir: keeps the descriptor from being closed during a call
	self   info
	opened os.FileInfo // of dir, to know it again
}

func openDisk(path string) (*disk, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	dir, err := root.Open(".")
	if err != nil {
		root.Close()
		return nil, err
	}
	d := &disk{path: path, root: root, dir: dir}
	if d.raw, err = dir.SyscallConn(); err == nil {
		d.opened, err = dir.Stat()
	}
	if err == nil {
		d.self, err = infoOf(dir)
	}
	if err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

func (d *disk) close() {
	d.dir.Close()
	d.root.Close()
}

// check tells whether the share's path still leads to the folder that is open. A folder that was
// moved away (into the trash, say) stays open, and must not be served from there.
func (d *disk) check() error {
	now, err := os.Stat(d.path)
	if err != nil {
		return err
	}
	if !os.SameFile(now, d.opened) {
		return errReplaced
	}
	return nil
}

// list reads a folder. Names that can't be looked at (they vanished, or the system refuses) and
// hidden ones are left out.
func (d *disk) list(name string) (listing, error) { return d.listInto(nil, name) }

// openFile opens a regular file for reading. It never blocks, not even on a FIFO.
func (d *disk) openFile(name string) (*os.File, error) {
	f, err := d.openAny(name)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err == nil && !st.Mode().IsRegular() {
		err = errIrregular
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("open: %w", err)
	}
	return f, nil
}

// walkTo opens the folder of a path element by element and gives it with the path's last element.
// It is the way that every system offers, at any depth; the caller closes the root.
func (d *disk) walkTo(name string) (*os.Root, string, error) {
	at, err := d.root.OpenRoot(".")
	if err != nil {
		return nil, "", err
	}
	dir, last := path.Split(name)
	for element := range strings.SplitSeq(strings.TrimSuffix(dir, "/"), "/") {
		if element == "" {
			continue
		}
		next, err := openElement(at, element)
		at.Close()
		if err != nil {
			return nil, "", err
		}
		at = next
	}
	return at, last, nil
}

// openElement opens one folder and proves afterwards that it was no symbolic link.
func openElement(at *os.Root, element string) (*os.Root, error) {
	before, err := at.Lstat(element)
	if err != nil {
		return nil, err
	}
	if !before.IsDir() {
		return nil, linkOrMissing(before)
	}
	next, err := at.OpenRoot(element)
	if err != nil {
		return nil, err
	}
	after, err := next.Stat(".")
	if err == nil && !os.SameFile(before, after) {
		err = errSymlink
	}
	if err != nil {
		next.Close()
		return nil, err
	}
	return next, nil
}

func linkOrMissing(fi fs.FileInfo) error {
	if fi.Mode()&fs.ModeSymlink != 0 {
		return errSymlink
	}
	return fs.ErrNotExist
}

// openWalking opens a file or folder by walking to it.
func (d *disk) openWalking(name string) (*os.File, error) {
	at, last, err := d.walkTo(name)
	if err != nil {
		return nil, err
	}
	defer at.Close()
	before, err := at.Lstat(last)
	if err != nil {
		return nil, err
	}
	if !before.IsDir() && !before.Mode().IsRegular() {
		return nil, errIrregular
	}
	f, err := at.OpenFile(last, os.O_RDONLY|openFlags, 0)
	if err != nil {
		return nil, err
	}
	after, err := f.Stat()
	if err == nil && !os.SameFile(before, after) {
		err = errSymlink
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}
