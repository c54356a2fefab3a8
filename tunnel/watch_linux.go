package tunnel

import (
	"context"
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// networkEvents tells of changes of links, addresses and routes as the kernel
// does (rtnetlink(7)), until ctx ends. Where the kernel doesn't let it, it
// polls.
func networkEvents(ctx context.Context, told chan<- struct{}) {
	socket, err := routeSocket()
	if err != nil {
		poll(ctx, told)
		return
	}
	defer socket.Close()
	defer context.AfterFunc(ctx, func() { socket.Close() })()
	buf := make([]byte, 64<<10)
	for ctx.Err() == nil {
		// What changed is looked up anew, so neither a message's content
		// matters nor whether some were lost (ENOBUFS).
		if _, err := socket.Read(buf); err != nil && !errors.Is(err, unix.ENOBUFS) {
			poll(ctx, told)
			return
		}
		tell(told)
	}
}

// routeSocket is a netlink socket that gets the groups of interest. It is
// non-blocking, so that Close ends Read.
func routeSocket() (*os.File, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_ROUTE)
	if err != nil {
		return nil, err
	}
	const groups = unix.RTMGRP_LINK | unix.RTMGRP_IPV4_IFADDR | unix.RTMGRP_IPV6_IFADDR |
		unix.RTMGRP_IPV4_ROUTE | unix.RTMGRP_IPV6_ROUTE
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: groups}); err != nil {
		unix.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), "rtnetlink"), nil
}
