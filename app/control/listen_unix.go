//go:build !windows

package control

import (
	"net"
	"syscall"
)

// listenPrivately makes the socket unreadable for others from its first
// moment. The mask is the process's, so this is called once, before files are
// made elsewhere.
func listenPrivately(path string) (net.Listener, error) {
	before := syscall.Umask(0o177)
	defer syscall.Umask(before)
	return net.Listen("unix", path)
}
