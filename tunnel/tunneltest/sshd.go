package tunneltest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// SSHD is the system's OpenSSH server on the loopback interface, with a
// configuration and keys of its own in a folder that the test removes. Its
// files are "user", "locked" (with Passphrase) and "stranger", the keys of
// people, of whom the last isn't let in, and "known", which pins the host.
type SSHD struct {
	User   string
	Addr   string // of the server
	Remote string // a free address for it to listen on for a tunnel
	t      testing.TB
	dir    string
	path   string // of the program
	cmd    *exec.Cmd
}

// Passphrase unlocks the key "locked".
const Passphrase = "correct horse"

// StartSSHD starts a server that ends with the test; without OpenSSH's server on
// this computer it skips the test.
func StartSSHD(t testing.TB) *SSHD {
	t.Helper()
	s := &SSHD{t: t, dir: t.TempDir(), Addr: FreeAddr(t), Remote: FreeAddr(t)}
	var err error
	if s.path, err = exec.LookPath("/usr/sbin/sshd"); err != nil {
		t.Skip("no OpenSSH server is installed here: ", err)
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	s.User = me.Username
	s.configure()
	s.Start()
	t.Cleanup(func() {
		s.Stop()
		if t.Failed() {
			t.Logf("sshd: %s", s.Read("log"))
		}
	})
	return s
}

func (s *SSHD) configure() {
	for _, key := range []string{"host", "user", "stranger"} {
		s.keygen("ed25519", key, "")
	}
	s.keygen("ecdsa", "host-ecdsa", "") // offered first, and not pinned
	s.keygen("ed25519", "locked", Passphrase)
	s.Write("authorized", s.Read("user.pub")+s.Read("locked.pub"))
	s.Pin(s.Addr)
	config := []string{
		"ListenAddress " + s.Addr, "HostKey " + s.Path("host-ecdsa"), "HostKey " + s.Path("host"),
		"AuthorizedKeysFile " + s.Path("authorized"), "PidFile none", "StrictModes no", "UsePAM no",
		"PasswordAuthentication no", "KbdInteractiveAuthentication no", "AllowTcpForwarding yes",
		"MaxStartups 100", "",
	}
	s.Write("sshd_config", strings.Join(config, "\n"))
	// Newer versions slow down who failed before; older ones don't know the word.
	if exec.Command(s.path, "-t", "-f", s.Path("sshd_config"), "-o", "PerSourcePenalties no").Run() == nil {
		s.Write("sshd_config", strings.Join(append(config, "PerSourcePenalties no", ""), "\n"))
	}
}

// Path is that of one of the server's files.
func (s *SSHD) Path(name string) string { return filepath.Join(s.dir, name) }

// Pin makes "known" pin the host's key for addr alone.
func (s *SSHD) Pin(addr string) { s.Write("known", KnownHost(addr, s.Read("host.pub"))) }

// KnownHost is a line of a known_hosts file.
func KnownHost(addr, key string) string {
	host, port, _ := net.SplitHostPort(addr)
	return fmt.Sprintf("[%s]:%s %s", host, port, key)
}

func (s *SSHD) keygen(kind, name, passphrase string) {
	s.t.Helper()
	out, err := exec.Command("ssh-keygen", "-q", "-t", kind, "-f", s.Path(name), "-N", passphrase).CombinedOutput()
	if err != nil {
		s.t.Fatalf("ssh-keygen: %v: %s", err, out)
	}
}

// Read returns the content of one of the server's files.
func (s *SSHD) Read(name string) string {
	s.t.Helper()
	b, err := os.ReadFile(s.Path(name))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(b)
}

// Write replaces one of the server's files.
func (s *SSHD) Write(name, content string) {
	s.t.Helper()
	if err := os.WriteFile(s.Path(name), []byte(content), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// Start starts the server anew and waits until it listens.
func (s *SSHD) Start() {
	s.t.Helper()
	if os.Geteuid() == 0 {
		os.MkdirAll("/run/sshd", 0o755) // root's server wants it, and only a boot makes it
	}
	// The log is a file, because the processes of open sessions outlive the server.
	s.cmd = exec.Command(s.path, "-D", "-E", s.Path("log"), "-f", s.Path("sshd_config"))
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if c, err := net.Dial("tcp", s.Addr); err == nil {
			c.Close()
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("sshd doesn't listen: %s", s.Read("log"))
		}
	}
}

// Stop kills the server; sessions that are open live on.
func (s *SSHD) Stop() {
	s.cmd.Process.Kill()
	s.cmd.Wait()
}

// FreeAddr is a loopback address on which nothing listens.
func FreeAddr(t testing.TB) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}
