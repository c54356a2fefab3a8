package catalogue

import (
	"cmp"
	"context"
	"database/sql/driver"
	"errors"
	"io/fs"
	"slices"
	"sync"
	"time"
)

// scanners read folders at the same time; more gain nothing on the disks that were measured.
const scanners = 2

// scan is a pass over a whole share: some goroutines read folders, one writes. A folder whose
// listing has the digest that the store remembers is not compared at all.
type scan struct {
	*pass
	known knownFolders

	mu    sync.Mutex
	more  sync.Cond
	stack []task
	open  int // tasks that are not done
	read  chan result
	err   error
	large []int64 // folders whose rosters are worth storing
}

// knownFolder is what the store remembers of a folder.
type knownFolder struct {
	parent, number int64
	name           string
	listed, digest int64
}

// knownFolders are all folders of the catalogue, those of one parent side by side.
type knownFolders []knownFolder

// below gives the folders of a parent.
func (all knownFolders) below(parent int64) knownFolders {
	first, _ := slices.BinarySearchFunc(all, parent, func(f knownFolder, parent int64) int { return cmp.Compare(f.parent, parent) })
	last := first
	for last < len(all) && all[last].parent == parent {
		last++
	}
	return all[first:last]
}

// result is a folder that was read and differs from what the store remembers.
type result struct {
	task    task
	listing listing
	edits   uint64 // the share's count of changes before reading
}

// scanShare reconciles everything below a share. watch is told of each folder before it is read, if
// it isn't nil.
func (c *Catalogue) scanShare(ctx context.Context, s *share, watch func(string)) error {
	p, err := c.newPass(s)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.scanning = true
	p.full, p.initial, p.watch = true, s.scanned == 0, watch
	s.mu.Unlock()
	s.changed()
	defer func() {
		s.mu.Lock()
		s.scanning = false
		s.mu.Unlock()
		s.changed()
	}()
	if p.initial {
		row := c.store.reader.QueryRowContext(ctx, `SELECT NOT EXISTS (SELECT 1 FROM node WHERE volume=?)`, p.volume)
		if err := row.Scan(&p.keyless); err != nil {
			return c.storeError(err)
		}
	}
	sc := &scan{pass: p, read: make(chan result, 64)}
	sc.more.L = &sc.mu
	if sc.known, err = c.knownFolders(ctx); err != nil {
		return c.storeError(err)
	}
	if err := sc.run(ctx); err != nil {
		return err
	}
	c.rosters.owe(sc.large, time.Time{})
	p.lookAgain()
	return c.scanned(ctx, s, p.total)
}

// scanned notes the figures of a whole scan.
func (c *Catalogue) scanned(ctx context.Context, s *share, total tally) error {
	s.mu.Lock()
	s.total, s.scanned, s.unlooked = total, time.Now().UnixMilli(), false
	s.mu.Unlock()
	return c.storeError(c.store.exec(ctx, `UPDATE share SET files=?, folders=?, bytes=?, scanned=? WHERE number=?`,
		total.files, total.folders, total.bytes, s.scanned, s.number))
}

// knownFolders reads what the store remembers of all folders.
func (c *Catalogue) knownFolders(ctx context.Context) (knownFolders, error) {
	const query = `SELECT parent, number, name, listed, digest FROM node INDEXED BY node_folder WHERE folder=? AND folder=1 AND dead=0 ORDER BY parent`
	var known knownFolders
	err := c.store.eachRow(ctx, query, []driver.Value{int64(1)}, func(row []driver.Value) error {
		known = append(known, knownFolder{row[0].(int64), row[1].(int64), row[2].(string), row[3].(int64), row[4].(int64)})
		return nil
	})
	return known, err
}

func (sc *scan) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { sc.fail(ctx.Err()) })
	defer stop()
	sc.push([]task{{number: sc.s.number, path: ".", deep: true}})
	var readers sync.WaitGroup
	for range scanners {
		readers.Go(sc.readFolders)
	}
	go func() {
		readers.Wait()
		close(sc.read)
	}()
	err := sc.write(ctx)
	sc.fail(err)
	for range sc.read { // lets the readers end
	}
	if err != nil {
		return err
	}
	return sc.finishAll(ctx)
}

// push adds tasks.
func (sc *scan) push(tasks []task) {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	sc.stack = append(sc.stack, tasks...)
	sc.open += len(tasks)
	sc.more.Broadcast()
}

// done counts a task as done; the last one ends the scan.
func (sc *scan) done() {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	sc.open--
	if sc.open == 0 {
		sc.more.Broadcast()
	}
}

// fail ends the scan early; nil doesn't.
func (sc *scan) fail(err error) {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	if sc.err == nil {
		sc.err = err
	}
	sc.more.Broadcast()
}

// next waits for a task; false when there will be none.
func (sc *scan) next() (task, bool) {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	for len(sc.stack) == 0 && sc.open > 0 && sc.err == nil {
		sc.more.Wait()
	}
	if len(sc.stack) == 0 || sc.err != nil {
		return task{}, false
	}
	t := sc.stack[len(sc.stack)-1]
	sc.stack = sc.stack[:len(sc.stack)-1]
	return t, true
}

// readFolders reads until the scan ends. What a listing was read into serves the next one, unless it
// is to be compared.
func (sc *scan) readFolders() {
	var room []info
	for {
		t, ok := sc.next()
		if !ok {
			return
		}
		edits := sc.s.edits.Load()
		if sc.watch != nil {
			sc.watch(t.path)
		}
		l, err := sc.disk.listInto(room[:0], t.path)
		if err != nil {
			sc.unreadable(t, err)
			continue
		}
		sc.count(t, l)
		room = l.items
		if sc.unchanged(t, l) {
			sc.done()
			continue
		}
		room = nil
		sc.read <- result{t, l, edits}
	}
}

// unreadable keeps what the catalogue knows of a folder that can't be read at the moment. When it
// is the share itself, the scan ends.
func (sc *scan) unreadable(t task, err error) {
	if t.path == "." {
		sc.fail(offline(err))
		return
	}
	if !errors.Is(err, fs.ErrNotExist) {
		sc.c.log.Info("a folder can't be read", "share", sc.s.info().Name, "error", err)
	}
	sc.done()
}

func (sc *scan) count(folder task, l listing) {
	var t tally
	for _, in := range l.items {
		t = t.plus(in, +1)
	}
	sc.mu.Lock()
	defer sc.mu.Unlock()
	sc.total.files += t.files
	sc.total.folders += t.folders
	sc.total.bytes += t.bytes
	if len(l.items) >= sc.c.rosters.stored.from {
		sc.large = append(sc.large, folder.number)
	}
}

// unchanged tells whether the folder is as the store remembers it, and if so goes on below it.
func (sc *scan) unchanged(t task, l listing) bool {
	if t.digest == 0 || t.listed != l.folder.mtime || t.digest != l.digest() {
		return false
	}
	known := sc.known.below(t.number)
	below := make([]task, len(known))
	for i, k := range known {
		below[i] = task{number: k.number, path: join(t.path, k.name), deep: true, listed: k.listed, digest: k.digest}
	}
	sc.push(below)
	return true
}

// write compares what was read, in transactions of bounded length.
func (sc *scan) write(ctx context.Context) error {
	for first := range sc.read {
		if err := sc.s.edit.lock(ctx); err != nil {
			return err
		}
		err := sc.c.change(ctx, &change{initial: sc.initial}, func(ch *change) error { return sc.writeSome(ch, first) })
		sc.s.edit.unlock()
		if err != nil {
			return err
		}
	}
	sc.mu.Lock()
	defer sc.mu.Unlock()
	return sc.err
}

// writeSome goes on until the transaction is long enough or there is nothing to do for a moment.
func (sc *scan) writeSome(ch *change, r result) error {
	if err := sc.disk.check(); err != nil {
		return offline(err)
	}
	timeout := time.NewTimer(batchTime)
	defer timeout.Stop()
	most, pause := batchItems, 2*time.Millisecond
	if sc.initial { // nearly all is new: each transaction costs more than what is in it
		most, pause = firstItems, 10*time.Millisecond
	}
	for items := 0; ; {
		if err := sc.one(ch, r); err != nil {
			return err
		}
		if items += len(r.listing.items); items >= most {
			return nil
		}
		select {
		case next, ok := <-sc.read:
			if !ok {
				return nil
			}
			r = next
		case <-time.After(pause):
			return nil
		case <-timeout.C:
			return nil
		}
	}
}

// one compares one folder. When somebody changed the share after it was read, it is read again.
func (sc *scan) one(ch *change, r result) error {
	defer sc.done()
	if r.edits != sc.s.edits.Load() {
		l, err := sc.disk.list(r.task.path)
		if err != nil {
			return nil // gone meanwhile
		}
		r.listing = l
	}
	below, err := sc.apply(ch, r.task, r.listing)
	if err != nil {
		return err
	}
	sc.push(below)
	return nil
}

// finishAll decides on what was not found, some at a time.
func (sc *scan) finishAll(ctx context.Context) error {
	lost := sc.lost
	for {
		n := min(len(lost), batchItems)
		sc.lost, lost = lost[:n], lost[n:]
		if err := sc.s.edit.lock(ctx); err != nil {
			return err
		}
		err := sc.c.change(ctx, &change{}, sc.finish)
		sc.s.edit.unlock()
		if err != nil || len(lost) == 0 {
			return err
		}
	}
}
