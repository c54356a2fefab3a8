//go:build !linux

package render

import "os/exec"

// dieWithParent has nothing to do: a tool is in the worker's process group or job object, which
// is killed as a whole.
func dieWithParent(*exec.Cmd) {}
