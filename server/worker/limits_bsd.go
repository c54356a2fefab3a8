//go:build unix && !linux

package worker

import (
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// limitMemory starts a watchdog, because these systems enforce no limit on a process'
// memory: the child ends itself once it has ever been larger than allowed.
func limitMemory(bytes uint64) error {
	go func() {
		for range time.Tick(20 * time.Millisecond) {
			if largest() > bytes {
				os.Exit(2)
			}
		}
	}()
	return nil
}

// largest is the most memory this process ever had resident, in bytes (getrusage(2); Darwin
// counts bytes, the others kilobytes).
func largest() uint64 {
	var usage unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return uint64(usage.Maxrss)
	}
	return uint64(usage.Maxrss) << 10
}

// contain puts the child into a process group of its own, so that a tool that it started is
// killed along with it.
func contain(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// contained has nothing left to do after the start.
func contained(*os.Process) (release func(), err error) { return func() {}, nil }

func kill(p *os.Process) { unix.Kill(-p.Pid, unix.SIGKILL) }
