package action

import (
	"context"
	"database/sql"
	"sync"
	"time"
)

const (
	atOnce      = 32   // runs that are worked on at the same time
	perReceiver = 8    // of them for one connection: a receiver that hangs must not hold up the others
	maxQueue    = 1024 // runs of one connection that wait in memory; more wait in the store
	pageSize    = 512  // runs that are read from the store at once
	lookAhead   = 64   // runs of a connection among which one of a free serial is looked for
)

// arrivals hands new runs to the dispatcher without a way through the store. A
// run is announced before its transaction, so that the dispatcher, which also
// reads the store, can't meet it twice.
type arrivals struct {
	mu     sync.Mutex
	coming map[string]bool // ids whose transaction isn't through
	ready  []Run
	read   bool // the store holds something that isn't here
}

func (q *arrivals) announce(runs []Run) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, r := range runs {
		q.coming[r.ID] = true
	}
}

// arrive ends an announcement: the runs are in the store now or, with an error,
// nowhere.
func (q *arrivals) arrive(runs []Run, now time.Time, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, r := range runs {
		delete(q.coming, r.ID)
		switch {
		case err != nil || r.State != Pending:
		case len(q.ready) >= maxQueue || r.due.After(now):
			q.read = true
		default:
			q.ready = append(q.ready, r)
		}
	}
}

// look makes the dispatcher look into the store.
func (q *arrivals) look() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.read = true
}

func (q *arrivals) take() (ready []Run, read bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	ready, read = q.ready, q.read
	q.ready, q.read = nil, false
	return ready, read
}

func (q *arrivals) isComing(id string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.coming[id]
}

// dispatcher works off what is due. It belongs to one goroutine; the store is
// what counts, and it reads from there what it doesn't know.
type dispatcher struct {
	*Actions
	queues  map[string][]Run // by connection, oldest first; "" is what is done here
	capped  map[string]bool  // connections of which the store holds more
	known   map[string]bool  // ids that are queued or being worked on
	serials map[string]bool  // being worked on
	engaged map[string]int   // how many are, by connection
	working int
	ended   chan Run
	reading bool      // a look into the store is under way
	cursor  string    // up to which id
	next    time.Time // when an attempt falls due; zero: never
}

// dispatch works until ctx ends and what began has ended.
func (a *Actions) dispatch(ctx context.Context) error {
	d := &dispatcher{
		Actions: a, queues: map[string][]Run{}, capped: map[string]bool{}, known: map[string]bool{},
		serials: map[string]bool{}, engaged: map[string]int{}, ended: make(chan Run, atOnce), reading: true,
	}
	for ctx.Err() == nil {
		ready, read := a.arrivals.take()
		for _, r := range ready {
			d.add(r)
		}
		if read {
			d.reading, d.cursor = true, ""
		}
		if d.reading {
			d.readPage(ctx)
		}
		d.start(ctx)
		if !d.reading {
			d.wait(ctx)
		}
	}
	for d.working > 0 {
		d.finish(<-d.ended)
	}
	return nil
}

// add queues a run that isn't known yet, if its queue has room.
func (d *dispatcher) add(r Run) {
	connection := r.job.Connection
	switch {
	case d.known[r.ID] || d.arrivals.isComing(r.ID):
	case len(d.queues[connection]) >= maxQueue:
		d.capped[connection] = true
	default:
		d.known[r.ID] = true
		d.queues[connection] = append(d.queues[connection], r)
	}
}

// readPage reads some of what is due, but of connections that have enough.
func (d *dispatcher) readPage(ctx context.Context) {
	now := d.now()
	if d.cursor == "" {
		d.rightClock(ctx, now)
	}
	condition, args := "WHERE state = 'pending' AND next <= ? AND id > ?", []any{now.UnixMilli(), d.cursor}
	for connection := range d.capped {
		condition += " AND receiver <> ?"
		args = append(args, connection)
	}
	page, err := d.runs(ctx, condition+" ORDER BY id LIMIT ?", append(args, pageSize)...)
	if err != nil {
		if ctx.Err() == nil {
			d.cfg.Logger.Error("the queue of actions can't be read", "error", err)
		}
		d.reading, d.next = false, now.Add(time.Second)
		return
	}
	for _, r := range page {
		d.add(r)
		d.cursor = r.ID
	}
	if len(page) < pageSize {
		d.reading = false
		d.next = d.nextDue(ctx, now)
	}
}

// aheadAtLeast is by how much a clock must have been ahead to matter.
const aheadAtLeast = 10 * time.Second

// rightClock mends the times of runs that wait since a time to come: the clock was
// ahead when their wait began, and was set back. They wait on as long as they were
// to, in their order, and not until that time is there.
func (d *dispatcher) rightClock(ctx context.Context, now time.Time) {
	var latest sql.NullInt64
	err := d.cfg.Catalogue.View(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT MAX(since) FROM action_run WHERE state = 'pending'`).Scan(&latest)
	})
	limit := now.Add(aheadAtLeast).UnixMilli()
	if err == nil && latest.Int64 > limit {
		err = d.cfg.Catalogue.Update(ctx, func(tx *sql.Tx) error {
			back := latest.Int64 - now.UnixMilli()
			_, err := tx.ExecContext(ctx, `UPDATE action_run SET next = next - ?, since = since - ? WHERE state = 'pending' AND since > ?`, back, back, limit)
			return err
		})
	}
	if err != nil && ctx.Err() == nil {
		d.cfg.Logger.Warn("the times of waiting actions could not be set right", "error", err)
	}
}

// nextDue tells when the next attempt falls due that wasn't at the time.
func (d *dispatcher) nextDue(ctx context.Context, at time.Time) time.Time {
	var next sql.NullInt64
	err := d.cfg.Catalogue.View(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT MIN(next) FROM action_run WHERE state = 'pending' AND next > ?`, at.UnixMilli()).Scan(&next)
	})
	switch {
	case err != nil:
		return at.Add(time.Second)
	case !next.Valid:
		return time.Time{}
	}
	return time.UnixMilli(next.Int64)
}

// start begins what can begin: of each connection some, of each serial one.
func (d *dispatcher) start(ctx context.Context) {
	for connection := range d.queues {
		for d.working < atOnce && d.engaged[connection] < perReceiver && d.startOne(ctx, connection) {
		}
		left := len(d.queues[connection])
		if d.capped[connection] && left < maxQueue/4 {
			delete(d.capped, connection)
			d.reading, d.cursor = true, ""
		}
		if left == 0 {
			delete(d.queues, connection)
		}
	}
}

func (d *dispatcher) startOne(ctx context.Context, connection string) bool {
	queue := d.queues[connection]
	for i, r := range queue[:min(len(queue), lookAhead)] {
		if d.serials[r.serial] {
			continue
		}
		copy(queue[1:i+1], queue[:i]) // the few before it keep their order
		d.queues[connection] = queue[1:]
		d.serials[r.serial] = true
		d.engaged[connection]++
		d.working++
		go func() {
			d.attempt(ctx, r, d.carryOut)
			d.ended <- r
		}()
		return true
	}
	return false
}

// finish takes note that a run was tried. One that failed for now is read from
// the store when it falls due again.
func (d *dispatcher) finish(r Run) {
	d.working--
	delete(d.known, r.ID)
	delete(d.serials, r.serial)
	if d.engaged[r.job.Connection]--; d.engaged[r.job.Connection] == 0 {
		delete(d.engaged, r.job.Connection)
	}
}

// lookAgain is the longest wait for what falls due, after which the clock is
// asked again: it may have been set meanwhile.
const lookAgain = time.Minute

// wait sleeps until something arrived, ended or falls due.
func (d *dispatcher) wait(ctx context.Context) {
	var due <-chan time.Time
	if !d.next.IsZero() {
		timer := time.NewTimer(min(d.next.Sub(d.now()), lookAgain))
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-ctx.Done():
	case <-d.wake:
	case <-due:
		d.reading, d.cursor = true, ""
	case r := <-d.ended:
		d.finish(r)
		for len(d.ended) > 0 {
			d.finish(<-d.ended)
		}
	}
}
