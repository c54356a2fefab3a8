package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
)

// The built program is examined by its own check command, as any provider is.
func TestCheckFindsNothingWrongWithServe(t *testing.T) {
	shared := t.TempDir()
	writeTree(t, shared, "hello.txt", "notes/plan.txt")
	s := startServing(t, t.TempDir(), []string{"FOLDERFRONT_API_KEY=a-key-for-this-check"}, "--share", "Brand="+shared)
	cmd := command(t.TempDir(), "check", s.base, "--api-key-env", "KEY", "--write", "--json")
	cmd.Env = append(cmd.Env, "KEY=a-key-for-this-check")
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("check: %v", err)
	}
	held := 0
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		var r resultEvent
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		if r.Result == "failed" {
			t.Errorf("%s: %s: %s", r.Group, r.Case, r.Reason)
		}
		if r.Result == "held" {
			held++
		}
	}
	if held < 80 {
		t.Errorf("only %d cases held", held)
	}
}

func TestCheckTellsAWrongKey(t *testing.T) {
	s := startServing(t, t.TempDir(), []string{"FOLDERFRONT_API_KEY=right"}, "--share", "Brand="+sample(t))
	cmd := command(t.TempDir(), "check", s.base, "--api-key-env", "KEY")
	cmd.Env = append(cmd.Env, "KEY=wrong")
	out, err := cmd.CombinedOutput()
	exit, failed := err.(*exec.ExitError)
	if !failed || exit.ExitCode() != 1 || !strings.Contains(string(out), "✗ Test 1") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestCheckWantsACredentialThatIsThere(t *testing.T) {
	out, err := command(t.TempDir(), "check", "http://127.0.0.1:1/api/v1", "--api-key-env", "NO_SUCH_VARIABLE").CombinedOutput()
	exit, failed := err.(*exec.ExitError)
	if !failed || exit.ExitCode() != 2 || !strings.Contains(string(out), "NO_SUCH_VARIABLE, which is empty") {
		t.Errorf("%v\n%s", err, out)
	}
}
