package catalogue

import (
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"
)

// RenameNew renames between two open folders, and never onto something: another program may have
// made it a moment ago. The error is an fs.ErrExist then.
func RenameNew(from *os.File, name string, to *os.File, target string) error {
	old, err := windows.UTF16PtrFromString(filepath.Join(from.Name(), name))
	if err != nil {
		return err
	}
	fresh, err := windows.UTF16PtrFromString(filepath.Join(to.Name(), target))
	if err != nil {
		return err
	}
	return windows.MoveFileEx(old, fresh, 0)
}

// Exchange is errors.ErrUnsupported: Windows has no such step.
func Exchange(*os.File, string, string) error { return errors.ErrUnsupported }

// syncFolder does nothing: Windows doesn't offer it.
func syncFolder(*os.File) error { return nil }
