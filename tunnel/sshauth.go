package tunnel

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
	"golang.org/x/crypto/ssh/knownhosts"
)

// clientConfig reads the person's files anew for each connection, so that a
// repaired one counts at once. done closes what authentication needed. Errors
// are of kind *Failure.
func (t *SSH) clientConfig() (addr string, c *ssh.ClientConfig, done func(), err error) {
	name, addr, err := parseHost(t.cfg.Host)
	if err != nil {
		return "", nil, nil, err
	}
	check, err := hostKeys(t.cfg.KnownHosts)
	if err != nil {
		return "", nil, nil, err
	}
	auth, done, err := t.authentication()
	if err != nil {
		return "", nil, nil, err
	}
	return addr, &ssh.ClientConfig{
		User: name, Auth: []ssh.AuthMethod{auth},
		HostKeyCallback: check, HostKeyAlgorithms: knownAlgorithms(check, addr),
	}, done, nil
}

// parseHost takes "user@host:port" apart; the user defaults to this computer's
// and the port to 22. addr is fit for dialling.
func parseHost(s string) (name, addr string, err error) {
	name, host, named := strings.Cut(strings.TrimSpace(s), "@")
	if !named {
		name, host = "", name
	}
	addr = host
	if _, _, err := net.SplitHostPort(host); err != nil {
		addr = net.JoinHostPort(strings.Trim(host, "[]"), "22")
	}
	h, port, err := net.SplitHostPort(addr)
	if err != nil || h == "" || port == "" || strings.ContainsAny(addr, "@ /") || (named && name == "") {
		return "", "", &Failure{
			Sentence: "The tunnel's host is not written as one.",
			Advice:   "Write it like user@host.example.com, or user@host.example.com:22.", Cause: err,
		}
	}
	if name == "" {
		if u, err := user.Current(); err == nil {
			name = u.Username
		}
	}
	return name, addr, nil
}

// hostKeys checks the host against the keys that the person's file pins.
func hostKeys(file string) (ssh.HostKeyCallback, error) {
	if file == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			home = "."
		}
		file = filepath.Join(home, ".ssh", "known_hosts")
	}
	check, err := knownhosts.New(file)
	if err != nil {
		return nil, &Failure{
			Sentence: "The file with the keys of known hosts can't be read, so Folderfront can't tell the tunnel's host from an impostor.",
			Advice:   "Connect to the host once with ssh, which writes the file, or choose the right one in the tunnel's settings.",
			Cause:    err,
		}
	}
	return check, nil
}

// knownAlgorithms are those of the keys that the file pins for addr. A host has
// several keys; without this it would show one that isn't pinned, and look like
// an impostor.
func knownAlgorithms(check ssh.HostKeyCallback, addr string) []string {
	var mismatch *knownhosts.KeyError
	if !errors.As(check(addr, &net.TCPAddr{}, noKey{}), &mismatch) {
		return nil
	}
	var algorithms []string
	for _, known := range mismatch.Want {
		kind := known.Key.Type()
		if kind == ssh.KeyAlgoRSA {
			algorithms = append(algorithms, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256)
		}
		algorithms = append(algorithms, kind)
	}
	return algorithms
}

// noKey is a key that no host has.
type noKey struct{ ssh.PublicKey }

func (noKey) Type() string    { return "none" }
func (noKey) Marshal() []byte { return nil }

// authentication is by the key file, or by the running agent when there is none.
func (t *SSH) authentication() (ssh.AuthMethod, func(), error) {
	if t.cfg.KeyFile == "" {
		return agentKeys()
	}
	b, err := os.ReadFile(t.cfg.KeyFile)
	if err != nil {
		return nil, nil, keyFailure(err)
	}
	signer, err := ssh.ParsePrivateKey(b)
	var locked *ssh.PassphraseMissingError
	if errors.As(err, &locked) && t.cfg.Passphrase != "" {
		signer, err = ssh.ParsePrivateKeyWithPassphrase(b, []byte(t.cfg.Passphrase))
	}
	if err != nil {
		return nil, nil, keyFailure(err)
	}
	return ssh.PublicKeys(signer), func() {}, nil
}

func keyFailure(err error) *Failure {
	f := &Failure{
		Sentence: "The private key for the tunnel's host can't be used, so Folderfront can't sign in there.",
		Advice:   "Choose a private key as ssh-keygen makes it, or leave it empty to use the ssh-agent.", Cause: err,
	}
	var locked *ssh.PassphraseMissingError
	switch {
	case errors.As(err, &locked):
		f.Advice = "The key has a passphrase: enter it in the tunnel's settings."
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		f.Advice = "Check that the file is there and that you may read it."
	case strings.Contains(err.Error(), "decryption password incorrect"):
		f.Advice = "The passphrase is not the right one: enter it again."
	}
	return f
}

// agentKeys uses the keys of the running ssh-agent.
func agentKeys() (ssh.AuthMethod, func(), error) {
	c, err := net.Dial("unix", os.Getenv("SSH_AUTH_SOCK"))
	if err != nil {
		return nil, nil, &Failure{
			Sentence: "No ssh-agent is running, so Folderfront has no key for the tunnel's host.",
			Advice:   "Choose a private key in the tunnel's settings, or start the agent and add the key to it.", Cause: err,
		}
	}
	return ssh.PublicKeysCallback(agent.NewClient(c).Signers), func() { c.Close() }, nil
}

// explainSSH turns what can't pass by trying again into a *Failure.
func explainSSH(err error) error {
	var key *knownhosts.KeyError
	var revoked *knownhosts.RevokedError
	switch {
	case errors.As(err, &revoked), errors.As(err, &key) && len(key.Want) > 0:
		return &Failure{
			Sentence: "The tunnel's host shows another key than the one that is known for it. Somebody may be posing as it, so nothing was sent.",
			Advice:   "Ask whoever runs the host whether its key changed. Only then replace the key in the file of known hosts.", Cause: err,
		}
	case errors.As(err, &key):
		return &Failure{
			Sentence: "The key of the tunnel's host isn't known yet, so Folderfront can't tell it from an impostor.",
			Advice:   "Connect to the host once with ssh and compare the fingerprint it shows, which writes the key down.", Cause: err,
		}
	case strings.Contains(err.Error(), "unable to authenticate"):
		return &Failure{
			Sentence: "The tunnel's host doesn't accept this key for this user, so Folderfront can't sign in there.",
			Advice:   "Put the public key into the user's authorized_keys on the host, and check the user's name.", Cause: err,
		}
	}
	return err
}
