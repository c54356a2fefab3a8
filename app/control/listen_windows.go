package control

import "net"

// listenPrivately relies on the profile folder, which Windows gives to its
// owner alone.
func listenPrivately(path string) (net.Listener, error) { return net.Listen("unix", path) }
