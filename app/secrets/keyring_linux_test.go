package secrets

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestKeyring meets the real Secret Service: the test runs itself again inside
// a session bus of its own with an unlocked GNOME Keyring.
func TestKeyring(t *testing.T) {
	if os.Getenv("FOLDERFRONT_TEST_KEYRING") != "" {
		contract(t, NewKeyring(t.TempDir()))
		return
	}
	for _, program := range []string{"dbus-run-session", "gnome-keyring-daemon"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("needs %s: make test installs it", program)
		}
	}
	script := `printf '\n' | gnome-keyring-daemon --unlock --components=secrets >/dev/null && exec "$0" -test.run='^TestKeyring$' -test.v`
	cmd := exec.Command("dbus-run-session", "--", "sh", "-c", script, os.Args[0])
	home := t.TempDir()
	cmd.Env = append(os.Environ(), "FOLDERFRONT_TEST_KEYRING=1", "HOME="+home, "XDG_RUNTIME_DIR="+home, "XDG_DATA_HOME="+home)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestKeyring") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestNoKeyringSaysWhatToDo(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "")
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	_, err := NewKeyring("/p").Get("a")
	if !errors.Is(err, ErrUnavailable) {
		t.Fatalf("got %v", err)
	}
	for _, way := range []string{"FOLDERFRONT_API_KEY", "--secrets file"} {
		if !strings.Contains(err.Error(), way) {
			t.Errorf("%q does not name the way out %s", err, way)
		}
	}
}
