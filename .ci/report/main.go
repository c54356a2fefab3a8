// Command report reads the events of go test -json on standard input. It shows
// what failed with its output and why anything was skipped, and ends with the
// count of passed and failed tests, to which its two arguments are added.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"os"
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
}

func main() {
	r := &run{output: map[string][]string{}, running: map[string]bool{}, told: map[string]bool{}}
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
