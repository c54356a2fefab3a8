package worker

import (
	"io"
	"os"
	"os/exec"
	"time"

	"golang.org/x/sys/windows"
)

// On Windows core and child share two pipes; a file's handle is duplicated into the child
// and its number sent in the request.

type pipeReader struct{ io.Reader }

func childChannel(in, out *os.File) (*childEnd, error) {
	return newChildEnd(pipeReader{in}, out), nil
}

func (pipeReader) takeFile(handle uintptr) (*os.File, error) {
	if handle == 0 {
		return nil, errFrame
	}
	return os.NewFile(handle, "document"), nil
}

// coreEnd is the core's end of the connection to one child.
type coreEnd struct{ in, out *os.File }

// connect makes the pipes and gives the child its ends, which are to be closed by the core
// once the child has been started.
func connect(cmd *exec.Cmd) (*coreEnd, []*os.File, error) {
	childIn, out, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	in, childOut, err := os.Pipe()
	if err != nil {
		childIn.Close()
		out.Close()
		return nil, nil, err
	}
	cmd.Stdin, cmd.Stdout = childIn, childOut
	return &coreEnd{in: in, out: out}, []*os.File{childIn, childOut}, nil
}

func (c *coreEnd) send(requests []request, child *os.Process) error {
	var all []byte
	for _, req := range requests {
		if req.file != nil {
			handle, err := give(req.file, child)
			if err != nil {
				return err
			}
			req.HasFile, req.Handle = true, uintptr(handle)
		}
		buf, err := frame(req, nil)
		if err != nil {
			return err
		}
		all = append(all, buf...)
	}
	_, err := c.out.Write(all)
	return err
}

// give duplicates the file's handle into the child, for reading.
func give(file *os.File, child *os.Process) (windows.Handle, error) {
	process, err := windows.OpenProcess(windows.PROCESS_DUP_HANDLE, false, uint32(child.Pid))
	if err != nil {
		return 0, err
	}
	defer windows.CloseHandle(process)
	raw, err := file.SyscallConn()
	if err != nil {
		return 0, err
	}
	var handle windows.Handle
	var failed error
	err = raw.Control(func(fd uintptr) {
		failed = windows.DuplicateHandle(windows.CurrentProcess(), windows.Handle(fd), process, &handle,
			windows.FILE_GENERIC_READ, false, 0)
	})
	if err == nil {
		err = failed
	}
	return handle, err
}

func (c *coreEnd) Read(p []byte) (int, error) { return c.in.Read(p) }

// deadline does nothing: a killed child closes its ends of the pipes, which ends a Read.
func (c *coreEnd) deadline(time.Time) {}

func (c *coreEnd) Close() error {
	c.out.Close()
	return c.in.Close()
}
