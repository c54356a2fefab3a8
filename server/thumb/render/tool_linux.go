package render

import (
	"os/exec"
	"syscall"
)

// dieWithParent has the kernel kill a tool when the worker dies.
func dieWithParent(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
