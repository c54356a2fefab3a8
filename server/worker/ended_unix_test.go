//go:build unix

package worker

import (
	"syscall"
	"testing"
	"time"
)

// awaitEnd waits until no process has the number pid. A process that is merely waiting to
// be reaped by somebody else counts as ended.
func awaitEnd(t *testing.T, pid int) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if syscall.Kill(pid, 0) == syscall.ESRCH || zombie(pid) {
			return
		}
	}
	t.Errorf("process %d is still there", pid)
}
