//go:build !linux

package catalogue

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// renameBetween renames between two open folders, and not onto something, as far as a look before
// can tell.
func renameBetween(from *os.File, name string, to *os.File, target string) error {
	if _, err := os.Lstat(filepath.Join(to.Name(), target)); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(fs.ErrExist, err)
	}
	return os.Rename(filepath.Join(from.Name(), name), filepath.Join(to.Name(), target))
}

// syncFolder writes a folder's names to the disk. Windows doesn't offer it.
func syncFolder(dir *os.File) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	return dir.Sync()
}
