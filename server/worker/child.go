package worker

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// child is one worker process, used by one goroutine at a time.
type child struct {
	cmd   *exec.Cmd
	end   *coreEnd
	in    *bufio.Reader // of end
	ended chan struct{} // closed when the process has been reaped
	tail  *tail
	jobs  int         // jobs begun; those of one DoAll count once
	rest  *time.Timer // ends it when it has had nothing to do; guarded by the pool
}

// startChild starts a process that is killed when ctx ends, and reaped in any case; wait
// counts it until then.
func startChild(ctx context.Context, cfg Config, wait *sync.WaitGroup) (*child, error) {
	c := &child{ended: make(chan struct{}), tail: &tail{}}
	c.cmd = exec.CommandContext(ctx, cfg.Command[0], cfg.Command[1:]...)
	c.cmd.Env = environment(os.Environ())
	c.cmd.Stderr = c.tail
	c.cmd.Cancel = func() error { kill(c.cmd.Process); return nil }
	c.cmd.WaitDelay = time.Second // for a tool that keeps standard error open
	contain(c.cmd)
	end, theirs, err := connect(c.cmd)
	if err != nil {
		return nil, err
	}
	c.end, c.in = end, bufio.NewReaderSize(end, bufferSize)
	err = c.cmd.Start()
	for _, f := range theirs {
		f.Close()
	}
	if err != nil {
		end.Close()
		return nil, err
	}
	release, err := contained(c.cmd.Process)
	if err != nil {
		c.cmd.Process.Kill()
		release = func() {}
	}
	wait.Go(func() {
		c.cmd.Wait()
		kill(c.cmd.Process) // what it started and left behind
		release()
		end.Close()
		close(c.ended)
	})
	return c, err
}

// kept are the variables a child may see: what finds tools, fonts and temporary space, and
// nothing that could hold a secret.
var kept = []string{
	"PATH", "HOME", "TMPDIR", "TEMP", "TMP", "LANG", "LC_ALL", "SYSTEMROOT", "WINDIR", "PATHEXT",
	"USERPROFILE", "LOCALAPPDATA", "PROGRAMFILES", "GOCOVERDIR", "GODEBUG",
}

func environment(all []string) []string {
	var env []string
	for _, pair := range all {
		name, _, _ := strings.Cut(pair, "=")
		for _, k := range kept {
			if strings.EqualFold(name, k) {
				env = append(env, pair)
			}
		}
	}
	return env
}

// do sends requests and reads the answers, n of them before it fails; heed hears word of the
// clock: the child's, and at each answer that the next job has begun. When ctx ends meanwhile the
// child is killed.
func (c *child) do(ctx context.Context, requests []request, answers []Answer, heed func(clock)) (n int, err error) {
	c.jobs++
	stop := context.AfterFunc(ctx, func() {
		kill(c.cmd.Process)
		c.end.deadline(time.Unix(1, 0))
	})
	defer func() {
		if !stop() {
			err = ctx.Err()
		}
	}()
	if err := c.end.send(requests, c.cmd.Process); err != nil {
		return 0, err
	}
	for n < len(answers) {
		resp, data, err := c.read()
		switch {
		case err != nil:
			return n, err
		case resp.Clock != "":
			heed(resp.Clock)
			continue
		case resp.Error != "":
			answers[n].Err = fmt.Errorf("%w: %s", ErrFailed, resp.Error)
		default:
			answers[n].Data, answers[n].reply = data, resp.Reply
		}
		heed(hurried)
		n++
	}
	return n, nil
}

func (c *child) read() (resp response, data []byte, err error) {
	var header [frameHeader]byte
	if _, err = io.ReadFull(c.in, header[:]); err != nil {
		return resp, nil, err
	}
	data, err = readBody(c.in, header, &resp)
	return resp, data, err
}

func (c *child) alive() bool {
	select {
	case <-c.ended:
		return false
	default:
		return true
	}
}

// stop kills the child and waits until it is gone.
func (c *child) stop() {
	if c.alive() {
		kill(c.cmd.Process)
	}
	<-c.ended
}

// lastWords waits for the end of a child that has failed and returns what it said last.
func (c *child) lastWords() string {
	c.stop()
	return c.tail.String()
}

// tail keeps the last bytes written to it. Safe for concurrent use.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

const tailSize = 2 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, p[max(0, len(p)-tailSize):]...)
	t.buf = t.buf[max(0, len(t.buf)-tailSize):]
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.buf)
}
