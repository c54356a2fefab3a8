package cli

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// leaveProgramPages unmaps the pages of this program's file that are as they
// are in the file; the kernel maps those that are used again from its cache.
func leaveProgramPages() {
	program, err := os.Executable()
	if err != nil {
		return
	}
	file, err := os.Open("/proc/self/smaps")
	if err != nil {
		return
	}
	defer file.Close()
	for _, m := range unchangedMappings(file, program) {
		// The address is the kernel's own, of a mapping that lasts as long as the process.
		_, _, _ = unix.Syscall(unix.SYS_MADVISE, m.from, m.to-m.from, unix.MADV_DONTNEED)
	}
}

// mapping is a range of addresses.
type mapping struct{ from, to uintptr }

// unchangedMappings reads smaps, as proc_pid_smaps(5) describes it, for the
// mappings of a file that can't be written and hold no page of their own.
func unchangedMappings(smaps io.Reader, path string) (all []mapping) {
	var m mapping
	candidate := false
	for lines := bufio.NewScanner(smaps); lines.Scan(); {
		line := lines.Text()
		var from, to uintptr
		var rights string
		if n, _ := fmt.Sscanf(line, "%x-%x %s", &from, &to, &rights); n == 3 {
			m = mapping{from, to}
			candidate = strings.HasSuffix(line, " "+path) && strings.HasSuffix(rights, "p") && !strings.Contains(rights, "w")
			continue
		}
		if own, is := strings.CutPrefix(line, "Anonymous:"); is && candidate && strings.TrimSpace(own) == "0 kB" {
			all = append(all, m)
		}
	}
	return all
}
