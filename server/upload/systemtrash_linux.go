package upload

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"folderfront/server/catalogue"
)

// toSystemTrash moves a file or folder into the user's trash, as if it had been deleted from its
// original place (freedesktop.org, The Trash specification, version 1.0). Both paths are beneath the
// shared folder.
func toSystemTrash(share *os.Root, content, original string, deleted time.Time) error {
	info, err := share.Lstat(content)
	if err != nil {
		return err
	}
	whole := func(path string) string { return filepath.Join(share.Name(), path) }
	trash, top, err := trashFor(whole(content), deviceOf(info))
	if err != nil {
		return err
	}
	defer trash.Close()
	for _, dir := range []string{"files", "info"} {
		if err := trash.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	shown := whole(original)
	if top != "" {
		if shown, err = filepath.Rel(top, shown); err != nil {
			return err
		}
	}
	note := fmt.Sprintf("[Trash Info]\nPath=%s\nDeletionDate=%s\n",
		(&url.URL{Path: shown}).EscapedPath(), deleted.Local().Format("2006-01-02T15:04:05"))
	return moveToTrash(share, content, trash, note)
}

// trashFor opens the trash on the disk of content: the one in the home folder, for which top is "",
// or one at the top of the disk, top.
func trashFor(content string, disk uint64) (trash *os.Root, top string, err error) {
	if home := homeTrash(); home != "" && os.MkdirAll(home, 0o700) == nil {
		if at, err := os.Stat(home); err == nil && deviceOf(at) == disk {
			trash, err = os.OpenRoot(home)
			return trash, "", err
		}
	}
	if top, err = topOf(content, disk); err != nil {
		return nil, "", err
	}
	trash, err = trashAtTop(top)
	return trash, top, err
}

// trashAtTop opens the user's trash at the top of a disk that others may use too. One in ".Trash",
// which an administrator makes, comes before one of the user's own (The Trash specification, "Trash
// directories").
func trashAtTop(top string) (*os.Root, error) {
	user := strconv.Itoa(os.Getuid())
	common := filepath.Join(top, ".Trash")
	if info, err := os.Lstat(common); err == nil && info.IsDir() && info.Mode()&fs.ModeSticky != 0 {
		if trash, err := openOwn(filepath.Join(common, user)); err == nil {
			return trash, nil
		}
	}
	return openOwn(filepath.Join(top, ".Trash-"+user))
}

// openOwn opens a folder of this user, and makes it when there is none. Others could have put one of
// theirs in its place, or a link to anywhere, and would get what is thrown away.
func openOwn(name string) (*os.Root, error) {
	if err := os.Mkdir(name, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	seen, err := os.Lstat(name)
	if err != nil {
		return nil, err
	}
	if st, ok := seen.Sys().(*syscall.Stat_t); !ok || !seen.IsDir() || int(st.Uid) != os.Getuid() {
		return nil, notOwnTrash(fmt.Errorf("%s is a link, no folder, or somebody else's", name))
	}
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	opened, err := root.Stat(".")
	if err == nil && !os.SameFile(opened, seen) {
		err = notOwnTrash(fmt.Errorf("%s was replaced while it was opened", name))
	}
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return root, nil
}

func notOwnTrash(cause error) error {
	return fail(catalogue.ErrRefused, "The trash on the disk of this folder belongs to somebody else, or is no real folder, so what was deleted was not put there. It stays in Folderfront's own trash, from which it goes by itself when its time is up. Ask the person who runs this computer to look at the trash folders at the top of that disk.", cause)
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
	return deviceOf(info), nil
}

func deviceOf(info fs.FileInfo) uint64 { return uint64(info.Sys().(*syscall.Stat_t).Dev) }

// moveToTrash finds a name that is free in the trash.
func moveToTrash(share *os.Root, content string, trash *os.Root, info string) error {
	from, err := share.Open(path.Dir(content))
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := trash.Open("files")
	if err != nil {
		return err
	}
	defer to.Close()
	name := path.Base(content)
	for n := 1; ; n++ {
		taken := trashName(name, n)
		err := withNote(trash, taken, info, func() error { return catalogue.RenameNew(from, name, to, taken) })
		if !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
}

// withNote writes the note first, which takes the name, then moves the content; there is no note
// without the content.
func withNote(trash *os.Root, name, info string, move func() error) error {
	note := path.Join("info", name+".trashinfo")
	err := writeNew(trash, note, func(f *os.File) error {
		_, err := f.WriteString(info)
		return err
	})
	if err != nil {
		return err
	}
	if err := move(); err != nil {
		return errors.Join(err, remove(trash, note))
	}
	return nil
}

// trashName is the n-th name to try in the trash, short enough for a note's ending.
func trashName(name string, n int) string {
	if n == 1 && len(name) <= 200 {
		return name
	}
	return numbered(name[:min(len(name), 200)], n)
}
