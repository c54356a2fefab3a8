package upload

import (
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/windows"
)

const nonblocking = 0

// syncFolder does what it can: Windows has no way to make the names in a folder durable.
func syncFolder(d *os.File) error {
	_ = d.Sync()
	return nil
}

// sameOwner is true: on Windows a file inherits its rights from its folder.
func sameOwner(*os.File, fs.FileInfo) bool { return true }

// setTime gives an open file a time of modification.
func setTime(f *os.File, at time.Time) error {
	t := windows.NsecToFiletime(at.UnixNano())
	return windows.SetFileTime(windows.Handle(f.Fd()), nil, nil, &t)
}

// space is the free and the whole size of the disk that an open folder lies on, in bytes. All disks
// have the same number, so what is reserved on one counts on each.
func space(folder *os.File) (free, whole int64, disk uint64, err error) {
	name, err := windows.UTF16PtrFromString(folder.Name())
	if err != nil {
		return 0, 0, 0, err
	}
	var available, total uint64
	if err := windows.GetDiskFreeSpaceEx(name, &available, &total, nil); err != nil {
		return 0, 0, 0, err
	}
	return int64(available), int64(total), 0, nil
}

// survivePastLimit has nothing to do: there is no such limit.
func survivePastLimit() {}
