//go:build unix && !linux

package worker

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// socketPair makes the pair under ForkLock, because these systems can't make it close on
// exec in one step and no other child may inherit it.
func socketPair() ([2]int, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err == nil {
		unix.CloseOnExec(fds[0])
		unix.CloseOnExec(fds[1])
	}
	return fds, err
}
