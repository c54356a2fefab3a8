package catalogue

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// A file that moves from one share to another is missed here and found there, in either order. When
// it is missed first, its row goes into its grave at once, but its subscribers hear nothing until
// the other shares of the volume were looked at: what turns up there has moved.

// departed is a node that was missed, as subscribers know it.
type departed struct {
	number int64
	was    node
	wasAt  place
	since  time.Time
}

// departures are the nodes whose fate is not told yet. Safe for concurrent use.
type departures struct {
	mu    sync.Mutex
	nodes map[int64]departed
}

// untoldFor bounds how long the news of a deletion waits for shares in which something always
// changes.
const untoldFor = 30 * time.Second

func (d *departures) of(number int64) (departed, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	gone, ok := d.nodes[number]
	return gone, ok
}

// settle takes in what a commit did.
func (d *departures) settle(missed []departed, returned []int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.nodes == nil {
		d.nodes = map[int64]departed{}
	}
	for _, gone := range missed {
		d.nodes[gone.number] = gone
	}
	for _, number := range returned {
		delete(d.nodes, number)
	}
}

// take removes those that are to be told.
func (d *departures) take(due func(departed) bool) []departed {
	d.mu.Lock()
	defer d.mu.Unlock()
	var taken []departed
	for number, gone := range d.nodes {
		if due(gone) {
			taken = append(taken, gone)
			delete(d.nodes, number)
		}
	}
	slices.SortFunc(taken, func(a, b departed) int { return cmp.Compare(a.number, b.number) })
	return taken
}

// eventsOf are the events of one node; those of what was missed wait or, when it is found, are told
// as what they were.
func (ch *change) eventsOf(t *touched) []Event {
	number := t.now.number
	if gone, ok := ch.c.departures.of(number); ok && t.was.dead != alive && t.now.dead == alive {
		ch.returned = append(ch.returned, number)
		return (&touched{was: gone.was, now: t.now, wasAt: gone.wasAt, nowAt: t.nowAt}).events()
	}
	events := t.events()
	if len(events) == 1 && events[0].Kind == Deleted && !ch.own && ch.c.mayHaveMoved(t.wasAt.share) {
		ch.missed = append(ch.missed, departed{number, t.was, t.wasAt, time.Now()})
		return nil
	}
	return events
}

// mayHaveMoved tells whether another share of the volume is not looked at yet.
func (c *Catalogue) mayHaveMoved(from *share) bool {
	volume := from.volumeNumber()
	for _, s := range c.all() {
		if s != from && s.unsettled(volume) {
			return true
		}
	}
	return false
}

func (s *share) volumeNumber() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.volume
}

// unsettled tells whether something new may lie in the share, if it is of the volume.
func (s *share) unsettled(volume int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.disk != nil && s.volume == volume && (s.scanning || s.unlooked || len(s.dirty)+s.underway > 0)
}

// tellDepartures tells of what did not turn up anywhere.
func (c *Catalogue) tellDepartures() {
	var events []Event
	taken := c.departures.take(func(gone departed) bool {
		return time.Since(gone.since) > untoldFor && !c.scanning() || !c.mayHaveMoved(gone.wasAt.share)
	})
	for _, gone := range taken {
		events = append(events, Event{Kind: Deleted, Entry: entryOf(gone.was, gone.wasAt.share), OldPath: gone.wasAt.path})
	}
	c.subscribers.publish(events, nil)
}

// scanning tells whether a whole scan is under way.
func (c *Catalogue) scanning() bool {
	return slices.ContainsFunc(c.all(), func(s *share) bool { return s.status().State == Scanning })
}
