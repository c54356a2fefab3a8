package catalogue

import "golang.org/x/sys/unix"

const (
	noReplace = unix.RENAME_NOREPLACE
	exchange  = unix.RENAME_EXCHANGE
)

func renameWith(old int, name string, new int, target string, flags uint) error {
	return unix.Renameat2(old, name, new, target, flags)
}
