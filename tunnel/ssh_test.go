package tunnel

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"

	"folderfront/tunnel/tunneltest"
)

// sshd is the system's OpenSSH server on the loopback interface, with a
// configuration and keys of its own.
type sshd struct {
	dir, user string
	addr      string // of the server
	relay     *tunneltest.Relay
	remote    string // where it is asked to listen
	cmd       *exec.Cmd
}

func startSSHD(t *testing.T) *sshd {
	t.Helper()
	path, err := exec.LookPath("/usr/sbin/sshd")
	if err != nil {
		t.Skip("no OpenSSH server is installed here: ", err)
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	s := &sshd{dir: t.TempDir(), user: me.Username, addr: freeAddr(t), remote: freeAddr(t)}
	for _, key := range []string{"host", "user", "stranger"} {
		s.keygen(t, "-t", "ed25519", "-f", s.path(key), "-N", "")
	}
	s.keygen(t, "-t", "ecdsa", "-f", s.path("host-ecdsa"), "-N", "")
	s.keygen(t, "-t", "ed25519", "-f", s.path("locked"), "-N", "correct horse")
	s.write(t, "authorized", s.read(t, "user.pub")+s.read(t, "locked.pub"))
	s.write(t, "known", fmt.Sprintf("[127.0.0.1]:%s %s", portOf(s.addr), s.read(t, "host.pub")))
	config := []string{
		"ListenAddress " + s.addr, "HostKey " + s.path("host-ecdsa"), "HostKey " + s.path("host"),
		"AuthorizedKeysFile " + s.path("authorized"), "PidFile none", "StrictModes no", "UsePAM no",
		"PasswordAuthentication no", "KbdInteractiveAuthentication no", "AllowTcpForwarding yes",
		"MaxStartups 100", "",
	}
	s.write(t, "sshd_config", strings.Join(config, "\n"))
	// Newer versions slow down who failed before; older ones don't know the word.
	if exec.Command(path, "-t", "-f", s.path("sshd_config"), "-o", "PerSourcePenalties no").Run() == nil {
		s.write(t, "sshd_config", strings.Join(append(config, "PerSourcePenalties no", ""), "\n"))
	}
	s.start(t, path)
	return s
}

func (s *sshd) path(name string) string { return filepath.Join(s.dir, name) }

func (s *sshd) keygen(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("ssh-keygen", append([]string{"-q"}, args...)...).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v: %s", err, out)
	}
}

func (s *sshd) read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(s.path(name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func (s *sshd) write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(s.path(name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (s *sshd) start(t *testing.T, path string) {
	t.Helper()
	if os.Geteuid() == 0 {
		os.MkdirAll("/run/sshd", 0o755) // sshd of root wants it, and only a boot makes it
	}
	// The log is a file, because the processes of open sessions outlive the server.
	s.cmd = exec.Command(path, "-D", "-E", s.path("log"), "-f", s.path("sshd_config"))
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.stop()
		if t.Failed() {
			t.Logf("sshd: %s", s.read(t, "log"))
		}
	})
	eventually(t, "sshd listens", func() bool {
		c, err := net.Dial("tcp", s.addr)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

func (s *sshd) stop() {
	s.cmd.Process.Kill()
	s.cmd.Wait()
}

// config is right for s.
func (s *sshd) config(t *testing.T) SSHConfig {
	return SSHConfig{
		Host: s.user + "@" + s.addr, KeyFile: s.path("user"), KnownHosts: s.path("known"),
		Remote: s.remote, Origin: "http://" + s.remote,
		Prober: NewProber(ProberConfig{}), Logger: quiet(),
	}
}

func startSSH(t *testing.T, cfg SSHConfig) *running {
	t.Helper()
	told := new(trace)
	cfg.Notify = told.notify
	return run(t, NewSSH(cfg), told, service(cfg.Prober))
}

func TestSSHSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := startSSHD(t)
	s.write(t, "impostor", fmt.Sprintf("[127.0.0.1]:%s %s", portOf(s.addr), s.read(t, "stranger.pub")))
	s.write(t, "revoked", fmt.Sprintf("@revoked * %s", s.read(t, "host.pub")))
	s.write(t, "empty", "")
	s.write(t, "garbage", "not a key")
	for name, c := range map[string]struct {
		change func(*SSHConfig)
		want   string // in the sentence or the advice
	}{
		"another host key":   {func(c *SSHConfig) { c.KnownHosts = s.path("impostor") }, "posing as it"},
		"unknown host key":   {func(c *SSHConfig) { c.KnownHosts = s.path("empty") }, "isn't known yet"},
		"no known hosts":     {func(c *SSHConfig) { c.KnownHosts = s.path("none") }, "keys of known hosts can't be read"},
		"broken known hosts": {func(c *SSHConfig) { c.KnownHosts = s.path("garbage") }, "keys of known hosts can't be read"},
		"strange key":        {func(c *SSHConfig) { c.KeyFile = s.path("stranger") }, "doesn't accept this key"},
		"no key":             {func(c *SSHConfig) { c.KeyFile = s.path("none") }, "Check that the file is there"},
		"broken key":         {func(c *SSHConfig) { c.KeyFile = s.path("garbage") }, "as ssh-keygen makes it"},
		"locked key":         {func(c *SSHConfig) { c.KeyFile = s.path("locked") }, "has a passphrase"},
		"wrong passphrase":   {func(c *SSHConfig) { c.KeyFile, c.Passphrase = s.path("locked"), "no" }, "not the right one"},
		"wrong user":         {func(c *SSHConfig) { c.Host = "nobody-at-all@" + s.addr }, "doesn't accept this key"},
		"no host":            {func(c *SSHConfig) { c.Host = "user@" }, "not written as one"},
		"no origin":          {func(c *SSHConfig) { c.Origin = "" }, "not one that Workfront could reach"},
	} {
		cfg := s.config(t)
		c.change(&cfg)
		r := startSSH(t, cfg)
		var f *Failure
		if err := r.wait(); !errors.As(err, &f) || !strings.Contains(f.Sentence+f.Advice, c.want) {
			t.Errorf("%s: %v; want %q", name, err, c.want)
			continue
		}
		if st := r.Tunnel.Status(); st.State != Failed || !st.Permanent || strings.Contains(st.Error+st.Advice, s.dir) {
			t.Errorf("%s: status %+v", name, st)
		}
	}
	cfg := s.config(t)
	cfg.KnownHosts = s.path("revoked")
	if err := startSSH(t, cfg).wait(); err == nil {
		t.Error("a revoked host key was accepted")
	}
}

// The host has another key too, which comes first by default and isn't pinned.
func TestSSHAcceptsPassphraseAndAgent(t *testing.T) {
	s := startSSHD(t)
	cfg := s.config(t)
	cfg.KeyFile, cfg.Passphrase = s.path("locked"), "correct horse"
	r := startSSH(t, cfg)
	if st := r.until(Live); st.Latency <= 0 || st.Origin != cfg.Origin {
		t.Errorf("status %+v", st)
	}
	r.stop()

	socket := s.path("agent")
	agent := exec.Command("ssh-agent", "-D", "-a", socket)
	if err := agent.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { agent.Process.Kill(); agent.Wait() }()
	eventually(t, "the agent is there", func() bool { _, err := os.Stat(socket); return err == nil })
	t.Setenv("SSH_AUTH_SOCK", socket)
	cfg = s.config(t)
	cfg.KeyFile = ""
	if err := startSSH(t, cfg).wait(); err == nil {
		t.Error("an agent without keys sufficed")
	}
	if out, err := exec.Command("ssh-add", s.path("user")).CombinedOutput(); err != nil {
		t.Fatalf("ssh-add: %v: %s", err, out)
	}
	startSSH(t, cfg).until(Live)
}

func TestSSHComesBack(t *testing.T) {
	t.Parallel()
	s := startSSHD(t)
	relay, err := tunneltest.StartRelay(s.addr, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(relay.Close)
	cfg := s.config(t)
	cfg.Host = s.user + "@" + relay.Addr()
	s.write(t, "known", fmt.Sprintf("[127.0.0.1]:%s %s", portOf(relay.Addr()), s.read(t, "host.pub")))
	r := startSSH(t, cfg)
	r.until(Live)
	for name, disturb := range map[string]func(){
		"a reset":              relay.Reset,
		"an outage":            func() { relay.Down(); r.until(Reconnecting); relay.Up() },
		"a click on Reconnect": r.Tunnel.Reconnect,
		"a half-open link":     func() { relay.Freeze(); relay.Reset() },
		"a restarted host":     func() { s.stop(); relay.Reset(); s.start(t, s.cmd.Path) },
	} {
		from := len(r.told.statuses())
		disturb()
		eventually(t, "it is back after "+name, func() bool {
			return r.told.has(from, func(s Status) bool { return s.State == Reconnecting }) && r.Tunnel.Status().State == Live
		})
		if status, body := get(t, cfg.Origin+"/client"); status != 200 || body == "" {
			t.Errorf("after %s: %d %q", name, status, body)
		}
	}
}

// The port is held by something else: it is told, and tried until it is free.
func TestSSHWaitsForItsPort(t *testing.T) {
	t.Parallel()
	s := startSSHD(t)
	other, err := net.Listen("tcp", s.remote)
	if err != nil {
		t.Fatal(err)
	}
	r := startSSH(t, s.config(t))
	eventually(t, "it is told", func() bool { return strings.Contains(r.Tunnel.Status().Error, "doesn't listen") })
	if st := r.Tunnel.Status(); st.Permanent {
		t.Errorf("status %+v", st)
	}
	other.Close()
	r.until(Live)
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	answer, err := client().Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(answer.Body); err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, b.String()
}

// The package's own connections have no deadlines, so a client that sends its
// header drop by drop would stay for ever.
func TestSSHConnectionsHaveDeadlines(t *testing.T) {
	t.Parallel()
	s := startSSHD(t)
	r := startSSH(t, s.config(t))
	r.until(Live)
	c, err := net.Dial("tcp", s.remote)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: x\r\n")
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("an unfinished request was answered")
	}
}

func TestParseHost(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][2]string{
		"ann@example.com":      {"ann", "example.com:22"},
		"ann@example.com:2222": {"ann", "example.com:2222"},
		" ann@[2001:db8::1]:1": {"ann", "[2001:db8::1]:1"},
		"ann@2001:db8::1":      {"ann", "[2001:db8::1]:22"},
		"ann@[2001:db8::1]":    {"ann", "[2001:db8::1]:22"},
		"":                     {}, "@host": {}, "ann@": {}, "ann@host:": {}, "a@b@c": {}, "host/path": {}, "ann@ho st": {},
	} {
		name, addr, err := parseHost(in)
		if want == [2]string{} {
			if err == nil {
				t.Errorf("%q: %s %s", in, name, addr)
			}
		} else if err != nil || name != want[0] || addr != want[1] {
			t.Errorf("%q: %s %s, %v", in, name, addr, err)
		}
	}
	if name, addr, err := parseHost("example.com"); err != nil || name == "" || addr != "example.com:22" {
		t.Errorf("without a user: %s %s, %v", name, addr, err)
	}
}
