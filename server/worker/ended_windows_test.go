package worker

import (
	"os"
	"testing"
	"time"
)

// awaitEnd waits until there is no process of the number pid.
func awaitEnd(t *testing.T, pid int) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if p, err := os.FindProcess(pid); err != nil {
			return
		} else {
			p.Release()
		}
	}
	t.Errorf("process %d is still there", pid)
}
