//go:build unix

package upload

import (
	"errors"
	"syscall"
)

func isNoSpace(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

func isTooLarge(err error) bool { return errors.Is(err, syscall.EFBIG) }

func isTooMany(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}

func isInUse(err error) bool {
	return errors.Is(err, syscall.EBUSY) || errors.Is(err, syscall.ETXTBSY)
}

func isReadOnly(err error) bool { return errors.Is(err, syscall.EROFS) }

// isOtherDisk tells that a link or rename would have to cross file systems.
func isOtherDisk(err error) bool { return errors.Is(err, syscall.EXDEV) }
