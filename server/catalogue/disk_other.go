//go:build !linux

package catalogue

import (
	"io/fs"
	"os"
)

func (d *disk) openAny(name string) (*os.File, error) { return d.openWalking(name) }

// stat looks at a file or folder.
func (d *disk) stat(name string) (info, error) {
	f, err := d.openWalking(name)
	if err != nil {
		return info{}, err
	}
	defer f.Close()
	return infoOf(f)
}

// eachTime gives the times of some folders of one folder to fn.
func (d *disk) eachTime(name string, folders knownFolders, fn func(knownFolder, int64)) {
	for _, f := range folders {
		if in, err := d.stat(join(name, f.name)); err == nil && in.folder {
			fn(f, in.mtime)
		}
	}
}

// listInto is list with room for the items.
func (d *disk) listInto(room []info, name string) (listing, error) {
	dir, err := d.openWalking(name)
	if err != nil {
		return listing{}, err
	}
	defer dir.Close()
	self, err := infoOf(dir)
	if err != nil {
		return listing{}, err
	}
	if !self.folder {
		return listing{}, fs.ErrNotExist
	}
	at, err := d.root.OpenRoot(name)
	if err != nil {
		return listing{}, err
	}
	defer at.Close()
	entries, err := dir.ReadDir(-1)
	if err != nil {
		return listing{}, err
	}
	l := listing{folder: self, items: room}
	for _, e := range entries {
		if Hidden(e.Name()) || !(e.IsDir() || e.Type().IsRegular()) {
			continue
		}
		if in, ok := lookAt(at, e); ok {
			l.items = append(l.items, in)
		}
	}
	return l, nil
}

// infoOf looks at an open file or folder.
func infoOf(f *os.File) (info, error) {
	fi, err := f.Stat()
	if err != nil {
		return info{}, err
	}
	in, err := plainInfo(fi)
	if err == nil {
		in.key = keyOfFile(f, fi)
	}
	return in, err
}

func plainInfo(fi fs.FileInfo) (info, error) {
	in := info{name: fi.Name(), folder: fi.IsDir(), mtime: fi.ModTime().UnixNano()}
	if fi.Mode().IsRegular() {
		in.size = fi.Size()
	} else if !in.folder {
		return info{}, errIrregular
	}
	return in, nil
}
