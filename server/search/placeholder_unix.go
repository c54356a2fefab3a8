//go:build !windows && !darwin

package search

import (
	"os"
	"syscall"
)

// placeholder says whether a file's content lies elsewhere, so that reading
// would fetch it: it has a size but takes no room on the disk. (A file of
// nothing but holes looks alike, and has no text either. Tiny files may lie
// within their inode.)
func placeholder(path string) bool {
	fi, err := os.Lstat(path)
	if err != nil || fi.Size() <= 4096 {
		return false
	}
	st, ok := fi.Sys().(*syscall.Stat_t)
	return ok && st.Blocks == 0
}
