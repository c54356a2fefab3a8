package search

import (
	"os"
	"syscall"
)

// dataless marks a file whose content is in the cloud (SF_DATALESS, sys/stat.h).
const dataless = 0x40000000

// placeholder says whether a file's content lies elsewhere, so that reading
// would fetch it.
func placeholder(path string) bool {
	fi, err := os.Lstat(path)
	if err != nil {
		return false
	}
	st, ok := fi.Sys().(*syscall.Stat_t)
	return ok && st.Flags&dataless != 0
}
