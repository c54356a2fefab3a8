//go:build !headless || ci

package desktoptest

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"folderfront/app/state"
)

// process is a running process by its number.
type process int

// used is the processor time of the process's threads so far, which the kernel
// counts in nanoseconds (Documentation/scheduler/sched-stats).
func (p process) used(t *testing.T) time.Duration {
	t.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", p))
	if err != nil || len(threads) == 0 {
		t.Fatalf("process %d is gone (%v)", p, err)
	}
	var sum time.Duration
	for _, thread := range threads {
		text, err := os.ReadFile(thread)
		if err != nil {
			continue // it has ended
		}
		if fields := strings.Fields(string(text)); len(fields) > 0 {
			ran, _ := strconv.ParseInt(fields[0], 10, 64)
			sum += time.Duration(ran)
		}
	}
	return sum
}

// memory is what a process holds, in MB: own pages, and pages of files, most of
// which are the program itself.
type memory struct{ own, files float64 }

func (m memory) resident() float64 { return m.own + m.files }

func (p process) memory(t *testing.T) memory {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p))
	if err != nil {
		t.Fatal(err)
	}
	var m memory
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		kib, _ := strconv.ParseFloat(fields[1], 64)
		switch fields[0] {
		case "RssAnon:":
			m.own = kib / 1024
		case "RssFile:", "RssShmem:":
			m.files += kib / 1024
		}
	}
	return m
}

// forgetProgram has the kernel forget the program's file, which it then reads
// as after a restart of the computer. What was just built lies in its cache in
// pieces of 2 MB, whose every piece counts wholly once a byte of it was used.
func (d *desk) forgetProgram() {
	d.t.Helper()
	file, err := os.Open(d.binary)
	if err != nil {
		d.t.Fatal(err)
	}
	defer file.Close()
	if err := unix.Fadvise(int(file.Fd()), 0, 0, unix.FADV_DONTNEED); err != nil {
		d.t.Logf("the program's file stays in the cache: %v", err)
	}
}

// windowProcess is the process of the window that is open.
func (d *desk) windowProcess() process {
	d.t.Helper()
	children, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", d.program.Process.Pid))
	if err != nil {
		d.t.Fatal(err)
	}
	for _, file := range children {
		text, _ := os.ReadFile(file)
		for _, child := range strings.Fields(string(text)) {
			line, _ := os.ReadFile("/proc/" + child + "/cmdline")
			if pid, err := strconv.Atoi(child); err == nil && strings.Contains(string(line), "\x00window\x00") {
				return process(pid)
			}
		}
	}
	d.t.Fatal("the window has no process")
	return 0
}

// settle waits until the processes have hardly anything left to do.
func (d *desk) settle(all ...process) {
	d.t.Helper()
	const look, hardly = 3 * time.Second, 15 * time.Millisecond
	for range 15 {
		busy := false
		for _, p := range all {
			before := p.used(d.t)
			time.Sleep(look)
			busy = busy || p.used(d.t)-before > hardly
		}
		if !busy {
			return
		}
	}
	fmt.Println("  still busy: what follows is too high")
}

// report measures a process over 30 s in which nobody does anything.
func (d *desk) report(what string, p process) (percent float64, resident float64) {
	d.t.Helper()
	const look = 30 * time.Second
	before := p.used(d.t)
	time.Sleep(look)
	percent = 100 * (p.used(d.t) - before).Seconds() / look.Seconds()
	m := p.memory(d.t)
	fmt.Printf("%-50s %6.3f %% of a processor, %5.1f MB resident (%.1f own, %.1f of the program's and other files)\n",
		what+":", percent, m.resident(), m.own, m.files)
	return percent, m.resident()
}

func met(is bool) string {
	if is {
		return "met"
	}
	return "MISSED"
}

// key waits for the first API key and returns its secret.
func (d *desk) key() string {
	d.t.Helper()
	id := ""
	d.eventually("the first key", func() bool {
		st, ok := d.state()
		if ok && len(st.Keys) > 0 {
			id = st.Keys[0].ID
		}
		return id != ""
	})
	var answer state.NewKeyAnswer
	d.do(state.ShowKey{ID: id}, &answer)
	return answer.Secret
}

// firstListing asks, as soon as anyone answers, for what is shared and for what
// the first shared folder holds, and returns the seconds since began.
func (d *desk) firstListing(began time.Time, key string) float64 {
	d.t.Helper()
	base := "http://" + d.listen + "/api/v1"
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		var shares []struct{ ID string }
		if ask(base+"/files?parentId=/", key, &shares) != nil || len(shares) == 0 {
			continue
		}
		var entries []struct{ ID string }
		if ask(base+"/files?parentId="+url.QueryEscape(shares[0].ID), key, &entries) == nil && len(entries) > 0 {
			return time.Since(began).Seconds()
		}
	}
	d.t.Fatal("no listing was served")
	return 0
}

// manyFiles makes a tree of n empty files, a hundred to a folder.
func manyFiles(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < n; i += 100 {
		folder := filepath.Join(dir, fmt.Sprintf("%03d/project %04d", i/10_000, i/100))
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		for j := i; j < min(i+100, n); j++ {
			write(t, filepath.Join(folder, fmt.Sprintf("Document %07d.txt", j)), "")
		}
	}
	return dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// freeAddress is an address of this computer on which nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// ask reads the JSON that an address of the provider answers.
func ask(address, key string, answer any) error {
	request, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	request.Header.Set("apiKey", key)
	request.Header.Set("username", "anna@example.com")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s", response.Status)
	}
	return json.NewDecoder(response.Body).Decode(answer)
}
