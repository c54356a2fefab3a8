package catalogue

import "golang.org/x/sys/unix"

const (
	noReplace = unix.RENAME_EXCL
	exchange  = unix.RENAME_SWAP
)

func renameWith(old int, name string, new int, target string, flags uint32) error {
	return unix.RenameatxNp(old, name, new, target, flags)
}
