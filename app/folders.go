package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"folderfront/app/settings"
	"folderfront/app/state"
)

func (a *App) folderVerbs() verbs {
	v := verbs{}
	act(v, a.AddFolder)
	act(v, a.ChangeFolder)
	act(v, a.RemoveFolder)
	return v
}

// AddFolder shares a folder of this computer.
func (a *App) AddFolder(_ context.Context, c state.AddFolder) error {
	folder, err := NewFolder(c.Name, c.Path, c.ReadOnly)
	if err != nil {
		return err
	}
	return a.modify(func(s *settings.Settings) error {
		if c.Name == "" {
			folder.Name = freeName(s.Folders, folder.Name)
		}
		s.Folders = append(s.Folders, folder)
		return nil
	})
}

// NewFolder checks that a path can be shared and brings it into its final
// form: absolute, symbolic links resolved. An empty name becomes the folder's.
func NewFolder(name, path string, readOnly bool) (settings.Folder, error) {
	given := path
	path, err := filepath.Abs(given)
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	if err != nil {
		return settings.Folder{}, fmt.Errorf("The folder %q does not exist, so it was not shared. Check the path.", given)
	}
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return settings.Folder{}, fmt.Errorf("%q is not a folder, so it was not shared. Choose the folder that it lies in.", path)
	}
	dir, err := os.Open(path)
	if err != nil {
		return settings.Folder{}, fmt.Errorf("You may not read the folder %q, so it was not shared. Change its permissions or choose another.", path)
	}
	dir.Close()
	if name == "" {
		name = filepath.Base(path)
	}
	if parent := filepath.Dir(path); parent == path {
		return settings.Folder{}, errors.New("A whole disk can't be shared, for it holds the system's own files. Choose a folder on it.")
	}
	return settings.Folder{Name: name, Path: path, ReadOnly: readOnly}, nil
}

// freeName is name, or name with the first number that makes it unique.
func freeName(folders []settings.Folder, name string) string {
	taken := func(candidate string) bool {
		return slices.ContainsFunc(folders, func(f settings.Folder) bool {
			return settings.Fold(f.Name) == settings.Fold(candidate)
		})
	}
	candidate := name
	for n := 2; taken(candidate); n++ {
		candidate = fmt.Sprintf("%s (%d)", name, n)
	}
	return candidate
}

// ChangeFolder renames a shared folder, or changes how it is shared.
func (a *App) ChangeFolder(_ context.Context, c state.ChangeFolder) error {
	return a.modify(func(s *settings.Settings) error {
		folder, err := findFolder(s, c.Name)
		if err != nil {
			return err
		}
		if c.NewName != nil {
			s.RenameRights(folder.Name, *c.NewName)
		}
		set(&folder.Name, c.NewName)
		set(&folder.ReadOnly, c.ReadOnly)
		set(&folder.Paused, c.Paused)
		set(&folder.Links, c.Links)
		return nil
	})
}

// RemoveFolder ends the sharing of a folder. Its files stay as they are.
func (a *App) RemoveFolder(_ context.Context, c state.RemoveFolder) error {
	return a.modify(func(s *settings.Settings) error {
		if _, err := findFolder(s, c.Name); err != nil {
			return err
		}
		s.DropRights(c.Name)
		s.Folders = slices.DeleteFunc(s.Folders, func(f settings.Folder) bool {
			return settings.Fold(f.Name) == settings.Fold(c.Name)
		})
		return nil
	})
}

func findFolder(s *settings.Settings, name string) (*settings.Folder, error) {
	for i := range s.Folders {
		if settings.Fold(s.Folders[i].Name) == settings.Fold(name) {
			return &s.Folders[i], nil
		}
	}
	return nil, fmt.Errorf("No shared folder is named %q. The command \"folderfront folders list\" shows the names.", name)
}

// set changes what a command asks to change.
func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}
