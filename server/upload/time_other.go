//go:build unix && !linux

package upload

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// setTime gives an open file a time of modification, to the microsecond.
func setTime(f *os.File, at time.Time) error {
	t := unix.NsecToTimeval(at.UnixNano())
	return unix.Futimes(int(f.Fd()), []unix.Timeval{t, t})
}
