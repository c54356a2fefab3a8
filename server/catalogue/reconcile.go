package catalogue

import (
	"context"
	"errors"
	"io/fs"
	"time"
)

// task is a folder to reconcile.
type task struct {
	number         int64
	path           string
	fresh          bool  // made a moment ago
	deep           bool  // with everything below
	listed, digest int64 // of the store, when they were asked for; see schema
}

// pass is one reconciling of some folders of a share. What is missing is decided at its end, once
// everything that turned up elsewhere is known.
type pass struct {
	c       *Catalogue
	s       *share
	disk    *disk
	volume  int64
	full    bool  // the whole share
	shallow bool  // what is new is left to Run
	initial bool  // for the first time
	top     int64 // the greatest number when the pass began
	keyless bool  // no node can be found again by its key: the volume is new
	watch   func(path string)
	lost    []node
	again   map[string]bool // paths of folders that must be looked at again, later; true: with all below
	total   tally
}

func (c *Catalogue) newPass(s *share) (*pass, error) {
	d, err := s.open()
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	p := &pass{c: c, s: s, disk: d, volume: s.volume, again: map[string]bool{}}
	s.mu.Unlock()
	return p, c.store.reader.QueryRow(`SELECT coalesce(max(number), 0) FROM node`).Scan(&p.top)
}

// key makes a file key storable: only files on the share's own volume have one.
func (p *pass) key(k fileKey) storedKey {
	if !k.known() || k.device != p.disk.self.key.device {
		return storedKey{}
	}
	return storedKey{p.volume, k.low, k.high}
}

// batchTime and batchItems bound how long one transaction keeps others waiting; what is all new
// goes faster.
const (
	batchTime  = 200 * time.Millisecond
	batchItems = 5000
	firstItems = 20_000
)

// run reconciles the tasks and, where they are deep, what is below them. What is left of them when it
// fails is to be looked at again: some may be known only by what was committed on the way.
func (p *pass) run(ctx context.Context, tasks []task) error {
	defer func() {
		for _, t := range tasks {
			p.later(t.path, t.deep)
		}
	}()
	for ctx.Err() == nil {
		if err := p.s.edit.lock(ctx); err != nil {
			return err
		}
		var left []task
		err := p.c.change(ctx, &change{}, func(ch *change) (err error) {
			if err := p.disk.check(); err != nil {
				return offline(err)
			}
			if left, err = p.batch(ch, tasks); err == nil && len(left) == 0 {
				err = p.finish(ch)
			}
			return err
		})
		p.s.release()
		if err != nil {
			return err
		}
		if tasks = left; len(tasks) == 0 {
			return nil
		}
	}
	return ctx.Err()
}

// batch reconciles as many tasks as fit into a transaction, and gives the rest.
func (p *pass) batch(ch *change, tasks []task) ([]task, error) {
	end, items := time.Now().Add(batchTime), 0
	for len(tasks) > 0 && items < batchItems && time.Now().Before(end) {
		t := tasks[0]
		tasks = tasks[1:]
		if p.watch != nil {
			p.watch(t.path)
		}
		l, err := p.disk.list(t.path)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errSymlink) || errors.Is(err, errIrregular) {
			continue // gone: its own folder's reconciling says so
		}
		if err != nil {
			p.c.log.Info("a folder can't be read", "share", p.s.info().Name, "error", err)
			continue
		}
		below, err := p.apply(ch, t, l)
		if err != nil {
			return nil, err
		}
		for _, b := range below {
			if b.deep && p.shallow && !t.deep {
				ch.dirty = append(ch.dirty, mark{place{p.s, b.path}, true}) // Run watches it
			}
			if b.deep && !(b.fresh && p.shallow) {
				tasks = append(tasks, b)
			}
		}
		items += len(l.items)
	}
	return tasks, nil
}

// apply compares a folder's listing with its rows and writes what differs. It gives the folders
// below; deep are those that are new or elsewhere now, and all of them when the task is deep.
func (p *pass) apply(ch *change, t task, l listing) ([]task, error) {
	if at, err := ch.place(t.number); err != nil || at.path != t.path {
		p.later(t.path, t.deep) // the folder went elsewhere in this very pass
		return nil, ignoreNotFound(err)
	}
	f := &folderPass{pass: p, ch: ch, task: t, listing: l, known: map[string]node{}}
	rows, err := ch.children(t.number) // even of a fresh folder: a client may have read it meanwhile
	if err != nil {
		return nil, err
	}
	for _, n := range rows {
		f.known[n.name] = n
	}
	if fresh, err := f.allNew(); err != nil {
		return nil, err
	} else if fresh {
		if err := f.fill(); err != nil {
			return nil, err
		}
		return f.below, f.close()
	}
	for _, folders := range []bool{true, false} { // folders first: what is in them comes along
		for _, in := range l.items {
			if in.folder != folders {
				continue
			}
			if err := f.item(in); err != nil {
				return nil, err
			}
		}
	}
	return f.below, f.close()
}

func ignoreNotFound(err error) error {
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// folderPass is a pass at one folder.
type folderPass struct {
	*pass
	ch      *change
	task    task
	listing listing
	known   map[string]node // rows not met on the disk yet
	held    bool            // something is left undecided
	below   []task
}

// item settles which node one thing on the disk is.
func (f *folderPass) item(in info) error {
	row, have := f.row(in.name)
	delete(f.known, in.name)
	key := f.key(in.key)
	deep := f.task.deep
	n := row
	if !have || row.folder != in.folder || row.key != key || row.size != in.size || row.mtime != in.mtime {
		m := &match{folderPass: f, in: in, key: key, row: row, have: have}
		var err error
		if n, err = m.decide(); err != nil || n.number == 0 {
			return err
		}
		deep = deep || !have || n.number != row.number || n.listed == 0
	}
	if in.folder {
		f.below = append(f.below, task{
			number: n.number, path: join(f.task.path, in.name), deep: deep, listed: n.listed, digest: n.digest,
			fresh: n.made == f.ch.now && n.number > f.top,
		})
	}
	return nil
}

// row is the node that has the name at this point of the transaction.
func (f *folderPass) row(name string) (node, bool) {
	n, ok := f.known[name]
	if !ok {
		return n, false
	}
	n = f.ch.latest(n)
	return n, n.dead == alive && n.parent == f.task.number && n.name == name
}

// close takes what was not met as lost, and notes what the folder's rows stand for now.
func (f *folderPass) close() error {
	digest := f.listing.digest()
	for name, n := range f.known {
		if _, still := f.row(name); still {
			f.lost = append(f.lost, n)
			digest = 0
		}
	}
	read := f.listing.readAt(f.ch.now)
	if f.held {
		read, digest = 0, 0
		f.later(f.task.path, false)
	}
	return f.ch.seal(f.task.number, read, digest)
}

// readAt is the folder's time as it is to be remembered: when it is so recent that another change
// may still get the same time, one that can't be met again.
func (l listing) readAt(nowMilli int64) int64 {
	grain := int64(20e6)
	if l.folder.mtime%1e9 == 0 {
		grain = 2e9 // a file system that counts in seconds, or in two of them
	}
	if nowMilli*1e6-l.folder.mtime < grain {
		return l.folder.mtime - 1
	}
	return l.folder.mtime
}

// digest is a hash of what a listing says, whatever its order; never 0. It is stored, so it must
// never change.
func (l listing) digest() int64 {
	sum := uint64(1)
	for _, in := range l.items {
		h := uint64(14695981039346656037) // FNV-1a, 64 bits
		for i := range len(in.name) {
			h = (h ^ uint64(in.name[i])) * 1099511628211
		}
		for _, v := range [...]int64{in.size, in.mtime, in.key.low, in.key.high} {
			h = (h ^ uint64(v)) * 0x9E3779B97F4A7C15
			h ^= h >> 29
		}
		if in.folder {
			h = ^h
		}
		sum += h
	}
	if sum == 0 {
		sum = 1
	}
	return int64(sum)
}
