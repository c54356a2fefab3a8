package catalogue

import (
	"context"
	"sync"
)

// events compares each touched node with what it was.
func (ch *change) events() ([]Event, error) {
	var events []Event
	for _, number := range ch.order {
		was := ch.before[number]
		n, err := ch.byNumber(number)
		if err == errNoNode {
			n, err = node{number: number, dead: announced}, nil
		}
		if err != nil {
			return nil, err
		}
		var at place
		if n.dead == alive {
			if at, err = ch.place(number); err != nil {
				return nil, err
			}
		}
		events = appendEvents(events, was, n, at, Event{Own: ch.own, Initial: ch.initial})
	}
	return events, nil
}

func appendEvents(events []Event, was before, n node, at place, e Event) []Event {
	lived, lives := was.dead == alive, n.dead == alive
	switch {
	case !lived && !lives:
		return events
	case !lived:
		e.Kind, e.Entry, e.Path = Created, entryOf(n, at.share), at.path
		return append(events, e)
	case !lives:
		e.Kind, e.Entry, e.OldPath = Deleted, entryOf(was.node, was.share), was.path
		return append(events, e)
	}
	e.Entry, e.Path = entryOf(n, at.share), at.path
	if was.parent != n.parent || was.name != n.name {
		moved := e
		moved.Kind, moved.OldPath = Moved, was.path
		if was.parent == n.parent {
			moved.Kind = Renamed
		}
		events = append(events, moved)
	}
	if !n.folder && (was.size != n.size || was.mtime != n.mtime || was.key != n.key) {
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
	events []Event
	more   chan struct{} // holds one token while there may be events
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
		q.deliver(ctx, out)
	}()
	return out
}

func (q *queue) deliver(ctx context.Context, out chan<- Event) {
	for {
		for _, e := range q.take() {
			select {
			case out <- e:
			case <-ctx.Done():
				return
			}
		}
		select {
		case <-q.more:
		case <-ctx.Done():
			return
		}
	}
}

func (q *queue) take() []Event {
	q.mu.Lock()
	defer q.mu.Unlock()
	events := q.events
	q.events = nil
	return events
}

func (q *queue) put(events []Event) {
	q.mu.Lock()
	q.events = append(q.events, events...)
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

func (s *subscribers) publish(events []Event) {
	if len(events) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for q := range s.queues {
		q.put(events)
	}
}
