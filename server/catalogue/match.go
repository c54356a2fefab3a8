package catalogue

import (
	"errors"
	"time"
)

// match decides which node a thing on the disk is, where it isn't plainly the one that was there.
// In this order: the same path and key; its key elsewhere; the same path; a tombstone of the same
// path; a tombstone of the same name, size and time; something new.
type match struct {
	*folderPass
	in   info
	key  storedKey
	row  node // what had the name, when have
	have bool
}

// decide gives the node; one without a number when the decision must wait.
func (m *match) decide() (node, error) {
	if m.have && m.row.folder != m.in.folder {
		m.have = false
		if err := m.ch.bury(m.row); err != nil {
			return node{}, err
		}
	}
	if m.have && m.row.key == m.key {
		return m.ch.set(m.row, m.task.number, m.in, m.key)
	}
	owner, err := m.owner()
	if err != nil {
		return node{}, err
	}
	if owner.number != 0 && isBackup(m.in.name, owner.name) && owner.parent == m.task.number && owner.dead == alive {
		switch {
		case m.listed(owner.name):
			owner = node{} // the editor has written the new one: that keeps the id
		case m.wait(owner):
			m.held = true
			delete(m.known, owner.name)
			return node{}, nil
		}
	}
	if owner.number == 0 {
		return m.unowned()
	}
	return m.owned(owner)
}

// owned: the file is known from elsewhere.
func (m *match) owned(owner node) (node, error) {
	switch {
	case m.have && m.young(owner):
		// An editor saved by way of a temporary file: the name keeps its id.
		if err := m.ch.bury(owner); err != nil {
			return node{}, err
		}
		return m.ch.set(m.row, m.task.number, m.in, m.key)
	case owner.dead == alive && owner.key != m.key:
		return m.follow(owner)
	}
	return m.ch.set(owner, m.task.number, m.in, m.key)
}

// follow gives a node back to the file it belonged to: when another file appeared under its name,
// the name was thought to keep it, but now the file itself turned up elsewhere.
func (m *match) follow(owner node) (node, error) {
	n, err := m.ch.set(owner, m.task.number, m.in, m.key)
	if err != nil {
		return n, err
	}
	other, err := m.ch.insert(owner.parent, owner.info(), owner.key, "", alive)
	if owner.parent == m.task.number {
		m.known[other.name] = other
	}
	return n, err
}

// unowned: the file is not known from elsewhere.
func (m *match) unowned() (node, error) {
	if m.have {
		if m.row.key != (storedKey{}) {
			m.c.displaced[m.row.key] = displaced{m.row.number, time.Now()}
		}
		return m.ch.set(m.row, m.task.number, m.in, m.key)
	}
	n, err := m.risen()
	if err != nil {
		return n, err
	}
	if n.number != 0 {
		return m.ch.set(n, m.task.number, m.in, m.key)
	}
	n, err = m.ch.insert(m.task.number, m.in, m.key, "", alive)
	if m.ch.initial {
		m.ch.delta[m.s] = m.ch.delta[m.s].plus(m.in, +1)
	} else {
		m.c.recent.add(n)
	}
	return n, err
}

// risen is the tombstone that comes alive with this file, if there is one.
func (m *match) risen() (node, error) {
	if graves, err := m.ch.graves(); err != nil || !graves {
		return node{}, err
	}
	dead, err := m.ch.many(`parent=? AND fold=? AND dead>0 AND name=? AND folder=? ORDER BY dead DESC LIMIT 1`,
		m.task.number, foldHash(m.in.name), m.in.name, m.in.folder)
	if err != nil || len(dead) == 1 {
		return append(dead, node{})[0], err
	}
	if !m.in.folder && m.in.size == 0 {
		return node{}, nil // empty files are all alike
	}
	dead, err = m.ch.many(`size=? AND mtime=? AND dead>0 AND name=? AND folder=? LIMIT 2`, m.in.size, m.in.mtime, m.in.name, m.in.folder)
	if err != nil || len(dead) != 1 {
		return node{}, err
	}
	if same, err := m.ch.sameHead(dead[0], place{m.s, join(m.task.path, m.in.name)}); err != nil || !same {
		return node{}, err
	}
	return dead[0], nil
}

// owner is the node that this file is elsewhere in the catalogue, though no longer on the disk.
func (m *match) owner() (node, error) {
	if m.keyless || m.key == (storedKey{}) {
		return node{}, nil
	}
	nodes, err := m.ch.byKey(m.key)
	if err != nil {
		return node{}, err
	}
	for _, n := range nodes {
		if n.folder != m.in.folder || m.have && n.number == m.row.number || n.number == m.task.number {
			continue
		}
		if n.dead > alive || !m.stillThere(n) {
			return n, nil
		}
	}
	return m.displacedOwner()
}

// displacedOwner is the node that lost this file to another one under the same name.
func (m *match) displacedOwner() (node, error) {
	d, ok := m.c.displaced[m.key]
	if !ok {
		return node{}, nil
	}
	n, err := m.ch.byNumber(d.number)
	if errors.Is(err, errNoNode) {
		return node{}, nil
	}
	same := m.have && n.number == m.row.number
	if err != nil || n.dead != alive || n.key == m.key || n.folder || m.in.folder || same {
		return node{}, err
	}
	delete(m.c.displaced, m.key)
	return n, nil
}

// stillThere tells whether a node's own place still holds its file: then what was found is a hard
// link of it. What can't be looked at because its share is paused is taken as there.
func (m *match) stillThere(n node) bool {
	at, err := m.ch.place(n.number)
	if err != nil {
		return false
	}
	if at.share.info().Paused {
		return true
	}
	d, err := at.share.open()
	if err != nil {
		return false
	}
	in, err := d.stat(at.path)
	return err == nil && at.share.key(in.key) == n.key
}

// young tells a node that was made so shortly ago, after the one whose name it has now, that it is
// rather an editor's temporary file than a file of its own.
func (m *match) young(n node) bool {
	return n.dead == alive && n.made > m.row.made && m.ch.now-n.made < m.c.youth.Milliseconds()
}

// wait tells whether a rename to a backup's name is so recent that the editor may still be about
// to write the file anew.
func (m *match) wait(owner node) bool {
	if m.full {
		return false
	}
	since, ok := m.c.held[owner.number]
	if !ok {
		m.c.held[owner.number] = time.Now()
		return true
	}
	if time.Since(since) < m.c.settle {
		return true
	}
	delete(m.c.held, owner.number)
	return false
}

// listed tells whether the disk has the name in this folder.
func (m *match) listed(name string) bool {
	for _, in := range m.listing.items {
		if in.name == name {
			return true
		}
	}
	return false
}
