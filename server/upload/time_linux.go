package upload

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// setTime gives an open file a time of modification. By that, to the nanosecond, a copy is known
// again as the file it was.
func setTime(f *os.File, at time.Time) error {
	t := unix.NsecToTimespec(at.UnixNano())
	err := unix.UtimesNanoAt(int(f.Fd()), "", []unix.Timespec{t, t}, unix.AT_EMPTY_PATH)
	if err != nil { // before Linux 5.8
		coarse := unix.NsecToTimeval(at.UnixNano())
		err = unix.Futimes(int(f.Fd()), []unix.Timeval{coarse, coarse})
	}
	return err
}
