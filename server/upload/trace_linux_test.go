package upload

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// trial is one scenario, set up, in a folder of its own.
type trial struct {
	scenario
	errand errand
	files  string // what the shared folder had before
}

// prepare sets a scenario up. The folder is in memory where that is possible, for speed.
func (s scenario) prepare(t *testing.T) trial {
	t.Helper()
	memory := "/dev/shm"
	if info, err := os.Stat(memory); err != nil || !info.IsDir() {
		memory = ""
	}
	dir, err := os.MkdirTemp(memory, "folderfront-crash-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	r := roomAt(dir)
	r.t = t
	for _, d := range []string{r.dir, r.profile} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	r.open()
	e := s.setup(r)
	e.Dir = dir
	files := r.files()
	r.close()
	return trial{s, e, files}
}

// files is what the shared folder has, with the contents.
func (r *room) files() string {
	var b strings.Builder
	for _, path := range r.tree() {
		b.WriteString(path)
		if !strings.HasSuffix(path, "/") {
			b.WriteString("=" + r.read(path))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// look opens the room again, as after a crash, and requires before or after. It tells whether the
// operation is done.
func (x trial) look(t *testing.T) (done bool) {
	t.Helper()
	r := roomAt(x.errand.Dir)
	r.t = t
	return x.lookIn(r)
}

func (x trial) lookIn(r *room) (done bool) {
	r.t.Helper()
	r.open()
	defer r.close()
	r.mustBeClean()
	if done = r.files() != x.files; done {
		x.after(r, x.errand)
	} else {
		x.before(r, x.errand)
	}
	r.mustBeClean()
	return done
}

// trace runs the helper beneath strace with these expressions, and answers what it printed; nil
// when it was killed.
func (e errand) trace(t *testing.T, log string, expressions ...string) *outcome {
	t.Helper()
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"-f", "--seccomp-bpf", "-qqq", "-o", log}
	for _, x := range expressions {
		args = append(args, "-e", x)
	}
	command := exec.Command("strace", append(args, os.Args[0])...)
	command.Env = append(os.Environ(), helperVariable+"="+string(text), "GORACE=atexit_sleep_ms=0")
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	err = command.Run()
	var o outcome
	if json.Unmarshal(stdout.Bytes(), &o) == nil {
		return &o
	}
	if err == nil || !killed(err) {
		t.Fatalf("the helper said %q %q, %v", stdout.String(), stderr.String(), err)
	}
	return nil
}

func killed(err error) bool {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return false
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

// calls are the system calls that touch files; the others can't be told apart from no call at all.
var calls = strings.Fields(`openat openat2 read pread64 write pwrite64 close fsync fdatasync ftruncate fallocate
	linkat symlinkat renameat renameat2 unlinkat mkdirat fchmod fchmodat fchown fchownat utimensat
	newfstatat fstat statx fstatfs lseek getdents64 fcntl flock`)

// changing are those around which the disk is another; the short form looks at these alone.
var changing = strings.Fields(`linkat renameat renameat2 unlinkat mkdirat fsync pwrite64`)

// span is the part of the calls of one kind that the operation itself makes: the first to the last,
// counted from the start of the process.
type span struct{ first, last int }

var callLine = regexp.MustCompile(`^(\d+) +([a-z0-9_]+)\(`)

// spans runs a scenario undisturbed and counts its calls, on the thread that does the operation.
func (s scenario) spans(t *testing.T) (map[string]span, errand) {
	t.Helper()
	x := s.prepare(t)
	log := filepath.Join(t.TempDir(), "trace")
	o := x.errand.trace(t, log, append(s.faults(), "trace=readlinkat,"+strings.Join(calls, ","))...)
	if o == nil || o.Sentence != "" && !s.raced {
		t.Fatalf("the operation fails undisturbed: %+v", o)
	}
	if done := x.look(t); !done && x.errand.Op != "announce" {
		t.Fatal("the operation did nothing")
	}
	f, err := os.Open(log)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return count(t, f), x.errand
}

func (s scenario) faults() []string {
	if s.beside == "" {
		return nil
	}
	return []string{"inject=" + s.beside}
}

func count(t *testing.T, log *os.File) map[string]span {
	t.Helper()
	counts := map[string]map[string]int{} // by thread and call
	var begun map[string]int
	for lines := bufio.NewScanner(log); lines.Scan(); {
		line := lines.Text()
		m := callLine.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		thread, call := m[1], m[2]
		if counts[thread] == nil {
			counts[thread] = map[string]int{}
		}
		switch {
		case strings.Contains(line, "folderfront-begin"):
			begun = maps.Clone(counts[thread])
		case strings.Contains(line, "folderfront-end"):
			spans := map[string]span{}
			for call, n := range counts[thread] {
				if n > begun[call] {
					spans[call] = span{begun[call] + 1, n}
				}
			}
			return spans
		}
		counts[thread][call]++
	}
	t.Fatal("the trace has no end")
	return nil
}

func needStrace(t *testing.T) {
	t.Helper()
	out, err := exec.Command("strace", "-f", "--seccomp-bpf", "-qqq", "-e", "trace=openat", "true").CombinedOutput()
	if err != nil {
		t.Skipf("strace can't trace here, so nothing can be killed or injured: %v %s", err, out)
	}
}
