package upload

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// toSystemTrash moves a file or folder into the user's trash, as if it had been deleted from its
// original place (freedesktop.org, The Trash specification, version 1.0). Both paths are absolute.
func toSystemTrash(content, original string, deleted time.Time) error {
	disk, err := diskOf(content)
	if err != nil {
		return err
	}
	trash, top, err := trashFor(content, disk)
	if err != nil {
		return err
	}
	for _, dir := range []string{"files", "info"} {
		if err := os.MkdirAll(filepath.Join(trash, dir), 0o700); err != nil {
			return err
		}
	}
	if top != "" {
		if original, err = filepath.Rel(top, original); err != nil {
			return err
		}
	}
	info := fmt.Sprintf("[Trash Info]\nPath=%s\nDeletionDate=%s\n",
		(&url.URL{Path: original}).EscapedPath(), deleted.Local().Format("2006-01-02T15:04:05"))
	return moveToTrash(content, trash, filepath.Base(original), info)
}

// trashFor finds the trash on the disk of content: the one in the home folder, for which top is "",
// or one at the top of the disk, top.
func trashFor(content string, disk uint64) (trash, top string, err error) {
	if home := homeTrash(); home != "" && os.MkdirAll(home, 0o700) == nil {
		if at, err := diskOf(home); err == nil && at == disk {
			return home, "", nil
		}
	}
	if top, err = topOf(content, disk); err != nil {
		return "", "", err
	}
	user := strconv.Itoa(os.Getuid())
	common := filepath.Join(top, ".Trash")
	if info, err := os.Lstat(common); err == nil && info.IsDir() && info.Mode()&fs.ModeSticky != 0 {
		return filepath.Join(common, user), top, nil
	}
	return filepath.Join(top, ".Trash-"+user), top, nil
}

func homeTrash() string {
	if data := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(data) {
		return filepath.Join(data, "Trash")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, ".local", "share", "Trash")
}

// topOf is the highest folder above a path that lies on the same disk.
func topOf(path string, disk uint64) (string, error) {
	for {
		above := filepath.Dir(path)
		at, err := diskOf(above)
		if err != nil {
			return "", err
		}
		if at != disk || above == path {
			return path, nil
		}
		path = above
	}
}

func diskOf(path string) (uint64, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return 0, err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, errors.ErrUnsupported
	}
	return uint64(st.Dev), nil
}

// moveToTrash writes the note first, which takes the name, then moves the content.
func moveToTrash(content, trash, name, info string) error {
	for n := 1; ; n++ {
		taken := trashName(name, n)
		note := filepath.Join(trash, "info", taken+".trashinfo")
		f, err := os.OpenFile(note, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return err
		}
		_, err = f.WriteString(info)
		if err = errors.Join(err, f.Close()); err == nil {
			err = os.Rename(content, filepath.Join(trash, "files", taken))
		}
		if err != nil {
			return errors.Join(err, os.Remove(note))
		}
		return nil
	}
}

// trashName is the n-th name to try in the trash, short enough for a note's ending.
func trashName(name string, n int) string {
	if n == 1 && len(name) <= 200 {
		return name
	}
	return numbered(name[:min(len(name), 200)], n)
}
