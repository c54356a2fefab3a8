//go:build !windows

package app

import "syscall"

// What the system says when an address can't be listened on.
const (
	errAddressInUse  = syscall.EADDRINUSE
	errAddressDenied = syscall.EACCES
)
