package catalogue

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// renameBetween renames between two open folders, and never onto something: another program may
// have made it a moment ago.
func renameBetween(from *os.File, name string, to *os.File, target string) error {
	return onBoth(from, to, func(old, new int) error {
		err := unix.Renameat2(old, name, new, target, unix.RENAME_NOREPLACE)
		if !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOSYS) {
			return err
		}
		if _, err := statAt(new, target); !errors.Is(err, unix.ENOENT) { // the file system knows no flags
			return errors.Join(unix.EEXIST, err)
		}
		return unix.Renameat(old, name, new, target)
	})
}

// onBoth keeps two files open during a call.
func onBoth(a, b *os.File, call func(a, b int) error) error {
	rawA, errA := a.SyscallConn()
	rawB, errB := b.SyscallConn()
	if err := errors.Join(errA, errB); err != nil {
		return err
	}
	var err, errInner error
	errOuter := rawA.Control(func(fdA uintptr) {
		errInner = rawB.Control(func(fdB uintptr) { err = call(int(fdA), int(fdB)) })
	})
	return errors.Join(errOuter, errInner, err)
}

// syncFolder writes a folder's names to the disk.
func syncFolder(dir *os.File) error { return dir.Sync() }
