package tunnel

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"folderfront/tunnel/tunneltest"
)

// sshConfig is right for s.
func sshConfig(s *tunneltest.SSHD) SSHConfig {
	return SSHConfig{
		Host: s.User + "@" + s.Addr, KeyFile: s.Path("user"), KnownHosts: s.Path("known"),
		Remote: s.Remote, Origin: "http://" + s.Remote,
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
	s := tunneltest.StartSSHD(t)
	s.Write("impostor", tunneltest.KnownHost(s.Addr, s.Read("stranger.pub")))
	s.Write("revoked", "@revoked * "+s.Read("host.pub"))
	s.Write("empty", "")
	s.Write("garbage", "not a key")
	for name, c := range map[string]struct {
		change func(*SSHConfig)
		want   string // in the sentence or the advice
	}{
		"another host key":   {func(c *SSHConfig) { c.KnownHosts = s.Path("impostor") }, "posing as it"},
		"unknown host key":   {func(c *SSHConfig) { c.KnownHosts = s.Path("empty") }, "isn't known yet"},
		"no known hosts":     {func(c *SSHConfig) { c.KnownHosts = s.Path("none") }, "keys of known hosts can't be read"},
		"broken known hosts": {func(c *SSHConfig) { c.KnownHosts = s.Path("garbage") }, "keys of known hosts can't be read"},
		"strange key":        {func(c *SSHConfig) { c.KeyFile = s.Path("stranger") }, "doesn't accept this key"},
		"no key":             {func(c *SSHConfig) { c.KeyFile = s.Path("none") }, "Check that the file is there"},
		"broken key":         {func(c *SSHConfig) { c.KeyFile = s.Path("garbage") }, "as ssh-keygen makes it"},
		"locked key":         {func(c *SSHConfig) { c.KeyFile = s.Path("locked") }, "has a passphrase"},
		"wrong passphrase":   {func(c *SSHConfig) { c.KeyFile, c.Passphrase = s.Path("locked"), "no" }, "not the right one"},
		"wrong user":         {func(c *SSHConfig) { c.Host = "nobody-at-all@" + s.Addr }, "doesn't accept this key"},
		"no host":            {func(c *SSHConfig) { c.Host = "user@" }, "not written as one"},
		"no origin":          {func(c *SSHConfig) { c.Origin = "" }, "not one that Workfront could reach"},
	} {
		cfg := sshConfig(s)
		c.change(&cfg)
		r := startSSH(t, cfg)
		var f *Failure
		if err := r.wait(); !errors.As(err, &f) || !strings.Contains(f.Sentence+f.Advice, c.want) {
			t.Errorf("%s: %v; want %q", name, err, c.want)
			continue
		}
		if st := r.Tunnel.Status(); st.State != Failed || !st.Permanent || strings.Contains(st.Error+st.Advice, filepath.Dir(s.Path("user"))) {
			t.Errorf("%s: status %+v", name, st)
		}
	}
	cfg := sshConfig(s)
	cfg.KnownHosts = s.Path("revoked")
	if err := startSSH(t, cfg).wait(); err == nil {
		t.Error("a revoked host key was accepted")
	}
}

// The host has another key too, which comes first by default and isn't pinned.
func TestSSHAcceptsPassphraseAndAgent(t *testing.T) {
	s := tunneltest.StartSSHD(t)
	cfg := sshConfig(s)
	cfg.KeyFile, cfg.Passphrase = s.Path("locked"), tunneltest.Passphrase
	r := startSSH(t, cfg)
	if st := r.until(Live); st.Latency <= 0 || st.Origin != cfg.Origin {
		t.Errorf("status %+v", st)
	}
	r.stop()

	socket := s.Path("agent")
	agent := exec.Command("ssh-agent", "-D", "-a", socket)
	if err := agent.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { agent.Process.Kill(); agent.Wait() }()
	eventually(t, "the agent is there", func() bool { _, err := os.Stat(socket); return err == nil })
	t.Setenv("SSH_AUTH_SOCK", socket)
	cfg = sshConfig(s)
	cfg.KeyFile = ""
	if err := startSSH(t, cfg).wait(); err == nil {
		t.Error("an agent without keys sufficed")
	}
	if out, err := exec.Command("ssh-add", s.Path("user")).CombinedOutput(); err != nil {
		t.Fatalf("ssh-add: %v: %s", err, out)
	}
	startSSH(t, cfg).until(Live)
}

func TestSSHComesBack(t *testing.T) {
	t.Parallel()
	s := tunneltest.StartSSHD(t)
	relay, err := tunneltest.StartRelay(s.Addr, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(relay.Close)
	cfg := sshConfig(s)
	cfg.Host = s.User + "@" + relay.Addr()
	s.Pin(relay.Addr())
	r := startSSH(t, cfg)
	r.until(Live)
	for name, disturb := range map[string]func(){
		"a reset":              relay.Reset,
		"an outage":            func() { relay.Down(); r.until(Reconnecting); relay.Up() },
		"a click on Reconnect": r.Tunnel.Reconnect,
		"a half-open link":     func() { relay.Freeze(); relay.Reset() },
		"a restarted host":     func() { s.Stop(); relay.Reset(); s.Start() },
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
	s := tunneltest.StartSSHD(t)
	other, err := net.Listen("tcp", s.Remote)
	if err != nil {
		t.Fatal(err)
	}
	r := startSSH(t, sshConfig(s))
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
	s := tunneltest.StartSSHD(t)
	r := startSSH(t, sshConfig(s))
	r.until(Live)
	c, err := net.Dial("tcp", s.Remote)
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
