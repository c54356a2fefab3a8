package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// The log and the older one beside it stay below their size however much is
// written by however many, no line is torn, and the newest are there.
func TestTheLogIsBounded(t *testing.T) {
	const size, writers, lines = 4 << 10, 4, 500
	log := &logFile{path: filepath.Join(t.TempDir(), "folderfront.log"), max: size}
	if err := log.open(os.O_APPEND); err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	for writer := range writers {
		work.Go(func() {
			for i := range lines {
				if _, err := fmt.Fprintf(log, "writer %d line %03d end\n", writer, i); err != nil {
					t.Error(err)
				}
			}
		})
	}
	work.Wait()
	if _, err := fmt.Fprintln(log, "the last end"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{log.path, log.path + ".1"} {
		text, err := os.ReadFile(name)
		if err != nil || len(text) == 0 || len(text) > size {
			t.Errorf("%s: %d bytes, %v; at most %d are allowed", name, len(text), err, size)
		}
		for line := range bytes.Lines(text) {
			if !bytes.HasSuffix(line, []byte(" end\n")) {
				t.Errorf("a torn line: %q", line)
			}
		}
	}
	if text, _ := os.ReadFile(log.path); !strings.HasSuffix(string(text), "the last end\n") {
		t.Errorf("the log ends on %q", text[max(0, len(text)-40):])
	}
	if others, _ := filepath.Glob(log.path + "*"); len(others) != 2 {
		t.Errorf("there are %q", others)
	}
}

// What another start has written stays, and a line longer than the bound is
// written all the same.
func TestTheLogGoesOn(t *testing.T) {
	profile := t.TempDir()
	for _, said := range []string{"one", "two"} {
		logger, file, err := openLog(profile)
		if err != nil {
			t.Fatal(err)
		}
		logger.Info(said)
		if err := errors.Join(file.Close(), file.Close()); err != nil {
			t.Error(err)
		}
		logger.Info("after the end")
		if _, err := file.Write([]byte("x")); !errors.Is(err, os.ErrClosed) {
			t.Errorf("writing after the end: %v", err)
		}
	}
	text, err := os.ReadFile(filepath.Join(profile, "folderfront.log"))
	if err != nil || strings.Count(string(text), "\n") != 2 || !strings.Contains(string(text), `"one"`) || !strings.Contains(string(text), `"two"`) {
		t.Errorf("%v: %s", err, text)
	}

	small := &logFile{path: filepath.Join(profile, "small.log"), max: 10}
	if err := small.open(os.O_APPEND); err != nil {
		t.Fatal(err)
	}
	defer small.Close()
	for range 3 {
		if n, err := small.Write([]byte("longer than the bound")); n != 21 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	}
}

// A file that can't be put aside begins anew rather than growing.
func TestTheLogIsBoundedWhereNothingCanBePutAside(t *testing.T) {
	log := &logFile{path: filepath.Join(t.TempDir(), "folderfront.log"), max: 100}
	if err := os.MkdirAll(log.path+".1/occupied", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := log.open(os.O_APPEND); err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	for i := range 20 {
		if _, err := fmt.Fprintf(log, "a line of thirty characters %02d\n", i); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(log.path)
	if err != nil || len(text) > 100 || !strings.HasSuffix(string(text), "19\n") {
		t.Errorf("%v: %q", err, text)
	}
}

func TestALogThatCannotBeWrittenSaysWhatToDo(t *testing.T) {
	profile := t.TempDir()
	if err := os.Mkdir(filepath.Join(profile, "folderfront.log"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{profile, filepath.Join(profile, "folderfront.log", "x\x00y")} {
		if _, _, err := openLog(path); err == nil || !strings.Contains(err.Error(), "--profile") {
			t.Errorf("%q: %v", path, err)
		}
	}
}
