package cli

import (
	"errors"
	"os/exec"
	"strings"
	"testing"
)

// TestTwoProgramsOnOneProfile starts a second core on a profile: it says so and ends, and the first
// one goes on. After the first was killed, nothing of it is in the way of the next.
func TestTwoProgramsOnOneProfile(t *testing.T) {
	env := []string{"FOLDERFRONT_API_KEY=" + anyKey}
	profile, shared := t.TempDir(), sample(t)
	first := startServing(t, profile, env, "--share", "Brand="+shared)
	share := first.list(anyKey, "/")[0].ID
	file := first.list(anyKey, share)[0]

	second := command(profile, "serve", "--listen", "127.0.0.1:0", "--share", "Other="+sample(t))
	second.Env = append(second.Env, env...)
	out, err := second.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(string(out), "is running already with this profile. Use that one, or quit it first.") {
		t.Errorf("the second: %v %s", err, out)
	}
	if got := first.list(anyKey, share); len(got) != 1 || got[0] != file {
		t.Errorf("the first lists %v beside the second", got)
	}
	first.run("folders", "list") // and takes commands

	if err := first.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for range first.lines {
	}
	if err := first.cmd.Wait(); err == nil {
		t.Fatal("the first was not killed")
	}
	third := startServing(t, profile, env, "--share", "Brand="+shared)
	if got := third.list(anyKey, share); len(got) != 1 || got[0] != file {
		t.Errorf("after a kill the share lists %v, want %v", got, file)
	}
	third.run("folders", "list")
	third.stop()
}
