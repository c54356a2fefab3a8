package app

import "golang.org/x/sys/windows"

// What the system says when an address can't be listened on.
const (
	errAddressInUse  = windows.WSAEADDRINUSE
	errAddressDenied = windows.WSAEACCES
)
