package catalogue

import (
	"context"
	"errors"
	"sync"
	"time"
)

// rhythm is when the keepers of shares do what.
type rhythm struct {
	quiet    time.Duration // without events before dirty folders are reconciled
	patience time.Duration // at most, while events go on
	check    time.Duration // is the share's folder still the one that is open?
	times    time.Duration // between passes over the times of all folders
	scan     time.Duration // between whole scans, or
	rest     time.Duration // times the duration of the last one, whichever is longer
	polled   time.Duration // between whole scans where not everything can be watched
	retry    time.Duration // after a failure
	wait     time.Duration // of a Lookup, at most, for a change that is under way in its share
}

var usual = rhythm{
	quiet: 500 * time.Millisecond, patience: 5 * time.Second, check: 2 * time.Second, times: time.Minute,
	scan: time.Hour, rest: 20, polled: 5 * time.Minute, retry: 5 * time.Second, wait: 10 * time.Second,
}

// Run scans the shares and follows their changes until ctx ends.
func (c *Catalogue) Run(ctx context.Context) error {
	var keepers sync.WaitGroup
	defer keepers.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	keepers.Go(func() { c.maintain(ctx) })
	keepers.Go(func() { c.learnHeads(ctx) })
	stop := map[*share]context.CancelFunc{}
	for {
		now := map[*share]bool{}
		for _, s := range c.all() {
			now[s] = true
			if stop[s] == nil {
				s.expectLook() // all of them, before the first is looked at
			}
		}
		for s := range now {
			if stop[s] == nil {
				kept, cancel := context.WithCancel(ctx)
				stop[s] = cancel
				keepers.Go(func() { c.keep(kept, s) })
			}
		}
		for s, cancel := range stop {
			if !now[s] {
				cancel()
				delete(stop, s)
			}
		}
		select {
		case <-ctx.Done():
			for _, cancel := range stop {
				cancel()
			}
			return nil
		case <-c.awake:
		}
	}
}

// keep looks after one share until ctx ends.
func (c *Catalogue) keep(ctx context.Context, s *share) {
	for ctx.Err() == nil {
		c.connect(ctx, s)
		if d, err := s.open(); err == nil {
			k := &keeper{c: c, s: s, disk: d}
			k.attend(ctx)
			continue
		}
		select {
		case <-ctx.Done():
		case <-s.woken:
		case <-time.After(c.rhythm.check):
		}
	}
}

// keeper attends a share while its disk is there.
type keeper struct {
	c        *Catalogue
	s        *share
	disk     *disk
	watch    *watcher // nil when nothing can be watched
	nextScan time.Time
	nextPass time.Time
	rest     time.Time // nothing is tried before, after a failure
	breath   time.Time // dirty folders wait until then, so that a huge one that keeps changing doesn't take a processor
	seen     time.Time // the wall clock at the last look
}

func (k *keeper) attend(ctx context.Context) {
	k.startWatching()
	defer k.stopWatching()
	k.s.expectLook()
	k.seen = time.Now().Round(0)
	for ctx.Err() == nil && k.stillThere() {
		if !time.Now().Before(k.rest) {
			k.try(ctx)
		}
		k.c.tellDepartures()
		long := time.Now().Add(-rosterFor)
		k.c.storeRosters(ctx, long)
		k.c.rosters.dropUnused(long)
		timer := time.NewTimer(k.idle())
		select {
		case <-ctx.Done():
		case <-k.s.woken:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// startWatching sets up events, or says that changes will be seen later.
func (k *keeper) startWatching() {
	w, err := newWatcher(k.s.info().Path, func(path string, deep bool) { k.c.markDirty(k.s, path, deep) }, k.s.wake)
	if err != nil {
		k.s.explain("Changes made on this computer show after some minutes here: this disk doesn't tell of changes as they happen.")
		k.c.log.Info("a shared folder can't be watched", "share", k.s.info().Name, "error", err)
		return
	}
	k.watch = w
	k.s.explain("")
}

func (k *keeper) stopWatching() {
	if k.watch != nil {
		k.watch.close()
	}
}

// stillThere takes the share offline when its folder is no longer the one that is open.
func (k *keeper) stillThere() bool {
	if d, err := k.s.open(); err != nil || d != k.disk {
		return false
	}
	err := k.disk.check()
	if err == nil {
		return true
	}
	reason := missing
	if errors.Is(err, errReplaced) {
		reason = replaced
	}
	k.c.goOffline(k.s, reason)
	return false
}

// storeFull is what a person is told when the store has no room.
const storeFull = "The disk with Folderfront's own records is full. Changes in this folder are not noticed until there is room on it; its files are not affected."

// try does what is due; after a failure it rests.
func (k *keeper) try(ctx context.Context) {
	err := k.work(ctx)
	if ctx.Err() != nil {
		return
	}
	trouble := ""
	if errors.Is(err, ErrNoSpace) {
		trouble = storeFull
	}
	k.s.warn(trouble)
	if err != nil {
		k.rest = time.Now().Add(k.c.rhythm.retry)
		k.c.log.Warn("can't follow a shared folder", "share", k.s.info().Name, "error", err)
	}
}

// work does what is due.
func (k *keeper) work(ctx context.Context) error {
	now := time.Now()
	if k.slept() || k.watch != nil && k.watch.overflowed() || now.After(k.nextScan) {
		return k.scan(ctx)
	}
	if now.After(k.nextPass) {
		k.nextPass = now.Add(k.c.rhythm.times)
		if err := k.c.checkTimes(ctx, k.s, k.disk); err != nil {
			return err
		}
	}
	if k.dirtyDue().After(now) {
		return nil
	}
	err := k.c.reconcileDirty(ctx, k.s, k.takeDirty(), true, k.add)
	k.breath = time.Now().Add(min(breaths*time.Since(now), k.c.rhythm.patience))
	return err
}

// takeDirty takes the dirty folders to reconcile them, and only then ends the watches of what was
// renamed: what is renamed from here on is in the next set.
func (k *keeper) takeDirty() map[string]bool {
	dirty := k.s.takeDirty(1 << 30)
	if k.watch != nil {
		k.watch.settle()
	}
	return dirty
}

// scan reconciles the whole share, and watches all of it on the way.
func (k *keeper) scan(ctx context.Context) error {
	if k.watch == nil {
		k.startWatching() // the system may have had no room for it
	}
	begin := time.Now()
	k.nextScan = time.Time{} // again, if this one fails
	k.s.expectLook()
	k.takeDirty() // all of it is read now
	k.s.reconciled()
	if err := k.c.scanShare(ctx, k.s, k.add); err != nil {
		return err
	}
	now := time.Now()
	k.nextPass = now.Add(k.c.rhythm.times)
	every := k.c.rhythm.scan
	if k.watch == nil || k.watch.full() {
		every = k.c.rhythm.polled
	}
	k.nextScan = now.Add(max(every, k.c.rhythm.rest*now.Sub(begin)))
	if k.watch != nil && k.watch.full() {
		k.s.explain("Changes made on this computer show after some minutes in part of this folder: the system can't watch more folders. On Linux, fs.inotify.max_user_watches sets how many.")
	}
	return nil
}

func (k *keeper) add(path string) {
	if k.watch != nil {
		k.watch.add(path)
	}
}

// slept tells whether the wall clock went on without us: the computer slept, or its clock was set.
func (k *keeper) slept() bool {
	now := time.Now().Round(0)
	gap := now.Sub(k.seen)
	k.seen = now
	return gap > time.Minute || gap < -time.Minute
}

// idle is how long there is nothing to do.
func (k *keeper) idle() time.Duration {
	now := time.Now()
	next := now.Add(k.c.rhythm.check)
	if due := k.dirtyDue(); due.Before(next) {
		next = due
	}
	if next.Before(k.rest) {
		next = k.rest
	}
	return max(next.Sub(now), 10*time.Millisecond)
}

// breaths is how many times as long as reconciling took it waits before the next time, if that is not
// too long for those who wait.
const breaths = 4

// dirtyDue is when this keeper reconciles the dirty folders.
func (k *keeper) dirtyDue() time.Time {
	if due := k.s.dirtyDue(k.c.rhythm); due.After(k.breath) {
		return due
	}
	return k.breath
}

// dirtyDue is when the dirty folders are to be reconciled; far away when there are none.
func (s *share) dirtyDue(r rhythm) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.dirty) == 0 {
		return time.Now().Add(r.scan)
	}
	due, last := s.dirtyLast.Add(r.quiet), s.dirtySince.Add(r.patience)
	if last.Before(due) {
		return last
	}
	return due
}

// checkTimes marks the folders whose time is not the one when they were read.
func (c *Catalogue) checkTimes(ctx context.Context, s *share, d *disk) error {
	known, err := c.knownFolders(ctx)
	if err != nil {
		return c.storeError(err)
	}
	root, err := c.store.read.byNumber(s.number)
	if err != nil {
		return c.storeError(err)
	}
	if in, err := d.stat("."); err == nil && in.mtime != root.listed {
		c.markDirty(s, ".", false)
	}
	stack := []task{{number: s.number, path: "."}}
	for len(stack) > 0 && ctx.Err() == nil {
		t := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		below := known.below(t.number)
		if len(below) == 0 {
			continue
		}
		d.eachTime(t.path, below, func(f knownFolder, mtime int64) {
			if mtime != f.listed {
				c.markDirty(s, join(t.path, f.name), false)
			}
		})
		for _, f := range below {
			if len(known.below(f.number)) > 0 {
				stack = append(stack, task{number: f.number, path: join(t.path, f.name)})
			}
		}
	}
	return ctx.Err()
}
