package catalogue

import (
	"errors"
	"io/fs"
	"time"
)

// displaced is the node that a file had before another file took its name.
type displaced struct {
	number int64
	since  time.Time
}

// likeness is what a file that moved to another volume keeps.
type likeness struct {
	name        string
	folder      bool
	size, mtime int64
}

func (n node) likeness() likeness { return likeness{n.name, n.folder, n.size, n.mtime} }

// foundLately remembers what was found lately, so that what is lost after it can be matched: a
// move to another volume copies first and deletes then. Guarded by the store's write lock.
type foundLately struct {
	since time.Time
	nodes map[likeness][]int64
	older map[likeness][]int64
}

const (
	foundFor  = 10 * time.Minute
	maxRecent = 200_000
)

func (f *foundLately) add(n node) {
	if time.Since(f.since) > foundFor || len(f.nodes) > maxRecent {
		f.older, f.nodes, f.since = f.nodes, map[likeness][]int64{}, time.Now()
	}
	if n.folder || n.size > 0 {
		f.nodes[n.likeness()] = append(f.nodes[n.likeness()], n.number)
	}
}

func (f *foundLately) empty() bool { return len(f.nodes)+len(f.older) == 0 }

// only gives the one node that was found with a likeness; false when there are none or several.
func (f *foundLately) only(l likeness) (int64, bool) {
	all := append(append([]int64{}, f.older[l]...), f.nodes[l]...)
	if len(all) != 1 {
		return 0, false
	}
	return all[0], true
}

func (f *foundLately) forget(l likeness) {
	delete(f.nodes, l)
	delete(f.older, l)
}

// finish decides on what was not found. Nothing is lost while it is on the disk after all, nor
// when the share itself went away meanwhile.
func (p *pass) finish(ch *change) error {
	if len(p.lost) > 0 {
		if err := p.disk.check(); err != nil {
			return offline(err)
		}
	}
	same := map[likeness]int{}
	for _, n := range p.lost {
		same[n.likeness()]++
	}
	for _, then := range p.lost {
		n, err := ch.byNumber(then.number)
		if errors.Is(err, errNoNode) || err == nil && (n.dead != alive || n.parent != then.parent || n.name != then.name) {
			continue
		}
		if err != nil {
			return err
		}
		if err := p.miss(ch, n, same); err != nil {
			return err
		}
	}
	p.lost = nil
	for key, d := range p.c.displaced {
		if time.Since(d.since) > time.Minute {
			delete(p.c.displaced, key)
		}
	}
	for number, since := range p.c.held {
		if time.Since(since) > time.Minute {
			delete(p.c.held, number)
		}
	}
	return nil
}

// miss decides on one node.
func (p *pass) miss(ch *change, n node, same map[likeness]int) error {
	at, err := ch.place(n.number)
	if err != nil {
		return err
	}
	in, err := p.disk.stat(at.path)
	if err == nil && in.folder == n.folder {
		parent, err := ch.place(n.parent)
		p.later(parent.path, false)
		return err
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errSymlink) && !errors.Is(err, errIrregular) {
		p.c.log.Info("can't tell whether a file is gone", "share", p.s.info().Name, "error", err)
		return nil
	}
	return p.lose(ch, n, same)
}

// lose takes a node away from its place: to the file like it that was found lately, with all below
// each for itself, or into its grave.
func (p *pass) lose(ch *change, n node, same map[likeness]int) error {
	if other, ok := p.c.recent.only(n.likeness()); ok && same[n.likeness()] <= 1 {
		taken, err := p.take(ch, n, other)
		if err != nil || taken {
			return err
		}
	}
	if n.folder && !p.c.recent.empty() {
		children, err := ch.children(n.number)
		if err != nil {
			return err
		}
		for _, child := range children {
			if err := p.lose(ch, child, same); err != nil {
				return err
			}
		}
	}
	return ch.bury(n)
}

// take gives the id of a lost node to the new one that was found in its likeness.
func (p *pass) take(ch *change, n node, number int64) (bool, error) {
	other, err := ch.byNumber(number)
	if errors.Is(err, errNoNode) || err == nil && (other.dead != alive || other.likeness() != n.likeness() || number == n.number) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	at, err := ch.place(number)
	if err != nil {
		return false, nil
	}
	if same, err := ch.sameHead(n, at); err != nil || !same {
		return false, err
	}
	p.c.recent.forget(n.likeness())
	if err := ch.eraseTree(other); err != nil {
		return false, err
	}
	_, err = ch.set(n, other.parent, other.info(), other.key)
	if err == nil && n.folder {
		ch.dirty = append(ch.dirty, mark{at, true})
	}
	return err == nil, err
}
