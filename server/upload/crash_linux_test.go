package upload

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
)

// Killed at every system call, every operation leaves the old or the new, whole, and nothing else.
// The short form takes the calls that change something, the first and the last of each kind.
func TestKilledAnywhere(t *testing.T) {
	needStrace(t)
	killed, done := 0, 0
	for name, s := range scenarios {
		if s.long && !prove() {
			continue
		}
		t.Run(name, func(t *testing.T) {
			spans, _ := s.spans(t)
			for _, point := range points(spans) {
				trial := s.prepare(t)
				kill := fmt.Sprintf("inject=%s:signal=SIGKILL:when=%d", point.call, point.n)
				o := trial.errand.trace(t, os.DevNull, append(s.faults(), kill)...)
				finished := trial.look(t)
				if o == nil {
					killed++
				}
				if o == nil && finished {
					done++
				}
				if t.Failed() {
					t.Fatalf("killed at %s number %d", point.call, point.n)
				}
			}
		})
	}
	t.Logf("killed %d times, %d times the operation was done", killed, done)
	if done == 0 || done >= killed {
		t.Error("the kills came too early or too late to mean anything")
	}
}

type point struct {
	call string
	n    int
}

func points(spans map[string]span) []point {
	var all []point
	for call, s := range spans {
		if prove() {
			for n := s.first; n <= s.last; n++ {
				all = append(all, point{call, n})
			}
		} else if slices.Contains(changing, call) {
			all = append(all, point{call, s.last})
			if call != "fsync" && call != "pwrite64" {
				all = append(all, point{call, s.first})
			}
		}
	}
	sort.Slice(all, func(i, j int) bool {
		return all[i].call < all[j].call || all[i].call == all[j].call && all[i].n < all[j].n
	})
	return slices.Compact(all)
}

// Every kind of error at every call ends in a sentence and the state of before, in success, or, once
// the new content is in place, in a sentence that says that its fate is unknown.
func TestInjuredAnywhere(t *testing.T) {
	needStrace(t)
	for name, s := range scenarios {
		if !prove() && !slices.Contains([]string{"new version", "new version, raced", "delete", "restore over another file"}, name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			spans, _ := s.spans(t)
			failed, trials := 0, 0
			for call, errors := range errorsOf {
				for _, n := range injuries(spans, call) {
					for _, e := range errors {
						trials++
						fault := fmt.Sprintf("inject=%s:error=%s:when=%s", call, e, n)
						if s.injure(t, fault, call == "unlinkat") {
							failed++
						}
						if t.Failed() {
							t.Fatal(fault)
						}
					}
				}
			}
			t.Logf("%d faults, %d of them made the operation fail", trials, failed)
			if failed == 0 {
				t.Error("no fault had any effect")
			}
		})
	}
}

// errorsOf are the errors that a call is met with.
var errorsOf = map[string][]string{
	"openat":     {"EMFILE", "EIO"},
	"read":       {"EIO"},
	"write":      {"ENOSPC", "EIO"},
	"pwrite64":   {"ENOSPC"},
	"fsync":      {"EIO"},
	"close":      {"EIO"},
	"linkat":     {"EPERM", "EIO"},
	"renameat":   {"EACCES", "EIO"},
	"renameat2":  {"EACCES", "EIO"},
	"unlinkat":   {"EIO"},
	"mkdirat":    {"ENOSPC"},
	"fchmod":     {"EPERM"},
	"fchown":     {"EPERM"},
	"fstatfs":    {"EIO"},
	"newfstatat": {"EIO"},
}

// injuries are the calls that fail: each one, and all from the first on; in the short form the last
// one.
func injuries(spans map[string]span, call string) []string {
	s, made := spans[call]
	if !made {
		return nil
	}
	var all []string
	for n := s.first; n <= s.last; n++ {
		all = append(all, fmt.Sprint(n))
	}
	if !prove() {
		return all[len(all)-1:]
	}
	return append(all, fmt.Sprintf("%d+", s.first))
}

// injure runs the operation with a fault and tells whether it failed.
func (s scenario) injure(t *testing.T, fault string, mayLeave bool) (failed bool) {
	t.Helper()
	x := s.prepare(t)
	o := x.errand.trace(t, os.DevNull, append(s.faults(), fault)...)
	if o == nil {
		t.Fatal("the helper died")
	}
	mayLeave = mayLeave || strings.Contains(o.Sentence, "could not confirm")
	for _, path := range tree(t, filepath.Join(x.errand.Dir, "docs"), false) {
		if strings.HasSuffix(path, ".part") && !mayLeave {
			t.Errorf("%s is left behind by a failure", path)
		}
	}
	done := x.look(t)
	switch {
	case o.Sentence == "":
		if !done && x.errand.Op != "announce" {
			t.Error("success was told, but nothing is done")
		}
	case done && !s.raced && strings.Contains(o.Sentence, "Nothing was changed"):
		t.Errorf("it is done, but was told as %q (%s)", o.Sentence, o.Raw)
	}
	return o.Sentence != ""
}
