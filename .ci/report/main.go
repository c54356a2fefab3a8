// Command report reads the events of go test -json on standard input. It shows
// what failed with its output and why anything was skipped, and ends with the
// count of passed and failed tests, to which its first two arguments are added.
//
// Tests of real desktops, browsers and networks may trip over a busy computer.
// So a few that failed run once more, alone, by the command in the further
// arguments; what passes then counts as passed, and is told as shaky.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

type event struct {
	Action, Package, Test, Output string
	ImportPath                    string // of build output
	FailedBuild                   string
	Elapsed                       float64
}

type run struct {
	output  map[string][]string // by package and test
	running map[string]bool     // tests that began and have not ended
	told    map[string]bool     // packages with a failed test
	passed  int
	failed  int
	again   map[string]int // by package and top-level test: its failures
}

// fewFailures is how many tests are run again; more are no accident.
const fewFailures = 3

func main() {
	r := &run{output: map[string][]string{}, running: map[string]bool{}, told: map[string]bool{}, again: map[string]int{}}
	r.passed, r.failed = argument(1), argument(2)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			fmt.Println(lines.Text())
			continue
		}
		r.take(e)
	}
	if lines.Err() != nil || r.passed+r.failed == 0 {
		fmt.Println("FAIL  the tests did not report:", lines.Err())
		r.failed++
	}
	if len(r.again) <= fewFailures && len(os.Args) > 3 {
		r.runAgain(os.Args[3:])
	}
	fmt.Printf("%d passed, %d failed\n", r.passed, r.failed)
	if r.failed > 0 {
		os.Exit(1)
	}
}

func argument(i int) int {
	if i >= len(os.Args) {
		return 0
	}
	n, err := strconv.Atoi(os.Args[i])
	if err != nil {
		fmt.Fprintln(os.Stderr, "report: the arguments are two counts")
		os.Exit(2)
	}
	return n
}

func (r *run) take(e event) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "run":
		r.running[key] = true
	case "output":
		r.output[key] = append(r.output[key], e.Output)
	case "build-output":
		fmt.Print(e.Output)
	case "pass", "fail", "skip":
		r.end(e, key)
	}
}

func (r *run) end(e event, key string) {
	delete(r.running, key)
	switch {
	case e.Test == "" && e.Action == "pass":
		fmt.Printf("ok    %s  %.1fs\n", e.Package, e.Elapsed)
	case e.Test == "" && e.Action == "fail":
		r.endPackage(e, key)
	case e.Action == "pass":
		r.passed++
	case e.Action == "skip" && e.Test != "":
		fmt.Printf("skip  %s\n%s", key, reason(r.output[key]))
	case e.Action == "fail":
		r.failed++
		r.told[e.Package] = true
		top, _, _ := strings.Cut(e.Test, "/")
		r.again[e.Package+" "+top]++
		fmt.Printf("FAIL  %s\n%s", key, strings.Join(r.output[key], ""))
	}
	delete(r.output, key)
}

// endPackage counts what a failed package leaves untold: a build that failed,
// a panic, a timeout.
func (r *run) endPackage(e event, key string) {
	fmt.Printf("FAIL  %s\n%s", e.Package, strings.Join(r.output[key], ""))
	told := r.told[e.Package]
	for _, test := range slices.Sorted(maps.Keys(r.running)) {
		if strings.HasPrefix(test, e.Package+" ") {
			told = true
			r.failed++
			fmt.Printf("FAIL  %s did not end\n%s", test, strings.Join(r.output[test], ""))
			delete(r.running, test)
		}
	}
	if !told {
		r.failed++
	}
}

// runAgain runs each test that failed by itself.
func (r *run) runAgain(command []string) {
	for _, key := range slices.Sorted(maps.Keys(r.again)) {
		name, test, _ := strings.Cut(key, " ")
		args := append(slices.Clone(command[1:]), "-v", "-count=1", "-run", "^"+test+"$", name)
		out, err := exec.Command(command[0], args...).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "--- PASS: "+test+" ") {
			fmt.Printf("FAIL  %s, again\n%s", key, out)
			continue
		}
		fmt.Printf("shaky %s: failed at first, passed when it ran alone\n", key)
		r.failed -= r.again[key]
		r.passed += r.again[key]
	}
}

// reason is what a skipped test said, without the frame around it.
func reason(output []string) string {
	var said []string
	for _, line := range output {
		if !strings.HasPrefix(line, "=== ") && !strings.HasPrefix(strings.TrimSpace(line), "---") {
			said = append(said, line)
		}
	}
	return strings.Join(said, "")
}
