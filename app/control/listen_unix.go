//go:build !windows

package control

import (
	"context"
	"net"
	"os"
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

// dialCore connects to the core that listens at path.
func dialCore(ctx context.Context, path string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, "unix", path)
}

// trusted tells whether a core of the profile's may listen at path: the socket is
// that of this user, of the profile's owner or of root. In a runtime folder that
// all share, somebody else may have put one there, to be told secrets.
func trusted(path, profile string) bool {
	socket, ok := ownerOf(path)
	owner, known := ownerOf(profile)
	return !ok || socket == 0 || int(socket) == os.Getuid() || known && socket == owner
}

// ownerOf is the user id of a file's owner; false when there is no such file.
func ownerOf(path string) (uint32, bool) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return st.Uid, true
}
