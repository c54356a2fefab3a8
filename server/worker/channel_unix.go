//go:build unix

package worker

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// On unix core and child share a socket pair; files travel as SCM_RIGHTS (unix(7)).

// socketReader reads the socket and keeps the descriptors that come along: they are there as soon
// as the first byte of the message that they came with.
type socketReader struct {
	conn  *net.UnixConn
	files []int
}

func childChannel(in, _ *os.File) (*childEnd, error) {
	conn, err := net.FileConn(in)
	if err != nil {
		return nil, err
	}
	sock, ok := conn.(*net.UnixConn)
	if !ok {
		return nil, errors.New("the worker is started by Folderfront itself, with a socket as its standard input")
	}
	return newChildEnd(&socketReader{conn: sock}, sock), nil
}

func (s *socketReader) Read(p []byte) (int, error) {
	oob := make([]byte, unix.CmsgSpace(4*MaxTasks))
	n, oobn, _, _, err := s.conn.ReadMsgUnix(p, oob)
	if oobn > 0 {
		if err := s.keep(oob[:oobn]); err != nil {
			return n, err
		}
	}
	return n, err
}

func (s *socketReader) keep(oob []byte) error {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return err
	}
	for _, m := range messages {
		fds, err := unix.ParseUnixRights(&m)
		if err != nil {
			return err
		}
		for _, fd := range fds {
			unix.CloseOnExec(fd)
		}
		s.files = append(s.files, fds...)
	}
	return nil
}

func (s *socketReader) takeFile(uintptr) (*os.File, error) {
	if len(s.files) == 0 {
		return nil, errFrame
	}
	fd := s.files[0]
	s.files = s.files[1:]
	return os.NewFile(uintptr(fd), "document"), nil
}

// coreEnd is the core's end of the connection to one child.
type coreEnd struct{ conn *net.UnixConn }

// connect makes the socket pair and gives the child its end as standard input. The child's
// end is to be closed by the core once the child has been started.
func connect(cmd *exec.Cmd) (*coreEnd, []*os.File, error) {
	fds, err := socketPair()
	if err != nil {
		return nil, nil, err
	}
	ours, theirs := os.NewFile(uintptr(fds[0]), "worker"), os.NewFile(uintptr(fds[1]), "core")
	defer ours.Close()
	conn, err := net.FileConn(ours)
	if err != nil {
		theirs.Close()
		return nil, nil, err
	}
	cmd.Stdin = theirs
	return &coreEnd{conn.(*net.UnixConn)}, []*os.File{theirs}, nil
}

// send sends requests in one message, and all their files with it.
func (c *coreEnd) send(requests []request, _ *os.Process) error {
	var all []byte
	var fds []int
	for _, req := range requests {
		if req.file != nil {
			req.HasFile = true
			fd, err := descriptor(req.file)
			if err != nil {
				return err
			}
			fds = append(fds, fd)
		}
		buf, err := frame(req, nil)
		if err != nil {
			return err
		}
		all = append(all, buf...)
	}
	var rights []byte
	if len(fds) > 0 {
		rights = unix.UnixRights(fds...)
	}
	n, _, err := c.conn.WriteMsgUnix(all, rights, nil)
	for _, req := range requests {
		runtime.KeepAlive(req.file)
	}
	if err == nil && n < len(all) {
		_, err = c.conn.Write(all[n:])
	}
	return err
}

// descriptor is a file's, which stays as it is: Fd would make it block.
func descriptor(file *os.File) (number int, err error) {
	raw, err := file.SyscallConn()
	if err == nil {
		err = raw.Control(func(fd uintptr) { number = int(fd) })
	}
	return number, err
}

func (c *coreEnd) Read(p []byte) (int, error) { return c.conn.Read(p) }
func (c *coreEnd) deadline(t time.Time)       { c.conn.SetDeadline(t) }
func (c *coreEnd) Close() error               { return c.conn.Close() }
