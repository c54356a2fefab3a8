package cli

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
)

// maxLog is when the log begins anew, in bytes; one older file is kept.
const maxLog = 8 << 20

// openLog appends to the profile's log file.
func openLog(profile string) (*slog.Logger, error) {
	if err := os.MkdirAll(profile, 0o700); err != nil {
		return nil, fmt.Errorf("The profile folder can't be made: %w. Choose another with --profile DIR.", err)
	}
	path := filepath.Join(profile, "folderfront.log")
	if info, err := os.Stat(path); err == nil && info.Size() > maxLog {
		if err := os.Rename(path, path+".1"); err != nil {
			return nil, err
		}
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("The log file can't be written: %w. Choose another place with --profile DIR.", err)
	}
	return slog.New(slog.NewJSONHandler(file, nil)), nil
}
