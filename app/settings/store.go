package settings

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Store owns the settings file. All methods are safe concurrently.
type Store struct {
	path    string
	changed func() // called after each change, without the lock

	mu      sync.Mutex
	current Settings
	text    []byte // of the file as last read or written
	fault   error  // what is wrong with the file now, or nil
}

// Open reads the file, making it with the defaults when there is none. A file
// that is wrong from the start is an error: there are no good settings yet to
// go on with, and sharing with guessed ones could show too much. changed is
// called after every later change, by hand or through Modify.
func Open(path string, changed func()) (*Store, error) {
	s := &Store{path: path, changed: changed}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		s.current = Default()
		return s, s.write(s.current)
	}
	if err != nil {
		return nil, fmt.Errorf("The settings file can't be read: %w", err)
	}
	if s.current, err = Parse(text); err != nil {
		return nil, err
	}
	s.text = text
	return s, nil
}

// Path is where the file lies.
func (s *Store) Path() string { return s.path }

// Get returns the settings in force.
func (s *Store) Get() Settings {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current.clone()
}

// Fault tells what is wrong with the file as it is now, or nil.
func (s *Store) Fault() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fault
}

// Modify changes the settings: change gets a copy and may veto; what is not
// valid is refused; what is new is on disk before it is in force. A file that
// someone is editing wrongly at the moment is not overwritten: that is a
// *FileError.
func (s *Store) Modify(change func(*Settings) error) error {
	if err := s.modify(change); err != nil {
		return err
	}
	s.changed()
	return nil
}

func (s *Store) modify(change func(*Settings) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reload()
	if s.fault != nil {
		return s.fault
	}
	next := s.current.clone()
	if err := change(&next); err != nil {
		return err
	}
	if err := next.Validate(); err != nil {
		return err
	}
	return s.write(next)
}

// write makes next the content of the file and the settings in force.
func (s *Store) write(next Settings) error {
	text, err := render(next, s.text)
	if err != nil {
		return err
	}
	if err := WriteFile(s.path, text, 0o600); err != nil {
		return fmt.Errorf("The settings could not be saved, nothing was changed: %w", err)
	}
	s.current, s.text = next, text
	return nil
}

// reload takes over what stands in the file now and reports whether anything
// changed. A file that is gone, empty or wrong leaves the settings in force.
func (s *Store) reload() bool {
	text, err := os.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(bytes.TrimSpace(text)) == 0 {
		return false // an editor between its two steps; the next Modify writes it anew
	}
	if err != nil {
		return s.setFault(&FileError{Reason: "it can't be read"})
	}
	if bytes.Equal(text, s.text) {
		return s.setFault(nil)
	}
	next, err := Parse(text)
	if err != nil {
		return s.setFault(err)
	}
	s.current, s.text, s.fault = next, text, nil
	return true
}

func (s *Store) setFault(err error) (changed bool) {
	changed = (err == nil) != (s.fault == nil) || err != nil && err.Error() != s.fault.Error()
	s.fault = err
	return changed
}

// Run picks up edits by hand until ctx ends. The folder is watched, not the
// file, for editors replace it.
func (s *Store) Run(ctx context.Context) error {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return s.poll(ctx)
	}
	defer watcher.Close()
	if err := watcher.Add(filepath.Dir(s.path)); err != nil {
		return s.poll(ctx)
	}
	settle := time.NewTimer(0) // also picks up an edit made before the watch
	for {
		select {
		case <-ctx.Done():
			return nil
		case event := <-watcher.Events:
			if filepath.Base(event.Name) == filepath.Base(s.path) {
				settle.Reset(100 * time.Millisecond)
			}
		case <-watcher.Errors:
			settle.Reset(time.Second)
		case <-settle.C:
			s.pickUp()
		}
	}
}

// poll stands in where the system has no watches left.
func (s *Store) poll(ctx context.Context) error {
	tick := time.NewTicker(2 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			s.pickUp()
		}
	}
}

func (s *Store) pickUp() {
	s.mu.Lock()
	changed := s.reload()
	s.mu.Unlock()
	if changed {
		s.changed()
	}
}

func (s Settings) clone() Settings {
	s.Folders = append([]Folder{}, s.Folders...)
	s.Tunnel.Allow = append([]string{}, s.Tunnel.Allow...)
	s.People = append([]Person(nil), s.People...)
	for i := range s.People {
		s.People[i].Read = append([]string{}, s.People[i].Read...)
		s.People[i].Write = append([]string{}, s.People[i].Write...)
	}
	s.Connections, s.Actions, s.Rules = slices.Clone(s.Connections), slices.Clone(s.Actions), slices.Clone(s.Rules)
	return s
}

// WriteFile replaces path by text so that at every instant, and after a crash
// at any instant, the file is whole: the old text or the new.
func WriteFile(path string, text []byte, mode fs.FileMode) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	_, err = temporary.Write(text)
	if err == nil {
		err = temporary.Chmod(mode)
	}
	if err == nil {
		err = temporary.Sync()
	}
	if closeErr := temporary.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	if err := os.Rename(temporary.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}
