package search

import (
	"os"
	"syscall"
)

// The attributes of files whose content is in the cloud or on tape (winnt.h):
// offline, recalled when opened, recalled when read.
const recalled = 0x1000 | 0x40000 | 0x400000

// placeholder says whether a file's content lies elsewhere, so that reading
// would fetch it.
func placeholder(path string) bool {
	fi, err := os.Lstat(path)
	if err != nil {
		return false
	}
	data, ok := fi.Sys().(*syscall.Win32FileAttributeData)
	return ok && data.FileAttributes&recalled != 0
}
