//go:build linux || darwin

package catalogue

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// RenameNew renames between two open folders, and never onto something: another program may have
// made it a moment ago. The error is an fs.ErrExist then.
func RenameNew(from *os.File, name string, to *os.File, target string) error {
	return onBoth(from, to, func(old, new int) error {
		err := renameWith(old, name, new, target, noReplace)
		if !unknownFlag(err) {
			return err
		}
		var taken unix.Stat_t
		switch err := unix.Fstatat(new, target, &taken, unix.AT_SYMLINK_NOFOLLOW); {
		case err == nil:
			return unix.EEXIST
		case !errors.Is(err, unix.ENOENT):
			return err
		}
		return unix.Renameat(old, name, new, target)
	})
}

// Exchange gives what two names of an open folder have to each other, in one step. Both must be
// there. The error is errors.ErrUnsupported where the file system can't: also for files of two
// projects, whose quotas it would mix (EXDEV, rename(2)).
func Exchange(folder *os.File, a, b string) error {
	return onBoth(folder, folder, func(at, _ int) error {
		err := renameWith(at, a, at, b, exchange)
		if unknownFlag(err) || errors.Is(err, unix.EXDEV) {
			return errors.Join(errors.ErrUnsupported, err)
		}
		return err
	})
}

// unknownFlag tells the failures of file systems and kernels that only know the plain rename.
func unknownFlag(err error) bool {
	return errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.ENOTSUP) || errors.Is(err, unix.EOPNOTSUPP)
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
