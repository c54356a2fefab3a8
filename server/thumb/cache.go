package thumb

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"folderfront/server/catalogue"
)

// cache is a folder of pictures, bounded in bytes. A file's modification time is when it was
// last used; the ones not used for longest go first, and before them those that claim to be
// used at a time to come, by a clock that was wrong. Pictures appear whole: they are written
// under another name and renamed. Safe for concurrent use.
type cache struct {
	dir   string
	max   int64
	mu    sync.Mutex // guards total and sweeping
	total int64      // bytes, as far as known: sweep counts again
}

const temporary = ".part"

func openCache(dir string, max int64) (*cache, error) {
	c := &cache{dir: dir, max: max}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return c, nil
}

// path puts a few documents into each sub-folder, named by the first two characters of the id.
func (c *cache) path(name string) string { return filepath.Join(c.dir, name[:min(2, len(name))], name) }

func (c *cache) get(name string) ([]byte, bool) {
	path := c.path(name)
	data, err := os.ReadFile(path)
	if err != nil || len(data) == 0 {
		return nil, false
	}
	now := time.Now()
	os.Chtimes(path, now, now)
	return data, true
}

func (c *cache) put(name string, data []byte) error {
	path := c.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := writeWhole(path, data); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.total += int64(len(data))
	if c.total > c.max {
		c.sweep()
	}
	return nil
}

func writeWhole(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "*"+temporary)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// count finds out how large the cache is, and makes it small enough.
func (c *cache) count() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sweep()
}

type cached struct {
	path string
	size int64
	used time.Time
}

// sweep counts everything and, if that is too much, removes the least recently used down to
// nine tenths of what is allowed. The caller holds mu.
func (c *cache) sweep() {
	all := c.list()
	c.total = 0
	for _, f := range all {
		c.total += f.size
	}
	if c.total <= c.max {
		return
	}
	slices.SortFunc(all, func(a, b cached) int { return cmp.Or(a.used.Compare(b.used), cmp.Compare(a.path, b.path)) })
	for _, f := range all {
		if c.total <= c.max/10*9 {
			return
		}
		if os.Remove(f.path) == nil {
			c.total -= f.size
		}
	}
}

// list is all pictures; what a crash left half written is removed on the way.
func (c *cache) list() (all []cached) {
	filepath.WalkDir(c.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil
		}
		info, err := d.Info()
		switch {
		case err != nil, filepath.Dir(path) == c.dir: // marks, no pictures
		case strings.HasSuffix(path, temporary) && time.Since(info.ModTime()) > time.Hour:
			os.Remove(path)
		case time.Until(info.ModTime()) > time.Hour:
			all = append(all, cached{path, info.Size(), time.Time{}})
		default:
			all = append(all, cached{path, info.Size(), info.ModTime()})
		}
		return nil
	})
	return all
}

// widths are those that a document's pictures in the cache have, whatever its content was.
func (c *cache) widths(id catalogue.ID) (widths []int) {
	for _, name := range c.namesOf(id) {
		parts := strings.Split(name, ".")
		if w, err := strconv.Atoi(parts[1]); err == nil && !slices.Contains(widths, w) {
			widths = append(widths, w)
		}
	}
	return widths
}

// forget removes a document's pictures.
func (c *cache) forget(id catalogue.ID) {
	for _, name := range c.namesOf(id) {
		os.Remove(c.path(name))
	}
}

func (c *cache) namesOf(id catalogue.ID) (names []string) {
	entries, err := os.ReadDir(filepath.Dir(c.path(string(id))))
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), string(id)+".") {
			names = append(names, e.Name())
		}
	}
	return names
}
