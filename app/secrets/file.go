package secrets

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"sync"
)

// File keeps secrets as a JSON object in one file of mode 0600: for computers
// without a keyring, and only when a person asks for it.
type File struct {
	path  string
	write func(path string, text []byte, mode fs.FileMode) error
	mu    sync.Mutex
}

// NewFile keeps secrets in the file at path, made when first needed. write must
// replace a file atomically and durably.
func NewFile(path string, write func(path string, text []byte, mode fs.FileMode) error) *File {
	return &File{path: path, write: write}
}

// Get returns the secret or ErrNotFound.
func (f *File) Get(name string) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	all, err := f.read()
	if err != nil {
		return "", err
	}
	secret, ok := all[name]
	if !ok {
		return "", ErrNotFound
	}
	return secret, nil
}

// Set stores the secret durably.
func (f *File) Set(name, secret string) error {
	return f.change(func(all map[string]string) { all[name] = secret })
}

// Delete forgets the secret.
func (f *File) Delete(name string) error {
	return f.change(func(all map[string]string) { delete(all, name) })
}

func (f *File) change(do func(map[string]string)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	all, err := f.read()
	if err != nil {
		return err
	}
	do(all)
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	return f.write(f.path, append(text, '\n'), 0o600)
}

func (f *File) read() (map[string]string, error) {
	all := map[string]string{}
	info, err := os.Stat(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return all, nil
	}
	if err != nil {
		return nil, unavailable(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, &kindError{ErrUnavailable, fmt.Sprintf(
			"The secrets file can be read by others, so it was not used. Make it yours alone: chmod 600 %s", f.path), nil}
	}
	text, err := os.ReadFile(f.path)
	if err != nil {
		return nil, unavailable(err)
	}
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, &kindError{ErrUnavailable, fmt.Sprintf(
			"The secrets file is damaged and was left as it is. Mend or move it away: %s", f.path), err}
	}
	return all, nil
}
