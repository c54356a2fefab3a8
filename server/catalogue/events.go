package catalogue

import (
	"context"
	"errors"
	"sync"
)

// events tells what became of each touched node, and counts it.
func (ch *change) events() ([]Event, error) {
	for _, t := range ch.order {
		if t.now.dead == alive {
			at, err := ch.place(t.now.parent)
			if errors.Is(err, ErrNotFound) {
				continue // its share is away: nobody sees it
			}
			if err != nil {
				return nil, err
			}
			t.nowAt = at.child(t.now.name)
		}
	}
	var events []Event
	for _, t := range ch.order {
		if t.now.dead == alive && t.nowAt.share == nil {
			continue
		}
		ch.tally(t)
		for _, e := range ch.eventsOf(t) {
			e.Own, e.Initial = ch.own, ch.initial
			events = append(events, e)
		}
	}
	return events, nil
}

func (ch *change) tally(t *touched) {
	if t.was.dead == alive && t.wasAt.share != nil {
		ch.delta[t.wasAt.share] = ch.delta[t.wasAt.share].plus(t.was.info(), -1)
	}
	if t.now.dead == alive {
		ch.delta[t.nowAt.share] = ch.delta[t.nowAt.share].plus(t.now.info(), +1)
	}
}

// events are what a subscriber hears of one node.
func (t *touched) events() []Event {
	lived, lives := t.was.dead == alive, t.now.dead == alive
	switch {
	case !lived && !lives:
		return nil
	case !lived:
		return []Event{{Kind: Created, Entry: entryOf(t.now, t.nowAt.share), Path: t.nowAt.path}}
	case !lives:
		return []Event{{Kind: Deleted, Entry: entryOf(t.was, t.wasAt.share), OldPath: t.wasAt.path}}
	}
	var events []Event
	e := Event{Entry: entryOf(t.now, t.nowAt.share), Path: t.nowAt.path}
	if t.was.parent != t.now.parent || t.was.name != t.now.name {
		moved := e
		moved.Kind, moved.OldPath = Moved, t.wasAt.path
		if t.was.parent == t.now.parent {
			moved.Kind = Renamed
		}
		events = append(events, moved)
	}
	if !t.now.folder && (t.was.size != t.now.size || t.was.mtime != t.now.mtime || t.was.key != t.now.key) {
		e.Kind = Changed
		events = append(events, e)
	}
	return events
}

// subscribers hands each event to each subscriber, in order. Queues have no bound: a slow reader
// loses nothing, and holds up nobody.
type subscribers struct {
	mu     sync.Mutex
	queues map[*queue]struct{}
}

type queue struct {
	mu     sync.Mutex
	events []queued
	more   chan struct{} // holds one token while there may be events
}

// queued is an event, or only the number of something that a first scan found: a million of these
// must wait in little memory, and are filled in when their turn comes.
type queued struct {
	event   *Event
	initial int64
}

// Subscribe gives every change committed from now on, in order. The channel is closed when ctx
// ends.
func (c *Catalogue) Subscribe(ctx context.Context) <-chan Event {
	q := &queue{more: make(chan struct{}, 1)}
	c.subscribers.add(q)
	out := make(chan Event)
	go func() {
		defer close(out)
		defer c.subscribers.remove(q)
		c.deliver(ctx, q, out)
	}()
	return out
}

func (c *Catalogue) deliver(ctx context.Context, q *queue, out chan<- Event) {
	for {
		for waiting := q.take(); len(waiting) > 0; {
			var events []Event
			events, waiting = c.fillIn(ctx, waiting)
			for _, e := range events {
				select {
				case out <- e:
				case <-ctx.Done():
					return
				}
			}
		}
		select {
		case <-q.more:
		case <-ctx.Done():
			return
		}
	}
}

// filledAtOnce is how many things that a first scan found are read from the store together.
const filledAtOnce = 500

// fillIn gives the first events of a queue, and what is left of it.
func (c *Catalogue) fillIn(ctx context.Context, waiting []queued) (events []Event, rest []queued) {
	if e := waiting[0].event; e != nil {
		return []Event{*e}, waiting[1:]
	}
	var numbers []int64
	for len(waiting) > 0 && waiting[0].event == nil && len(numbers) < filledAtOnce {
		numbers, waiting = append(numbers, waiting[0].initial), waiting[1:]
	}
	known, err := c.store.byNumbers(ctx, numbers)
	if err != nil && ctx.Err() == nil {
		c.log.Error("can't tell what a first scan found", "error", c.storeError(err))
	}
	for _, number := range numbers {
		n, ok := known[number]
		if !ok || n.dead != alive {
			continue // gone again
		}
		if at, err := c.placeOf(n); err == nil {
			events = append(events, Event{Kind: Created, Entry: entryOf(n, at.share), Path: at.path, Initial: true})
		}
	}
	return events, waiting
}

func (q *queue) take() []queued {
	q.mu.Lock()
	defer q.mu.Unlock()
	events := q.events
	q.events = nil
	return events
}

func (q *queue) put(events []Event, initial []int64) {
	q.mu.Lock()
	for _, number := range initial {
		q.events = append(q.events, queued{initial: number})
	}
	for i := range events {
		q.events = append(q.events, queued{event: &events[i]})
	}
	q.mu.Unlock()
	select {
	case q.more <- struct{}{}:
	default:
	}
}

func (s *subscribers) add(q *queue) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.queues == nil {
		s.queues = map[*queue]struct{}{}
	}
	s.queues[q] = struct{}{}
}

func (s *subscribers) remove(q *queue) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.queues, q)
}

func (s *subscribers) publish(events []Event, initial []int64) {
	if len(events)+len(initial) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for q := range s.queues {
		q.put(events, initial)
	}
}
