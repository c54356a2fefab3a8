package catalogue

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// openFlags keep an open from blocking on a FIFO and from following a last symbolic link.
const openFlags = unix.O_NONBLOCK | unix.O_NOFOLLOW

const statxMask = unix.STATX_TYPE | unix.STATX_SIZE | unix.STATX_MTIME | unix.STATX_INO | unix.STATX_BTIME

// open reaches a path of any depth in one call that follows no link and leaves no root. Where the
// kernel doesn't offer it, or the path is too long for one call, the caller walks.
func (d *disk) open(name string, flags uint64) (int, error) {
	how := unix.OpenHow{
		Flags:   flags | unix.O_CLOEXEC | unix.O_NOFOLLOW,
		Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS,
	}
	fd, err := -1, error(nil)
	closed := d.raw.Control(func(dir uintptr) {
		for {
			fd, err = unix.Openat2(int(dir), name, &how)
			if err != unix.EINTR && err != unix.EAGAIN {
				return
			}
		}
	})
	return fd, errors.Join(closed, err)
}

// mustWalk tells the failures of openat2 that only say that it can't be used here.
func mustWalk(err error) bool {
	return errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENAMETOOLONG) || errors.Is(err, unix.E2BIG)
}

func linkError(err error) error {
	switch {
	case errors.Is(err, unix.ELOOP):
		return errSymlink
	case errors.Is(err, unix.ENOTDIR): // a file lies where a folder was
		return fs.ErrNotExist
	}
	return err
}

// stat looks at a file or folder.
func (d *disk) stat(name string) (info, error) {
	fd, err := d.open(name, unix.O_PATH)
	if err != nil {
		if mustWalk(err) {
			return d.statWalking(name)
		}
		return info{}, linkError(err)
	}
	defer unix.Close(fd)
	return statAt(fd, "")
}

// eachTime gives the times of some folders of one folder to fn, with one call for each.
func (d *disk) eachTime(name string, folders knownFolders, fn func(knownFolder, int64)) {
	dir, err := d.openAny(name)
	if err != nil {
		return
	}
	defer dir.Close()
	at, path := int(dir.Fd()), make([]byte, 0, maxName+1)
	for _, f := range folders {
		path = append(append(path[:0], f.name...), 0)
		if in, err := statxAt(at, f.name, &path[0]); err == nil && in.folder {
			fn(f, in.mtime)
		}
	}
}

func (d *disk) statWalking(name string) (info, error) {
	f, err := d.openWalking(name)
	if err != nil {
		return info{}, err
	}
	defer f.Close()
	return infoOf(f)
}

func (d *disk) openAny(name string) (*os.File, error) {
	fd, err := d.open(name, unix.O_RDONLY|unix.O_NONBLOCK)
	if err != nil {
		if mustWalk(err) {
			return d.openWalking(name)
		}
		return nil, linkError(err)
	}
	return os.NewFile(uintptr(fd), d.path+"/"+name), nil
}

// infoOf looks at an open file or folder.
func infoOf(f *os.File) (info, error) {
	var in info
	raw, err := f.SyscallConn()
	if err != nil {
		return in, err
	}
	var failed error
	if err := raw.Control(func(fd uintptr) { in, failed = statAt(int(fd), "") }); err != nil {
		return in, err
	}
	return in, failed
}

// statAt looks at one name of an open folder, or at the open thing itself when name is empty.
func statAt(fd int, name string) (info, error) {
	path, err := unix.BytePtrFromString(name)
	if err != nil {
		return info{}, err
	}
	return statxAt(fd, name, path)
}

// statxAt is statAt for a name that lies in memory already as the system wants it, ended by a NUL.
func statxAt(fd int, name string, path *byte) (info, error) {
	var st unix.Statx_t
	flags := unix.AT_SYMLINK_NOFOLLOW | unix.AT_NO_AUTOMOUNT
	if name == "" {
		flags |= unix.AT_EMPTY_PATH
	}
	_, _, failed := unix.Syscall6(unix.SYS_STATX, uintptr(fd), uintptr(unsafe.Pointer(path)), uintptr(flags), statxMask, uintptr(unsafe.Pointer(&st)), 0)
	if failed != 0 {
		return info{}, failed
	}
	in := info{name: name, mtime: st.Mtime.Sec*1e9 + int64(st.Mtime.Nsec)}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFDIR:
		in.folder = true
	case unix.S_IFREG:
		in.size = int64(st.Size)
	default:
		return info{}, errIrregular
	}
	in.key = keyOf(&st)
	return in, nil
}

// keyOf is zero without a birth time: an inode alone is given to the next file at once.
func keyOf(st *unix.Statx_t) fileKey {
	if st.Mask&unix.STATX_BTIME == 0 || st.Btime.Sec == 0 {
		return fileKey{}
	}
	return fileKey{
		device: unix.Mkdev(st.Dev_major, st.Dev_minor),
		low:    int64(st.Ino),
		high:   st.Btime.Sec*1e9 + int64(st.Btime.Nsec),
	}
}

var dirents = sync.Pool{New: func() any { return new([64 << 10]byte) }}

// listInto is list with room for the items.
func (d *disk) listInto(room []info, name string) (listing, error) {
	dir, err := d.openAny(name)
	if err != nil {
		return listing{}, err
	}
	defer dir.Close()
	self, err := infoOf(dir)
	if err != nil {
		return listing{}, err
	}
	if !self.folder {
		return listing{}, fs.ErrNotExist
	}
	l := listing{folder: self, items: room}
	buf := dirents.Get().(*[64 << 10]byte)
	defer dirents.Put(buf)
	fd := int(dir.Fd())
	for {
		n, err := unix.Getdents(fd, buf[:])
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return listing{}, err
		}
		if n == 0 {
			return l, nil
		}
		l.items = appendDirents(l.items, fd, buf[:n])
	}
}

// appendDirents looks at each visible name of one buffer of linux_dirent64 records (getdents(2)).
func appendDirents(items []info, fd int, buf []byte) []info {
	const head = int(unsafe.Offsetof(unix.Dirent{}.Name))
	for len(buf) >= head {
		size := int(binary.NativeEndian.Uint16(buf[16:]))
		kind, raw := buf[18], buf[head:size]
		buf = buf[size:]
		if kind != unix.DT_REG && kind != unix.DT_DIR && kind != unix.DT_UNKNOWN {
			continue
		}
		end := 0
		for end < len(raw) && raw[end] != 0 {
			end++
		}
		if end == len(raw) || raw[0] == '.' {
			continue
		}
		name := string(raw[:end])
		if Hidden(name) {
			continue
		}
		if in, err := statxAt(fd, name, &raw[0]); err == nil {
			items = append(items, in)
		}
	}
	return items
}
