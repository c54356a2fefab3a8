package cli

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
)

// maxLog is the size at which the log begins anew, in bytes; one older file of
// that size is kept beside it.
const maxLog = 8 << 20

// openLog appends to the profile's log file, folderfront.log.
func openLog(profile string) (*slog.Logger, *logFile, error) {
	if err := os.MkdirAll(profile, 0o700); err != nil {
		return nil, nil, fmt.Errorf("The profile folder can't be made: %w. Choose another with --profile DIR.", err)
	}
	file := &logFile{path: filepath.Join(profile, "folderfront.log"), max: maxLog}
	if err := file.open(os.O_APPEND); err != nil {
		return nil, nil, fmt.Errorf("The log file can't be written: %w. Choose another place with --profile DIR.", err)
	}
	return slog.New(slog.NewJSONHandler(file, nil)), file, nil
}

// logFile is a file that never grows beyond max bytes: what it holds by then
// moves to a file of the same name with .1 at its end. Its methods are safe
// concurrently.
type logFile struct {
	path string
	max  int64

	mu   sync.Mutex
	file *os.File // nil once it is closed
	size int64
}

// open opens the file; how is O_APPEND or O_TRUNC.
func (l *logFile) open(how int) error {
	file, err := os.OpenFile(l.path, os.O_CREATE|os.O_WRONLY|how, 0o600)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return err
	}
	l.file, l.size = file, info.Size()
	return nil
}

// Write appends a line. After Close it is os.ErrClosed.
func (l *logFile) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return 0, os.ErrClosed
	}
	if l.size > 0 && l.size+int64(len(line)) > l.max {
		if err := l.beginAnew(); err != nil {
			return 0, err
		}
	}
	n, err := l.file.Write(line)
	l.size += int64(n)
	return n, err
}

// beginAnew puts the full file aside. Where that is not possible, because
// another program has it open, the file begins anew all the same.
func (l *logFile) beginAnew() error {
	l.file.Close()
	l.file = nil
	how := os.O_APPEND
	if os.Rename(l.path, l.path+".1") != nil {
		how = os.O_TRUNC
	}
	return l.open(how)
}

// Close lets go of the file, which a system may not remove before.
func (l *logFile) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.file = nil
	return err
}
