package action

import "os/exec"

// ownGroup leaves it at killing the command itself.
func ownGroup(cmd *exec.Cmd) { cmd.Cancel = func() error { return cmd.Process.Kill() } }
