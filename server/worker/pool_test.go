package worker

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// The test program is its own worker, as Folderfront is.
func TestMain(m *testing.M) {
	switch os.Getenv("GODEBUG") {
	case "folderfrontworker=child":
		if err := Serve(os.Stdin, os.Stdout, testHandlers); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	case "folderfrontworker=core":
		orphan()
	}
	os.Exit(m.Run())
}

var usedBefore bool // in a child: it has done a job of kind pid

var testHandlers = map[string]Handler{
	"echo": func(_ context.Context, job Job) (Result, error) {
		var text string
		if err := job.Decode(&text); err != nil {
			return Result{}, err
		}
		data, err := io.ReadAll(job.File)
		return Result{Reply: text + "!", Data: data}, err
	},
	"do": func(_ context.Context, job Job) (Result, error) {
		var what string
		if err := job.Decode(&what); err != nil {
			return Result{}, err
		}
		switch what {
		case "fail":
			return Result{}, errors.New("no such luck")
		case "panic":
			panic("at the disco")
		case "exit":
			os.Exit(3)
		case "loop":
			select {}
		}
		data, err := io.ReadAll(job.File)
		return Result{Reply: what, Data: data}, err
	},
	"pid": func(context.Context, Job) (Result, error) {
		usedBefore = true
		return Result{Reply: os.Getpid()}, nil
	},
	"picky": func(_ context.Context, job Job) (Result, error) {
		data, err := io.ReadAll(job.File)
		if usedBefore {
			os.Exit(3)
		}
		return Result{Reply: os.Getpid(), Data: data}, err
	},
	"env":   func(context.Context, Job) (Result, error) { return Result{Reply: os.Environ()}, nil },
	"fail":  func(context.Context, Job) (Result, error) { return Result{}, errors.New("no such luck") },
	"panic": func(context.Context, Job) (Result, error) { panic("at the disco") },
	"exit":  func(context.Context, Job) (Result, error) { os.Exit(3); return Result{}, nil },
	"write": func(_ context.Context, job Job) (Result, error) {
		_, err := job.File.WriteString("x")
		return Result{}, err
	},
	"loop": func(context.Context, Job) (Result, error) {
		for n := 0; ; n++ {
		}
	},
	"eat": func(context.Context, Job) (Result, error) {
		var all [][]byte
		for range 1 << 12 {
			b := make([]byte, 1<<20)
			for i := range b {
				b[i] = byte(i)
			}
			all = append(all, b)
		}
		return Result{Reply: len(all)}, nil
	},
	"spawn": func(context.Context, Job) (Result, error) {
		cmd := exec.Command("sleep", "600")
		if err := cmd.Start(); err != nil {
			return Result{}, err
		}
		return Result{Reply: cmd.Process.Pid}, nil
	},
	"unhurried": func(ctx context.Context, job Job) (Result, error) {
		return Result{}, Unhurried(ctx, func() error { return wait(job) })
	},
	"hurried": func(ctx context.Context, job Job) (Result, error) {
		return Result{}, errors.Join(Unhurried(ctx, func() error { return nil }), wait(job))
	},
	"unhurried failure": func(ctx context.Context, _ Job) (Result, error) {
		return Result{}, Unhurried(ctx, func() error { return errors.New("no such luck") })
	},
	"big": func(context.Context, Job) (Result, error) { return Result{Data: make([]byte, 20<<20)}, nil },
}

// wait waits for as many milliseconds as the job's argument says.
func wait(job Job) error {
	var ms int
	if err := job.Decode(&ms); err != nil {
		return err
	}
	time.Sleep(time.Duration(ms) * time.Millisecond)
	return nil
}

func testPool(t *testing.T, cfg Config) *Pool {
	t.Helper()
	t.Setenv("GODEBUG", "folderfrontworker=child")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cfg.Command = []string{self}
	if cfg.Limit == 0 {
		cfg.Limit = time.Minute
	}
	ctx, cancel := context.WithCancel(context.Background())
	p := NewPool(ctx, cfg)
	t.Cleanup(func() { cancel(); p.Close() })
	return p
}

func document(t *testing.T, content string) *os.File {
	t.Helper()
	name := filepath.Join(t.TempDir(), "document")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func pid(t *testing.T, p *Pool) int {
	t.Helper()
	var pid int
	if _, err := p.Do(t.Context(), "pid", nil, nil, &pid); err != nil {
		t.Fatal(err)
	}
	return pid
}

func TestAJobGetsArgumentsAndAFile(t *testing.T) {
	p := testPool(t, Config{})
	for i := range 5 {
		want := strings.Repeat("content ", 1<<i*1000)
		var reply string
		data, err := p.Do(t.Context(), "echo", "hello", document(t, want), &reply)
		if err != nil || string(data) != want || reply != "hello!" {
			t.Fatalf("got %d bytes, reply %q, error %v", len(data), reply, err)
		}
	}
	if data, err := p.Do(t.Context(), "big", nil, nil, nil); err != nil || len(data) != 20<<20 {
		t.Errorf("20 MiB came back as %d bytes, error %v", len(data), err)
	}
}

// TestManyTasksTogether has one child do many jobs, of which some fail, bring the child down or
// take too long: each gets its own answer.
func TestManyTasksTogether(t *testing.T) {
	for _, c := range []struct {
		bad  string
		want error
	}{{"", nil}, {"fail", ErrFailed}, {"panic", ErrFailed}, {"exit", ErrCrashed}, {"loop", ErrTimeout}} {
		t.Run("with "+c.bad, func(t *testing.T) {
			p := testPool(t, Config{Slots: 1})
			pid(t, p) // started
			if c.bad == "loop" {
				p.cfg.Limit = 5 * time.Second // long for the others
			}
			var tasks []Task
			for i := range MaxTasks {
				task := Task{Args: strconv.Itoa(i), File: document(t, strings.Repeat("content ", i*1000))}
				if c.bad != "" && i == 5 {
					task.Args = c.bad
				}
				tasks = append(tasks, task)
			}
			for i, answer := range p.DoAll(t.Context(), "do", tasks) {
				var reply string
				err := answer.Decode(&reply)
				if c.bad != "" && i == 5 {
					if !errors.Is(err, c.want) {
						t.Errorf("the bad one: %v, want %v", err, c.want)
					}
				} else if err != nil || reply != strconv.Itoa(i) || string(answer.Data) != strings.Repeat("content ", i*1000) {
					t.Errorf("task %d: reply %q, %d bytes, error %v", i, reply, len(answer.Data), err)
				}
			}
		})
	}
}

func TestTasksEndWithTheirContext(t *testing.T) {
	p := testPool(t, Config{Slots: 1})
	pid(t, p)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	for i, answer := range p.DoAll(ctx, "do", []Task{{Args: "loop"}, {Args: "loop"}}) {
		if !errors.Is(answer.Err, context.Canceled) {
			t.Errorf("task %d: %v", i, answer.Err)
		}
	}
	for i, answer := range p.DoAll(t.Context(), "do", []Task{{Args: "0"}, {Args: make(chan int)}}) {
		if !errors.Is(answer.Err, ErrFailed) {
			t.Errorf("task %d beside one that can't be told: %v", i, answer.Err)
		}
	}
}

func TestTheFileCanOnlyBeRead(t *testing.T) {
	p := testPool(t, Config{})
	f := document(t, "content")
	if _, err := p.Do(t.Context(), "write", nil, f, nil); !errors.Is(err, ErrFailed) {
		t.Errorf("writing to the document: %v, want ErrFailed", err)
	}
}

func TestEveryFailureIsAnErrorAndTheNextJobIsFine(t *testing.T) {
	for _, c := range []struct {
		kind  string
		limit time.Duration
		want  error
	}{
		{"fail", time.Minute, ErrFailed},
		{"panic", time.Minute, ErrFailed},
		{"unknown", time.Minute, ErrFailed},
		{"exit", time.Minute, ErrCrashed},
		{"eat", time.Minute, ErrCrashed},
		{"loop", 500 * time.Millisecond, ErrTimeout},
	} {
		t.Run(c.kind, func(t *testing.T) {
			p := testPool(t, Config{Slots: 1, Limit: c.limit})
			if _, err := p.Do(t.Context(), c.kind, nil, nil, nil); !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			p.cfg.Limit = time.Minute // the next child may start slowly
			if data, err := p.Do(t.Context(), "echo", "again", document(t, "fine"), nil); err != nil || string(data) != "fine" {
				t.Errorf("next job: %q, %v", data, err)
			}
		})
	}
}

func TestWhatIsUnhurriedDoesNotCount(t *testing.T) {
	p := testPool(t, Config{Slots: 1})
	pid(t, p)                     // started
	p.cfg.Limit = 2 * time.Second // too little for either step of what follows
	if _, err := p.Do(t.Context(), "unhurried", 3000, nil, nil); err != nil {
		t.Errorf("a step that takes its time: %v", err)
	}
	if _, err := p.Do(t.Context(), "hurried", 60_000, nil, nil); !errors.Is(err, ErrTimeout) {
		t.Errorf("what comes after it: %v, want ErrTimeout", err)
	}
	p.cfg.Limit = time.Minute
	if _, err := p.Do(t.Context(), "unhurried failure", nil, nil, nil); !errors.Is(err, ErrFailed) || !strings.Contains(err.Error(), "no such luck") {
		t.Errorf("a step that fails: %v", err)
	}
}

func TestUnhurriedElsewhere(t *testing.T) {
	done := false
	if err := Unhurried(t.Context(), func() error { done = true; return nil }); err != nil || !done {
		t.Errorf("outside a worker: done %v, %v", done, err)
	}
}

func TestAnIdleChildIsEnded(t *testing.T) {
	p := testPool(t, Config{Slots: 2, Idle: time.Hour})
	var both []*child
	for range 2 {
		c, err := p.take(t.Context(), p.pop)
		if err != nil {
			t.Fatal(err)
		}
		both = append(both, c)
	}
	p.giveBack(both[0], nil)
	p.giveBack(both[1], nil)
	kept := pid(t, p)
	if again := pid(t, p); again != kept {
		t.Errorf("jobs one after the other went to %d and %d, want one child", kept, again)
	}
	p.cfg.Idle = time.Millisecond
	pid(t, p) // and rests only a moment after it
	for _, c := range both {
		if c.cmd.Process.Pid == kept {
			<-c.ended
		} else if !c.alive() {
			t.Error("the other child was ended, too")
		}
	}
	if again := pid(t, p); again == kept {
		t.Error("the child that was ended did a job")
	}
}

func TestAChildIsKeptAndRecycled(t *testing.T) {
	p := testPool(t, Config{Slots: 1, Jobs: 2})
	a, b, c := pid(t, p), pid(t, p), pid(t, p)
	if a != b || b == c {
		t.Errorf("three jobs went to %d, %d, %d: want two to one child and the third to another", a, b, c)
	}
}

func TestAChildThatDiedBetweenJobsIsReplaced(t *testing.T) {
	p := testPool(t, Config{Slots: 1})
	first := pid(t, p)
	c := p.idle[0]
	c.cmd.Process.Kill()
	<-c.ended
	if pid(t, p) == first {
		t.Error("the dead child did a job")
	}
}

func TestAJobThatEndsAUsedChildIsTriedInAFreshOne(t *testing.T) {
	p := testPool(t, Config{Slots: 2})
	used := pid(t, p)
	var second int
	data, err := p.Do(t.Context(), "picky", nil, document(t, "content"), &second)
	if err != nil || string(data) != "content" || second == used {
		t.Errorf("%q from child %d after %d, %v", data, second, used, err)
	}
	if _, err := p.Do(t.Context(), "exit", nil, nil, nil); !errors.Is(err, ErrCrashed) {
		t.Errorf("one that ends every child: %v, want ErrCrashed", err)
	}
	if n := len(p.idle); n != 0 {
		t.Errorf("%d children are left", n)
	}
}

func TestNoMoreChildrenThanSlots(t *testing.T) {
	p := testPool(t, Config{Slots: 2})
	var mu sync.Mutex
	seen := map[int]bool{}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			n := pid(t, p)
			mu.Lock()
			defer mu.Unlock()
			seen[n] = true
		})
	}
	wg.Wait()
	if len(seen) > 2 {
		t.Errorf("20 jobs at once ran in %d children, want at most 2", len(seen))
	}
}

func TestCancellingKillsTheJob(t *testing.T) {
	p := testPool(t, Config{Slots: 1})
	first := pid(t, p)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := p.Do(ctx, "loop", nil, nil, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	awaitEnd(t, first)
}

func TestClosingLeavesNothingBehind(t *testing.T) {
	t.Setenv("GODEBUG", "folderfrontworker=child")
	self, _ := os.Executable()
	ctx, cancel := context.WithCancel(t.Context())
	p := NewPool(ctx, Config{Command: []string{self}, Slots: 1, Limit: time.Minute})
	child := pid(t, p)
	var tool int
	if _, err := p.Do(t.Context(), "spawn", nil, nil, &tool); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := p.Do(context.Background(), "loop", nil, nil, nil)
		done <- err
	}()
	cancel()
	if err := <-done; !errors.Is(err, ErrClosed) {
		t.Errorf("the job under way: %v, want ErrClosed", err)
	}
	p.Close()
	awaitEnd(t, child)
	awaitEnd(t, tool)
	if _, err := p.Do(context.Background(), "pid", nil, nil, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("after closing: %v, want ErrClosed", err)
	}
}

// orphan is a core that starts a busy child, says its number, and is then killed.
func orphan() {
	os.Setenv("GODEBUG", "folderfrontworker=child")
	self, _ := os.Executable()
	p := NewPool(context.Background(), Config{Command: []string{self}, Slots: 1, Limit: time.Hour})
	var pid int
	if _, err := p.Do(context.Background(), "pid", nil, nil, &pid); err != nil {
		panic(err)
	}
	fmt.Println(pid)
	p.Do(context.Background(), "loop", nil, nil, nil)
}

func TestAChildDiesWithTheCore(t *testing.T) {
	self, _ := os.Executable()
	core := exec.Command(self)
	core.Env = append(os.Environ(), "GODEBUG=folderfrontworker=core")
	out, err := core.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := core.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 32)
	n, err := out.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	child, err := strconv.Atoi(string(bytes.TrimSpace(line[:n])))
	if err != nil {
		t.Fatal(err)
	}
	core.Process.Kill()
	core.Wait()
	awaitEnd(t, child)
}

func TestTheChildSeesNoSecretsOfTheCore(t *testing.T) {
	t.Setenv("FOLDERFRONT_API_KEY", "secret")
	p := testPool(t, Config{})
	var env []string
	if _, err := p.Do(t.Context(), "env", nil, nil, &env); err != nil {
		t.Fatal(err)
	}
	if len(env) == 0 {
		t.Error("the child has no environment at all")
	}
	for _, pair := range env {
		if strings.Contains(pair, "secret") {
			t.Errorf("the child sees %s", pair)
		}
	}
}

func TestACommandThatDoesNotExist(t *testing.T) {
	p := NewPool(t.Context(), Config{Command: []string{filepath.Join(t.TempDir(), "nothing")}})
	for range 3 { // the slot must survive
		if _, err := p.Do(t.Context(), "pid", nil, nil, nil); !errors.Is(err, ErrCrashed) {
			t.Errorf("got %v, want ErrCrashed", err)
		}
	}
}

func FuzzReadBody(f *testing.F) {
	good, _ := frame(request{Kind: "thumb"}, []byte("data"))
	f.Add(append(good, "data"...))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0})
	f.Add([]byte{0, 0, 0, 1, 0, 0, 0, 0, '{'})
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) < frameHeader {
			return
		}
		in[0], in[4] = 0, 0 // small lengths only: larger ones just wait for more
		var req request
		data, err := readBody(bytes.NewReader(in[frameHeader:]), [frameHeader]byte(in), &req)
		if err != nil {
			return
		}
		again, err := frame(req, data)
		if err != nil || !json.Valid(again[frameHeader:]) {
			t.Errorf("a frame that was read can't be written: %v", err)
		}
	})
}

func BenchmarkSmallJob(b *testing.B) {
	b.Setenv("GODEBUG", "folderfrontworker=child")
	self, _ := os.Executable()
	ctx, cancel := context.WithCancel(b.Context())
	p := NewPool(ctx, Config{Command: []string{self}})
	defer func() { cancel(); p.Close() }()
	for b.Loop() {
		if _, err := p.Do(ctx, "pid", nil, nil, nil); err != nil {
			b.Fatal(err)
		}
	}
}
