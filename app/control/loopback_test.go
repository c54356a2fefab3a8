package control

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"folderfront/app/state"
)

// TestLoopbackTakesCallsWithTheWordAlone speaks with a core on loopback as its
// owner, as a stranger and as a browser that was led there.
func TestLoopbackTakesCallsWithTheWordAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "control.sock")
	listener, err := listenOnLoopback(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, listener, core{}, slog.New(slog.DiscardHandler)) }()
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	owner := &Client{&http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return dialLoopback(ctx, path)
	}}}}
	defer owner.Close()
	var back state.AddFolder
	if err := owner.Do(ctx, state.AddFolder{Name: "x"}, &back); err != nil || back.Name != "x" {
		t.Errorf("the owner gets %+v, %v", back, err)
	}
	call := "POST /do HTTP/1.1\r\nHost: core\r\nContent-Length: 26\r\n\r\n{\"verb\":\"Quit\",\"args\":{}}\n"
	for _, first := range []string{"", strings.Repeat("A", 26), "short"} {
		conn, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(conn, first+call)
		conn.(*net.TCPConn).CloseWrite()
		if answer, _ := io.ReadAll(conn); strings.Contains(string(answer), "200") || strings.Contains(string(answer), "sentence") {
			t.Errorf("a stranger who begins with %q is answered: %s", first, answer)
		}
		conn.Close()
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file with the word has mode %v, %v", info.Mode(), err)
	}
	if _, err := dialLoopback(ctx, filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("without the file there is a connection")
	}
}
