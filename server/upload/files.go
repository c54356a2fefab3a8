package upload

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
)

// Paths in this file are beneath an os.Root, with slashes.

// makeDirs makes the folders of dir that are missing, private to the owner, and each new one
// durable before the next. A symbolic link in the way is refused: what is kept must stay hidden.
func makeDirs(root *os.Root, dir string) error {
	if dir == "." {
		return nil
	}
	info, err := root.Lstat(dir)
	switch {
	case err == nil && info.IsDir():
		return nil
	case err == nil:
		return fmt.Errorf("%s is not a folder", dir)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := makeDirs(root, path.Dir(dir)); err != nil {
		return err
	}
	if err := root.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(root, path.Dir(dir))
}

func syncDir(root *os.Root, dir string) error {
	d, err := root.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(syncFolder(d), d.Close())
}

// writeNew makes a file that must not exist yet and writes it durably. On failure there is none.
func writeNew(root *os.Root, name string, write func(*os.File) error) error {
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, root.Remove(name))
	}
	return nil
}

// openRegular opens a file for reading, without ever waiting for a pipe or a device.
func openRegular(root *os.Root, name string) (*os.File, fs.FileInfo, error) {
	f, err := root.OpenFile(name, os.O_RDONLY|nonblocking, 0)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", name)
	}
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return f, info, nil
}

// copyFile copies a regular file durably, with its permissions and its time, to a name that must not
// exist yet. A file that changes meanwhile is refused: its copy could be half old, half new.
func copyFile(source *os.Root, from string, root *os.Root, to string) error {
	in, info, err := openRegular(source, from)
	if err != nil {
		return err
	}
	defer in.Close()
	return writeNew(root, to, func(out *os.File) error {
		n, err := io.Copy(out, in)
		if err != nil {
			return err
		}
		if now, err := in.Stat(); err != nil || n != info.Size() || !unchanged(now, info) {
			return raced(err)
		}
		inherit(out, info)
		return setTime(out, info.ModTime())
	})
}

// copyTree copies a file, or a folder with all that is below it, durably. What is neither file,
// folder nor symbolic link can't be copied.
func copyTree(source *os.Root, from string, root *os.Root, to string) error {
	info, err := source.Lstat(from)
	switch {
	case err != nil:
		return err
	case info.Mode().IsRegular():
		return copyFile(source, from, root, to)
	case info.Mode()&fs.ModeSymlink != 0:
		target, err := source.Readlink(from)
		if err != nil {
			return err
		}
		return root.Symlink(target, to)
	case !info.IsDir():
		return fmt.Errorf("%s is neither a file nor a folder", from)
	}
	return copyFolder(source, from, root, to, info)
}

func copyFolder(source *os.Root, from string, root *os.Root, to string, info fs.FileInfo) error {
	if err := root.Mkdir(to, 0o700); err != nil {
		return err
	}
	below, err := readNames(source, from)
	if err != nil {
		return err
	}
	for _, name := range below {
		if err := copyTree(source, path.Join(from, name), root, path.Join(to, name)); err != nil {
			return err
		}
	}
	out, err := root.Open(to)
	if err != nil {
		return err
	}
	inherit(out, info)
	return errors.Join(syncFolder(out), out.Close())
}

// stateOf is a hash of the names, sizes and times of a file, or of a folder and all that is below it:
// another one after a change.
func stateOf(root *os.Root, name string) ([]byte, error) {
	h := sha256.New()
	err := addState(root, name, h)
	return h.Sum(nil), err
}

func addState(root *os.Root, name string, h io.Writer) error {
	info, err := root.Lstat(name)
	if err != nil {
		return err
	}
	fmt.Fprintf(h, "%q %v %d %d\n", name, info.Mode(), info.Size(), info.ModTime().UnixNano())
	if !info.IsDir() {
		return nil
	}
	below, err := readNames(root, name)
	if err != nil {
		return err
	}
	slices.Sort(below)
	for _, n := range below {
		if err := addState(root, path.Join(name, n), h); err != nil {
			return err
		}
	}
	return nil
}

func readNames(root *os.Root, name string) ([]string, error) {
	dir, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	return dir.Readdirnames(-1)
}

// hashFile is the SHA-256 of a regular file's content.
func hashFile(root *os.Root, name string) ([]byte, error) {
	f, _, err := openRegular(root, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return nil, err
	}
	return h.Sum(nil), nil
}

// sameContent compares two regular files.
func sameContent(root *os.Root, a, b string) (bool, error) {
	ha, errA := hashFile(root, a)
	hb, errB := hashFile(root, b)
	return bytes.Equal(ha, hb), errors.Join(errA, errB)
}

// lstat is root.Lstat, with nil for a name that isn't there.
func lstat(root *os.Root, name string) (fs.FileInfo, error) {
	info, err := root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return info, err
}

// remove removes a name that may be gone already.
func remove(root *os.Root, name string) error {
	if err := root.Remove(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// removeKept removes names of one folder of the hidden folder for good: the row may be forgotten
// after that, and nobody would look for them if they came back.
func removeKept(root *os.Root, names ...string) error {
	for _, name := range names {
		if !isPlace(name) {
			return fmt.Errorf("%q is not the place of one item", name)
		}
	}
	for _, name := range names {
		if err := root.RemoveAll(name); err != nil {
			return err
		}
	}
	if err := syncDir(root, path.Dir(names[0])); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// inherit gives a new file or folder the owner and the permissions of the one it replaces, as far
// as this user may: never a set-user-id bit, and nothing for a group that it could not be given.
func inherit(f *os.File, old fs.FileInfo) {
	mode := old.Mode().Perm()
	if !sameOwner(f, old) {
		mode &^= 0o070
	}
	_ = f.Chmod(mode) // file systems without permissions refuse; the file is private then
}

// fresh are the permissions of a new file: the folder's own, without execution, and never writable
// for everybody.
func fresh(folder fs.FileInfo) fs.FileMode { return folder.Mode().Perm()&0o664 | 0o600 }
