package upload

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"time"

	"folderfront/server/catalogue"
)

// manifest says beside kept content what it was, for whoever looks without Folderfront, and for a
// Folderfront that lost its profile.
type manifest struct {
	Name        string    `json:"name"`
	Path        string    `json:"path"`  // beneath the shared folder
	Exact       []byte    `json:"exact"` // Path byte for byte, in base64, since it may be no valid text
	ID          string    `json:"id"`    // of the file or folder
	Folder      bool      `json:"folder"`
	Size        int64     `json:"size"`
	Deleted     time.Time `json:"deleted,omitzero"`     // of trash
	Overwritten time.Time `json:"overwritten,omitzero"` // of a version
	By          string    `json:"by,omitempty"`
}

// at is when the thing was kept.
func (m manifest) at(kind Kind) time.Time {
	if kind == Version {
		return m.Overwritten
	}
	return m.Deleted
}

// describe writes the item's manifest; the folder that it lies in is not synced yet.
func (i item) describe(root *os.Root) error {
	m := manifest{
		Name: catalogue.Title(i.Name), Path: catalogue.Title(i.Path), Exact: []byte(i.Path), ID: string(i.File),
		Folder: i.Folder, Size: i.Size, By: i.By,
	}
	if i.Kind == Version {
		m.Overwritten = i.Time
	} else {
		m.Deleted = i.Time
	}
	text, err := json.MarshalIndent(m, "", "\t")
	if err != nil {
		return err
	}
	return writeNew(root, i.manifest(), func(f *os.File) error {
		_, err := f.Write(append(text, '\n'))
		return err
	})
}

// maxManifest bounds, in bytes, what is read of a manifest: anybody may have put it there.
const maxManifest = 64 << 10

func readManifest(root *os.Root, name string, kind Kind) (m manifest, err error) {
	f, err := root.OpenFile(name, os.O_RDONLY|nonblocking, 0)
	if err != nil {
		return m, err
	}
	defer f.Close()
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
		return m, errors.Join(errIndex, err)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxManifest))
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, err
	}
	if at := m.at(kind); at.Year() < 1970 || at.After(time.Unix(1<<33, 0)) {
		return m, errIndex // no time that can be counted in nanoseconds
	}
	return m, nil
}
