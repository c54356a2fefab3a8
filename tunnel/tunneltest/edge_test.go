package tunneltest

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestUnknownHostIsTheEdgesOwnAnswer(t *testing.T) {
	t.Parallel()
	e, err := Start(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	answer, err := http.Get("http://" + e.PublicAddr() + "/")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusNotFound || answer.Header.Get(codeHeader) != "ERR_NGROK_3200" {
		t.Errorf("%s %v", answer.Status, answer.Header)
	}
}

// echo is a server that sends back what it gets.
func echo(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() { io.Copy(c, c); c.Close() }()
		}
	}()
	return ln.Addr().String()
}

// A slow link delays, and keeps what it carries whole and in order.
func TestRelayDelaysFreezesAndResets(t *testing.T) {
	t.Parallel()
	const rtt = 60 * time.Millisecond
	r, err := StartRelay(echo(t), rtt)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	c, err := net.Dial("tcp", r.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	sent := strings.Repeat("over the hills and far away ", 20_000)
	began := time.Now()
	go io.WriteString(c, sent)
	got := make([]byte, len(sent))
	if _, err := io.ReadFull(c, got); err != nil || string(got) != sent {
		t.Errorf("it came back changed: %v", err)
	}
	if took := time.Since(began); took < rtt {
		t.Errorf("there and back in %v", took)
	}

	r.Freeze()
	io.WriteString(c, "x")
	c.SetReadDeadline(time.Now().Add(4 * rtt))
	if _, err := c.Read(got); err == nil {
		t.Error("a frozen link carried something")
	}
	c.SetReadDeadline(time.Time{})
	r.Reset()
	if _, err := c.Read(got); err == nil || err == io.EOF {
		t.Errorf("a reset link: %v", err)
	}

	addr := r.Addr()
	r.Down()
	if c, err := net.Dial("tcp", addr); err == nil {
		c.Close()
		t.Error("connected while down")
	}
	if err := r.Up(); err != nil || r.Addr() != addr {
		t.Errorf("up again at %s, not %s: %v", r.Addr(), addr, err)
	}
}
