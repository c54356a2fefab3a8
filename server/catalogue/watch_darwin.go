package catalogue

import "errors"

// watcher: on macOS kqueue would hold a descriptor open for each file, and FSEvents needs cgo. So
// nothing is watched; the passes over folder times and the whole scans find the changes.
type watcher struct{}

var errUnwatched = errors.New("this system's events are not used")

func newWatcher(string, func(string, bool), func()) (*watcher, error) { return nil, errUnwatched }

func (*watcher) add(string)       {}
func (*watcher) full() bool       { return false }
func (*watcher) overflowed() bool { return false }
func (*watcher) settle()          {}
func (*watcher) close()           {}
