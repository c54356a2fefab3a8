//go:build !windows

package control

import (
	"context"
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

// dialCore connects to the core that listens at path.
func dialCore(ctx context.Context, path string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, "unix", path)
}
