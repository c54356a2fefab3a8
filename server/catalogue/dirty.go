package catalogue

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// A folder is dirty when something may have changed in it since it was reconciled. The set is
// keyed by path, for the folder may be unknown yet; the value says whether all below is dirty too.

// markDirty notes that a folder needs reconciling.
func (c *Catalogue) markDirty(s *share, path string, deep bool) {
	s.mu.Lock()
	if s.dirty == nil {
		s.dirty = map[string]bool{}
	}
	s.dirty[path] = s.dirty[path] || deep
	s.dirtyLast = time.Now()
	if s.dirtySince.IsZero() {
		s.dirtySince = s.dirtyLast
	}
	s.mu.Unlock()
	s.wake()
}

func (s *share) isDirty(path string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.dirty[path]
	return ok
}

// takeDirty empties the set, if it holds at most max folders; reconciled follows in any case, once
// they are.
func (s *share) takeDirty(max int) map[string]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.underway++
	if len(s.dirty) > max {
		return nil
	}
	taken := s.dirty
	s.dirty, s.dirtySince = nil, time.Time{}
	return taken
}

// reconciled ends what takeDirty began.
func (s *share) reconciled() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.underway--
}

// reconcileFolder brings one folder up to date at once, and with it what is dirty in its share
// unless that is much: what left this folder may have gone there.
func (c *Catalogue) reconcileFolder(ctx context.Context, s *share, number int64) error {
	at, err := c.folderPlace(number)
	if err != nil {
		return err
	}
	const few = 64
	dirty := s.takeDirty(few)
	for path, deep := range dirty {
		if deep { // may be much: left to Run
			c.markDirty(s, path, true)
			dirty[path] = false
		}
	}
	if dirty == nil {
		dirty = map[string]bool{}
	}
	dirty[at.path] = false
	return c.reconcileDirty(ctx, s, dirty, false, nil)
}

// reconcileLocked is reconcileFolder for one who holds the share's edit lock.
func (c *Catalogue) reconcileLocked(ctx context.Context, s *share, number int64) error {
	p, err := c.newPass(s)
	if err != nil {
		return err
	}
	p.shallow = true
	defer p.lookAgain()
	return c.change(ctx, &change{}, func(ch *change) error {
		at, err := ch.place(number)
		if err != nil {
			return err
		}
		tasks := []task{{number: number, path: at.path}}
		for len(tasks) > 0 && err == nil {
			tasks, err = p.batch(ch, tasks)
		}
		if err != nil {
			return err
		}
		return p.finish(ch)
	})
}

// reconcileDirty reconciles a set of dirty folders that takeDirty gave; deep says whether what is
// below the new ones is done as well, or left to Run. watch is told of each folder before it is read, if it isn't nil.
func (c *Catalogue) reconcileDirty(ctx context.Context, s *share, dirty map[string]bool, deep bool, watch func(string)) error {
	defer s.reconciled()
	if len(dirty) == 0 {
		return nil
	}
	err := c.reconcileTaken(ctx, s, dirty, deep, watch)
	if err != nil { // whoever it was for, the others must not miss what changed
		for path, deep := range dirty {
			c.markDirty(s, path, deep)
		}
	}
	return err
}

func (c *Catalogue) reconcileTaken(ctx context.Context, s *share, dirty map[string]bool, deep bool, watch func(string)) error {
	p, err := c.newPass(s)
	if err != nil {
		return err
	}
	p.shallow, p.watch = !deep, watch
	tasks, err := c.tasks(s, p.disk, dirty)
	if err != nil {
		return err
	}
	defer p.lookAgain()
	return p.run(ctx, tasks)
}

// later notes a folder that could not be decided, deep with everything below.
func (p *pass) later(path string, deep bool) { p.again[path] = p.again[path] || deep }

// lookAgain marks what could not be decided.
func (p *pass) lookAgain() {
	for path, deep := range p.again {
		p.c.markDirty(p.s, path, deep)
	}
}

// tasks finds the folders of dirty paths, ancestors first. For a path that is not in the catalogue,
// or not on the disk, it is the nearest folder above that is both.
func (c *Catalogue) tasks(s *share, d *disk, dirty map[string]bool) ([]task, error) {
	found := map[int64]task{}
	var order []int64
	for name, deep := range dirty {
		t, err := c.nearest(s, d, name)
		if err != nil {
			return nil, err
		}
		known, ok := found[t.number]
		if !ok {
			order = append(order, t.number)
		}
		t.deep = deep && t.path == name || known.deep
		found[t.number] = t
	}
	tasks := make([]task, 0, len(order))
	for _, number := range order {
		tasks = append(tasks, found[number])
	}
	sortTasks(tasks)
	return tasks, nil
}

// nearest walks down to a path as far as catalogue and disk go.
func (c *Catalogue) nearest(s *share, d *disk, name string) (task, error) {
	for {
		if in, err := d.stat(name); name == "." || err == nil && in.folder {
			break
		} else if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errSymlink) && !errors.Is(err, errIrregular) {
			return task{}, diskError(err)
		}
		name = path.Dir(name)
	}
	t := task{number: s.number, path: "."}
	if name == "." {
		return t, nil
	}
	for element := range strings.SplitSeq(name, "/") {
		n, err := c.store.read.byPlace(t.number, element)
		if errors.Is(err, errNoNode) || err == nil && !n.folder {
			return t, nil
		}
		if err != nil {
			return t, c.storeError(err)
		}
		t = task{number: n.number, path: join(t.path, element)}
	}
	return t, nil
}

// sortTasks puts ancestors before what is below them.
func sortTasks(tasks []task) {
	slices.SortFunc(tasks, func(a, b task) int { return cmp.Compare(depth(a.path), depth(b.path)) })
}

func depth(path string) int {
	if path == "." {
		return 0
	}
	return 1 + strings.Count(path, "/")
}

// refresh reconciles the folder that a place lies in, or the nearest one above that is still there.
func (c *Catalogue) refresh(ctx context.Context, at place) error {
	if at.path == "." {
		return nil
	}
	d, err := at.share.open()
	if err != nil {
		return err
	}
	t, err := c.nearest(at.share, d, path.Dir(at.path))
	if err != nil {
		return err
	}
	return c.reconcileFolder(ctx, at.share, t.number)
}
