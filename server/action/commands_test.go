//go:build !windows

package action

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"folderfront/server/catalogue"
)

func TestCommands(t *testing.T) {
	r := newRoom(t)
	run := func(act Action) Run {
		t.Helper()
		act.ID, act.Name, act.DisplayName, act.Kind = 1, "run", "Run", Command
		r.define(Definitions{Actions: []Action{act}})
		ids, err := r.Perform(t.Context(), Order{Action: act, Files: []catalogue.ID{r.id("poster.pdf")}, Trigger: ByHand})
		must(t, err)
		ended, err := r.Wait(t.Context(), ids[0])
		must(t, err)
		return ended
	}
	t.Setenv("FOLDERFRONT_API_KEY", "hush")
	out := filepath.Join(t.TempDir(), "out")
	if got := run(Action{Program: "/bin/sh", Arguments: []string{"-c", `printf '%s|%s|%s' "$1" "$2" "$FOLDERFRONT_API_KEY" > ` + out, "sh", "$(id); {{ file.name }}"}}); got.State != Done {
		t.Fatalf("%+v", got)
	}
	text, err := os.ReadFile(out)
	if want := "$(id); poster.pdf|" + filepath.Join(r.dir, "poster.pdf") + "|"; err != nil || string(text) != want {
		t.Errorf("the command got %q, want %q", text, want)
	}
	if got := run(Action{Program: "/bin/sh", Arguments: []string{"-c", "echo no; exit 3"}}); got.State != Failed || !strings.Contains(got.Error, "no") {
		t.Errorf("%+v", got)
	}
	for _, program := range []string{"sh", "./sh", "/x/run.bat", "/x/RUN.CMD"} {
		act := Action{ID: 1, Name: "a", DisplayName: "a", Kind: Command, Program: program}
		if err := r.SetDefinitions(Definitions{Actions: []Action{act}}); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", program, err)
		}
	}
	r.commands = false
	if got := run(Action{Program: "/bin/true"}); got.State != Failed || !strings.Contains(got.Error, "switched off") {
		t.Errorf("commands off: %+v", got)
	}
}

// A file's name is one argument, whatever stands in it.
func TestAFileIsOneArgumentOfACommand(t *testing.T) {
	r := newRoom(t)
	const name = `-x $(touch pwned) "q"; a b.txt`
	must(t, os.WriteFile(filepath.Join(r.dir, name), nil, 0o644))
	r.eventually("the file", func() bool { return r.known(name) })
	out := filepath.Join(t.TempDir(), "out")
	act := program("/bin/sh", false, false)
	act.Arguments = []string{"-c", `printf '%s|' "$@" > ` + out, "sh", "{{ file.name }}", ""}
	r.define(Definitions{Actions: []Action{act}})
	runs, err := r.RunByName(t.Context(), "send", "", []catalogue.ID{r.id(name)})
	if err != nil || runs[0].State != Done {
		t.Fatalf("%+v, %v", runs, err)
	}
	text, err := os.ReadFile(out)
	if want := name + "||" + filepath.Join(r.dir, name) + "|"; err != nil || string(text) != want {
		t.Errorf("the command got %q, want %q", text, want)
	}
}

// A command that does not end is ended, with all that it started.
func TestACommandIsEndedWithAllThatItStarted(t *testing.T) {
	started := filepath.Join(t.TempDir(), "started")
	script := `sleep 600 & echo $! > ` + started + `.new; mv ` + started + `.new ` + started + `; wait`
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err := runCommand(ctx, 5*time.Second, "/bin/sh", []string{"-c", script})
	if !errors.Is(err, catalogue.ErrInvalid) || !strings.Contains(err.Error(), "took longer than 5s") {
		t.Errorf("got %v", err)
	}
	if ctx.Err() != nil {
		t.Error("its own time did nothing")
	}
	text, err := os.ReadFile(started)
	must(t, err)
	child, err := strconv.Atoi(strings.TrimSpace(string(text)))
	must(t, err)
	defer syscall.Kill(child, syscall.SIGKILL)
	r := &room{t: t, patience: 10 * time.Second}
	r.eventually("the end of what it started", func() bool { return ended(child) })
}

// ended tells whether a process is gone, or waits only to be reaped.
func ended(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return true
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, after, _ := strings.Cut(string(status), ") ")
	return err == nil && strings.HasPrefix(after, "Z")
}

// What a command says is kept in part, and its end is what tells why it failed.
func TestACommandsOutputIsBounded(t *testing.T) {
	err := runCommand(t.Context(), time.Minute, "/bin/sh", []string{"-c", "head -c 3000000 /dev/zero | tr '\\0' x; echo the end; exit 3"})
	if err == nil || !strings.HasSuffix(err.Error(), "the end") || len(err.Error()) > commandOutput+200 {
		t.Errorf("%d bytes are kept: %.100s", len(err.Error()), err.Error())
	}
}

// A program is started for others only after a yes at this computer.
func TestProgramsThatOthersAskForWait(t *testing.T) {
	r := newRoom(t)
	r.define(Definitions{Actions: []Action{program("/bin/true", false, false)}})
	fired, err := r.Fire(t.Context(), everyone, 1, []int64{r.entry("poster.pdf").Number})
	must(t, err)
	waiting := r.Attention().Waiting
	if fired.Result != "0" || len(waiting) != 1 || len(r.ended()) != 0 {
		t.Fatalf("%+v, %d wait", fired, len(waiting))
	}
	r.restart()
	if again := r.Attention().Waiting; len(again) != 1 || again[0].ID != waiting[0].ID {
		t.Errorf("forgotten by a restart: %+v", again)
	}
	must(t, r.Decide(t.Context(), waiting[0].ID, false))
	if err := r.Decide(t.Context(), waiting[0].ID, true); err == nil {
		t.Error("a run was decided twice")
	}
	if ended := r.ended(); len(ended) != 1 || ended[0].State != Failed || len(r.Attention().Waiting) != 0 {
		t.Errorf("%+v", ended)
	}
}

// An action that Workfront may ask for waits for a yes each time, not once.
func TestEachRunOfAProgramIsConfirmed(t *testing.T) {
	r := newRoom(t)
	r.define(Definitions{Actions: []Action{program("/bin/true", true, true)}})
	r.sent("d", "poster.pdf")
	r.sent("e", "poster.pdf")
	for i, document := range []string{"d", "e"} {
		asked := make(chan error, 1)
		go func() { asked <- r.Custom(t.Context(), everyone, "send", document, "") }()
		r.eventually("the question", func() bool { return len(r.Attention().Waiting) == 1 })
		if ran := len(r.ended()); ran != i {
			t.Errorf("%d ran before the yes, want %d", ran, i)
		}
		must(t, r.Decide(t.Context(), r.Attention().Waiting[0].ID, true))
		must(t, <-asked)
	}
}
