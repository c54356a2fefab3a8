//go:build !linux && !darwin && !windows

package catalogue

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// RenameNew renames between two open folders, and not onto something, as far as a look before can
// tell. The error is an fs.ErrExist then.
func RenameNew(from *os.File, name string, to *os.File, target string) error {
	if _, err := os.Lstat(filepath.Join(to.Name(), target)); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(fs.ErrExist, err)
	}
	return os.Rename(filepath.Join(from.Name(), name), filepath.Join(to.Name(), target))
}

// Exchange is errors.ErrUnsupported.
func Exchange(*os.File, string, string) error { return errors.ErrUnsupported }

// syncFolder writes a folder's names to the disk.
func syncFolder(dir *os.File) error { return dir.Sync() }
