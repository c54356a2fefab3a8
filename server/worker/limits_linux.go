package worker

import (
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// limitMemory bounds the child's own private memory (RLIMIT_DATA, getrlimit(2): heap and
// private writable mappings, which is where Go and WebAssembly live).
func limitMemory(bytes uint64) error {
	return unix.Setrlimit(unix.RLIMIT_DATA, &unix.Rlimit{Cur: bytes, Max: bytes})
}

// contain puts the child into a process group of its own, so that a tool that it started is
// killed along with it, and has the kernel kill it when the core dies.
func contain(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// contained has nothing left to do after the start.
func contained(*os.Process) (release func(), err error) { return func() {}, nil }

func kill(p *os.Process) { unix.Kill(-p.Pid, unix.SIGKILL) }
