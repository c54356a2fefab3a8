package control

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
)

// Where a system has no Unix sockets (Windows before 10 version 1803) the core
// listens on loopback, where anybody on this computer may knock. The file at the
// socket's path, which only the owner can read, then holds the address and a
// secret word, with which every connection begins.

// errStranger says that a connection began with something else.
var errStranger = errors.New("control: a connection without the secret word")

// listenOnLoopback writes address and word to the file at path.
func listenOnLoopback(path string) (net.Listener, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	word := rand.Text()
	if err := os.WriteFile(path, fmt.Appendf(nil, "%s %s", listener.Addr(), word), 0o600); err != nil {
		listener.Close()
		return nil, err
	}
	return &guardedListener{listener, []byte(word)}, nil
}

// dialLoopback connects to what the file at path names.
func dialLoopback(ctx context.Context, path string) (net.Conn, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	address, word, _ := bytes.Cut(text, []byte(" "))
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", string(address))
	if err != nil {
		return nil, err
	}
	if _, err := conn.Write(word); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

type guardedListener struct {
	net.Listener
	word []byte
}

// Accept doesn't wait for the word: the connection's first Read does.
func (l *guardedListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &guardedConn{Conn: conn, word: l.word}, nil
}

type guardedConn struct {
	net.Conn
	word  []byte
	first sync.Once
	err   error
}

// Read gives what follows the word. Without the right word it gives nothing and
// the connection ends.
func (c *guardedConn) Read(p []byte) (int, error) {
	c.first.Do(func() {
		got := make([]byte, len(c.word))
		if _, c.err = io.ReadFull(c.Conn, got); c.err == nil && subtle.ConstantTimeCompare(got, c.word) != 1 {
			c.err = errStranger
		}
	})
	if c.err != nil {
		c.Close()
		return 0, c.err
	}
	return c.Conn.Read(p)
}
