//go:build unix

package worker

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"time"

	"golang.org/x/sys/unix"
)

// On unix core and child share a socket pair; files travel as SCM_RIGHTS (unix(7)).

// socketReader reads the socket and keeps the descriptors that come along.
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
	return &childEnd{in: &socketReader{conn: sock}, out: sock}, nil
}

func (s *socketReader) Read(p []byte) (int, error) {
	oob := make([]byte, unix.CmsgSpace(4))
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

func (c *coreEnd) send(req request, file *os.File, _ *os.Process) error {
	req.HasFile = file != nil
	buf, err := frame(req, nil)
	if err != nil {
		return err
	}
	var rights []byte
	if file != nil {
		raw, err := file.SyscallConn()
		if err != nil {
			return err
		}
		err = raw.Control(func(fd uintptr) { rights = unix.UnixRights(int(fd)) })
		if err != nil {
			return err
		}
	}
	n, _, err := c.conn.WriteMsgUnix(buf, rights, nil)
	if err == nil && n < len(buf) {
		_, err = c.conn.Write(buf[n:])
	}
	return err
}

func (c *coreEnd) Read(p []byte) (int, error) { return c.conn.Read(p) }
func (c *coreEnd) deadline(t time.Time)       { c.conn.SetDeadline(t) }
func (c *coreEnd) Close() error               { return c.conn.Close() }
