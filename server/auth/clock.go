package auth

import (
	"context"
	"database/sql"
	"time"
)

// A clock may be wrong for a while: years ahead after a flat battery, or back until the network
// sets it. So what is handed out ends twice, by the clock ("expires") and by the time for which the
// program ran since ("ends"), which no clock can change; the first of the two counts. A session
// begun while the clock was a year ahead doesn't live a year, and a clock set back makes nothing live
// for longer than the program runs. Rows are removed by running time alone, so that what seems over
// while the clock is ahead is good again once it is right.

// moment is a point in time, in milliseconds: Unix time by the clock, and for how long the program
// has run in all.
type moment struct{ clock, ran int64 }

// moment is the present one.
func (a *Auth) moment() moment {
	return moment{millis(a.now()), a.store.ran().Milliseconds()}
}

// in is the moment after a life.
func (m moment) in(life time.Duration) moment {
	return moment{m.clock + life.Milliseconds(), m.ran + life.Milliseconds()}
}

// past tells whether what expires and ends then is over.
func (m moment) past(expires, ends int64) bool { return m.clock >= expires || m.ran >= ends }

// end is when what expires and ends then will be over, as far as the clock can tell.
func (m moment) end(expires, ends int64) time.Time {
	return fromMillis(min(expires, m.clock+ends-m.ran))
}

// runStep is how exactly the running time is remembered.
const runStep = time.Second

// ran is for how long the program has run with this store, in all its runs.
func (s *store) ran() time.Duration { return s.before + s.lived() }

// loadRan reads what earlier runs add up to, and begins to count this one.
func (s *store) loadRan(ctx context.Context) error {
	var ran int64
	if err := s.reader.QueryRowContext(ctx, "SELECT ran FROM clock").Scan(&ran); err != nil {
		return err
	}
	began := time.Now()
	s.before = time.Duration(ran) * time.Millisecond
	s.written, s.lived = s.before, func() time.Duration { return time.Since(began) }
	return nil
}

// keepRan remembers the running time in a transaction of others. Only one is under way at a time.
func (s *store) keepRan(tx *sql.Tx) error {
	ran := s.ran()
	if ran-s.written < runStep {
		return nil
	}
	s.written = ran // when the transaction fails, the next second's writes it
	_, err := tx.Exec("UPDATE clock SET ran = max(ran, ?)", ran.Milliseconds())
	return err
}
