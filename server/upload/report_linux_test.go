package upload

import "golang.org/x/sys/unix"

// report prints by a system call that no test injures.
func report(b []byte) error {
	_, err := unix.Writev(1, [][]byte{b})
	return err
}
