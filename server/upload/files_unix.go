//go:build unix

package upload

import (
	"errors"
	"io/fs"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// nonblocking keeps an open from waiting for the other end of a pipe.
const nonblocking = syscall.O_NONBLOCK

// syncFolder makes the names in an open folder durable. A file system that can't sync a folder
// answers EINVAL and is taken at its word.
func syncFolder(d *os.File) error {
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.ENOTSUP) {
		return err
	}
	return nil
}

// sameOwner gives f the owner and group of old and tells whether the group is the same then.
func sameOwner(f *os.File, old fs.FileInfo) bool {
	want, ok := old.Sys().(*syscall.Stat_t)
	if !ok {
		return false
	}
	if f.Chown(int(want.Uid), int(want.Gid)) == nil {
		return true
	}
	return f.Chown(-1, int(want.Gid)) == nil
}

// space is the free and the whole size of the disk that an open folder lies on, in bytes, and a
// number that tells this disk from the others.
func space(folder *os.File) (free, whole int64, disk uint64, err error) {
	var s unix.Statfs_t
	if err := unix.Fstatfs(int(folder.Fd()), &s); err != nil {
		return 0, 0, 0, err
	}
	info, err := folder.Stat()
	if err != nil {
		return 0, 0, 0, err
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		disk = uint64(st.Dev)
	}
	return int64(s.Bavail) * int64(s.Bsize), int64(s.Blocks) * int64(s.Bsize), disk, nil
}

// survivePastLimit lets a write beyond the process's limit of file sizes fail with EFBIG. By itself
// it would end the program.
func survivePastLimit() { signal.Ignore(syscall.SIGXFSZ) }
