package action

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"folderfront/server/catalogue"
)

const (
	commandTime   = time.Minute
	commandOutput = 16 << 10 // bytes that are kept
)

// command runs a local program on each file of a run: no shell, the file as one
// argument, a bare environment, bounded in time and output.
func (a *Actions) command(ctx context.Context, r Run) error {
	if a.cfg.Commands == nil || !a.cfg.Commands() {
		return refuse(catalogue.ErrForbidden, "Local commands are switched off on this computer.")
	}
	for _, id := range r.Files {
		located, err := a.cfg.Catalogue.Locate(ctx, id)
		if err != nil {
			return err
		}
		if err := runCommand(ctx, commandTime, r.job.Program, append(r.job.Arguments, located)); err != nil {
			return err
		}
	}
	return nil
}

func runCommand(ctx context.Context, limit time.Duration, program string, arguments []string) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	output := &tail{}
	cmd := exec.CommandContext(ctx, program, arguments...)
	cmd.Env = commandEnvironment()
	cmd.Stdout, cmd.Stderr = output, output
	cmd.WaitDelay = time.Second
	ownGroup(cmd)
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return refuse(catalogue.ErrInvalid, "The command took longer than %v and was ended.", limit)
	case err != nil:
		return refuse(catalogue.ErrInvalid, "The command failed (%v): %s", err, strings.TrimSpace(fmt.Sprint(output)))
	}
	return nil
}

// tail keeps the last of what a command says.
type tail struct{ kept []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - commandOutput; over > 0 {
		t.kept = append(t.kept[:0], t.kept[over:]...)
	}
	return len(p), nil
}

func (t *tail) String() string { return strings.ToValidUTF8(string(t.kept), "\uFFFD") }
