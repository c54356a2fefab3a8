//go:build !headless || ci

package desktoptest

import (
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"folderfront/app/state"
)

// Names of the Secret Service (freedesktop.org, Secret Service API) and of
// GNOME Keyring's prompts.
const (
	secretsName  = "org.freedesktop.secrets"
	secretsPath  = "/org/freedesktop/secrets"
	loginPath    = dbus.ObjectPath(secretsPath + "/collection/login")
	serviceFace  = "org.freedesktop.Secret.Service"
	masterFace   = "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface"
	prompterName = "org.gnome.keyring.SystemPrompter"
	prompterPath = "/org/gnome/keyring/Prompter"
	prompterFace = "org.gnome.keyring.internal.Prompter"
	callbackFace = "org.gnome.keyring.internal.Prompter.Callback"
)

// prompter is who shows the keyring's password prompts. This one never answers.
type prompter struct{ asked chan prompt }

// prompt is one that waits: who asked, and where an answer would go.
type prompt struct {
	sender   string
	callback dbus.ObjectPath
}

// BeginPrompting is called by the keyring when a person must unlock it.
func (p prompter) BeginPrompting(callback dbus.ObjectPath, sender dbus.Sender) *dbus.Error {
	p.asked <- prompt{string(sender), callback}
	return nil
}

// PerformPrompt would show a prompt.
func (p prompter) PerformPrompt(dbus.ObjectPath, string, map[string]dbus.Variant, string) *dbus.Error {
	return nil
}

// StopPrompting is called when the keyring no longer wants an answer.
func (p prompter) StopPrompting(dbus.ObjectPath) *dbus.Error { return nil }

// lockKeyring locks the desk's keyring, and puts a prompter on the bus.
func lockKeyring(t *testing.T, d *desk) *lockedRing {
	t.Helper()
	conn, err := dbus.Connect(d.variable("DBUS_SESSION_BUS_ADDRESS"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	p := prompter{make(chan prompt, 8)}
	if err := conn.Export(p, prompterPath, prompterFace); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.RequestName(prompterName, dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
	var locked []dbus.ObjectPath
	var asks dbus.ObjectPath
	service := conn.Object(secretsName, secretsPath)
	if err := service.Call(serviceFace+".Lock", 0, []dbus.ObjectPath{loginPath}).Store(&locked, &asks); err != nil || len(locked) != 1 {
		t.Fatalf("the keyring is not locked: %v %v", locked, err)
	}
	return &lockedRing{conn, p}
}

// lockedRing is a keyring that waits for its password.
type lockedRing struct {
	conn *dbus.Conn
	prompter
}

// secret is the Secret Service's (oayays).
type secret struct {
	Session     dbus.ObjectPath
	Parameters  []byte
	Value       []byte
	ContentType string
}

// password is that of the keyring, in a session of conn.
func password(t *testing.T, conn *dbus.Conn) secret {
	t.Helper()
	var output dbus.Variant
	var session dbus.ObjectPath
	if err := conn.Object(secretsName, secretsPath).Call(serviceFace+".OpenSession", 0, "plain", dbus.MakeVariant("")).Store(&output, &session); err != nil {
		t.Fatalf("the keyring opens no session: %v", err)
	}
	return secret{session, []byte{}, []byte(keyringPassword), "text/plain"}
}

// awaitPrompt waits until the keyring asks for its password.
func (k *lockedRing) awaitPrompt(t *testing.T) prompt {
	t.Helper()
	select {
	case p := <-k.asked:
		return p
	case <-time.After(patience):
		t.Fatal("the keyring does not ask for its password")
		return prompt{}
	}
}

// unlock unlocks the keyring as a person's password would, then ends the
// prompts that wait.
func (k *lockedRing) unlock(t *testing.T, asked ...prompt) {
	t.Helper()
	err := k.conn.Object(secretsName, secretsPath).Call(masterFace+".UnlockWithMasterPassword", 0, loginPath, password(t, k.conn)).Err
	if err != nil {
		t.Fatalf("unlocking the keyring: %v", err)
	}
	for _, p := range asked {
		_ = k.conn.Object(p.sender, p.callback).Call(callbackFace+".PromptDone", 0).Err
	}
}

// TestFacesAgreeWhileTheKeyringAsks starts with a locked keyring: every face
// says that it is waited for, nothing freezes, and once it is unlocked all goes
// on by itself.
func TestFacesAgreeWhileTheKeyringAsks(t *testing.T) {
	a := &agreement{desk: newDesk(t), icons: map[state.Phase]string{}, windows: map[state.Phase]string{}}
	ring := lockKeyring(t, a.desk)
	a.launch(t.TempDir())
	a.awaitWindow()
	var asked prompt
	a.follow([]step{{"while the keyring asks", func() { asked = ring.awaitPrompt(t) }, state.Connecting}})
	st, _ := a.state()
	if !strings.Contains(st.Waiting, "keyring") || !strings.Contains(a.host.Tooltip(), st.Waiting) {
		t.Errorf("the core waits for %q, the tooltip says %q", st.Waiting, a.host.Tooltip())
	}
	a.follow([]step{
		{"stopped meanwhile", func() { a.click("Stop sharing", state.Off) }, state.Off},
		{"and started", func() { a.do(state.Start{}, nil) }, state.Connecting},
		{"unlocked", func() { ring.unlock(t, asked) }, state.Live},
	})
	a.eventually("the key", func() bool { st, ok := a.state(); return ok && len(st.Keys) == 1 && st.Waiting == "" })
	a.report()
	a.quit()
}
